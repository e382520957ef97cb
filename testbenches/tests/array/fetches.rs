//! What is read from memory: every kept word of B once, from where it lies, and no
//! dropped word of anything.

use crate::jobs::Batch;
use heddle_array::driver::{Driver, DriverOptions};
use heddle_array::observer::FetchObserver;
use heddle_format::Format;
use heddle_gemm::{Job, Policy, Shape};
use heddle_hdl::{ArrayConfig, Dataflow};
use heddle_schedule::tiler::extent_of;
use heddle_schedule::Mapping;
use heddle_testbenches::behavioural::Behavioural;
use std::collections::HashMap;

#[derive(Default)]
struct Log {
    weights: HashMap<(usize, usize, usize), (usize, usize)>,
    activations: HashMap<(usize, usize, usize), usize>,
    seeds: usize,
    sums: HashMap<(usize, usize, usize), usize>,
}

impl FetchObserver for Log {
    fn weight(&mut self, job: usize, k: usize, n: usize, address: usize) {
        let entry = self.weights.entry((job, k, n)).or_insert((0, address));
        entry.0 += 1;
        assert_eq!(entry.1, address);
    }
    fn activation(&mut self, job: usize, m: usize, k: usize, address: usize) {
        self.activations.insert((job, m, k), address);
    }
    fn seed(&mut self, _: usize, _: usize, _: usize) {
        self.seeds += 1;
    }
    fn sum(&mut self, job: usize, m: usize, n: usize) {
        *self.sums.entry((job, m, n)).or_default() += 1;
    }
}

/// Checks a log against the masks of the jobs.
fn check(jobs: &[Job<'_, i8>], log: &Log, rows: usize, policy: Policy) {
    let mut kept_words = 0;
    for (j, job) in jobs.iter().enumerate() {
        let Shape { m, k, n } = job.kept_shape();
        if m * k * n == 0 {
            // Packed sends nothing at all; the others still load what is kept of B.
            if policy != Policy::Packed {
                kept_words += k * n;
            }
            continue;
        }
        kept_words += k * n;
        let k_tiles = if policy == Policy::Packed {
            k
        } else {
            job.a.cols()
        }
        .div_ceil(rows);
        let written: usize = log
            .sums
            .iter()
            .filter(|(key, _)| key.0 == j)
            .map(|(_, count)| count)
            .sum();
        assert_eq!(written, m * n * k_tiles);
    }
    assert_eq!(log.weights.len(), kept_words);
    for (&(j, k, n), &(times, address)) in &log.weights {
        let job = &jobs[j];
        assert_eq!(times, 1, "B[{k}, {n}] of job {j}");
        assert!(job.keep_k.is_none_or(|mask| mask.keeps(k)));
        assert!(job.keep_n.is_none_or(|mask| mask.keeps(n)));
        assert_eq!(address, k * job.b.row_stride() + n * job.b.col_stride());
    }
    for (&(j, m, k), &address) in &log.activations {
        let job = &jobs[j];
        assert!(job.keep_m.is_none_or(|mask| mask.keeps(m)));
        assert!(job.keep_k.is_none_or(|mask| mask.keeps(k)));
        assert_eq!(address, m * job.a.row_stride() + k * job.a.col_stride());
    }
    for &(j, m, n) in log.sums.keys() {
        let job = &jobs[j];
        assert!(job.keep_m.is_none_or(|mask| mask.keeps(m)));
        assert!(job.keep_n.is_none_or(|mask| mask.keeps(n)));
    }
    assert_eq!(log.seeds, log.sums.values().sum::<usize>());
}

#[test]
fn every_kept_word_once_and_no_dropped_word() {
    let config = ArrayConfig::new(4, 3, Format::Int8);
    for seed in 0..40 {
        let batch = Batch::<i8>::random(&config, seed, 3, 20);
        for policy in Policy::ALL {
            let mut log = Log::default();
            let mut results = batch.seeds.clone();
            Driver::new(config, DriverOptions::default())
                .run(
                    &mut Behavioural::new(config),
                    policy,
                    &batch.jobs(),
                    &mut batch.outputs(&mut results),
                    Some(&mut log),
                )
                .unwrap();
            check(&batch.jobs(), &log, config.rows, policy);
        }
    }
}

/// Output-stationary, a word of A is fetched once for each n-tile, a word of B once for
/// each m-tile, a seed and a sum once; transposed, the operands change places.
#[test]
fn tiles_that_keep_their_sums_fetch_each_seed_once() {
    let config = ArrayConfig {
        dataflow: Dataflow::Os,
        add_stages: Some(3),
        ..ArrayConfig::new(4, 3, Format::Int8)
    };
    for (seed, transposed) in (0..30).flat_map(|seed| [(seed, false), (seed, true)]) {
        let batch = Batch::<i8>::random(&config, seed, 1, 20);
        let job = batch.jobs()[0];
        let mapping = Mapping {
            transposed,
            ..Mapping::plain(&config)
        };
        for policy in Policy::ALL {
            let mut log = Log::default();
            let mut results = batch.seeds.clone();
            let report = Driver::new(config, DriverOptions::default())
                .run_mapped(
                    &mut Behavioural::new(config),
                    policy,
                    &[job],
                    &[mapping],
                    &mut batch.outputs(&mut results),
                    Some(&mut log),
                )
                .unwrap();
            let Shape { m, k, n } = job.kept_shape();
            let nothing = policy == Policy::Packed && m * k * n == 0;
            assert_eq!(log.seeds, if nothing { 0 } else { m * n });
            assert_eq!(log.sums.len(), log.seeds);
            assert!(log.sums.values().all(|&times| times == 1));
            let sent = extent_of(policy, &job);
            let times = if transposed {
                sent.m.div_ceil(config.cols)
            } else {
                sent.m.div_ceil(config.rows)
            };
            assert_eq!(log.weights.len(), if nothing { 0 } else { k * n });
            for (&(_, k, n), &(fetched, address)) in &log.weights {
                assert_eq!(fetched, times, "B[{k}, {n}]");
                assert!(job.keep_k.is_none_or(|mask| mask.keeps(k)));
                assert!(job.keep_n.is_none_or(|mask| mask.keeps(n)));
                assert_eq!(address, k * job.b.row_stride() + n * job.b.col_stride());
            }
            for (&(_, m, k), &address) in &log.activations {
                assert!(job.keep_m.is_none_or(|mask| mask.keeps(m)));
                assert!(job.keep_k.is_none_or(|mask| mask.keeps(k)));
                assert_eq!(address, m * job.a.row_stride() + k * job.a.col_stride());
            }
            // Traffic is counted by port, and transposed, B enters as the activations.
            let words: usize = log.weights.values().map(|&(times, _)| times).sum();
            let traffic = report.traffic[0];
            let b_port = if transposed {
                traffic.activations
            } else {
                traffic.weights
            };
            assert_eq!(b_port.words, words as u64);
            assert_eq!(traffic.seeds.words, log.seeds as u64);
            assert_eq!(traffic.sums.words, log.seeds as u64);
        }
    }
}
