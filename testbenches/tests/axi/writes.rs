//! Writes: what lies in memory is what was written, whole bursts at a time.

use super::dut::{Dut, Fault};
use super::memory::{Burst, Nature, Writes};
use super::{chance, config, skewed, Pace, PACES};
use heddle_hdl::describe::Site;
use heddle_hdl::engine::AxiWrite;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::HashMap;

/// A run of bus words.
struct Run {
    addr: u64,
    words: u64,
}

/// A word: its data, its strobes.
type Word = (Vec<u8>, Vec<u8>);

/// What is written, and how.
struct Job {
    nature: Nature,
    pace: Pace,
    /// How often stop_i changes, of 256.
    stops: u32,
    runs: Vec<Run>,
    words: Vec<Word>,
}

impl Job {
    /// The bursts of its runs, and how many words there are up to the end of each.
    fn bursts(&self) -> Vec<(Burst, u64)> {
        let (bytes, mut bursts, mut end) = (self.nature.bytes as u64, Vec::new(), 0);
        for run in &self.runs {
            for word in 0..run.words {
                let addr = run.addr + word * bytes;
                if word == 0 || (addr / bytes).is_multiple_of(16) {
                    bursts.push((Burst { addr, beats: 0 }, end));
                }
                end += 1;
                let (burst, up_to) = bursts.last_mut().expect("a burst");
                (burst.beats, *up_to) = (burst.beats + 1, end);
            }
        }
        bursts
    }

    /// Writes words `from..to` at `addr`.
    fn write(&self, memory: &mut HashMap<u64, u8>, addr: u64, from: u64, to: u64) {
        for (index, at) in (from..to).enumerate() {
            let (data, strobes) = &self.words[at as usize];
            for (lane, byte) in data.iter().enumerate() {
                if strobes[lane / 8] >> (lane % 8) & 1 == 1 {
                    let at = addr + (index * self.nature.bytes + lane) as u64;
                    memory.insert(at, *byte);
                }
            }
        }
    }
}

/// What a run came to.
#[derive(Debug, PartialEq, Eq)]
struct Done {
    /// Cycles until all was written and acknowledged.
    cycles: u64,
    dropped: usize,
    errors: usize,
}

/// Writes all of `job`, and compares what then lies in memory.
fn run(dut: &mut Dut, job: &Job, seed: u64) -> Result<Done, String> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut writes = Writes::new(job.nature);
    let bursts = job.bursts();
    let mut expected = HashMap::new();
    let (mut next, mut dropped, mut errors) = (0, 0, 0);
    let (mut asked, mut came, mut rest) = (0, 0, 0);
    let (mut run_offered, mut word_offered, mut stop, mut stopped) = (false, false, false, false);
    for cycle in 0u64.. {
        run_offered = asked < job.runs.len() && (run_offered || chance(&mut rng, job.pace.offer));
        word_offered = came < job.words.len() && (word_offered || chance(&mut rng, job.pace.take));
        stop ^= chance(&mut rng, job.stops);
        dut.set("stop_i", stop.into());
        dut.set("req_valid_i", run_offered.into());
        if run_offered {
            dut.set("req_addr_i", job.runs[asked].addr);
            dut.set("req_words_i", job.runs[asked].words);
        }
        dut.set("word_valid_i", word_offered.into());
        if word_offered {
            dut.set_bytes("word_data_i", &job.words[came].0);
            dut.set_bytes("word_strb_i", &job.words[came].1);
        }
        writes.drive(dut, &mut rng);
        dut.settle();
        dut.keeps(
            &[
                "awvalid_o",
                "wvalid_o",
                "wlast_o",
                "bready_o",
                "req_ready_o",
                "word_ready_o",
            ],
            &[
                "awready_i",
                "wready_i",
                "bvalid_i",
                "req_valid_i",
                "word_valid_i",
                "stop_i",
            ],
        )?;
        if dut.is("idle_o") && (writes.under_way() > 0) {
            return Err("idle while something is under way".into());
        }
        writes.see(dut)?;
        if let Some(begun) = writes.begun {
            let found = bursts[next..].iter().position(|(burst, _)| *burst == begun);
            let skipped = found.ok_or_else(|| format!("{begun:x?} is no burst of a run"))?;
            if stopped || (skipped > 0 && job.stops == 0) {
                return Err(format!("{begun:x?} begins where it must not"));
            }
            let (_, end) = bursts[next + skipped];
            if end > came as u64 {
                return Err(format!("{begun:x?} begins before its words are there"));
            }
            job.write(&mut expected, begun.addr, end - begun.beats, end);
            next += skipped + 1;
            dropped += skipped;
            rest = 0;
        }
        check_error(dut, &writes, &mut errors)?;
        if run_offered && dut.is("req_ready_o") {
            (asked, run_offered, rest) = (asked + 1, false, 0);
        }
        if word_offered && dut.is("word_ready_o") {
            (came, word_offered, rest) = (came + 1, false, 0);
        }
        if asked == job.runs.len() && came == job.words.len() && dut.is("idle_o") {
            dropped += bursts.len() - next;
            if job.stops == 0 && dropped > 0 {
                return Err(format!("{dropped} bursts are missing"));
            }
            if writes.bytes != expected {
                return Err("what lies in memory is not what was written".into());
            }
            dut.rise();
            return Ok(Done {
                cycles: cycle,
                dropped,
                errors,
            });
        }
        stopped = stop;
        dut.rise();
        rest += 1;
        if rest > 5000 {
            return Err(format!("nothing moves after run {asked}, word {came}"));
        }
    }
    unreachable!()
}

