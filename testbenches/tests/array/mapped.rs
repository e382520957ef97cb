//! Jobs mapped in every way: what stays in the PEs, orientation, order, chains. The bits
//! are those of the naive loop, and at full rate the cycles those of the model.

use crate::jobs::{Batch, Tested};
use half::bf16;
use heddle_array::{Disturbance, Driver, DriverOptions, StreamReport};
use heddle_format::Format;
use heddle_gemm::Policy;
use heddle_hdl::{ArrayConfig, Dataflow};
use heddle_schedule::model;
use heddle_schedule::plan::{Plan, Step};
use heddle_schedule::tiler::TileOrder;
use heddle_schedule::{Edge, Flow, Lay, Mapping};
use heddle_testbenches::behavioural::Behavioural;
use heddle_testbenches::mappings::random;
use std::fmt::Debug;

/// Streams a batch, checks every bit, and at full rate every job's cycles.
pub fn check<E: Tested, L: Lay + Debug>(
    config: ArrayConfig,
    disturbance: Option<Disturbance>,
    policy: Policy,
    batch: &Batch<E>,
    mappings: &[L],
    array: &mut Behavioural,
) -> StreamReport {
    let what = || format!("{} {policy} {mappings:?} {disturbance:?}", config.slug());
    let options = DriverOptions {
        disturbance,
        ..DriverOptions::default()
    };
    let jobs = batch.jobs();
    let mut results = batch.seeds.clone();
    let report = Driver::new(config, options)
        .run_mapped(
            array,
            policy,
            &jobs,
            mappings,
            &mut batch.outputs(&mut results),
            None,
        )
        .unwrap_or_else(|error| panic!("{}: {error}", what()));
    if let Some(mismatch) = batch.mismatch(&config, policy, &results) {
        panic!("{}: {mismatch}", what());
    }
    if disturbance.is_none() {
        let plan = Plan::new(&config, policy, mappings, &jobs);
        let expected = model::predict(&config, &plan);
        assert_eq!(report.job_cycles, expected, "{}", what());
        assert_eq!(report.cycles, expected.iter().sum::<u64>());
        let mut timeline = model::Timeline::new(&config);
        replay(&plan, &mut timeline);
        assert_eq!(timeline.breakdown().total(), report.cycles, "{}", what());
    }
    report
}

/// The plan on a timeline, step by step, for its parts: [`model::predict`] gives the jobs'
/// cycles only.
fn replay(plan: &Plan, timeline: &mut model::Timeline) {
    let mut starts = vec![0; plan.steps.len()];
    let mut run: Vec<usize> = Vec::new();
    for (index, step) in plan.steps.iter().enumerate() {
        match step {
            Step::Tile(tile) => {
                let from = tile.after.map(|a| starts[a.step] + a.lead as u64);
                starts[index] = timeline.tile(tile.weight_beats, tile.beats, from);
            }
            Step::Group(group) => {
                let from = group.after.map(|after| {
                    let sums = plan.sums_of(after);
                    starts[after] + (sums.end - sums.start) - 1
                });
                let exchange = timeline.group(group.beats, group.rows, from);
                run.push(index);
                if run.len() > 2 {
                    starts[run[run.len() - 3]] = exchange;
                }
            }
            Step::Flush { .. } => {
                let [before, last] = timeline.end_run().expect("a run to end");
                if run.len() > 1 {
                    starts[run[run.len() - 2]] = before;
                }
                starts[run[run.len() - 1]] = last;
                run.clear();
            }
        }
    }
}

pub fn arrays(format: Format) -> Vec<ArrayConfig> {
    let sizes = [(1, 1), (3, 5), (5, 2), (4, 4), (2, 3), (16, 16)];
    let stages = [(0, 2), (3, 1), (1, 5), (1, 3), (2, 4), (1, 1)];
    sizes
        .into_iter()
        .zip(stages)
        .flat_map(|((rows, cols), (mul, add))| {
            [Dataflow::Os, Dataflow::Both].map(|dataflow| ArrayConfig {
                mul_stages: Some(mul),
                add_stages: Some(add),
                dataflow,
                ..ArrayConfig::new(rows, cols, format)
            })
        })
        .collect()
}

