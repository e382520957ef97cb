//! The array behind AXI4-Stream.

use crate::common;
use crate::configs;
use crate::ends::{Sink, Source, Word};
use crate::golden::{leaves, signed, step};
use crate::rig::{planted, Noise, Rig};
use crate::runs::{mask, numbers, Run};
use heddle_hdl::around::{around_design, Around};
use heddle_hdl::emit::Design;
use heddle_hdl::{ArrayConfig, Prefix};
use std::collections::VecDeque;

fn design(config: &ArrayConfig) -> Design {
    around_design(config, &Prefix::default(), Around::Stream).unwrap()
}

/// TLAST, kept columns, sums: one transfer.
#[derive(Debug)]
struct Sums {
    last: bool,
    keep: Vec<bool>,
    sums: Vec<u64>,
}

struct Bench<'a> {
    config: &'a ArrayConfig,
    rig: Rig,
    w: Source,
    a: Source,
    c: Source,
    s: Sink,
    /// Sums of beats, and of exchanges.
    expected: [VecDeque<Sums>; 2],
}

impl<'a> Bench<'a> {
    fn new(config: &'a ArrayConfig, design: &Design) -> Self {
        let source = |letter: &str, names: &[&str]| {
            let name = |end: &&str| format!("s_axis_{letter}_t{end}");
            let ports: Vec<_> = names.iter().map(name).collect();
            let ports: Vec<_> = ports.iter().map(String::as_str).collect();
            Source::new(&name(&"valid"), &name(&"ready"), &ports)
        };
        let (ws, os) = (config.dataflow.has_ws(), config.dataflow.has_os());
        let w = if ws {
            &["data", "user", "last"][..]
        } else {
            &["data", "user"]
        };
        let c = if os {
            &["data", "user", "last"][..]
        } else {
            &["data"]
        };
        let mut rig = Rig::of("heddle_stream", design);
        rig.set("clear_i", 0);
        Self {
            config,
            rig,
            w: source("w", w),
            a: source("a", &["data", "user", "last"]),
            c: source("c", c),
            s: Sink::new(
                "m_axis_s_tvalid",
                "m_axis_s_tready",
                &["m_axis_s_tlast", "m_axis_s_tuser", "m_axis_s_tdata"],
            ),
            expected: [VecDeque::new(), VecDeque::new()],
        }
    }

    /// Words for an edge: flags are keep, edge, os.
    fn words(&mut self, words: &[u64], flags: [bool; 3], masks: [&[bool]; 2], last: bool) {
        let config = self.config;
        let mut user = Word::bits(&flags);
        for bit in masks.concat() {
            user = user.with(bit.into(), 1);
        }
        let mut transfer = vec![self.wide(words, config.operand_bits()), user];
        if config.dataflow.has_ws() {
            transfer.push(Word::bits(&[last]));
        }
        self.w.waiting.push_back(transfer);
    }

    /// A word of the widest that the edges take.
    fn wide(&self, words: &[u64], bits: usize) -> Word {
        let config = self.config;
        let lanes = match config.dataflow.has_ws() {
            true => config.rows.max(config.cols),
            false => config.cols,
        };
        let mut words = words.to_vec();
        // The rest is ignored.
        words.resize(lanes, 0x55);
        Word::of(&words, bits)
    }

    /// Flags are keep, seeded, os, flush.
    fn beat(&mut self, words: &[u64], flags: [bool; 4], last: bool) {
        let data = Word::of(words, self.config.operand_bits());
        let transfer = vec![data, Word::bits(&flags), Word::bits(&[last])];
        self.a.waiting.push_back(transfer);
    }

    /// Seeds: of an exchange, in the last row, kept columns, TLAST.
    fn seeds(&mut self, seeds: &[u64], (os, row, keep): (bool, bool, &[bool]), last: bool) {
        let (acc, bits) = (self.config.acc_bits(), 8 * self.config.sum_bytes());
        let data = seeds.iter().fold(Word::default(), |word, seed| {
            // What is above a sum is ignored.
            word.with(*seed, acc).with(0x5555_5555, bits - acc)
        });
        let mut transfer = vec![data];
        if self.config.dataflow.has_os() {
            let mut user = Word::bits(&[os, row]);
            for bit in keep {
                user = user.with((*bit).into(), 1);
            }
            transfer.extend([user, Word::bits(&[last])]);
        }
        self.c.waiting.push_back(transfer);
    }

