//! The emitted engine under Verilator: programs on it leave memory as the reference says, and faults planted into its Verilog do
//! not go unnoticed.

mod bad_input;
mod cycles;
mod gaps;
mod overflow;

use heddle_engine::memory::{Bytes, Disturbance, Kind, Memory, Timing};
use heddle_engine::operands::{fill, room, Lie};
use heddle_engine::products::{asked, Asked};
use heddle_engine::random::RandomPrograms;
use heddle_engine::verilated::{builder, VerilatedEngine};
use heddle_engine::{Descriptor, Driver, DriverOptions, EngineReport, Layout, Program, Sizes};
use heddle_format::Format;
use heddle_gemm::{Phase, Policy, Shape};
use heddle_hdl::engine::{engine_design, EngineConfig};
use heddle_hdl::{ArrayConfig, Dataflow, Prefix};
use heddle_verilator::Library;

/// A module, a text of it, and what stands there instead.
type Fault = (&'static str, &'static str, &'static str);

fn config(rows: usize, cols: usize, format: Format, bus_bits: usize) -> ArrayConfig {
    ArrayConfig {
        dataflow: Dataflow::Both,
        engine: Some(EngineConfig {
            bus_bits,
            max_dim: 256,
            a_words: 256,
            sum_words: 512,
            ..EngineConfig::default()
        }),
        ..ArrayConfig::new(rows, cols, format)
    }
}

/// The model of the engine of `config`, with `fault` in it.
fn model(config: &ArrayConfig, fault: Option<Fault>) -> Library {
    let folder = tempfile::tempdir().unwrap();
    let mut design = engine_design(config, &Prefix::default()).unwrap();
    if let Some((name, old, new)) = fault {
        let module = design.modules.iter_mut().find(|module| module.name == name);
        let module = module.unwrap_or_else(|| panic!("no module {name}"));
        assert!(module.text.contains(old), "'{old}' is nowhere in {name}");
        module.text = module.text.replace(old, new);
    }
    let files = design.write(folder.path()).unwrap();
    let cache = concat!(env!("CARGO_TARGET_TMPDIR"), "/engine-models");
    builder(&files).cache_dir(cache).build().unwrap()
}

fn driver(sizes: Sizes, library: &Library) -> Driver<VerilatedEngine> {
    Driver::new(sizes, VerilatedEngine::new(&sizes, library, None).unwrap())
}

/// A memory 64 cycles away, which pauses as `seed` draws.
fn options(seed: Option<u64>) -> DriverOptions {
    DriverOptions::new(Timing {
        latency: 64,
        disturbance: seed.map(Disturbance::usual),
    })
}

/// Reset, and random programs of `count` jobs under each policy, every other one with a memory that pauses.
fn random(sizes: Sizes, library: &Library, (seed, count): (u64, u64), errors: u64) -> EngineReport {
    let mut report = EngineReport::default();
    for policy in Policy::ALL {
        let programs = RandomPrograms {
            sizes,
            seed,
            max_dim: 20,
            policy,
            errors,
            count,
        };
        for index in 0..programs.programs() {
            let program = programs.program(index).unwrap();
            let options = options((index % 2 == 1).then_some(index));
            let run = driver(sizes, library).run(&program, &options).unwrap();
            report.add(policy, &format!("program {index}"), &run);
        }
    }
    report
}

#[test]
fn random_programs_leave_memory_as_the_reference_says() {
    for (rows, cols, format, bus_bits) in [(4, 4, Format::Int8, 64), (3, 2, Format::Bf16, 32)] {
        let config = config(rows, cols, format, bus_bits);
        let (sizes, library) = (Sizes::new(&config), model(&config, None));
        for errors in [0, 30] {
            let report = random(sizes, &library, (17 + errors, 90), errors);
            assert_eq!(report.first_problem, None, "{}", config.slug());
            assert!(report.is_clean(), "{report:?}");
            let [dense, _, packed] = Policy::ALL.map(|policy| &report.policies[&policy]);
            assert!(packed.macs > 0 && packed.interrupts_seen > 20);
            assert!(packed.bytes_read < dense.bytes_read);
            assert_eq!(packed.errors_seen > 20, errors > 0);
            // some sums are drawn at the ends of their range
            assert_eq!(packed.overflows > 0, format.is_integer());
        }
    }
}

#[test]
fn products_of_each_phase_are_those_of_the_golden_model() {
    let config = config(4, 4, Format::Int8, 64);
    let (sizes, library) = (Sizes::new(&config), model(&config, None));
    for (phase, shape) in [
        (Phase::Forward, Shape::new(5, 40, 60)),
        (Phase::Backward, Shape::new(5, 60, 40)),
        (Phase::WeightGradient, Shape::new(40, 5, 60)),
    ] {
        let of = Asked {
            phase,
            shape,
            keep: Some(20),
            times: 3,
            seed: 1,
        };
        let cycles = [Policy::Dense, Policy::Packed].map(|policy| {
            let program = asked(&sizes, policy, &of).unwrap();
            let run = driver(sizes, &library)
                .run(&program, &options(None))
                .unwrap();
            assert_eq!(run.first_problem(), None, "{phase:?} {policy}");
            run.cycles
        });
        assert!(cycles[1] < cycles[0], "{phase:?}: {cycles:?}");
    }
}

#[test]
fn planted_faults_are_noticed() {
    let config = config(4, 4, Format::Int8, 64);
    let sizes = Sizes::new(&config);
    let faults: [Fault; 4] = [
        ("heddle_engine_faults", "bad_o = bad_q", "bad_o = 4'd0"),
        (
            "heddle_engine_store",
            "order_zeros_o = masked & !job_c0_q",
            "order_zeros_o = 1'b0",
        ),
        (
            "heddle_engine_store",
            "irq_o = (state_q == 3'd6)",
            "irq_o = (state_q == 3'd5)",
        ),
        ("heddle_engine_check", "8'd13", "8'd0"),
    ];
    for fault in faults {
        let library = model(&config, Some(fault));
        let report = random(sizes, &library, (47, 90), 30);
        assert!(!report.is_clean(), "{fault:?} went unnoticed");
    }
}

/// Two products of the same A, of the first of which nothing is kept: A is read for the second.
fn kept_from_nothing() -> Program {
    let shape = Shape::new(21, 4, 3);
    let mut memory = Memory::new(0x4000);
    let matrix = |memory: &mut Memory, kind, shape: (usize, usize), bytes| {
        let place = room(memory, kind, shape, bytes, Lie::default());
        let elements: Vec<u8> = (0..shape.0 * shape.1 * bytes)
            .map(|i| i as u8 | 1)
            .collect();
        fill(memory, place, shape, bytes, &elements);
        place
    };
    let a = matrix(&mut memory, Kind::A, (4, 21), 1);
    let jobs = [0, 0b111].map(|kept| {
        let b = matrix(&mut memory, Kind::B, (4, 3), 1);
        let c = matrix(&mut memory, Kind::C, (21, 3), 4);
        let mask = memory.allocate(Kind::Mask, 1, 64, 0);
        memory.write(mask, &[kept]);
        Descriptor {
            a,
            b,
            c,
            irq: true,
            keep_a: kept != 0,
            masks: [None, None, Some(mask)],
            ..Descriptor::new(Layout::Tn, Policy::Packed, shape)
        }
    });
    let mut program = Program::new(memory, 2);
    program.descriptors = jobs.iter().map(Descriptor::pack).collect();
    program
}

#[test]
fn an_a_that_the_job_before_did_not_need_is_awaited() {
    let config = config(4, 4, Format::Int8, 64);
    let sizes = Sizes::new(&config);
    let run = |fault: Option<Fault>| {
        let mut driver = driver(sizes, &model(&config, fault));
        driver.run(&kept_from_nothing(), &options(None)).unwrap()
    };
    let right = run(None);
    assert_eq!(right.first_problem(), None);
    let modelled = heddle_engine::model::model(&sizes, &kept_from_nothing(), 64);
    assert_eq!(
        heddle_engine::model::difference(&right, modelled.as_ref()),
        None
    );
    // Whether A is read is no longer known when the job is handed on.
    let fault = (
        "heddle_engine_load",
        "awaits_a_o = needs_a_q",
        "awaits_a_o = needs_a",
    );
    assert!(!run(Some(fault)).is_clean());
}
