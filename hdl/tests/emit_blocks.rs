//! Small blocks with one construct each: what the emitter makes of them, that tools
//! accept it, and that what cannot be right is refused with a reason.

mod common;

use heddle_hdl::emit::{emit, verify_sharing, Design};
use heddle_hdl::prim::{Pipe, PipeStyle};
use heddle_hdl::{HdlError, Reset};
use rust_hdl::core::ast::{VerilogExpression as E, VerilogOp, VerilogStatement as S};
use rust_hdl::prelude::*;

/// A comment of a block: it goes into the Verilog and does nothing else.
macro_rules! comment {
    ($($text:tt)*) => {};
}

/// The Verilog of the only or last module, after the tools were asked.
fn accepted<B: Block>(block: &B) -> String {
    let design = emit(block, "heddle_top").unwrap();
    let said = common::complaints(&design);
    assert!(said.is_empty(), "{said}\n{}", design.text());
    design.top().unwrap().text.clone()
}

fn refused<B: Block>(block: &B) -> String {
    emit(block, "heddle_top")
        .expect_err("this must be refused")
        .to_string()
}

/// A state machine, a counter, slices, reductions, signed and unsigned arithmetic.
#[derive(Copy, Clone, Debug, PartialEq, LogicState)]
enum Phase {
    Idle,
    Load,
    Work,
}

#[derive(LogicBlock)]
struct Machine {
    clk_i: Signal<In, Clock>,
    rst_ni: Signal<In, Bit>,
    go_i: Signal<In, Bit>,
    a_i: Signal<In, Bits<8>>,
    b_i: Signal<In, Bits<8>>,
    below_o: Signal<Out, Bit>,
    product_o: Signal<Out, Bits<32>>,
    nibbles_o: Signal<Out, Bits<4>>,
    replaced_o: Signal<Out, Bits<8>>,
    count_o: Signal<Out, Bits<4>>,
    limit: Constant<Bits<4>>,
    count: Pipe<Bits<4>>,
    phase: Pipe<Phase>,
}

impl Machine {
    fn new() -> Self {
        let style = PipeStyle {
            reset: Reset::Sync,
            gated: false,
        };
        Self {
            clk_i: Default::default(),
            rst_ni: Default::default(),
            go_i: Default::default(),
            a_i: Default::default(),
            b_i: Default::default(),
            below_o: Default::default(),
            product_o: Default::default(),
            nibbles_o: Default::default(),
            replaced_o: Default::default(),
            count_o: Default::default(),
            limit: Constant::new(bits(12)),
            count: Pipe::new(1, style),
            phase: Pipe::new(1, style),
        }
    }
}