    /// A weight-stationary tile of random size.
    fn tile(&mut self, noise: &mut Noise, beats: usize) {
        let config = self.config;
        let (rows, cols, bits) = (config.rows, config.cols, config.operand_bits());
        let weights: Vec<Vec<u64>> = (0..rows).map(|_| numbers(noise, cols, bits)).collect();
        let left = noise.chance(40);
        let mut row_keep = mask(noise, rows);
        let mut col_keep = mask(noise, cols);
        let (masked, lanes) = match left {
            true => (&mut col_keep, cols),
            false => (&mut row_keep, rows),
        };
        let count = 1 + noise.below(lanes);
        masked[count..].fill(false);
        for at in 0..count {
            let (words, keep): (Vec<u64>, bool) = match left {
                true => (weights.iter().map(|row| row[at]).collect(), col_keep[at]),
                false => (weights[at].clone(), row_keep[at]),
            };
            let masks = [&row_keep[..], &col_keep[..]];
            self.words(&words, [keep, left, false], masks, at + 1 == count);
        }
        for at in 0..beats {
            let a = numbers(noise, rows, bits);
            let (keep, seeded) = (noise.chance(70), noise.chance(70));
            let last = at + 1 == beats;
            let mut sums = vec![0; cols];
            if seeded {
                sums = numbers(noise, cols, config.acc_bits());
                let seeds = sums.clone();
                self.seeds(&seeds, (false, false, &vec![true; cols]), noise.chance(50));
            }
            self.beat(&a, [keep, seeded, false, false], last);
            for (row, weights) in weights.iter().enumerate().filter(|(row, _)| row_keep[*row]) {
                for (sum, weight) in sums.iter_mut().zip(weights) {
                    *sum = step(config, a[row], *weight, *sum);
                }
            }
            let sums = sums.into_iter().map(|sum| leaves(config, sum)).collect();
            let keep = col_keep.iter().map(|col| *col && keep).collect();
            self.expected[0].push_back(Sums { last, keep, sums });
        }
    }

    /// An output-stationary run, with all that its protocol wants.
    fn run(&mut self, noise: &mut Noise, groups: usize) {
        let config = self.config;
        let (phases, rows, cols) = (config.phases(), config.rows, config.cols);
        let run = Run::random(noise, config, groups, 6);
        let none = (vec![false; rows], vec![false; cols]);
        for group in &run.groups {
            let length = group[0].steps.len();
            for k in 0..length {
                for turn in 0..phases {
                    let last = k + 1 == length && turn + 1 == phases;
                    match group.get(turn) {
                        Some(tile) => {
                            let step = &tile.steps[k];
                            let masks = [&step.rows[..], &step.cols[..]];
                            self.words(&step.b, [step.keep, false, true], masks, false);
                            self.beat(&step.a, [step.keep, false, true, false], last);
                        }
                        None => {
                            let masks = [&none.0[..], &none.1[..]];
                            self.words(&vec![1; cols], [false, false, true], masks, false);
                            self.beat(&vec![1; rows], [false, false, true, false], last);
                        }
                    }
                }
            }
        }
        for flush in 0..2 * phases {
            // TLAST of a flush is not looked at.
            self.beat(&vec![3; rows], [true, false, true, true], flush % 2 == 0);
        }
        for round in 0..run.groups.len() + 2 {
            for row in 0..run.rows {
                for turn in 0..phases {
                    let ends = row + 1 == run.rows;
                    let last = ends && turn + 1 == phases;
                    let tile = run.groups.get(round).and_then(|group| group.get(turn));
                    let (keep, seeds) = match tile {
                        None => (vec![false; cols], vec![7; cols]),
                        Some(_) if run.zero => (vec![true; cols], vec![0; cols]),
                        Some(tile) => tile.seeds[row].clone(),
                    };
                    self.seeds(&seeds, (true, ends, &keep), last);
                    let group = round.checked_sub(2).map(|at| &run.groups[at]);
                    let left = group.and_then(|group| group.get(turn));
                    let (keep, sums) = match left {
                        None => (vec![false; cols], vec![0; cols]),
                        Some(tile) => run.sums(config, tile, row),
                    };
                    self.expected[1].push_back(Sums { last, keep, sums });
                }
            }
        }
    }

    /// The sums in `words` are the next ones.
    fn check(&mut self, words: &[Vec<u8>]) -> Result<(), String> {
        let config = self.config;
        let (ws, os) = (config.dataflow.has_ws(), config.dataflow.has_os());
        let exchange = match (ws, os) {
            (true, true) => crate::rig::field(&words[1], config.cols, 1) == 1,
            _ => os,
        };
        let expected = &mut self.expected[usize::from(exchange)];
        let sums = expected.pop_front().ok_or("sums too many")?;
        if (words[0][0] == 1) != sums.last {
            return Err(format!("TLAST {}, not that of {sums:?}", words[0][0]));
        }
        let bits = 8 * config.sum_bytes();
        for (col, sum) in sums.sums.iter().enumerate() {
            let kept = crate::rig::field(&words[1], col, 1) == 1;
            let found = crate::rig::field(&words[2], col * bits, bits);
            let right = if kept {
                signed(*sum, config.acc_bits())
            } else {
                0
            };
            if kept != sums.keep[col] || signed(found, bits) != signed(right as u64, bits) {
                return Err(format!("column {col}: {kept} {found:x}, not {sums:x?}"));
            }
        }
        Ok(())
    }

