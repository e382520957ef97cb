//! Random batches under every policy, array, tile order and disturbance: the sums are
//! those of the naive loop, and at full rate the cycles are those of the model.

use crate::jobs::{Batch, Tested};
use half::bf16;
use heddle_array::ArrayError;
use heddle_array::{Disturbance, Driver, DriverOptions, StreamReport};
use heddle_format::{Format, Overflow};
use heddle_gemm::{Policy, Shape};
use heddle_hdl::ArrayConfig;
use heddle_schedule::plan::Plan;
use heddle_schedule::tiler::TileOrder;
use heddle_schedule::Edge;
use heddle_schedule::Mapping;
use heddle_schedule::{count, model};
use heddle_testbenches::behavioural::Behavioural;
use heddle_testbenches::mappings::ORDERS;
use heddle_trace::random_flow::RandomLaying;
use std::sync::atomic::AtomicBool;
use std::sync::Arc;

fn run<E: Tested>(
    config: ArrayConfig,
    options: &DriverOptions,
    policy: Policy,
    (batch, laying): (&Batch<E>, RandomLaying),
    array: &mut Behavioural,
) -> StreamReport {
    let mut results = batch.seeds.clone();
    let report = Driver::new(config, options.clone())
        .run_mapped(
            array,
            policy,
            &batch.jobs(),
            &vec![laying; batch.jobs.len()],
            &mut batch.outputs(&mut results),
            None,
        )
        .unwrap_or_else(|error| panic!("{config:?} {policy}: {error}"));
    if let Some(mismatch) = batch.mismatch(&config, policy, &results) {
        panic!("{config:?} {policy} {laying:?} {options:?}: {mismatch}");
    }
    report
}

/// Runs a batch at full rate and compares every job's cycles with the model.
fn full_rate<E: Tested>(
    config: ArrayConfig,
    order: Option<TileOrder>,
    batch: &Batch<E>,
    array: &mut Behavioural,
) {
    for edge in [Edge::Top, Edge::Left] {
        full_rate_from(config, edge, order, batch, array);
    }
}

fn full_rate_from<E: Tested>(
    config: ArrayConfig,
    edge: Edge,
    order: Option<TileOrder>,
    batch: &Batch<E>,
    array: &mut Behavioural,
) {
    let laying = laying(&config, edge, order);
    for policy in Policy::ALL {
        let options = DriverOptions::default();
        let report = run(config, &options, policy, (batch, laying), array);
        let layings = vec![laying; batch.jobs.len()];
        let plan = Plan::new(&config, policy, &layings, &batch.jobs());
        assert_eq!(
            report.job_cycles,
            model::predict(&config, &plan),
            "{config:?} {policy} {order:?}"
        );
        assert_eq!(report.cycles, report.job_cycles.iter().sum::<u64>());
        assert_eq!(report.stalled, 0);
        if let ([owned], Some(TileOrder::Blocked)) = (&batch.jobs[..], order) {
            let job = owned.job();
            let alone = count(&config, job.shape(), job.kept_shape(), policy, edge);
            assert_eq!(report.cycles, alone.cycles, "{config:?} {policy}");
        }
    }
}

fn arrays(format: Format) -> Vec<ArrayConfig> {
    [(1, 1), (3, 5), (5, 2), (16, 16)]
        .into_iter()
        .zip([(0, 2), (3, 1), (1, 5), (1, 1)])
        .map(|((rows, cols), (mul, add))| ArrayConfig {
            mul_stages: Some(mul),
            add_stages: Some(add),
            ..ArrayConfig::new(rows, cols, format)
        })
        .collect()
}

/// The plain mapping with another edge and another order.
fn laying(config: &ArrayConfig, edge: Edge, order: Option<TileOrder>) -> RandomLaying {
    let plain = Mapping {
        edge,
        ..Mapping::plain(config)
    };
    RandomLaying::drawn(plain, Some(plain.flow), order, 3)
}

fn batches<E: Tested>(format: Format, count: u64, dim: usize) {
    for config in arrays(format) {
        let mut array = Behavioural::new(config);
        for seed in 0..count {
            // One array for all: streams must leave it clean for the next.
            let order = ORDERS[seed as usize % ORDERS.len()];
            full_rate(
                config,
                order,
                &Batch::<E>::random(&config, seed, 4, dim),
                &mut array,
            );
        }
    }
}

#[test]
fn random_batches_int8() {
    batches::<i8>(Format::Int8, 24, 40);
}

#[test]
fn random_batches_int16() {
    batches::<i16>(Format::Int16, 8, 30);
}

#[test]
fn random_batches_bf16() {
    batches::<bf16>(Format::Bf16, 16, 40);
}

#[test]
fn larger_single_jobs() {
    let config = ArrayConfig::new(16, 16, Format::Bf16);
    for seed in 0..12 {
        let batch = Batch::<bf16>::random(&config, 1000 + seed, 1, 80);
        full_rate(
            config,
            Some(TileOrder::Blocked),
            &batch,
            &mut Behavioural::new(config),
        );
    }
}