fn batches<E: Tested>(format: Format, count: u64, dim: usize) {
    for config in arrays(format) {
        let mut array = Behavioural::new(config);
        for seed in 0..count {
            // One array for all: streams must leave it clean for the next.
            let batch = Batch::<E>::random(&config, 5000 + seed, 6, dim);
            let mappings = random(&config, seed, batch.jobs.len());
            for policy in Policy::ALL {
                check(config, None, policy, &batch, &mappings, &mut array);
            }
        }
    }
}

#[test]
fn random_mappings_int8() {
    batches::<i8>(Format::Int8, 40, 24);
}

#[test]
fn random_mappings_int16() {
    batches::<i16>(Format::Int16, 12, 20);
}

#[test]
fn random_mappings_bf16() {
    batches::<bf16>(Format::Bf16, 24, 24);
}

#[test]
fn every_shape_from_one_on_by_itself() {
    for phases in 1..=5 {
        let config = ArrayConfig {
            add_stages: Some(phases),
            dataflow: Dataflow::Os,
            ..ArrayConfig::new(2, 3, Format::Int8)
        };
        let mut array = Behavioural::new(config);
        for (m, k, n) in
            (1..=5).flat_map(|m| (1..=7).flat_map(move |k| (1..=7).map(move |n| (m, k, n))))
        {
            let batch = Batch::<i8>::of_shape(&config, 1, (m, k, n), 1);
            let mapping = [Mapping::plain(&config)];
            let report = check(config, None, Policy::Dense, &batch, &mapping, &mut array);
            assert!(report.cycles > config.latency() as u64);
        }
    }
}

fn disturbances(seed: u64) -> impl Iterator<Item = Disturbance> {
    [
        (0.5, 0.0, 0.0, 0.0),
        (0.0, 0.5, 0.0, 0.0),
        (0.0, 0.0, 0.5, 0.0),
        (0.0, 0.0, 0.0, 0.5),
        (0.1, 0.1, 0.8, 0.2),
        (0.3, 0.3, 0.3, 0.3),
    ]
    .into_iter()
    .map(
        move |(weight_gap, beat_gap, exchange_gap, stall)| Disturbance {
            seed,
            weight_gap,
            beat_gap,
            exchange_gap,
            stall,
        },
    )
}

fn disturbed<E: Tested>(format: Format) {
    for (config, seed) in arrays(format).into_iter().zip(0..) {
        let mut array = Behavioural::new(config);
        let batch = Batch::<E>::random(&config, 9000 + seed, 5, 16);
        let mappings = random(&config, 70 + seed, batch.jobs.len());
        for policy in Policy::ALL {
            let calm = check(config, None, policy, &batch, &mappings, &mut array);
            for disturbance in disturbances(seed) {
                let report = check(
                    config,
                    Some(disturbance),
                    policy,
                    &batch,
                    &mappings,
                    &mut array,
                );
                assert!(report.cycles >= calm.cycles);
                assert_eq!(report.counters.macs, calm.counters.macs);
                let gaps = disturbance.weight_gap + disturbance.beat_gap;
                if gaps + disturbance.exchange_gap == 0.0 {
                    // A stall freezes everything; enabled cycles stay the same.
                    assert_eq!(report.job_cycles, calm.job_cycles);
                }
            }
        }
    }
}

#[test]
fn gaps_and_stalls_change_no_sum() {
    disturbed::<i8>(Format::Int8);
    disturbed::<bf16>(Format::Bf16);
}

const OS: Mapping = Mapping {
    flow: Flow::OutputStationary,
    edge: Edge::Top,
    transposed: false,
    order: TileOrder::Blocked,
    chained: false,
};

