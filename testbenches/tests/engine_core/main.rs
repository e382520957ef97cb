//! The engine's core under Verilator: jobs of all layouts from buffers that the test fills, every word of the
//! accumulators against the golden arithmetic.

mod bench;
mod draw;
mod job;
mod speed;

use bench::{Bench, Mood, Seen};
use draw::Draw;
use heddle_format::Format;
use heddle_hdl::engine::{core_design, EngineConfig};
use heddle_hdl::{ArrayConfig, Dataflow, Prefix};
use heddle_verilator::{Builder, Library};
use job::{Job, DENSE, NN, NT, TN};

fn config(rows: usize, cols: usize, format: Format, dataflow: Dataflow) -> ArrayConfig {
    ArrayConfig {
        dataflow,
        engine: Some(EngineConfig {
            max_dim: 64,
            a_words: 160,
            b_slots: 48,
            slot_words: 4,
            sum_words: 512,
            ..EngineConfig::default()
        }),
        ..ArrayConfig::new(rows, cols, format)
    }
}

/// The core of `config`, after `change` of its text.
fn build(config: &ArrayConfig, change: impl Fn(String) -> String) -> Library {
    let mut design = core_design(config, &Prefix::default()).unwrap();
    for module in &mut design.modules {
        module.text = change(std::mem::take(&mut module.text));
    }
    let folder = tempfile::tempdir().unwrap();
    let files = design.write(folder.path()).unwrap();
    Builder::new("heddle_engine_core")
        .files(files)
        .clock("clk_i")
        .trace(if std::env::var("HEDDLE_VCD").is_ok() {
            heddle_verilator::Trace::Vcd
        } else {
            heddle_verilator::Trace::None
        })
        .build()
        .unwrap()
}

/// Random jobs, chains among them.
fn jobs(config: &ArrayConfig, draw: &mut Draw, count: usize) -> Vec<Job> {
    let (ws, os) = (config.dataflow.has_ws(), config.dataflow.has_os());
    let layouts: Vec<_> = [NN, NT, TN]
        .into_iter()
        .filter(|layout| if *layout == TN { os } else { ws })
        .collect();
    let mut jobs: Vec<Job> = Vec::new();
    while jobs.len() < count {
        let chain = if draw.one_in(2) { 1 } else { draw.upto(4) };
        let most = if draw.one_in(3) { 6 } else { 40 };
        let dims = [(); 3].map(|()| draw.upto(most));
        let first = Job {
            layout: layouts[draw.below(layouts.len())],
            policy: draw.below(3),
            c0: draw.one_in(2),
            bias: draw.one_in(2),
            ..Job::default()
        };
        let masks = first.policy != DENSE;
        let mask = |draw: &mut Draw, len: usize| match masks && !draw.one_in(3) {
            true => draw.mask(len),
            false => vec![true; len],
        };
        let keep_n = mask(draw, dims[2]);
        let mut chained: Vec<Job> = Vec::new();
        for at in 0..chain {
            let k = if first.layout == TN {
                draw.upto(most)
            } else {
                dims[1]
            };
            let mut job = Job {
                resume: at > 0,
                stay: at + 1 < chain,
                keep_m: mask(draw, dims[0]),
                keep_k: mask(draw, k),
                keep_n: keep_n.clone(),
                live: chained.last().map(Job::live_after).unwrap_or_default(),
                code: if chain == 1 && draw.one_in(12) { 7 } else { 0 },
                ..first.clone()
            };
            if job.layout != TN {
                let words = config.engine().slot_words;
                job.panel = [0, 1, 2, words, 2 * words][draw.below(5)];
            }
            let before = chained
                .last()
                .filter(|before| draw.one_in(3) && !before.empty() && before.keep_k.len() == k);
            let kept = before.map(|before| {
                (
                    before.keep_m.clone(),
                    before.keep_k.clone(),
                    before.a.clone(),
                )
            });
            if let Some((keep_m, keep_k, _)) = &kept {
                (job.keep_m, job.keep_k, job.keep_a) = (keep_m.clone(), keep_k.clone(), true);
            }
            let mut job = job.fill(config, draw);
            if let Some((.., a)) = kept {
                job.a = a;
            }
            // A chain has one row of C0.
            if let (true, Some(before)) = (job.bias, chained.last()) {
                job.c.clone_from(&before.c);
            }
            chained.push(job);
        }
        let words = chained.iter().map(|job| job.words(config)).max().unwrap();
        let fits =
            chained.iter().all(|job| fits(config, job)) && words <= config.engine().sum_words;
        if !fits {
            continue;
        }
        let half = config.engine().sum_words / 2;
        let free = config.engine().sum_words - words;
        let sums = match draw.below(3) {
            0 if words <= half => 0,
            1 if words <= half => half,
            _ => draw.below(free + 1),
        };
        chained.iter_mut().for_each(|job| job.sums = sums);
        jobs.extend(chained);
    }
    jobs
}

/// Whether its operands fit into the buffers.
fn fits(config: &ArrayConfig, job: &Job) -> bool {
    let engine = config.engine();
    let (m, k, _) = job.dims();
    let (r, s) = if job.layout == TN { (m, k) } else { (k, m) };
    let tiles = job.n_tiles(config);
    let panel = if job.panel == 0 {
        tiles
    } else {
        job.panel.min(tiles)
    };
    let slots = match job.layout {
        NN => config.rows,
        NT => panel * config.cols,
        _ => k * tiles.div_ceil(engine.slot_words),
    };
    2 * s * r.div_ceil(config.rows) <= engine.a_words && slots <= engine.b_slots
}

