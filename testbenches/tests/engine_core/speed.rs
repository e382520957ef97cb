//! How fast beats follow each other when all operands are there.

use crate::bench::{Bench, Mood};
use crate::draw::Draw;
use crate::job::{Job, DENSE, NN, NT, PACKED, TN};
use crate::{build, config};
use heddle_format::Format;
use heddle_hdl::engine::EngineConfig;
use heddle_hdl::{ArrayConfig, Dataflow};
use heddle_verilator::Library;

fn roomy(rows: usize, cols: usize, format: Format) -> ArrayConfig {
    let small = config(rows, cols, format, Dataflow::Both);
    let engine = EngineConfig {
        a_words: 2048,
        b_slots: 512,
        sum_words: 2048,
        ..*small.engine()
    };
    ArrayConfig {
        engine: Some(engine),
        ..small
    }
}

/// A dense job.
fn job(layout: usize, [m, k, n]: [usize; 3]) -> Job {
    Job {
        layout,
        policy: DENSE,
        keep_m: vec![true; m],
        keep_k: vec![true; k],
        keep_n: vec![true; n],
        ..Job::default()
    }
}

/// Between beats the cycles without one, where there are any, all data being there before the jobs.
fn gaps(config: &ArrayConfig, library: &Library, jobs: Vec<Job>) -> Vec<usize> {
    let mut draw = Draw::new(1);
    let jobs = jobs
        .into_iter()
        .map(|job| job.fill(config, &mut draw))
        .collect();
    let mood = Mood {
        load: 0,
        store: 0,
        ahead: true,
    };
    let seen = Bench::new(config, library, jobs, mood, 1).run(100_000);
    assert_eq!(seen.wrong, Vec::<String>::new());
    let at: Vec<_> = (0..seen.beats.len()).filter(|at| seen.beats[*at]).collect();
    let gaps = at.windows(2).map(|pair| pair[1] - pair[0] - 1);
    gaps.filter(|gap| *gap > 0).collect()
}

/// Cycles in which the walkers begin a job. Seeds are made as fast as beats: they get ahead of them, and hide
/// this, where the array has waited before.
const BEGINS: usize = 2;

/// The same where it has to be known first that the run goes on.
const GOES_ON: usize = 4;

/// Whether of `jobs` jobs at most each but the first is waited for, no longer than it takes to begin.
fn begun(gaps: Vec<usize>, jobs: usize, most: usize) -> Result<(), Vec<usize>> {
    match gaps.len() < jobs && gaps.iter().all(|gap| *gap <= most) {
        true => Ok(()),
        false => Err(gaps),
    }
}

/// A chain of `jobs`, its rows as `keep` says of each.
fn chain(jobs: Vec<Job>) -> Vec<Job> {
    let last = jobs.len() - 1;
    let mut live = vec![false; jobs[0].keep_m.len()];
    let mut chained = Vec::new();
    for (at, job) in jobs.into_iter().enumerate() {
        let job = Job {
            resume: at > 0,
            stay: at < last,
            live,
            ..job
        };
        live = job.live_after();
        chained.push(job);
    }
    chained
}

#[test]
fn weight_stationary_beats_follow_each_other() {
    for (rows, cols, format) in [(4, 4, Format::Int8), (3, 4, Format::Bf16)] {
        let config = roomy(rows, cols, format);
        let library = build(&config, |text| text);
        let none = Vec::<usize>::new();
        for layout in [NN, NT] {
            // Tiles of as many beats as they have of weights, or more; sums come back in time.
            for m in [cols.max(rows), 7] {
                let whole = job(layout, [m, 4 * rows, 8 * cols]);
                assert_eq!(gaps(&config, &library, vec![whole]), none, "{layout} {m}");
            }
            // Tiles of fewer beats than weights: a tile in as many cycles as it has of weights.
            let beats = if layout == NN { rows } else { cols };
            let few = job(layout, [2, 2 * rows, 20 * cols]);
            let between = gaps(&config, &library, vec![few]);
            assert_eq!(between, vec![beats - 2; 2 * 20 - 1], "{layout}");
            // Fewer beats before the sum is back than that takes.
            let trip = config.latency() + 4;
            let short = job(layout, [8, 3 * rows, cols]);
            assert_eq!(
                gaps(&config, &library, vec![short]),
                [trip - 8; 2],
                "{layout}"
            );
        }
    }
}

#[test]
fn jobs_follow_each_other() {
    let config = roomy(4, 4, Format::Int8);
    let library = build(&config, |text| text);
    for layout in [NN, NT] {
        let one = || job(layout, [8, 8, 16]);
        let other = Job {
            sums: 1024,
            ..one()
        };
        let between = gaps(&config, &library, vec![one(), other.clone(), one()]);
        assert_eq!(begun(between, 3, BEGINS), Ok(()), "other halves, {layout}");
        let between = gaps(&config, &library, chain(vec![one(), one(), one()]));
        assert_eq!(begun(between, 3, BEGINS), Ok(()), "a chain, {layout}");
    }
    // One that starts while the array is busy with the other mapping.
    let between = gaps(
        &config,
        &library,
        vec![
            job(NN, [8, 8, 16]),
            Job {
                sums: 1024,
                ..job(NT, [8, 8, 16])
            },
        ],
    );
    assert_eq!(begun(between, 2, BEGINS), Ok(()));
}

#[test]
fn output_stationary_chains_are_one_run() {
    for (rows, cols, format) in [(4, 4, Format::Int8), (3, 4, Format::Bf16)] {
        let config = roomy(rows, cols, format);
        let library = build(&config, |text| text);
        let turns = config.phases();
        let none = Vec::<usize>::new();
        for k in [rows, rows + 1, 9] {
            let one = || job(TN, [16 * rows, k, turns * cols]);
            assert_eq!(gaps(&config, &library, vec![one()]), none, "k {k}");
            let jobs = chain((0..4).map(|_| one()).collect());
            assert_eq!(
                begun(gaps(&config, &library, jobs), 4, GOES_ON),
                Ok(()),
                "chain of k {k}"
            );
            let masked = |odd: usize| Job {
                policy: PACKED,
                keep_m: (0..16 * rows)
                    .map(|m| (m * 7 + m / 3 + odd).is_multiple_of(2))
                    .collect(),
                ..one()
            };
            let jobs = chain((0..4).map(masked).collect());
            assert_eq!(
                begun(gaps(&config, &library, jobs), 4, GOES_ON),
                Ok(()),
                "masked chain of k {k}"
            );
            let two = chain(vec![one(), one()]);
            let other = two.iter().map(|job| Job {
                sums: 1024,
                ..job.clone()
            });
            let jobs = two
                .iter()
                .cloned()
                .chain(other.collect::<Vec<_>>())
                .collect();
            assert_eq!(
                begun(gaps(&config, &library, jobs), 4, GOES_ON),
                Ok(()),
                "chains of k {k}"
            );
        }
        // Fewer k than rows: a group in as many cycles as its exchanges take.
        let few = job(TN, [16 * rows, 1, turns * cols]);
        let between = gaps(&config, &library, vec![few]);
        assert_eq!(between, vec![turns * (rows - 1); 15]);
    }
}