impl Logic for Machine {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("heddle:module machine | A bit of everything.");
        comment!("heddle:port go_i | starts it");
        self.count.clk.next = self.clk_i.val();
        self.count.rst_n.next = self.rst_ni.val();
        self.count.test_en.next = false;
        self.count.en.next = true;
        self.phase.clk.next = self.clk_i.val();
        self.phase.rst_n.next = self.rst_ni.val();
        self.phase.test_en.next = false;
        self.phase.en.next = true;
        comment!("Counts while it works.");
        self.count.d.next = self.count.q.val();
        self.phase.d.next = self.phase.q.val();
        match self.phase.q.val() {
            Phase::Idle => {
                if self.go_i.val() {
                    self.phase.d.next = Phase::Load;
                }
            }
            Phase::Load => {
                self.count.d.next = bits::<4>(0);
                self.phase.d.next = Phase::Work;
            }
            Phase::Work => {
                self.count.d.next = self.count.q.val() + 1;
                if self.count.q.val() == self.limit.val() {
                    self.phase.d.next = Phase::Idle;
                }
            }
        }
        self.count_o.next = self.count.q.val();
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

#[test]
fn a_machine_keeps_names_comments_and_widths() {
    let text = accepted(&Machine::new());
    for line in [
        "// A bit of everything.",
        "//   go_i        in    1  starts it",
        "//   limit  12",
        "  localparam [3:0] limit = 4'd12;",
        "  // Counts while it works.",
        "    case (phase_q)",
        "      count_d = count_q + 4'd1;",
        "  assign below_o = $signed(a_i) < $signed(b_i);",
        "  assign product_o = {8'd0, a_i} * {8'd0, b_i};",
        "  assign nibbles_o = a_i[7:4] ^ (a_i[3:0] + b_i[3:0]);",
        "  assign replaced_o = {a_i[7:4], (&b_i) | (^b_i), a_i[2:0]};",
    ] {
        assert!(
            text.lines().any(|known| known.trim() == line.trim()),
            "no line\n{line}\nin\n{text}"
        );
    }
}

/// A lane, several of which share one definition.
#[derive(Clone, Default, LogicBlock)]
struct Lane {
    x_i: Signal<In, Bits<4>>,
    y_o: Signal<Out, Bits<4>>,
}

impl Logic for Lane {
    #[hdl_gen]
    fn update(&mut self) {
        self.y_o.next = !self.x_i.val();
    }
}

/// A chain of lanes behind packed ports, and one lane whose output nobody reads.
#[derive(LogicBlock)]
struct Lanes {
    x_i: Vec<Signal<In, Bits<4>>>,
    y_o: Vec<Signal<Out, Bits<4>>>,
    first_o: Signal<Out, Bit>,
    lane: Vec<Lane>,
    spare: Lane,
}

impl Lanes {
    fn new(count: usize) -> Self {
        Self {
            x_i: (0..count).map(|_| Signal::default()).collect(),
            y_o: (0..count).map(|_| Signal::default()).collect(),
            first_o: Default::default(),
            lane: vec![Lane::default(); count],
            spare: Default::default(),
        }
    }
}

impl Logic for Lanes {
    fn update(&mut self) {}

    fn hdl(&self) -> Verilog {
        let mut body = vec![];
        for i in 0..self.lane.len() {
            body.push(set(&format!("lane${i}$x_i"), get(&format!("x_i${i}"))));
            body.push(set(&format!("y_o${i}"), get(&format!("lane${i}$y_o"))));
        }
        body.push(set("spare$x_i", get("lane$0$y_o")));
        let low = E::Index(Box::new(get("lane$0$y_o")), Box::new(E::Literal(0.into())));
        body.push(set("first_o", low));
        Verilog::Combinatorial(body)
    }
}

fn get(name: &str) -> E {
    E::Signal(name.into())
}

fn set(name: &str, value: E) -> S {
    S::Assignment(get(name), value)
}

#[test]
fn instances_are_connected_without_stubs() {
    let block = Lanes::new(3);
    let design = emit(&block, "heddle_top").unwrap();
    let names: Vec<_> = design
        .modules
        .iter()
        .map(|module| module.name.as_str())
        .collect();
    assert_eq!(
        names,
        ["heddle_lane", "heddle_top"],
        "one module for four lanes"
    );
    let text = accepted(&block);
    for piece in [
        "input  wire [11:0] x_i",
        ".x_i (x_i[7:4]),\n    .y_o (y_o[7:4])",
        ".x_i (y_o[3:0]),\n    .y_o (unused_spare_y_o)",
        "assign first_o = y_o[0];",
    ] {
        assert!(text.contains(piece), "no\n{piece}\nin\n{text}");
    }
    assert!(!text.contains('$'));
    verify_sharing(&block).unwrap();
}

/// A lane whose logic depends on a field that a probe cannot see.
#[derive(Clone, Default, LogicBlock)]
struct Hidden {
    x_i: Signal<In, Bit>,
    y_o: Signal<Out, Bit>,
    _inverts: bool,
}

impl Logic for Hidden {
    fn update(&mut self) {}

