//! The driver on the behavioural model: programs run clean, and each fault of the model is told.

use crate::common::{sizes, tight};
use heddle_engine::behavioural::{Behavioural, Sabotage};
use heddle_engine::memory::{Disturbance, Timing};
use heddle_engine::products::{asked, Asked};
use heddle_engine::random::RandomPrograms;
use heddle_engine::{Driver, DriverOptions, EngineReport, Program, RunReport, Sizes};
use heddle_format::Format;
use heddle_gemm::{Phase, Policy, Shape};
use heddle_hdl::engine::EngineConfig;

fn random(sizes: Sizes, policy: Policy, seed: u64, count: u64, errors: u64) -> RandomPrograms {
    RandomPrograms {
        sizes,
        seed,
        max_dim: 20,
        policy,
        errors,
        count,
    }
}

fn run(sizes: Sizes, program: &Program, sabotage: Sabotage, disturb: Option<u64>) -> RunReport {
    let options = DriverOptions::new(Timing {
        latency: 9,
        disturbance: disturb.map(Disturbance::usual),
    });
    let port = Behavioural::sabotaged(sizes, sabotage);
    Driver::new(sizes, port).run(program, &options).unwrap()
}

#[test]
fn programs_run_clean_for_every_format_policy_and_bus() {
    for (format, bus_bits) in [
        (Format::Int8, 32),
        (Format::Bf16, 256),
        (Format::Int16, 512),
    ] {
        let engine = EngineConfig {
            bus_bits,
            ..tight(3)
        };
        let sizes = sizes(2, 3, format, engine);
        let mut report = EngineReport::default();
        for policy in Policy::ALL {
            let programs = random(sizes, policy, 5, 150, 0);
            for index in 0..programs.programs() {
                let program = programs.program(index).unwrap();
                let disturb = (index % 2 == 1).then_some(index);
                let run = run(sizes, &program, Sabotage::None, disturb);
                report.add(policy, &format!("program {index}"), &run);
            }
        }
        assert_eq!(report.first_problem, None, "{format}");
        assert!(report.is_clean(), "{report:?}");
        let [dense, gated, packed] = Policy::ALL.map(|policy| &report.policies[&policy]);
        assert!(dense.jobs == 150 && packed.jobs == 150);
        assert!(packed.macs > 0 && packed.cycles > 0 && packed.interrupts_seen > 20);
        assert!(packed.rows_skipped > 0 && gated.rows_skipped == 0);
        assert!(packed.bytes_read < gated.bytes_read);
    }
}

#[test]
fn errors_of_every_kind_are_told_and_harm_nobody_else() {
    let sizes = sizes(2, 2, Format::Bf16, tight(2));
    let programs = random(sizes, Policy::Packed, 9, 900, 300);
    let mut report = EngineReport::default();
    let mut codes = std::collections::BTreeMap::new();
    let mut operands = std::collections::BTreeSet::new();
    for index in 0..programs.programs() {
        let program = programs.program(index).unwrap();
        let disturb = (index % 2 == 1).then_some(index);
        let run = run(sizes, &program, Sabotage::None, disturb);
        for record in &run.errors {
            let code = record.code().expect("a documented code");
            *codes.entry(code).or_insert(0) += 1;
            if code == heddle_engine::Code::Bus {
                operands.insert((record.operand, record.response));
            }
        }
        report.add(Policy::Packed, &format!("program {index}"), &run);
    }
    assert_eq!(report.first_problem, None);
    assert!(report.is_clean());
    let total = &report.policies[&Policy::Packed];
    assert!(total.errors_seen >= 270, "{}", total.errors_seen);
    for code in heddle_engine::Code::ALL {
        // a layout that is lacking and one that is none are the same code
        assert!(
            codes.contains_key(&code),
            "{code} is never drawn: {codes:?}"
        );
    }
    // descriptor, A, B, C0, C, mask, each with both responses
    assert_eq!(operands.len(), 12, "{operands:?}");
}

#[test]
fn every_fault_of_an_engine_is_told() {
    let sizes = sizes(2, 2, Format::Int8, tight(2));
    // planted errors, so that what is told of them can be wrong, and without
    let found = |sabotage: Sabotage, errors: u64, disturb: Option<u64>| {
        // some programs have an overflow, some have none
        let count = match sabotage {
            Sabotage::HidesOverflow | Sabotage::InventsOverflow => 480,
            _ => 48,
        };
        let programs = random(sizes, Policy::Packed, 3, count, errors);
        let runs: Vec<_> = (0..programs.programs())
            .map(|index| run(sizes, &programs.program(index).unwrap(), sabotage, disturb))
            .collect();
        runs
    };
    let any = |runs: &[RunReport], what: fn(&RunReport) -> bool| {
        assert!(runs
            .iter()
            .any(|run| !run.is_clean() && run.first_problem().is_some()));
        assert!(runs.iter().any(what));
    };
    assert!(found(Sabotage::None, 12, Some(1))
        .iter()
        .all(RunReport::is_clean));
    any(&found(Sabotage::WrongBit, 0, None), |run| {
        run.wrong.sums > 0
    });
    any(&found(Sabotage::WritesBehind, 0, None), |run| {
        run.guard_violations > 0
    });
    any(&found(Sabotage::WritesGuard, 0, None), |run| {
        run.guard_violations > 0 && run.wrong.bytes > 0 && run.wrong.sums == 0
    });
    any(&found(Sabotage::LosesInterrupt, 0, None), |run| {
        run.interrupts.lost > 0
    });
    any(&found(Sabotage::TellsTwice, 0, None), |run| {
        run.interrupts.surplus > 0
    });
    any(&found(Sabotage::Hangs, 0, None), |run| run.hung.is_some());
    any(&found(Sabotage::FetchesMore, 0, None), |run| {
        run.stray_reads > 0
    });
    any(&found(Sabotage::Withdraws, 0, Some(2)), |run| {
        run.protocol_violations > 0
    });
    any(&found(Sabotage::IgnoresErrors, 24, None), |run| {
        run.errors_expected > run.errors.len() as u64
    });
    any(&found(Sabotage::HidesOverflow, 0, None), |run| {
        run.wrong_overflow.is_some()
    });
    any(&found(Sabotage::InventsOverflow, 0, None), |run| {
        run.wrong_overflow.is_some()
    });
    any(&found(Sabotage::WrongCode, 12, None), |run| {
        !run.wrong_errors.is_empty()
    });
}

/// Only the last job tells its end: the driver sees by itself that the ring has room again, long before the time that the jobs
/// in it may take at most is over.
#[test]
fn jobs_that_tell_nothing_make_room_in_the_ring() {
    let sizes = sizes(2, 2, Format::Int8, tight(2));
    let of = Asked {
        phase: Phase::WeightGradient,
        shape: Shape::new(4, 3, 4),
        keep: Some(2),
        times: 40,
        seed: 3,
    };
    let program = asked(&sizes, Policy::Packed, &of).unwrap();
    let jobs = program.descriptors.len() as u64;
    assert!(jobs > 3 << program.ring_bits, "{jobs} jobs");
    let run = run(sizes, &program, Sabotage::None, None);
    assert_eq!(run.first_problem(), None);
    let polls = 2 * 256 * (jobs >> program.ring_bits);
    assert!(
        run.cycles < 200 * jobs + polls,
        "{} cycles for {jobs} jobs",
        run.cycles
    );
}