/// Jobs that are joined take the cycles of one job of their K, and keep each its own mask
/// of m, with infinities among the operands that no mask may let through.
fn chains<E: Tested>(format: Format) {
    for config in arrays(format) {
        let mut array = Behavioural::new(config);
        for seed in 0..6 {
            let batch = Batch::<E>::of_shape(&config, seed, (7, 4, 9), 5);
            let jobs = batch.jobs();
            for policy in Policy::ALL {
                let joined = [Mapping {
                    chained: true,
                    ..OS
                }; 5];
                let plan = Plan::new(&config, policy, &joined, &jobs);
                assert_eq!(plan.units.len(), 1);
                let chain = check(config, None, policy, &batch, &joined, &mut array);
                let alone = check(config, None, policy, &batch, &[OS; 5], &mut array);
                if policy != Policy::Packed {
                    // Packed sends every m that any job keeps, which may be more tiles.
                    assert!(chain.cycles <= alone.cycles);
                }
                assert_eq!(chain.job_cycles[..4], [0; 4]);
                if policy == Policy::Dense {
                    // A row that only some jobs keep is switched off for the others.
                    assert!(chain.counters.macs <= alone.counters.macs);
                } else {
                    assert_eq!(chain.counters.macs, alone.counters.macs);
                }
            }
        }
    }
}

#[test]
fn chained_jobs_are_one_reduction_with_a_mask_for_each() {
    chains::<i8>(Format::Int8);
    chains::<bf16>(Format::Bf16);
}

#[test]
fn jobs_on_one_output_wait_for_each_other_in_every_orientation() {
    for config in arrays(Format::Int8) {
        let mut array = Behavioural::new(config);
        for seed in 0..12 {
            let batch = Batch::<i8>::of_shape(&config, 40 + seed, (6, 3, 8), 6);
            let mappings = random(&config, seed, 6);
            for policy in Policy::ALL {
                check(config, None, policy, &batch, &mappings, &mut array);
            }
        }
    }
}

#[test]
fn full_groups_cost_p_times_k_each() {
    for (rows, cols, phases) in [(4, 4, 1), (4, 2, 3), (16, 16, 4)] {
        let config = ArrayConfig {
            add_stages: Some(phases),
            dataflow: Dataflow::Os,
            ..ArrayConfig::new(rows, cols, Format::Int8)
        };
        for groups in 1..4 {
            let shape = (rows * groups, rows + 3, cols * phases);
            let batch = Batch::<i8>::of_shape(&config, 1, shape, 1);
            let mut array = Behavioural::new(config);
            let report = check(config, None, Policy::Dense, &batch, &[OS], &mut array);
            // Seeds, of which the last row comes with the first beat; beats; flush; sums.
            let (p, r, k) = (phases as u64, rows as u64, rows as u64 + 3);
            // The first beat is later than its row of B, which takes a turn if one row of
            // seeds would take no cycle.
            let expected =
                p * (r - 1) + groups as u64 * p * k + p + p * r + config.latency() as u64;
            assert_eq!(report.cycles, expected);
        }
    }
}

#[test]
fn mappings_that_the_array_lacks_are_bad_input() {
    let ws = ArrayConfig::new(2, 2, Format::Int8);
    let os = ArrayConfig {
        dataflow: Dataflow::Os,
        ..ws
    };
    let batch = Batch::<i8>::of_shape(&ws, 1, (2, 2, 2), 2);
    let run = |config, mappings: &[Mapping]| {
        let mut results = batch.seeds.clone();
        Driver::new(config, DriverOptions::default())
            .run_mapped(
                &mut Behavioural::new(config),
                Policy::Dense,
                &batch.jobs(),
                mappings,
                &mut batch.outputs(&mut results),
                None,
            )
            .map(|_| ())
    };
    let plain = Mapping::plain(&ws);
    for (config, mappings, said) in [
        (ws, vec![OS; 2], "os (output-stationary)"),
        (os, vec![plain; 2], "ws (weight-stationary)"),
        (ws, vec![plain; 1], "one for each of the 2 jobs"),
    ] {
        let error = run(config, &mappings).unwrap_err();
        assert!(error.is_bad_input());
        assert!(error.to_string().contains(said), "{error}");
        if mappings.len() == 2 {
            assert!(error.to_string().contains("--dataflow both"), "{error}");
        }
    }
    run(ws, &[plain; 2]).unwrap();
    run(os, &[OS; 2]).unwrap();
}