    fn hdl(&self) -> Verilog {
        let value = if self._inverts {
            E::Unary(
                rust_hdl::core::ast::VerilogOpUnary::Not,
                Box::new(get("x_i")),
            )
        } else {
            get("x_i")
        };
        Verilog::Combinatorial(vec![set("y_o", value)])
    }
}

#[derive(LogicBlock)]
struct Both {
    pair: Vec<Hidden>,
}

impl Logic for Both {
    fn update(&mut self) {}
}

#[test]
fn logic_that_its_fields_do_not_show_is_found() {
    let same = Both {
        pair: vec![Hidden::default(); 2],
    };
    verify_sharing(&same).unwrap();
    let mut differ = Both {
        pair: vec![Hidden::default(); 2],
    };
    differ.pair[1]._inverts = true;
    let error = verify_sharing(&differ).unwrap_err().to_string();
    assert!(
        error.contains("pair$1") && error.contains("Constant"),
        "{error}"
    );
}

/// Two kinds of block with the same ports under the same field name.
#[derive(Default, LogicBlock)]
struct Keeper<B: Block + Default> {
    x_i: Signal<In, Bits<4>>,
    y_o: Signal<Out, Bits<4>>,
    lane: B,
}

impl<B: Block + Default> Logic for Keeper<B> {
    fn update(&mut self) {}
    fn hdl(&self) -> Verilog {
        Verilog::Combinatorial(vec![
            set("lane$x_i", get("x_i")),
            set("y_o", get("lane$y_o")),
        ])
    }
}

#[derive(Clone, Default, LogicBlock)]
struct Copier {
    x_i: Signal<In, Bits<4>>,
    y_o: Signal<Out, Bits<4>>,
}

impl Logic for Copier {
    #[hdl_gen]
    fn update(&mut self) {
        self.y_o.next = self.x_i.val();
    }
}

#[derive(Default, LogicBlock)]
struct TwoKinds {
    x_i: Signal<In, Bits<4>>,
    y_o: Signal<Out, Bits<4>>,
    a: Keeper<Lane>,
    b: Keeper<Copier>,
}

impl Logic for TwoKinds {
    #[hdl_gen]
    fn update(&mut self) {
        self.a.x_i.next = self.x_i.val();
        self.b.x_i.next = self.a.y_o.val();
        self.y_o.next = self.b.y_o.val();
    }
}

#[test]
fn equal_shapes_with_other_logic_are_other_modules() {
    let design = emit(&TwoKinds::default(), "heddle_top").unwrap();
    let names: Vec<_> = design
        .modules
        .iter()
        .map(|module| module.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "heddle_lane",
            "heddle_a",
            "heddle_lane_v2",
            "heddle_b",
            "heddle_top"
        ]
    );
    assert!(common::complaints(&design).is_empty());
}

/// Register lines of every style, two of which share an enable.
#[derive(LogicBlock)]
struct Registers {
    clk_i: Signal<In, Clock>,
    rst_ni: Signal<In, Bit>,
    test_en_i: Signal<In, Bit>,
    en_i: Signal<In, Bit>,
    go_i: Signal<In, Bit>,
    d_i: Signal<In, Bits<8>>,
    q_o: Signal<Out, Bits<8>>,
    line: Vec<Pipe<Bits<8>>>,
}

impl Registers {
    fn new(shapes: &[(usize, Reset, bool)]) -> Self {
        Self {
            clk_i: Default::default(),
            rst_ni: Default::default(),
            test_en_i: Default::default(),
            en_i: Default::default(),
            go_i: Default::default(),
            d_i: Default::default(),
            q_o: Default::default(),
            line: shapes
                .iter()
                .map(|&(depth, reset, gated)| Pipe::new(depth, PipeStyle { reset, gated }))
                .collect(),
        }
    }
}

impl Logic for Registers {
    fn update(&mut self) {}