fn moods() -> [Mood; 4] {
    let mood = |load, store| Mood {
        load,
        store,
        ahead: false,
    };
    [mood(0, 0), mood(2, 0), mood(0, 2), mood(8, 3)]
}

/// Runs of random jobs; the first that is wrong.
fn wrong(config: &ArrayConfig, library: &Library, runs: u64) -> Option<(u64, Seen)> {
    let from = std::env::var("HEDDLE_FROM").map_or(0, |from| from.parse().unwrap());
    (from..from + runs).find_map(|seed| {
        let mut draw = Draw::new(seed);
        let jobs = jobs(config, &mut draw, 12);
        let mut bench = Bench::new(config, library, jobs, moods()[seed as usize % 4], seed);
        let seen = bench.run(40_000);
        (!seen.wrong.is_empty()).then_some((seed, seen))
    })
}

fn right(config: &ArrayConfig, runs: u64) {
    let library = build(config, |text| text);
    if let Some((seed, seen)) = wrong(config, &library, runs) {
        let mut draw = Draw::new(seed);
        for (at, job) in jobs(config, &mut draw, 12).iter().enumerate() {
            let sent = [job.m().len(), job.k().len(), job.n().len()];
            let Job {
                layout,
                policy,
                c0,
                bias,
                resume,
                stay,
                keep_a,
                code,
                panel,
                sums,
                ..
            } = job;
            let masks = [&job.keep_m, &job.keep_k, &job.keep_n].map(|mask| {
                mask.iter()
                    .map(|k| if *k { "1" } else { "0" })
                    .collect::<String>()
            });
            println!("{at}: {masks:?} layout {layout} policy {policy} {:?} sent {sent:?} c0 {c0} {bias} resume {resume} {stay} keep_a {keep_a} code {code} panel {panel} sums {sums}", job.dims());
        }
        panic!("{}: run {seed}: {:#?}", config.slug(), seen.wrong);
    }
}

#[test]
fn small_integers() {
    right(&config(4, 4, Format::Int8, Dataflow::Both), runs(60));
}

#[test]
fn odd_sizes() {
    right(&config(5, 3, Format::Int8, Dataflow::Both), runs(60));
}

#[test]
fn one_row() {
    right(&config(1, 4, Format::Int16, Dataflow::Both), runs(40));
}

#[test]
fn one_column() {
    right(&config(3, 1, Format::Int8, Dataflow::Both), runs(40));
}

#[test]
fn floats_in_turns() {
    right(&config(3, 4, Format::Bf16, Dataflow::Both), runs(60));
}

#[test]
fn odd_buffers() {
    let even = config(2, 3, Format::Bf16, Dataflow::Both);
    let engine = EngineConfig {
        a_words: 101,
        b_slots: 43,
        slot_words: 3,
        sum_words: 502,
        ..*even.engine()
    };
    let odd = ArrayConfig {
        engine: Some(engine),
        ..even
    };
    right(&odd, runs(60));
}

#[test]
fn weight_stationary_only() {
    right(&config(3, 2, Format::Int8, Dataflow::Ws), runs(40));
}

#[test]
fn output_stationary_only() {
    right(&config(2, 3, Format::Bf16, Dataflow::Os), runs(40));
}

/// What the text of the core says, and what it says with a fault in it.
const FAULTS: [(&str, &str, &str); 9] = [
    (
        "a seed does not wait for the tile of rows before",
        "(meets | early)",
        "meets",
    ),
    (
        "a seed does not wait for the job before",
        "(meets | early)",
        "early",
    ),
    (
        "sums of all earlier jobs are taken to be in order",
        "(job_before ==",
        "(2'd1 == 2'd1) | (job_before ==",
    ),
    (
        "a run goes on with rows that are in the array",
        "? meets : clash",
        "? 1'b0 : clash",
    ),
    (
        "a run goes on over sums that are not stored",
        "? meets : clash",
        "? meets : 1'b0",
    ),
    (
        "a job does not wait for its C0",
        "wire seeded = ",
        "wire seeded = 1'b1 | ",
    ),
    (
        "a job does not wait for stores",
        "wire free = ",
        "wire free = 1'b1 | ",
    ),
    (
        "an exchange takes the place of its neighbour",
        "wire full = held_q == 4'd8",
        "wire full = held_q == 4'd7",
    ),
    (
        "weights do not wait for their block",
        "(there_any_q | !begins)",
        "1'b1",
    ),
];

#[test]
fn faults_are_noticed() {
    let config = config(4, 4, Format::Int8, Dataflow::Both);
    for (fault, from, to) in FAULTS {
        let found = std::cell::Cell::new(false);
        let library = build(&config, |text| {
            found.set(found.get() || text.contains(from));
            text.replace(from, to)
        });
        assert!(found.get(), "no module says {from}");
        assert!(
            wrong(&config, &library, 400).is_some(),
            "unnoticed: {fault}"
        );
    }
}

fn runs(count: u64) -> u64 {
    std::env::var("HEDDLE_RUNS").map_or(count, |runs| runs.parse().unwrap())
}
