//! The cycle model counts what the Verilated engine does: every cycle, every counter.

use super::{config, driver, model as library, options, Fault};
use heddle_engine::model::model;
use heddle_engine::products::{asked, Asked};
use heddle_engine::random::RandomPrograms;
use heddle_engine::{EngineReport, Sizes};
use heddle_format::Format;
use heddle_gemm::{Phase, Policy, Shape};
use heddle_verilator::Library;

/// Of the engine, as the model is told and as it is.
const LATENCY: u64 = 64;

/// Random programs of `count` jobs under each policy, compared with a model whose memory is `latency` away.
fn random(
    sizes: Sizes,
    library: &Library,
    (seed, count): (u64, u64),
    latency: u64,
) -> EngineReport {
    let mut report = EngineReport::default();
    for policy in Policy::ALL {
        let programs = RandomPrograms {
            sizes,
            seed,
            max_dim: 24,
            policy,
            errors: 0,
            count,
        };
        for index in 0..programs.programs() {
            let program = programs.program(index).unwrap();
            let run = driver(sizes, library)
                .run(&program, &options(None))
                .unwrap();
            let name = format!("program {index}");
            report.add(policy, &name, &run);
            let modelled = model(&sizes, &program, latency);
            report.compare(policy, &name, &run, modelled.as_ref());
        }
    }
    report
}

fn differences(report: &EngineReport) -> u64 {
    let all = report.policies.values();
    all.map(|of| of.cycle_model_differences.unwrap()).sum()
}

#[test]
fn the_model_counts_every_cycle_of_random_programs_and_of_products() {
    for (rows, cols, format, bus_bits) in [(8, 8, Format::Int8, 128), (5, 3, Format::Bf16, 32)] {
        let config = config(rows, cols, format, bus_bits);
        let (sizes, library) = (Sizes::new(&config), library(&config, None));
        let mut report = random(sizes, &library, (5, 120), LATENCY);
        for (phase, shape, masked) in [
            (Phase::Forward, Shape::new(9, 100, 70), 100),
            (Phase::Backward, Shape::new(9, 70, 100), 100),
            (Phase::WeightGradient, Shape::new(100, 9, 70), 100),
        ] {
            for (policy, keep) in Policy::ALL
                .into_iter()
                .zip([None, Some(masked / 3), Some(50)])
            {
                let of = Asked {
                    phase,
                    shape,
                    keep,
                    times: 4,
                    seed: 2,
                };
                let program = asked(&sizes, policy, &of).unwrap();
                let run = driver(sizes, &library)
                    .run(&program, &options(None))
                    .unwrap();
                let modelled = model(&sizes, &program, LATENCY);
                report.add(policy, phase.name(), &run);
                report.compare(policy, phase.name(), &run, modelled.as_ref());
            }
        }
        assert_eq!(report.first_problem, None, "{}", config.slug());
        assert!(report.is_clean());
        assert_eq!(differences(&report), 0);
    }
}

/// Refused descriptors do nothing, in a number of cycles.
#[test]
fn the_model_counts_jobs_that_are_refused() {
    let config = config(4, 4, Format::Int8, 64);
    let (sizes, library) = (Sizes::new(&config), library(&config, None));
    let programs = RandomPrograms {
        sizes,
        seed: 23,
        max_dim: 20,
        policy: Policy::Packed,
        errors: 60,
        count: 240,
    };
    let mut report = EngineReport::default();
    for index in 0..programs.programs() {
        let mut program = programs.program(index).unwrap();
        program.faults.clear();
        let run = driver(sizes, &library)
            .run(&program, &options(None))
            .unwrap();
        let modelled = model(&sizes, &program, LATENCY);
        report.add(Policy::Packed, "", &run);
        report.compare(Policy::Packed, "", &run, modelled.as_ref());
    }
    assert_eq!(report.first_problem, None);
    assert!(report.policies[&Policy::Packed].errors_seen > 20);
    assert_eq!(differences(&report), 0);
}

#[test]
fn a_cycle_too_many_is_found_in_the_hardware_and_in_the_model() {
    let config = config(4, 4, Format::Int8, 64);
    let sizes = Sizes::new(&config);
    let right = library(&config, None);
    // A memory that is told to be a cycle further away than it is.
    let report = random(sizes, &right, (3, 24), LATENCY + 1);
    assert_eq!(differences(&report), 3, "{report:?}");
    assert!(report.first_problem.unwrap().contains("cycles: engine"));
    // The engine is right, but later than it has to be.
    let delays: [Fault; 3] = [
        ("heddle_sum_units", "waiting_q < 3'd3", "waiting_q < 3'd1"),
        ("heddle_weight_walker", "ahead_q == 4'd7", "ahead_q == 4'd1"),
        ("heddle_beat_walker", "ahead_q == 4'd7", "ahead_q == 4'd1"),
    ];
    for delay in delays {
        let report = random(sizes, &library(&config, Some(delay)), (3, 24), LATENCY);
        let wrong: u64 = report.policies.values().map(|of| of.mismatches).sum();
        assert_eq!(wrong, 0, "{delay:?}");
        assert!(differences(&report) > 0, "{delay:?} went unnoticed");
    }
}
