//! The engine's queue in rust-hdl's simulation, against a queue; what tools say of its reads and writes.

mod common;

use heddle_format::Format;
use heddle_hdl::describe::{Module, Pins, Site};
use heddle_hdl::emit::emit;
use heddle_hdl::engine::{AxiRead, AxiWrite, EngineConfig, Fifo};
use heddle_hdl::{ArrayConfig, Reset};
use std::collections::VecDeque;

fn config(bus_bits: usize, bursts: usize, reset: Reset) -> ArrayConfig {
    ArrayConfig {
        reset: Some(reset),
        engine: Some(EngineConfig {
            bus_bits,
            reads: bursts,
            writes: bursts,
            ..EngineConfig::default()
        }),
        ..ArrayConfig::new(2, 2, Format::Int8)
    }
}

/// Pushes and pops at random; the first difference from a queue of `room` words.
fn against_a_queue(words: usize, room: usize, reset: Reset) -> Option<String> {
    let config = config(32, 2, reset);
    let mut uut = Pins::new(Fifo::new(&Site::whole(&config), words, 8));
    let mut noise = 1u32;
    let mut draw = move || {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        noise >> 16
    };
    let mut queue = VecDeque::new();
    for step in 0..400 {
        let (rst_n, push, pop) = (step > 2 && draw() % 50 > 0, draw() % 3 > 0, draw() % 3 > 0);
        let word = draw() as u8;
        uut.set("rst_ni", rst_n);
        uut.set("push_valid_i", push);
        uut.set("push_data_i", word);
        uut.set("pop_ready_i", pop);
        uut.settle();
        let full = queue.len() == room;
        let found = ["push_ready_o", "pop_valid_o"].map(|name| uut.get(name) == 1);
        if rst_n && found != [!full, !queue.is_empty()] {
            return Some(format!("step {step}: {found:?} with {} words", queue.len()));
        }
        if let (true, Some(oldest)) = (rst_n, queue.front()) {
            if uut.get("pop_data_o") != u128::from(*oldest) {
                return Some(format!("step {step}: not {oldest}"));
            }
        }
        uut.cycle();
        match rst_n {
            true => {
                if pop {
                    queue.pop_front();
                }
                if push && !full {
                    queue.push_back(word);
                }
            }
            false => queue.clear(),
        }
    }
    None
}

#[test]
fn a_queue_is_a_queue() {
    for reset in [Reset::Sync, Reset::Async] {
        for words in [1, 2, 3, 8] {
            assert_eq!(against_a_queue(words, words, reset), None);
        }
    }
    assert!(against_a_queue(2, 3, Reset::Sync).is_some());
}

/// What any tool says of `block`.
fn said(block: &dyn Module) -> String {
    let design = emit(block, "heddle_top").unwrap();
    common::complaints(&design)
}

#[test]
fn no_tool_complains() {
    let cases: Vec<_> = [
        (32, 1, Reset::Sync),
        (64, 2, Reset::None),
        (128, 16, Reset::Async),
        (256, 3, Reset::Sync),
        (512, 64, Reset::Sync),
    ]
    .to_vec();
    let found = common::in_parallel(&cases, |(bus_bits, bursts, reset)| {
        let config = config(*bus_bits, *bursts, *reset);
        let site = Site::whole(&config);
        [
            said(&Fifo::new(&site, *bursts, 5)),
            said(&AxiRead::at(&site)),
            said(&AxiWrite::at(&site)),
        ]
    });
    for (case, said) in cases.iter().zip(found) {
        assert_eq!(said.concat(), "", "{case:?}");
    }
}
