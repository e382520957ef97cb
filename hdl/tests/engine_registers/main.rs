//! The engine's registers in rust-hdl's simulation, against a model of them, with random accesses and
//! random waiting on every channel.

#[path = "../common/mod.rs"]
mod common;
#[path = "../common/draw.rs"]
mod draw;
mod model;

use draw::Draw;
use heddle_format::{Format, Overflow};
use heddle_hdl::describe::Pins;
use heddle_hdl::emit::emit;
use heddle_hdl::engine::registers::{Count, Registers};
use heddle_hdl::engine::EngineConfig;
use heddle_hdl::Site;
use heddle_hdl::{ArrayConfig, Dataflow, Reset};
use model::{Error, Inputs, Mistake, Model, Outputs};

/// An engine around an array of 5 x 3.
fn config(addr_bits: usize, ring_bits: usize) -> ArrayConfig {
    ArrayConfig {
        dataflow: Dataflow::Both,
        engine: Some(EngineConfig {
            addr_bits,
            ring_bits,
            ..EngineConfig::default()
        }),
        ..ArrayConfig::new(5, 3, Format::Int8)
    }
}

fn registers(config: &ArrayConfig) -> Registers {
    Registers::at(&Site::whole(config))
}

/// What the constants of [`config`] read.
fn constants(addr_bits: u32, ring_bits: u32) -> [u32; 10] {
    [
        0x454c_4448,
        0x0001_0000,
        3 << 16 | 5,
        32 << 16 | 1 << 13 | 1 << 12 | 4 << 8 | 1 << 4,
        8 << 24 | 16 << 16 | addr_bits << 8 | 16,
        ring_bits << 16 | 4096,
        2048,
        16 << 16 | 64,
        2048,
        1 << 16 | (5 + 3 + 1),
    ]
}

/// What drives the block: what is offered stays until it is taken.
struct Host {
    noise: Draw,
    inputs: Inputs,
    /// The engine has jobs under way.
    working: bool,
}

impl Host {
    fn address(&mut self) -> u32 {
        let known = [
            0x00, 0x24, 0x40, 0x40, 0x40, 0x44, 0x48, 0x48, 0x4c, 0x50, 0x50, 0x54, 0x60, 0x64,
            0x68, 0x68, 0x6c, 0x70, 0x70, 0x70, 0x70, 0x80, 0x84, 0x88, 0x8c, 0xfc, 0x100, 0x104,
            0x14c, 0x148, 0x174,
        ];
        match self.noise.below(12) {
            0 => self.noise.below(1 << 12) as u32,
            1 => self.noise.below(0x60) as u32 * 4,
            _ => self.noise.of(&known),
        }
    }

    /// Data that may mean something at `address`.
    fn data(&mut self, address: u32, seen: &Outputs) -> u32 {
        let noise = self.noise.below(1 << 31) as u32;
        if self.noise.once_in(16) {
            return noise << 1 | 1;
        }
        match address {
            0x40 => {
                u32::from(!self.noise.once_in(3)) | noise & self.noise.of(&[0, 0, 0x100, 0x300])
            }
            0x60 => noise << self.noise.of(&[7, 7, 7, 6, 1]),
            0x64 => noise & self.noise.of(&[0, 0xf, 0xff, 0xffff]),
            0x68 => self.noise.of(&[0, 1, 1, 2, 2, 3, 3, 8, 16]),
            0x70 => {
                let near = self.noise.of(&[0, 1, 1, 2, 2, 3, 3, 4, 6]);
                (seen.tail as u32).wrapping_add(near).wrapping_sub(1)
                    & self.noise.of(&[0xffff, 0xffff, !0])
            }
            _ => noise << self.noise.below(2),
        }
    }

    /// What is offered and what happens in the next cycle.
    fn next(&mut self, seen: &Outputs) {
        let last = self.inputs;
        let noise = &mut self.noise;
        let mut next = Inputs {
            b_ready: !noise.once_in(3),
            r_ready: !noise.once_in(3),
            head: last.head,
            done_irq: noise.once_in(8),
            overflow: noise.once_in(24),
            reads: noise.below(17),
            ..Inputs::default()
        };
        // The engine goes through its ring.
        let pending = (seen.tail as u16).wrapping_sub(last.head);
        self.working = match (self.working, pending) {
            (true, _) => !noise.once_in(16),
            (false, 0) => false,
            (false, _) => seen.enable && noise.once_in(4),
        };
        if self.working && pending > 0 && noise.once_in(6) {
            next.head = last.head.wrapping_add(1);
        }
        next.idle = !self.working;
        next.error = last.error.filter(|_| seen.halted);
        if next.error.is_none() && noise.once_in(12) {
            next.error = Some(Error {
                code: noise.below(256),
                operand: noise.below(6),
                resp: noise.below(4),
                tag: noise.below(1 << 16),
                index: noise.below(1 << 16),
                addr: noise.below(1 << 31) << 1 | 1,
            });
        }
        for (at, add) in next.adds.iter_mut().enumerate() {
            *add = match at {
                0..9 => noise.below(2),
                9 | 10 => noise.below(16),
                11 | 12 => noise.below(4097),
                _ => noise.below(17),
            };
        }
        next.aw = last.aw.filter(|_| !seen.ready[0]);
        next.w = last.w.filter(|_| !seen.ready[1]);
        next.ar = last.ar.filter(|_| !seen.ready[2]);
        self.inputs = next;
        if next.ar.is_none() && self.noise.once_in(2) {
            self.inputs.ar = Some(self.address());
        }
    }
}

