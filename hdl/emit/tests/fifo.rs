//! A counter and a FIFO of their own, and a module with two FIFOs of different sizes.

#[path = "common/mod.rs"]
mod common;
#[path = "../examples/fifo/counter.rs"]
mod counter;
#[path = "../examples/fifo/fifo.rs"]
mod fifo;

use counter::Counter;
use fifo::{Fifo, BITS, DEPTH};
use heddle_derive::Module;
use heddle_emit::describe::{
    e, Body, Clocked, Compiled, Configuration, Describe, Module as _, Net, Pins, Reset, Site, Style,
};
use heddle_emit::{emit, Design};
use rust_hdl::prelude::*;
use std::collections::VecDeque;

/// The Verilog of `block`, after the tools were asked.
fn accepted(block: &dyn heddle_emit::describe::Module, top: &str) -> Design {
    let design = emit(block, top).unwrap();
    let said = common::complaints(&design);
    assert!(said.is_empty(), "{said}\n{}", design.text());
    design
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
fn a_counter_takes_no_more_than_thirty_lines() {
    assert!(include_str!("../examples/fifo/counter.rs").lines().count() <= 30);
    let mut counter = Pins::new(Counter::at(&Site::whole(&())));
    let (mut expected, mut draw) = (0, noise(1, 2));
    for step in 0..700 {
        let (rst_n, en) = (step != 500, draw() > 0);
        counter.set("rst_ni", rst_n);
        counter.set("en_i", en);
        counter.settle();
        counter.cycle();
        expected = match (rst_n, en) {
            (false, _) => 0,
            (true, en) => (expected + u128::from(en)) % 256,
        };
        assert_eq!(counter.get("count_o"), expected, "step {step}");
    }
    let design = accepted(&Counter::at(&Site::whole(&())), "heddle_counter");
    let text = design.text();
    assert!(text.contains("count_q <= count_q + 8'd1;"), "{text}");
}

#[test]
fn a_fifo_gives_what_it_took_in_order() {
    for depth in [2, 3, 8] {
        let mut fifo = Pins::new(Fifo::at(&Site::whole(&()).with(&DEPTH, depth)));
        let (mut held, mut draw, mut taken) = (VecDeque::new(), noise(2, 16), 0u8);
        let mut given = 0;
        fifo.set("rst_ni", true);
        for step in 0..600 {
            let bits = draw();
            // First it fills up, then it empties, then words come and go.
            let (valid, ready) = match step {
                0..20 => (true, false),
                20..40 => (false, true),
                _ => (bits & 1 == 1, bits & 2 == 2),
            };
            let (en, word) = (bits & 12 != 0, (bits >> 8) as u8);
            for (pin, level) in [("valid_i", valid), ("ready_i", ready), ("en_i", en)] {
                fifo.set(pin, level);
            }
            fifo.set("data_i", word);
            fifo.settle();
            let (goes, comes) = (fifo.get("valid_o") == 1, fifo.get("ready_o") == 1);
            if goes {
                assert_eq!(fifo.get("data_o") as u8, held[0], "step {step}");
            }
            assert!(held.len() <= depth);
            assert!(comes || held.len() == depth, "a place is free, step {step}");
            if en && ready && goes {
                held.pop_front();
                given += 1;
            }
            if en && valid && comes {
                held.push_back(word);
                taken = taken.wrapping_add(1);
            }
            fifo.cycle();
            assert_eq!(fifo.get("taken_o") as u8, taken, "step {step}");
        }
        assert!(given > 100, "{given}");
    }
}

/// Words that wait in a deep FIFO, and their lower half in a shallow one.
#[derive(Clone, LogicBlock, Module)]
struct Pair {
    clocked: Clocked,
    /// a word is there for both
    valid_i: Net<In, Bit>,
    /// the word
    #[hw(lanes = BITS)]
    data_i: Net<In, Bit>,
    /// both words are taken
    ready_i: Net<In, Bit>,
    /// both take a word
    ready_o: Net<Out, Bit>,
    /// the word of the deep one
    #[hw(lanes = BITS)]
    data_o: Net<Out, Bit>,
    /// that of the shallow one is another
    differ_o: Net<Out, Bit>,
    /// the deep one has taken more
    more_o: Net<Out, Bit>,
    #[hw(build = Fifo::at(&config.with(&DEPTH, 8)))]
    deep: Fifo,
    #[hw(build = Fifo::at(&config.with(&DEPTH, 2).with(&BITS, 4)))]
    shallow: Fifo,
    _body: Compiled,
}

impl Describe for Pair {
    fn describe(&self, m: &mut Body) {
        for fifo in [&self.deep, &self.shallow] {
            m.assign(&fifo.valid_i, &self.valid_i);
            m.assign(&fifo.ready_i, &self.ready_i);
        }
        m.assign(&self.deep.data_i, &self.data_i);
        m.assign(&self.shallow.data_i, self.data_i.place().lanes(0, 4));
        let both = |deep: &Net<Out, Bit>, shallow: &Net<Out, Bit>| e(deep) & shallow;
        m.assign(
            &self.ready_o,
            both(&self.deep.ready_o, &self.shallow.ready_o),
        );
        m.assign(&self.data_o, &self.deep.data_o);
        let same = e(&self.deep.data_o).slice(0, 4).is(&self.shallow.data_o);
        let valid = both(&self.deep.valid_o, &self.shallow.valid_o);
        m.assign(&self.differ_o, !same & valid);
        let alike = e(&self.deep.taken_o).is(&self.shallow.taken_o);
        m.assign(&self.more_o, !alike);
    }
}

#[test]
fn fifos_of_two_sizes_are_one_module() {
    let design = accepted(&Pair::at(&Site::whole(&())), "heddle_pair");
    let names: Vec<_> = design.modules.iter().map(|m| m.name.as_str()).collect();
    assert_eq!(names, ["heddle_counter", "heddle_fifo", "heddle_pair"]);
    let [fifo, top] = [1, 2].map(|at| &design.modules[at].text);
    for line in [
        "parameter BITS = 8,  // width of a word",
        "parameter DEPTH = 8  // words, 2 or more",
        "reg [DEPTH*BITS-1:0] words_q;  // words, the newest in the low bits",
    ] {
        assert!(fifo.contains(line), "{line}\n{fifo}");
    }
    for line in [
        "parameter BITS = 8  // width of a word",
        // Its word is as wide as the pair's, and so is what reads it.
        "heddle_fifo #(.BITS(BITS)) u_deep (",
        "heddle_fifo #(.BITS(4), .DEPTH(2)) u_shallow (",
        "wire [BITS-1:0] deep_data;",
        "wire [3:0] shallow_data;",
    ] {
        assert!(top.contains(line), "{line}\n{top}");
    }
    assert!(!top.contains("DEPTH ="), "{top}");
}

#[test]
fn two_sizes_are_simulated_each_as_built() {
    let mut pair = Pins::new(Pair::at(&Site::whole(&())));
    for pin in ["rst_ni", "en_i", "valid_i"] {
        pair.set(pin, true);
    }
    for word in 0..10u8 {
        pair.set("data_i", word);
        pair.settle();
        // The shallow one holds two words.
        assert_eq!(pair.get("ready_o") == 1, word < 2, "word {word}");
        pair.cycle();
        assert_eq!(pair.get("more_o") == 1, word >= 2, "word {word}");
    }
    pair.set("ready_i", true);
    for word in 0..8 {
        pair.settle();
        assert_eq!(pair.get("data_o"), word);
        pair.cycle();
    }
}

/// A design whose registers are reset at once, and whose sizes are chosen for all of it.
struct Asynchronous;

impl Configuration for Asynchronous {
    fn sizes(&self) -> heddle_emit::describe::Sizes {
        heddle_emit::describe::Sizes::new(vec![("DEPTH", 6), ("BITS", 3)])
    }

    fn style(&self) -> Style {
        Style {
            reset: Reset::Async,
            gated: true,
        }
    }

    fn gates_clocks(&self) -> bool {
        true
    }
}

#[test]
fn resets_gates_and_sizes_are_the_configurations() {
    let block = Fifo::at(&Site::whole(&Asynchronous));
    let design = accepted(&block, "acme_fifo");
    let text = &design.top().unwrap().text;
    assert!(
        block.module_name() == "fifo" && text.contains("negedge rst_ni"),
        "{text}"
    );
    assert!(text.contains("heddle_clock_gate u_oldest_gate ("), "{text}");
    let (depth, bits) = (text.find("DEPTH = 6,"), text.find("BITS = 3 "));
    assert!(depth.is_some() && depth < bits, "in their order:\n{text}");
}
