//! The cells in rust-hdl's simulation, against a queue and a vector; what tools say of their text.

mod common;

use heddle_format::Format;
use heddle_hdl::describe::{Module, Pins, Site, Style};
use heddle_hdl::emit::emit;
use heddle_hdl::prim::{Bank, Delay};
use heddle_hdl::{ArrayConfig, Reset};

/// A line of `depth` registers of 8 bits.
fn line(depth: usize, reset: Reset) -> Delay {
    let config = ArrayConfig::new(1, 1, Format::Int8);
    let style = Style {
        reset,
        gated: false,
    };
    Delay::new(&Site::whole(&config), 8, depth, style)
}

fn bank(words: usize) -> Bank {
    let config = ArrayConfig::new(1, 1, Format::Int8);
    Bank::new(&Site::whole(&config), words, 8)
}

/// One clock cycle; what comes out after its rising edge.
fn cycle(uut: &mut Pins<Delay>, rst_n: bool, en: bool, d: u8) -> u8 {
    uut.set("rst_ni", rst_n);
    uut.set("en_i", en);
    uut.set("data_i", d);
    uut.settle();
    uut.set("clk_i", true);
    uut.settle();
    let q = uut.get("data_o");
    uut.set("clk_i", false);
    uut.settle();
    assert_eq!(q, uut.get("data_o"), "changed at the falling edge");
    q as u8
}

/// Noise of so many bits.
fn noise(seed: u32, bits: u32) -> impl FnMut() -> u32 {
    let mut noise = seed;
    move || {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        noise >> (32 - bits)
    }
}

#[test]
fn lines_delay_hold_and_reset() {
    let mut draw = noise(1, 8);
    for reset in [Reset::None, Reset::Sync, Reset::Async] {
        for depth in [1, 2, 3, 7] {
            let mut uut = Pins::new(line(depth, reset));
            let mut queue: std::collections::VecDeque<u8> = vec![0; depth].into();
            for step in 0..200 {
                let (rst_n, en, d) = (
                    !draw().is_multiple_of(16),
                    !draw().is_multiple_of(4),
                    draw() as u8,
                );
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

#[test]
fn a_line_without_registers_is_a_wire() {
    let mut uut = Pins::new(line(0, Reset::Sync));
    for d in [1u8, 255, 0] {
        uut.set("data_i", d);
        uut.settle();
        assert_eq!(uut.get("data_o"), u128::from(d));
    }
}

#[test]
fn asynchronous_reset_needs_no_edge() {
    for (reset, expected) in [(Reset::Async, 0), (Reset::Sync, 9)] {
        let mut uut = Pins::new(line(1, reset));
        assert_eq!(cycle(&mut uut, true, true, 9), 9);
        uut.set("rst_ni", false);
        uut.settle();
        assert_eq!(uut.get("data_o"), expected, "{reset}");
    }
}

/// Writes and reads at random; the first difference from a vector, addressed by
/// `address`, if there is one.
fn against_a_vector(depth: usize, address: impl Fn(usize) -> usize) -> Option<String> {
    let mut draw = noise(7, 16);
    let mut uut = Pins::new(bank(depth));
    let mut words = vec![0u8; depth];
    for step in 0..300 {
        let (en, at, d) = (
            !draw().is_multiple_of(3),
            draw() as usize % depth,
            draw() as u8,
        );
        uut.set("write_i", en);
        uut.set("data_i", d);
        uut.set("addr_i", at as u128);
        uut.settle();
        let expected = words[address(at)];
        if uut.get("data_o") != u128::from(expected) {
            return Some(format!("depth {depth}, step {step}: not {expected}"));
        }
        uut.cycle();
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

/// The text of a cell, which is the same whatever its parameters, is well-formed with their
/// defaults; arrays try other values.
fn accepted(cell: &dyn Module) -> String {
    let design = emit(cell, "heddle_top").unwrap();
    let said = common::complaints(&design);
    assert!(said.is_empty(), "{said}\n{}", design.text());
    design.text()
}

#[test]
fn no_tool_complains_of_cells() {
    let text = accepted(&bank(3));
    assert!(
        text.contains("reg [BITS-1:0] words_q [0:WORDS-1];"),
        "{text}"
    );
    assert_eq!(text, accepted(&bank(4)), "one text for all sizes");
    let sync = accepted(&line(3, Reset::Sync));
    assert_eq!(
        sync,
        accepted(&line(0, Reset::Sync)),
        "one text for all sizes"
    );
    let texts = [Reset::None, Reset::Sync, Reset::Async].map(|reset| accepted(&line(1, reset)));
    assert!(!texts[0].contains("!rst_ni"), "{}", texts[0]);
    assert!(
        texts[1].contains("always @(posedge clk_i) begin"),
        "{}",
        texts[1]
    );
    assert!(
        texts[2].contains("posedge clk_i or negedge rst_ni"),
        "{}",
        texts[2]
    );
}

#[test]
#[should_panic(expected = "a bank of 1 words")]
fn a_bank_of_one_word_is_a_register() {
    bank(1);
}