    fn hdl(&self) -> Verilog {
        let mut body = vec![];
        for i in 0..self.line.len() {
            let d = match i {
                0 => get("d_i"),
                _ => get(&format!("line${}$q", i - 1)),
            };
            let en = E::Binary(
                Box::new(get("en_i")),
                VerilogOp::BitAnd,
                Box::new(get("go_i")),
            );
            for (pin, value) in [
                ("clk", get("clk_i")),
                ("rst_n", get("rst_ni")),
                ("test_en", get("test_en_i")),
                ("en", en),
                ("d", d),
            ] {
                body.push(set(&format!("line${i}${pin}"), value));
            }
        }
        body.push(set("q_o", get(&format!("line${}$q", self.line.len() - 1))));
        Verilog::Combinatorial(body)
    }
}

#[test]
fn register_lines_share_processes_and_gates() {
    let text = accepted(&Registers::new(&[
        (1, Reset::Sync, false),
        (0, Reset::Sync, false),
        (3, Reset::Sync, false),
        (1, Reset::None, false),
        (1, Reset::Sync, true),
        (2, Reset::Sync, true),
    ]));
    assert_eq!(text.matches("always @(posedge clk_i)").count(), 2, "{text}");
    assert_eq!(text.matches("heddle_clock_gate").count(), 1, "{text}");
    assert_eq!(
        text.matches("en_i & go_i").count(),
        1,
        "one enable for all: {text}"
    );
    for piece in [
        "line_2_line_q <= {line_2_line_q[15:0], line_0_q};",
        "line_3_q <= line_2_line_q[23:16];",
        ".en_i      (line_0_en | !rst_ni),",
        "always @(posedge line_4_gclk)",
        "wire unused_bits",
    ] {
        assert_eq!(
            text.contains(piece),
            piece != "wire unused_bits",
            "{piece} in\n{text}"
        );
    }
    let text = accepted(&Registers::new(&[
        (1, Reset::Async, true),
        (2, Reset::Async, false),
    ]));
    assert!(
        text.contains("always @(posedge line_0_gclk or negedge rst_ni)"),
        "{text}"
    );
    assert!(text.contains(".en_i      (line_0_en),"), "{text}");
    // Nothing is clocked here, so the clock is an input that nothing reads.
    let text = accepted(&Registers::new(&[(0, Reset::None, false)]));
    assert!(
        text.contains("wire unused_bits = &{1'b0, clk_i, rst_ni, test_en_i, en_i, go_i};"),
        "{text}"
    );
}

/// A block of which only `hdl` matters.
#[derive(Default, LogicBlock)]
struct Given {
    a_i: Signal<In, Bits<8>>,
    c_i: Signal<In, Bit>,
    y_o: Signal<Out, Bits<8>>,
    t: Signal<Local, Bits<8>>,
    lane: Lane,
    _body: Vec<S>,
}

impl Given {
    /// The usual wires, and `body`.
    fn new(body: Vec<S>) -> Self {
        let cast = E::Slice(Box::new(get("a_i")), 4, Box::new(E::Literal(0.into())));
        let mut all = vec![set("lane$x_i", cast)];
        all.extend(body);
        Self {
            _body: all,
            ..Self::default()
        }
    }
}

impl Logic for Given {
    fn update(&mut self) {}
    fn hdl(&self) -> Verilog {
        Verilog::Combinatorial(self._body.clone())
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
    let text = accepted(&Given::new(vec![
        set("t", get("a_i")),
        set("y_o", get("t")),
        when(get("c_i"), vec![set("t", E::Literal(3.into()))]),
    ]));
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
            "an output of an instance",
        ),
    ];
    for (body, reason) in cases {
        let said = refused(&Given::new(body));
        assert!(said.contains(reason), "'{said}' instead of {reason}");
    }
}

#[test]
fn an_open_input_of_an_instance_is_refused() {
    let block = Given {
        _body: vec![set("y_o", get("a_i"))],
        ..Given::default()
    };
    assert!(refused(&block).contains("input x_i of lane is used but nothing drives it"));
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

#[test]
fn an_error_names_the_module() {
    let error = emit(&Given::new(vec![]), "heddle_top").unwrap_err();
    assert!(matches!(error, HdlError::Design { module, .. } if module == "heddle_top"));
}