/// A write's address and data are offered in their order, each when it likes.
#[derive(Default)]
struct Writes {
    addresses: Vec<u32>,
    data: Vec<(u32, u32)>,
}

impl Writes {
    fn offer(&mut self, host: &mut Host, seen: &Outputs) {
        if self.addresses.len() < 2 && self.data.len() < 2 {
            let address = match host.noise.below(3) {
                0 => host.address(),
                _ => host
                    .noise
                    .of(&[0x40, 0x40, 0x48, 0x60, 0x64, 0x68, 0x70, 0x70, 0x70, 0x70]),
            };
            let data = host.data(address, seen);
            let strobes = match host.noise.below(10) {
                0 => 0,
                1 => host.noise.below(16) as u32,
                _ => 15,
            };
            self.addresses.insert(0, address);
            self.data.insert(0, (data, strobes));
        }
        if host.inputs.aw.is_none() && host.noise.once_in(2) {
            host.inputs.aw = self.addresses.pop();
        }
        if host.inputs.w.is_none() && host.noise.once_in(2) {
            host.inputs.w = self.data.pop();
        }
    }
}

fn drive(uut: &mut Pins<Registers>, inputs: &Inputs) {
    uut.set("s_axil_awvalid_i", inputs.aw.is_some());
    uut.set("s_axil_awaddr_i", inputs.aw.unwrap_or(0x70));
    uut.set("s_axil_wvalid_i", inputs.w.is_some());
    let (data, strobes) = inputs.w.unwrap_or((0xffff_ffff, 15));
    uut.set("s_axil_wdata_i", data);
    uut.set("s_axil_wstrb_i", strobes);
    uut.set("s_axil_bready_i", inputs.b_ready);
    uut.set("s_axil_arvalid_i", inputs.ar.is_some());
    uut.set("s_axil_araddr_i", inputs.ar.unwrap_or(0x50));
    uut.set("s_axil_rready_i", inputs.r_ready);
    uut.set("head_i", inputs.head);
    uut.set("idle_i", inputs.idle);
    uut.set("done_irq_i", inputs.done_irq);
    uut.set("overflow_i", inputs.overflow);
    uut.set("error_valid_i", inputs.error.is_some());
    let error = inputs.error.unwrap_or_default();
    for (name, value) in [
        ("error_code_i", error.code),
        ("error_operand_i", error.operand),
        ("error_resp_i", error.resp),
        ("error_tag_i", error.tag),
        ("error_index_i", error.index),
        ("error_addr_i", error.addr),
        ("reads_i", inputs.reads),
    ] {
        uut.set(name, value);
    }
    let names = [
        "busy_i",
        "compute_i",
        "wait_a_i",
        "wait_b_i",
        "wait_c0_i",
        "wait_store_i",
        "wait_sum_i",
        "wait_job_i",
        "job_i",
        "macs_i",
        "gated_i",
        "rows_fetched_i",
        "rows_skipped_i",
        "bytes_read_i",
        "bytes_written_i",
    ];
    for (name, add) in names.into_iter().zip(inputs.adds) {
        uut.set(name, add);
    }
}

fn outputs(uut: &mut Pins<Registers>) -> Outputs {
    let mut get = |name: &str| uut.get(name) as u64;
    Outputs {
        ready: ["s_axil_awready_o", "s_axil_wready_o", "s_axil_arready_o"]
            .map(|name| get(name) == 1),
        b: (get("s_axil_bvalid_o") == 1).then(|| get("s_axil_bresp_o")),
        r: (get("s_axil_rvalid_o") == 1).then(|| (get("s_axil_rdata_o"), get("s_axil_rresp_o"))),
        irq: get("irq_o") == 1,
        enable: get("enable_o") == 1,
        base: get("ring_base_o"),
        bits: get("ring_bits_o"),
        tail: get("tail_o"),
        halted: get("halted_o") == 1,
        clears: ["clear_error_o", "clear_counters_o"].map(|name| get(name) == 1),
    }
}

/// What was seen of the cases that matter.
#[derive(Debug, Default)]
struct Seen {
    codes: std::collections::BTreeSet<u32>,
    interrupts: usize,
    responses: usize,
}

