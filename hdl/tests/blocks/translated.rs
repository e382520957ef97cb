//! Blocks that rust-hdl translates: combinational, without blocks inside.

use crate::{accepted, common, has_lines, refused, top};
use heddle_derive::Module;
use heddle_hdl::describe::{Body, Describe};
use heddle_hdl::emit::{emit, Design};
use rust_hdl::core::ast::{VerilogExpression as E, VerilogOp, VerilogStatement as S};
use rust_hdl::prelude::*;

/// A comment of a block: it goes into the Verilog and does nothing else.
macro_rules! comment {
    ($($text:tt)*) => {};
}

/// Slices, reductions, signed and unsigned arithmetic, a process.
#[derive(Clone, Default, LogicBlock, Module)]
#[hw(manual)]
struct Mixed {
    /// starts it
    go_i: Signal<In, Bit>,
    /// one operand
    a_i: Signal<In, Bits<8>>,
    /// another one
    b_i: Signal<In, Bits<8>>,
    /// whether a is less, of two's complement
    below_o: Signal<Out, Bit>,
    /// the product
    product_o: Signal<Out, Bits<32>>,
    /// high and low digits
    nibbles_o: Signal<Out, Bits<4>>,
    /// a with another bit 3
    replaced_o: Signal<Out, Bits<8>>,
    /// what a step at a time comes to
    count_o: Signal<Out, Bits<4>>,
    count: Signal<Local, Bits<4>>,
}

impl Logic for Mixed {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("Counts while it works.");
        self.count.next = bit_cast::<4, 8>(self.a_i.val());
        if self.go_i.val() {
            self.count.next = self.count.val() + 1;
            if self.b_i.val().get_bit(0) {
                self.count.next = self.count.val() + 1;
            }
        }
        self.count_o.next = self.count.val();
        self.below_o.next = signed_cast(self.a_i.val()) < signed_cast(self.b_i.val());
        self.product_o.next = bit_cast::<16, 8>(self.a_i.val()) * bit_cast::<16, 8>(self.b_i.val());
        self.nibbles_o.next =
            self.a_i.val().get_bits::<4>(4) ^ bit_cast::<4, 8>(self.a_i.val() + self.b_i.val());
        self.replaced_o.next = self
            .a_i
            .val()
            .replace_bit(3, self.b_i.val().all() | self.b_i.val().xor());
    }
}

impl Describe for Mixed {
    fn describe(&self, m: &mut Body) {
        m.generated();
    }
}

#[test]
fn names_comments_and_widths_are_kept() {
    let design = accepted(&Mixed::default());
    has_lines(
        top(&design),
        &[
            "// Slices, reductions, signed and unsigned arithmetic, a process.",
            "input  wire go_i,              // starts it",
            "// Counts while it works.",
            "always @(*) begin",
            "count = count + 4'd1;",
            "assign below_o = $signed(a_i) < $signed(b_i);",
            "assign product_o = {24'd0, a_i} * {24'd0, b_i};",
            "assign nibbles_o = a_i[7:4] ^ (a_i[3:0] + b_i[3:0]);",
            "assign replaced_o = {a_i[7:4], (&b_i) | (^b_i), a_i[2:0]};",
        ],
    );
}

/// A field with a name of Verilog's.
#[derive(Clone, Default, LogicBlock, Module)]
#[hw(manual)]
struct Reserved {
    /// what comes
    a_i: Signal<In, Bit>,
    /// what goes
    table: Signal<Out, Bit>,
}

impl Logic for Reserved {
    #[hdl_gen]
    fn update(&mut self) {
        self.table.next = self.a_i.val();
    }
}

impl Describe for Reserved {
    fn describe(&self, m: &mut Body) {
        m.generated();
    }
}

#[test]
fn a_word_of_verilogs_is_no_name() {
    let said = refused(&Reserved::default());
    assert!(said.contains("`table` is a word of Verilog's"), "{said}");
}

/// A block of which only `hdl` matters.
#[derive(Clone, Default, LogicBlock, Module)]
#[hw(manual)]
struct Given {
    /// an operand
    a_i: Signal<In, Bits<8>>,
    /// a condition
    c_i: Signal<In, Bit>,
    /// the result
    y_o: Signal<Out, Bits<8>>,
    t: Signal<Local, Bits<8>>,
    _says: Vec<S>,
}

fn get(name: &str) -> E {
    E::Signal(name.into())
}

fn set(name: &str, value: E) -> S {
    S::Assignment(get(name), value)
}

impl Given {
    fn new(says: Vec<S>) -> Self {
        Self {
            _says: says,
            ..Self::default()
        }
    }
}

impl Logic for Given {
    fn update(&mut self) {}
    fn hdl(&self) -> Verilog {
        Verilog::Combinatorial(self._says.clone())
    }
}

impl Describe for Given {
    fn describe(&self, m: &mut Body) {
        m.generated();
    }
}

fn binary(left: E, op: VerilogOp, right: E) -> E {
    E::Binary(Box::new(left), op, Box::new(right))
}

fn when(test: E, then: Vec<S>) -> S {
    use rust_hdl::core::ast::{VerilogBlockOrConditional, VerilogConditional};
    S::If(VerilogConditional {
        test,
        then,
        otherwise: VerilogBlockOrConditional::None,
    })
}

#[test]
fn intermediate_values_stay_in_order() {
    // t is read between its two assignments, so y sees the first.
    let design = accepted(&Given::new(vec![
        set("t", get("a_i")),
        set("y_o", get("t")),
        when(get("c_i"), vec![set("t", E::Literal(3.into()))]),
    ]));
    let text = top(&design);
    let order: Vec<_> = ["t = a_i;", "y_o = t;", "t = 8'd3;"]
        .map(|line| text.find(line).unwrap())
        .into();
    assert!(order.is_sorted() && text.contains("always @(*)"), "{text}");
}

