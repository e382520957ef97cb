//! Every operator of a description, as Icarus and as rust-hdl's simulation understand it.

use crate::{accepted, common, config};
use heddle_derive::Module;
use heddle_emit::describe::{
    concat, e, lit, repeat, select, Body, Compiled, Describe, Expr, Net, Pins, Site,
};
use heddle_emit::Design;
use rust_hdl::prelude::*;

/// What is computed of `a` and `c`, and the same in Rust.
type Case = (fn(Expr, Expr) -> Expr, fn(u8, bool) -> u8);

/// The expression that is tried.
#[derive(Clone, LogicBlock, Module)]
struct Tried {
    /// an operand
    a_i: Net<In, Bits<8>>,
    /// a condition
    c_i: Net<In, Bit>,
    /// the result
    y_o: Net<Out, Bits<8>>,
    _says: Option<fn(Expr, Expr) -> Expr>,
    _body: Compiled,
}

impl Tried {
    fn new(says: fn(Expr, Expr) -> Expr) -> Self {
        Self {
            _says: Some(says),
            ..Self::at(&Site::whole(&config()))
        }
    }
}

impl Describe for Tried {
    fn describe(&self, m: &mut Body) {
        if let Some(says) = self._says {
            let y = says(e(&self.a_i), e(&self.c_i));
            // The outermost operation is given a name, so that what is around it is one of a net.
            let y = m.wire("y", "", y);
            m.assign(&self.y_o, y);
            m.unused(&self.c_i);
            m.unused(&self.a_i);
        }
    }
}

/// Bits 5 to 2, of which every operation makes something other than of the whole.
fn nibble(a: Expr) -> Expr {
    a.slice(2, 4)
}

const CASES: [Case; 19] = [
    (|a, _| a + lit(200, 8), |a, _| a.wrapping_add(200)),
    (|a, _| a - lit(9, 8), |a, _| a.wrapping_sub(9)),
    (
        |a, _| a.clone() & !nibble(a).wide(8),
        |a, _| a & !(a >> 2 & 15),
    ),
    (|a, _| (a ^ lit(0x5a, 8)) | lit(3, 8), |a, _| (a ^ 0x5a) | 3),
    (|a, _| a.shifted_left(3), |a, _| a << 3),
    (|a, _| a.shifted_right(3), |a, _| a >> 3),
    (
        |a, _| lit(5, 8).shifted_left_by(nibble(a)),
        |a, _| 5u8.checked_shl(u32::from(a >> 2 & 15)).unwrap_or(0),
    ),
    (
        |a, _| a.slice(5, 3).wide(8) - lit(9, 8),
        |a, _| (a >> 5).wrapping_sub(9),
    ),
    (
        |a, _| nibble(a).sign_wide(8),
        |a, _| (((a << 2) as i8) >> 4) as u8,
    ),
    (
        |a, _| nibble(a.clone()).times(nibble(a), 8),
        |a, _| (a >> 2 & 15) * (a >> 2 & 15),
    ),
    (
        |a, _| nibble(a.clone()).times_signed(nibble(a), 8),
        |a, _| {
            let n = ((a << 2) as i8) >> 4;
            n.wrapping_mul(n) as u8
        },
    ),
    (
        |a, _| concat([a.clone().slice(0, 4).any(), a.clone().all(), a.slice(2, 6)]),
        |a, _| u8::from(a & 15 != 0) << 7 | u8::from(a == 255) << 6 | a >> 2,
    ),
    (
        |a, c| concat([repeat(3, c), a.slice(1, 5)]),
        |a, c| (u8::from(c) * 7) << 5 | (a >> 1 & 31),
    ),
    (
        |a, c| select(c, !a.clone(), a),
        |a, c| if c { !a } else { a },
    ),
    (
        |a, c| (a.clone().is(lit(77, 8)) | !c).wide(8) + a,
        |a, c| u8::from(a == 77 || !c).wrapping_add(a),
    ),
    (|a, _| a.total(1, 8), |a, _| a.count_ones() as u8),
    (|a, _| a.total(4, 8), |a, _| (a & 15) + (a >> 4)),
    (
        |a, _| a.clone().bit(7).wide(8) + a.bit(0).wide(8),
        |a, _| (a >> 7) + (a & 1),
    ),
    (|a, c| !(c & a.any()).wide(8), |a, c| !u8::from(c && a != 0)),
];

#[test]
fn expressions_mean_what_rust_says() {
    for (index, (says, expected)) in CASES.into_iter().enumerate() {
        let design = accepted(&Tried::new(says));
        let mut pins = Pins::new(Tried::new(says));
        for (a, c, y) in simulate_all(&design) {
            let want = expected(a, c);
            assert_eq!(y, want, "case {index}: a = {a}, c = {c}\n{}", design.text());
            pins.set("a_i", a);
            pins.set("c_i", c);
            pins.settle();
            let y = pins.get("y_o");
            assert_eq!(y, want.into(), "case {index}, rust-hdl: a = {a}, c = {c}");
        }
    }
}

/// `y_o` for every `a_i` and `c_i`, by Icarus; nothing if it is not there.
fn simulate_all(design: &Design) -> Vec<(u8, bool, u8)> {
    if !common::has("iverilog") {
        return Vec::new();
    }
    let (_guard, dir) = common::folder();
    let mut files = common::write(design, &dir);
    let bench = "module bench;\n  reg [7:0] a; reg c; wire [7:0] y; integer i;\n  \
        heddle_top dut (.a_i(a), .c_i(c), .y_o(y));\n  initial for (i = 0; i < 512; i = i + 1) begin\n    \
        {c, a} = i; #1 $display(\"%0d %0d %0d\", a, c, y);\n  end\nendmodule\n";
    std::fs::write(dir.join("bench.v"), bench).unwrap();
    files.push("bench.v".into());
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let args = [&["-g2001", "-o", "bench", "-s", "bench"], &files[..]].concat();
    let (_, said) = common::run(&dir, "iverilog", &args);
    let (_, rows) = common::run(&dir, "vvp", &["bench"]);
    let results: Vec<_> = rows
        .lines()
        .map(|row| {
            let numbers: Vec<u8> = row
                .split_whitespace()
                .map(|n| n.parse().expect("a number, not x"))
                .collect();
            (numbers[0], numbers[1] == 1, numbers[2])
        })
        .collect();
    assert_eq!(results.len(), 512, "{said}{rows}");
    results
}
