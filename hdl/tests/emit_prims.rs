//! The cells in rust-hdl's simulation, against a queue and a vector.

mod common;

use heddle_hdl::emit::emit;
use heddle_hdl::prim::{Bank, Pipe, PipeStyle};
use heddle_hdl::Reset;
use rust_hdl::prelude::*;
use std::collections::VecDeque;

type Line = Pipe<Bits<8>>;

fn settle(uut: &mut Line) {
    assert!(simulate(uut, 20), "the line does not settle");
}

/// One clock cycle; what `q` shows after its rising edge.
fn cycle(uut: &mut Line, rst_n: bool, en: bool, d: u8) -> u8 {
    uut.rst_n.next = rst_n;
    uut.en.next = en;
    uut.d.next = d.to_bits();
    settle(uut);
    uut.clk.next = true.into();
    settle(uut);
    let q = uut.q.val().to_u8();
    uut.clk.next = false.into();
    settle(uut);
    assert_eq!(q, uut.q.val().to_u8(), "changed at the falling edge");
    q
}

#[test]
fn lines_delay_hold_and_reset() {
    let mut noise = 1u32;
    let mut draw = move || {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        noise >> 24
    };
    for reset in [Reset::None, Reset::Sync, Reset::Async] {
        for gated in [false, true] {
            for depth in [1, 2, 3, 7] {
                let mut uut = Line::new(depth, PipeStyle { reset, gated });
                uut.connect_all();
                let mut queue: VecDeque<u8> = vec![0; depth].into();
                for step in 0..200 {
                    let (rst_n, en, d) = (draw() % 16 != 0, draw() % 4 != 0, draw() as u8);
                    if !rst_n && reset != Reset::None {
                        queue = vec![0; depth].into();
                    } else if en {
                        queue.pop_back();
                        queue.push_front(d);
                    }
                    let got = cycle(&mut uut, rst_n, en, d);
                    assert_eq!(got, queue[depth - 1], "{reset} depth {depth} step {step}");
                }
            }
        }
    }
}

#[test]
fn a_line_without_registers_is_a_wire() {
    let mut uut = Line::new(0, PipeStyle::default());
    uut.connect_all();
    for d in [1, 255, 0] {
        uut.d.next = d.to_bits();
        settle(&mut uut);
        assert_eq!(uut.q.val().to_u8() as u64, d);
    }
}

#[test]
fn asynchronous_reset_needs_no_edge() {
    for (reset, expected) in [(Reset::Async, 0), (Reset::Sync, 9)] {
        let mut uut = Line::new(
            1,
            PipeStyle {
                reset,
                gated: false,
            },
        );
        uut.connect_all();
        assert_eq!(cycle(&mut uut, true, true, 9), 9);
        uut.rst_n.next = false;
        settle(&mut uut);
        assert_eq!(uut.q.val().to_u8(), expected, "{reset}");
    }
}

/// A unit around the cells, so that rust-hdl's own generator and checks see them.
#[derive(LogicBlock)]
struct Cells {
    clk: Signal<In, Clock>,
    rst_n: Signal<In, Bit>,
    en: Signal<In, Bit>,
    d: Signal<In, Bits<8>>,
    q: Signal<Out, Bits<8>>,
    line: Line,
}

impl Logic for Cells {
    #[hdl_gen]
    fn update(&mut self) {
        self.line.clk.next = self.clk.val();
        self.line.rst_n.next = self.rst_n.val();
        self.line.en.next = self.en.val();
        self.line.test_en.next = false;
        self.line.d.next = self.d.val();
        self.q.next = self.line.q.val();
    }
}

#[test]
fn rust_hdl_checks_and_generates_the_line() {
    for depth in [0, 1, 4] {
        let mut uut = Cells {
            clk: Default::default(),
            rst_n: Default::default(),
            en: Default::default(),
            d: Default::default(),
            q: Default::default(),
            line: Line::new(depth, PipeStyle::default()),
        };
        uut.connect_all();
        check_all(&uut).expect("every input is wired");
        let text = generate_verilog(&uut);
        assert!(text.contains(&format!("// heddle:pipe depth={depth} reset=sync gated=0")));
    }
}

type Words = Bank<Bits<8>>;

/// Writes and reads at random; the first difference from a vector, addressed by
/// `address`, if there is one.
fn against_a_vector(depth: usize, address: impl Fn(usize) -> usize) -> Option<String> {
    let mut noise = 7u32;
    let mut draw = move || {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        noise >> 16
    };
    let mut uut = Words::new(depth);
    uut.connect_all();
    let mut words = vec![0u8; depth];
    let settle = |uut: &mut Words| assert!(simulate(uut, 20), "the bank does not settle");
    for step in 0..300 {
        let (en, at, d) = (draw() % 3 != 0, draw() as usize % depth, draw() as u8);
        uut.en_i.next = en;
        uut.d_i.next = d.to_bits();
        for (i, bit) in uut.addr_i.iter_mut().enumerate() {
            bit.next = at >> i & 1 == 1;
        }
        settle(&mut uut);
        let expected = words[address(at)];
        if uut.q_o.val().to_u8() != expected {
            return Some(format!("depth {depth}, step {step}: not {expected}"));
        }
        uut.clk_i.next = true.into();
        settle(&mut uut);
        uut.clk_i.next = false.into();
        settle(&mut uut);
        if en {
            words[address(at)] = d;
        }
    }
    None
}

#[test]
fn banks_hold_words_by_their_address() {
    for depth in [2, 3, 4, 5] {
        assert_eq!(against_a_vector(depth, |at| at), None);
        let said = against_a_vector(depth, |_| 0);
        assert!(
            said.is_some(),
            "depth {depth}: a wrong address went unnoticed"
        );
    }
}

#[test]
fn no_tool_complains_of_banks() {
    for depth in [2, 3, 4, 5] {
        let design = emit(&Words::new(depth), "heddle_top").unwrap();
        let said = common::complaints(&design);
        assert!(said.is_empty(), "depth {depth}: {said}\n{}", design.text());
        let text = design.text();
        assert!(
            text.contains(&format!("reg [7:0] words_q [0:{}];", depth - 1)),
            "{text}"
        );
    }
}

#[test]
#[should_panic(expected = "a bank of 1 words")]
fn a_bank_of_one_word_is_a_register() {
    Words::new(1);
}