    /// All that waits goes through; the cycles that it took.
    fn go(&mut self, noise: &mut Noise, busy: [usize; 4]) -> Result<usize, String> {
        [self.w.busy, self.a.busy, self.c.busy, self.s.busy] = busy;
        let (mut cycles, mut quiet, mut last) = (0, 0, 0);
        while quiet < 60 || self.expected.iter().any(|left| !left.is_empty()) {
            for source in [&mut self.w, &mut self.a, &mut self.c] {
                source.drive(&mut self.rig, noise);
            }
            self.s.drive(&mut self.rig, noise);
            self.rig.settle();
            let mut moves = false;
            for source in [&mut self.w, &mut self.a, &mut self.c] {
                moves |= source.taken(&mut self.rig);
            }
            if let Some(words) = self.s.taken(&mut self.rig)? {
                self.check(&words)?;
                (moves, last) = (true, cycles);
            }
            quiet = if moves { 0 } else { quiet + 1 };
            if quiet > 4000 {
                let left = self.expected.each_ref().map(VecDeque::len);
                return Err(format!("it hangs, {left:?} sums are left"));
            }
            cycles += 1;
            self.rig.cycle();
        }
        let left = [&self.w, &self.a, &self.c].map(|source| source.waiting.len());
        match (left, self.rig.get("idle_o")) {
            ([0, 0, 0], 1) => Ok(last + 1),
            (left, idle) => Err(format!("left: {left:?}, idle: {idle}")),
        }
    }
}

/// Tiles and runs of all sizes through `design`, with waits of all kinds.
fn random(config: &ArrayConfig, design: &Design, seed: u64, pieces: usize) -> Result<(), String> {
    let mut noise = Noise::new(seed);
    let mut bench = Bench::new(config, design);
    for busy in [
        [100; 4],
        [50; 4],
        [20, 100, 100, 100],
        [100, 20, 100, 100],
        [100, 100, 20, 100],
        [100, 100, 100, 5],
    ] {
        for _ in 0..pieces {
            let ws = config.dataflow.has_ws();
            let os = config.dataflow.has_os() && (!ws || noise.chance(50));
            match os {
                true => {
                    let groups = 1 + noise.below(3);
                    bench.run(&mut noise, groups);
                }
                false => {
                    let beats = 1 + noise.below(9);
                    bench.tile(&mut noise, beats);
                }
            }
        }
        let said = bench.go(&mut noise, busy);
        said.map_err(|said| format!("{busy:?}: {said}"))?;
    }
    Ok(())
}

#[test]
fn no_tool_complains_of_stream() {
    for config in &configs() {
        let said = common::complaints(&design(config));
        assert!(said.is_empty(), "{}: {said}", config.slug());
    }
}

#[test]
fn streams_have_the_sums_of_the_golden_model() {
    for (seed, config) in configs().iter().enumerate() {
        let said = random(config, &design(config), seed as u64, 20);
        assert_eq!(said, Ok(()), "{}", config.slug());
    }
}

/// Tiles of as many beats as they have weights or more follow each other without a gap.
#[test]
fn beats_pass_one_by_one() {
    let config = configs().pop().unwrap();
    let mut noise = Noise::new(7);
    let mut bench = Bench::new(&config, &design(&config));
    for _ in 0..50 {
        bench.tile(&mut noise, 9);
    }
    let cycles = bench.go(&mut noise, [100; 4]).unwrap();
    let most = 50 * 9 + config.rows.max(config.cols) + config.latency() + 4;
    assert!(cycles <= most, "{cycles} cycles, not {most}");
}

#[test]
fn faults_in_stream_are_noticed() {
    let config = configs().pop().unwrap();
    let good = design(&config);
    let places = config.sum_places();
    let bits = usize::BITS as usize - places.leading_zeros() as usize;
    let credit = format!("under_way_q < {bits}'d{places}");
    let beyond = format!("under_way_q < {bits}'d{}", places + 1);
    let faults = [
        // A credit too many.
        (credit.as_str(), beyond.as_str()),
        // TLAST of the beat that goes in while the sums leave.
        ("{going_pop_data,", "{beats_pop_data[34],"),
        // A tile without a first beat.
        ("begun_q <= !", "begun_q <= 1'b1 | !"),
    ];
    for (old, new) in faults {
        let bad = planted(&good, "heddle_stream", old, new);
        assert!(random(&config, &bad, 3, 20).is_err(), "{old} -> {new}");
    }
}