#[test]
fn every_reduction_length_from_one_on() {
    // K from 1 through rows + 2 * cols, tiles back to back with few beats each.
    for (rows, cols) in [(4, 3), (2, 6)] {
        let config = ArrayConfig::new(rows, cols, Format::Int8);
        let mut seen = vec![false; rows + 2 * cols + 1];
        for seed in 0.. {
            let batch = Batch::<i8>::random(&config, seed, 1, rows + 2 * cols);
            let Shape { m, k, .. } = batch.jobs[0].job().shape();
            if m <= 4 && !std::mem::replace(&mut seen[k], true) {
                full_rate(
                    config,
                    Some(TileOrder::Blocked),
                    &batch,
                    &mut Behavioural::new(config),
                );
            }
            if seen[1..].iter().all(|&seen| seen) {
                break;
            }
        }
    }
}

#[test]
fn narrow_accumulators_wrap_and_saturate() {
    for (acc_bits, overflow) in [
        (16, Overflow::Wrap),
        (20, Overflow::Saturate),
        (24, Overflow::Wrap),
        (28, Overflow::Saturate),
    ] {
        let config = ArrayConfig {
            acc_bits: Some(acc_bits),
            overflow,
            ..ArrayConfig::new(4, 5, Format::Int8)
        };
        let mut array = Behavioural::new(config);
        let mut overflowed = false;
        for seed in 0..6 {
            let batch = Batch::<i8>::random(&config, seed, 3, 20);
            let report = run(
                config,
                &DriverOptions::default(),
                Policy::Packed,
                (&batch, Mapping::plain(&config).into()),
                &mut array,
            );
            overflowed |= report.counters.overflow;
        }
        assert!(
            overflowed,
            "{acc_bits} bits never overflowed: the test is too tame"
        );
    }
}

#[test]
fn gaps_and_stalls_change_no_sum() {
    for (seed, (weight_gap, beat_gap, stall)) in [
        (0.5, 0.0, 0.0),
        (0.0, 0.5, 0.0),
        (0.0, 0.0, 0.5),
        (0.9, 0.1, 0.2),
        (0.1, 0.9, 0.2),
        (0.3, 0.3, 0.3),
    ]
    .into_iter()
    .enumerate()
    {
        let seed = seed as u64;
        for config in arrays(Format::Int8) {
            let options = DriverOptions {
                disturbance: Some(Disturbance {
                    seed,
                    weight_gap,
                    beat_gap,
                    exchange_gap: 0.0,
                    stall,
                }),
                ..DriverOptions::default()
            };
            let edge = [Edge::Top, Edge::Left][seed as usize % 2];
            let laying = laying(&config, edge, ORDERS[seed as usize % ORDERS.len()]);
            let batch = Batch::<i8>::random(&config, 70 + seed, 4, 24);
            let mut array = Behavioural::new(config);
            for policy in Policy::ALL {
                let report = run(config, &options, policy, (&batch, laying), &mut array);
                let calm = run(
                    config,
                    &DriverOptions::default(),
                    policy,
                    (&batch, laying),
                    &mut array,
                );
                assert!(report.cycles >= calm.cycles);
                assert_eq!(report.stalled > 0, stall > 0.0 && report.cycles > 0);
                if weight_gap == 0.0 && beat_gap == 0.0 {
                    // A stall freezes everything; enabled cycles stay the same.
                    assert_eq!(report.job_cycles, calm.job_cycles);
                }
            }
        }
    }
}

#[test]
fn nothing_kept_never_touches_the_array() {
    use heddle_array::port::{ArrayPort, Counters, CycleIn, CycleOut};
    struct Untouchable;
    impl ArrayPort for Untouchable {
        fn reset(&mut self) -> Result<(), ArrayError> {
            panic!("reset")
        }
        fn cycle(&mut self, _: &CycleIn, _: &mut CycleOut) -> Result<(), ArrayError> {
            panic!("cycle")
        }
        fn counters(&mut self) -> Counters {
            panic!("counters")
        }
    }
    use heddle_gemm::{Job, Mask, MatMut, MatRef};
    let config = ArrayConfig::new(4, 4, Format::Int8);
    let none = Mask::none(6);
    let job = Job {
        keep_k: Some(&none),
        ..Job::new(
            MatRef::row_major(&[1i8; 30], 5, 6),
            MatRef::row_major(&[1i8; 18], 6, 3),
            0,
        )
    };
    let mut c = [7; 15];
    let mut outputs = [MatMut::row_major(&mut c, 5, 3)];
    let report = Driver::new(config, DriverOptions::default())
        .run(&mut Untouchable, Policy::Packed, &[job], &mut outputs, None)
        .unwrap();
    assert_eq!((report.cycles, &report.job_cycles[..]), (0, &[0][..]));
    assert_eq!(c, [7; 15]);
}

#[test]
fn a_set_flag_cancels() {
    let config = ArrayConfig::new(2, 2, Format::Int8);
    let batch = Batch::<i8>::random(&config, 5, 1, 80);
    let options = DriverOptions {
        cancel: Some(Arc::new(AtomicBool::new(true))),
        ..DriverOptions::default()
    };
    let mut results = batch.seeds.clone();
    let error = Driver::new(config, options)
        .run(
            &mut Behavioural::new(config),
            Policy::Dense,
            &batch.jobs(),
            &mut batch.outputs(&mut results),
            None,
        )
        .unwrap_err();
    assert!(matches!(error, ArrayError::Cancelled), "{error}");
}