/// An error is told in the cycle of its response, with the burst's address.
fn check_error(dut: &Dut, writes: &Writes, errors: &mut usize) -> Result<(), String> {
    let told = dut.is("error_o").then(|| {
        let addr = dut.get("error_addr_o");
        (addr, dut.get("error_resp_o"))
    });
    let answered = writes.answered.filter(|(_, resp)| *resp > 1);
    *errors += usize::from(told.is_some());
    match told == answered.map(|(burst, resp)| (burst.addr, resp)) {
        true => Ok(()),
        false => Err(format!("error {told:x?} for {answered:x?}")),
    }
}

/// Random runs, one behind the other in memory, with gaps.
fn job(nature: Nature, pace: Pace, stops: u32, seed: u64) -> Job {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let bytes = nature.bytes as u64;
    let mut at = u64::from(rng.next_u32()) << 8;
    let (mut runs, mut words) = (Vec::new(), Vec::new());
    for _ in 0..200 {
        let most = if chance(&mut rng, 8) { 600 } else { 40 };
        let count = skewed(&mut rng, most).max(1);
        at += skewed(&mut rng, 3000) * bytes;
        runs.push(Run {
            addr: at,
            words: count,
        });
        at += count * bytes;
        for _ in 0..count {
            let mut draw = |_| rng.next_u32() as u8;
            let data = (0..nature.bytes).map(&mut draw).collect();
            let strobes = (0..nature.bytes.div_ceil(8)).map(&mut draw).collect();
            words.push((data, strobes));
        }
    }
    Job {
        nature,
        pace,
        stops,
        runs,
        words,
    }
}

fn dut(bus_bits: usize, bursts: usize, fault: Option<Fault>) -> Dut {
    let config = config(bus_bits, bursts);
    Dut::new(&AxiWrite::at(&Site::whole(&config)), fault)
}

/// Random runs at every pace, without and with stops; what they came to, or what is wrong.
fn random(bus_bits: usize, bursts: usize, fault: Option<Fault>) -> Result<Vec<Done>, String> {
    let mut dut = dut(bus_bits, bursts, fault);
    let mut all = Vec::new();
    for (seed, pace) in PACES.into_iter().enumerate() {
        for (latency, stops) in [(1, 0), (20, 0), (3, 8)] {
            let nature = Nature {
                bytes: bus_bits / 8,
                latency,
                pace: pace.memory,
                errors: 5,
                bursts,
            };
            let seed = seed as u64 + 100 * latency;
            let job = job(nature, pace, stops, seed);
            all.push(run(&mut dut, &job, seed)?);
        }
    }
    Ok(all)
}

#[test]
fn what_is_written_lies_in_memory() {
    for (bus_bits, bursts) in [(32, 2), (64, 5), (128, 8), (256, 1), (512, 64)] {
        let found = random(bus_bits, bursts, None);
        let found = found.unwrap_or_else(|said| panic!("{bus_bits} bits, {bursts}: {said}"));
        assert!(found.iter().all(|done| done.errors > 0), "{found:?}");
        assert!(found.iter().any(|done| done.dropped > 0), "{found:?}");
    }
}

/// `count` runs of `words` words each, through a memory that never waits.
fn steady(dut: &mut Dut, bytes: usize, first: u64, words: u64, count: u64, latency: u64) -> u64 {
    let nature = Nature {
        bytes,
        latency,
        pace: 256,
        errors: 0,
        bursts: 64,
    };
    let all = vec![(vec![7; bytes], vec![255; bytes.div_ceil(8)]); (words * count) as usize];
    let run_at = |index| Run {
        addr: first + index * words * bytes as u64,
        words,
    };
    let job = Job {
        nature,
        pace: PACES[0],
        stops: 0,
        runs: (0..count).map(run_at).collect(),
        words: all,
    };
    run(dut, &job, 0).expect("a run").cycles
}

#[test]
fn a_word_leaves_in_every_cycle() {
    for (bus_bits, bursts) in [(32, 6), (128, 8), (512, 16)] {
        let mut dut = dut(bus_bits, bursts, None);
        let bytes = bus_bits / 8;
        // The words of the first burst, one cycle until it begins, one until it is on the bus; behind the last
        // word the latency, and a cycle until all is known to be done.
        let found = steady(&mut dut, bytes, 0, 64, 10, 64);
        assert_eq!(found, 16 + 1 + 640 + 64, "{bus_bits} bits");
        // Single words, as many as answers permit.
        let found = steady(&mut dut, bytes, 0, 1, 40, 1);
        assert_eq!(found, 3 + 1 + 40, "{bus_bits} bits");
    }
}

/// Each would be a fault of the hardware, and is noticed.
const FAULTS: &[Fault] = &[
    (
        "heddle_axi_write_cut",
        "]} < run_left_i",
        "]} <= run_left_i",
    ),
    ("heddle_dut", "& answers_push_ready", ""),
    ("heddle_dut", "!stop_i", "1'b1"),
    (
        "heddle_fifo",
        "full_q <= count_q == LAST[COUNT_BITS-1:0]",
        "full_q <= 1'b0",
    ),
];

#[test]
fn faults_are_noticed() {
    for fault in FAULTS {
        let found = random(128, 4, Some(*fault));
        println!("{fault:?}: {found:?}");
        assert!(found.is_err(), "unnoticed: {fault:?}");
    }
}