#[test]
fn what_must_not_be_is_refused() {
    let wide = binary(get("a_i"), VerilogOp::Add, get("a_i"));
    let cases: Vec<(Vec<S>, &str)> = vec![
        (vec![], "y_o is used but nothing drives it"),
        (
            vec![set("y_o", get("t"))],
            "t is used but nothing drives it",
        ),
        (
            vec![when(get("c_i"), vec![set("y_o", get("a_i"))])],
            "latch",
        ),
        (vec![set("y_o", get("nobody"))], "nothing is named nobody"),
        (
            vec![set("y_o", get("c_i")), set("t", E::Cast(Box::new(wide), 9))],
            "widen its operands",
        ),
        (vec![set("c_i", get("c_i"))], "an input"),
        (vec![set("y_o", E::Literal(256.into()))], "does not fit"),
        (
            vec![set(
                "y_o",
                E::Slice(Box::new(get("a_i")), 4, Box::new(E::Literal(6.into()))),
            )],
            "bit 9",
        ),
        (
            vec![when(get("a_i"), vec![set("y_o", get("a_i"))])],
            "condition of 8 bits",
        ),
        (
            vec![
                set("lane$y_o", E::Literal(1.into())),
                set("y_o", get("a_i")),
            ],
            "nothing is named lane$y_o",
        ),
    ];
    for (body, reason) in cases {
        let said = refused(&Given::new(body));
        assert!(said.contains(reason), "'{said}' instead of {reason}");
    }
}

/// Every expression that is easy to get wrong, against the same in Rust: Icarus
/// evaluates our text for many values.
#[test]
fn expressions_mean_what_rust_says() {
    type Case = (E, fn(u8, bool) -> u8);
    let a = || get("a_i");
    let lit = |value: u32| E::Literal(value.into());
    let cast = |e: E, bits: usize| E::Cast(Box::new(e), bits);
    let slice = |e: E, bits: usize, at: E| E::Slice(Box::new(e), bits, Box::new(at));
    let nibble = move || slice(a(), 4, lit(2));
    let signed = |e: E| E::Signed(Box::new(e));
    let cases: Vec<Case> = vec![
        (binary(a(), VerilogOp::Add, lit(200)), |a, _| {
            a.wrapping_add(200)
        }),
        (binary(a(), VerilogOp::Shr, nibble()), |a, _| {
            a.checked_shr(u32::from(a >> 2 & 15)).unwrap_or(0)
        }),
        (binary(a(), VerilogOp::Shl, lit(3)), |a, _| a << 3),
        (
            cast(slice(binary(a(), VerilogOp::Sub, lit(9)), 3, lit(5)), 8),
            |a, _| a.wrapping_sub(9) >> 5,
        ),
        (cast(slice(a(), 2, nibble()), 8), |a, _| {
            a.checked_shr(u32::from(a >> 2 & 15)).unwrap_or(0) & 3
        }),
        (signed(nibble()), |a, _| (((a << 2) as i8) >> 4) as u8),
        (cast(signed(nibble()), 8), |a, _| {
            (((a << 2) as i8) >> 4) as u8
        }),
        (
            cast(binary(signed(a()), VerilogOp::Lt, signed(lit(5))), 8),
            |a, _| u8::from((a as i8) < 5),
        ),
        (
            binary(signed(nibble()), VerilogOp::Mul, signed(nibble())),
            |a, _| {
                let n = ((a << 2) as i8) >> 4;
                n.wrapping_mul(n) as u8
            },
        ),
        (
            cast(
                slice(binary(nibble(), VerilogOp::Mul, nibble()), 5, lit(3)),
                8,
            ),
            |a, _| ((a >> 2 & 15) * (a >> 2 & 15)) >> 3,
        ),
        (
            E::IndexReplace(
                Box::new(a()),
                Box::new(slice(a(), 3, lit(0))),
                Box::new(get("c_i")),
            ),
            |a, c| a & !(1 << (a & 7)) | u8::from(c) << (a & 7),
        ),
        (
            cast(E::Index(Box::new(a()), Box::new(slice(a(), 3, lit(5)))), 8),
            |a, _| a >> (a >> 5) & 1,
        ),
        (
            cast(
                E::Unary(
                    rust_hdl::core::ast::VerilogOpUnary::Not,
                    Box::new(get("c_i")),
                ),
                8,
            ),
            |_, c| u8::from(!c),
        ),
    ];
    if !common::has("iverilog") {
        return;
    }
    for (index, (expression, expected)) in cases.into_iter().enumerate() {
        // A negation of one bit cannot be widened; the others can be assigned as they are.
        let block = Given::new(vec![set("y_o", expression)]);
        let design = match emit(&block, "heddle_top") {
            Ok(design) => design,
            Err(error) => {
                assert!(
                    index == 12 && error.to_string().contains("widen"),
                    "case {index}: {error}"
                );
                continue;
            }
        };
        let said = common::complaints(&design);
        assert!(said.is_empty(), "case {index}: {said}\n{}", design.text());
        for (a, c, y) in simulate_all(&design) {
            assert_eq!(
                y,
                expected(a, c),
                "case {index}: a = {a}, c = {c}\n{}",
                design.text()
            );
        }
    }
}

/// `y_o` for every `a_i` and `c_i`, by Icarus.
fn simulate_all(design: &Design) -> Vec<(u8, bool, u8)> {
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