/// The first difference between block and model in so many cycles.
fn difference(
    config: &ArrayConfig,
    cycles: usize,
    seed: u64,
    mistake: Mistake,
) -> Result<Seen, String> {
    let engine = config.engine();
    let (addr_bits, ring_bits) = (engine.addr_bits as u32, engine.ring_bits as u32);
    let constants = constants(addr_bits, ring_bits);
    let mut model = Model::new(addr_bits, ring_bits, constants, mistake);
    let mut uut = Pins::new(registers(config));
    let mut host = Host {
        noise: Draw(seed),
        inputs: Inputs::default(),
        working: false,
    };
    let (mut writes, mut seen) = (Writes::default(), Seen::default());
    uut.set("rst_ni", false);
    uut.settle();
    uut.cycle();
    uut.set("rst_ni", true);
    for cycle in 0..cycles {
        drive(&mut uut, &host.inputs);
        uut.settle();
        let (got, expected) = (outputs(&mut uut), model.outputs());
        if got != expected {
            return Err(format!("cycle {cycle}: {got:x?}, not {expected:x?}"));
        }
        seen.codes.insert(model.refused_code());
        seen.interrupts += usize::from(got.irq);
        seen.responses += usize::from(got.b.is_some() && host.inputs.b_ready);
        model.step(&host.inputs);
        uut.cycle();
        host.next(&got);
        if addr_bits < 64 {
            if let Some(error) = &mut host.inputs.error {
                error.addr &= (1 << addr_bits) - 1;
            }
        }
        writes.offer(&mut host, &got);
    }
    Ok(seen)
}

/// Cycles of a comparison.
const CYCLES: usize = 1500;

#[test]
fn the_block_does_what_the_model_does() {
    let mut codes = std::collections::BTreeSet::new();
    for (addr_bits, ring_bits, reset) in [
        (40, 3, Reset::Sync),
        (32, 1, Reset::None),
        (64, 15, Reset::Async),
        (33, 8, Reset::Sync),
    ] {
        let config = ArrayConfig {
            reset: Some(reset),
            ..config(addr_bits, ring_bits)
        };
        let seen = difference(&config, CYCLES, 1, Mistake::None);
        let seen = seen.unwrap_or_else(|said| panic!("{addr_bits} bits: {said}"));
        assert!(seen.responses > 150 && seen.interrupts > 150, "{seen:?}");
        codes.extend(seen.codes);
    }
    let missing: Vec<_> = (0x41..=0x4c).filter(|code| !codes.contains(code)).collect();
    assert!(missing.is_empty(), "{missing:x?} never happened");
}

#[test]
fn mistakes_are_noticed() {
    for mistake in [
        Mistake::Backward,
        Mistake::OneMore,
        Mistake::BusyRing,
        Mistake::ClearWins,
        Mistake::LastError,
        Mistake::ReadClears,
        Mistake::SomeBytes,
        Mistake::ReadFirst,
        Mistake::NoOverflow,
    ] {
        // Without a mistake there is no difference here: see above. What is wrong for few cycles takes luck.
        let noticed = |seed| difference(&config(40, 3), CYCLES, seed, mistake).is_err();
        assert!((1..5).any(noticed), "{mistake:?} went unnoticed");
    }
}

/// Past 32 bits: the low word, and a cycle later the high one.
#[test]
fn counters_carry_into_their_high_word() {
    let config = config(40, 8);
    let mut uut = Pins::new(Count::at(&Site::whole(&config)));
    uut.set("rst_ni", true);
    uut.set("add_i", 0x1_ffff_u32);
    let [mut sum, mut before, mut next] = [0_u64; 3];
    let mut carries = 0;
    for cycle in 0..33_000 {
        uut.settle();
        let shown = before >> 32 << 32 | sum & 0xffff_ffff;
        assert_eq!(uut.get("count_o") as u64, shown, "cycle {cycle}");
        carries += usize::from(before >> 32 != sum >> 32);
        uut.cycle();
        (before, sum, next) = (sum, sum + next, 0x1_ffff);
    }
    assert_eq!(carries, 1);
    uut.set("clear_i", true);
    uut.cycle();
    assert_eq!(uut.get("count_o"), 0);
}

#[test]
fn no_tool_complains() {
    for (config, saturate) in [
        (config(40, 8), false),
        (config(32, 1), false),
        (config(64, 15), true),
    ] {
        let overflow = if saturate {
            Overflow::Saturate
        } else {
            Overflow::Wrap
        };
        for reset in [Reset::Sync, Reset::Async, Reset::None] {
            let config = ArrayConfig {
                reset: Some(reset),
                overflow,
                ..config
            };
            let design = emit(
                &Registers::at(&Site::outline(&config)),
                "heddle_engine_registers",
            )
            .unwrap();
            let said = common::complaints(&design);
            assert!(said.is_empty(), "{said}\n{}", design.text());
        }
    }
}
