//! The engine's queue in rust-hdl's simulation, against a queue; what tools say of its reads and writes.

mod common;

use heddle_derive::Module;
use heddle_format::Format;
use heddle_hdl::bundle::Running;
use heddle_hdl::describe::{lit, Body, Compiled, Describe, Module, Net, Pins};
use heddle_hdl::emit::emit;
use heddle_hdl::engine::{AxiRead, AxiWrite, EngineConfig, Fifo, ReadPort, WritePort};
use heddle_hdl::Site;
use heddle_hdl::{ArrayConfig, Reset};
use rust_hdl::prelude::*;
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

/// Reads and writes in a module with their ports.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
struct Around {
    clocked: Running,
    /// AXI4
    reads: ReadPort,
    /// AXI4
    writes: WritePort,
    /// nothing is under way
    idle_o: Net<Out, Bit>,
    read: AxiRead,
    write: AxiWrite,
    _body: Compiled,
}

impl Describe for Around {
    fn describe(&self, m: &mut Body) {
        let (read, write) = (&self.read, &self.write);
        for input in [
            &read.req_valid_i,
            &read.req_addr_i,
            &read.req_bytes_i,
            &read.req_to_i,
            &read.beat_ready_i,
            &write.req_valid_i,
            &write.req_addr_i,
            &write.req_words_i,
            &write.word_valid_i,
            &write.word_data_i,
            &write.word_strb_i,
            &write.stop_i,
        ] {
            m.assign(input, lit(0, input.len()));
        }
        self.reads.pass(m, read.port());
        self.writes.pass(m, write.port());
        m.assign(
            &self.idle_o,
            heddle_hdl::describe::e(&read.idle_o) & &write.idle_o,
        );
    }
}

#[test]
fn a_port_is_passed_on() {
    let config = config(128, 4, Reset::Sync);
    let site = Site::whole(&config);
    let design = emit(&Around::at(&site), "heddle_top").unwrap();
    let names = |module: &str| -> Vec<String> {
        let module = design.modules.iter().find(|known| known.name == module);
        let ports = module.expect("a module of the design").ports.iter();
        let axi = |name: &&str| name.starts_with(['a', 'r', 'w', 'b']) && *name != "rst_ni";
        let names = ports.map(|port| port.name.as_str());
        let own = ["req", "beat", "word"];
        names
            .filter(axi)
            .filter(|name| !own.iter().any(|own| name.starts_with(own)))
            .map(str::to_owned)
            .collect()
    };
    let inside = [names("heddle_axi_read"), names("heddle_axi_write")].concat();
    assert_eq!(names("heddle_top"), inside);
    assert_eq!(inside.len(), 17 + 20);
}

/// What any tool says of `block`.
fn said(block: &dyn Module) -> String {
    let design = emit(block, "heddle_top").unwrap();
    common::complaints(&design)
}

#[test]
fn no_tool_complains() {
    let cases = [
        (32, 1, Reset::Sync),
        (64, 2, Reset::None),
        (128, 16, Reset::Async),
        (256, 3, Reset::Sync),
        (512, 64, Reset::Sync),
    ];
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
