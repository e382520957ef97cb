//! What is around the core: masks, load and store, as the engine's other blocks would be.

mod plan;

use crate::draw::Draw;
use crate::job::{Job, Words, GATED};
use heddle_hdl::ArrayConfig;
use heddle_verilator::{Library, Model, Port};
use std::collections::{HashMap, VecDeque};

/// What load does next.
#[derive(Clone, Debug)]
enum Act {
    /// Waits until the slot of this job is free, and words of A.
    Begin(usize),
    /// Hands the job over.
    Hand(usize),
    /// Waits until no earlier job has sums in the same halves.
    Space(usize),
    /// Waits for so many slots of B.
    Slots(usize),
    /// Writes a word: to, address, bytes, keep.
    Write(u64, usize, Vec<u8>, bool),
    Event(u64),
}

/// How the rest behaves.
#[derive(Clone, Copy, Debug)]
pub struct Mood {
    /// Pauses of load, one in so many cycles; 0: none.
    pub load: usize,
    /// Pauses of store.
    pub store: usize,
    /// All data are there before the first job.
    pub ahead: bool,
}

/// What a run of jobs was like.
#[derive(Default, Debug)]
pub struct Seen {
    /// Beats, by cycle.
    pub beats: Vec<bool>,
    /// Cycles by cause: a beat, and the seven reasons for none.
    pub causes: [u64; 7],
    pub wrong: Vec<String>,
}

pub struct Bench<'a> {
    config: &'a ArrayConfig,
    model: Model,
    ports: HashMap<String, Port>,
    pub jobs: Vec<Job>,
    draw: Draw,
    mood: Mood,
    acts: VecDeque<Act>,
    a_next: usize,
    a_used: usize,
    a_base: Vec<usize>,
    a_size: Vec<usize>,
    b_next: usize,
    b_free: usize,
    reading: VecDeque<usize>,
    stored: usize,
    done: usize,
    handed: usize,
    tables: Vec<usize>,
    addrs: [u64; 3],
}

const CAUSES: [&str; 7] = [
    "compute_o",
    "wait_a_o",
    "wait_b_o",
    "wait_c0_o",
    "wait_stores_o",
    "wait_trip_o",
    "wait_job_o",
];

impl<'a> Bench<'a> {
    pub fn new(
        config: &'a ArrayConfig,
        library: &Library,
        jobs: Vec<Job>,
        mood: Mood,
        seed: u64,
    ) -> Self {
        let model = library.model().unwrap();
        let names: Vec<_> = model.ports().iter().map(|port| port.name.clone()).collect();
        let ports = names
            .into_iter()
            .map(|name| (name.clone(), model.port(&name).unwrap()))
            .collect();
        let count = jobs.len();
        let mut bench = Self {
            config,
            model,
            ports,
            jobs,
            draw: Draw::new(seed),
            mood,
            acts: VecDeque::new(),
            a_next: 0,
            a_used: 0,
            a_base: vec![0; count],
            a_size: vec![0; count],
            b_next: 0,
            b_free: config.engine().b_slots,
            reading: VecDeque::new(),
            stored: 0,
            done: 0,
            handed: 0,
            tables: vec![0; 4],
            addrs: [0; 3],
        };
        bench.plan();
        bench
    }

    fn set(&mut self, name: &str, value: u64) {
        if let Some(port) = self.ports.get(name) {
            self.model.set(*port, value);
        }
    }

    fn get(&self, name: &str) -> u64 {
        self.model.get(self.ports[name])
    }

    fn set_bytes(&mut self, name: &str, bytes: &[u8]) {
        let mut to = self.model.bytes_mut(self.ports[name]);
        to.fill(0);
        to[..bytes.len()].copy_from_slice(bytes);
    }

    fn halves(&self, job: &Job) -> [bool; 2] {
        let half = self.config.engine().sum_words / 2;
        let end = job.sums + job.words(self.config);
        if job.code != 0 || end == job.sums {
            return [false; 2];
        }
        [job.sums < half, end > half]
    }

    /// Whether jobs before `at` that are not stored have sums in its halves.
    fn clashes(&self, at: usize) -> bool {
        let own = self.halves(&self.jobs[at]);
        (self.stored..at).any(|other| {
            let other = self.halves(&self.jobs[other]);
            (0..2).any(|half| own[half] && other[half])
        })
    }

    fn begin(&mut self, at: usize) {
        self.tables[at % 4] = at;
        self.a_used += if self.jobs[at].keep_a {
            0
        } else {
            self.a_size[at]
        };
    }

    /// The answers of the masks' RAMs.
    fn answer(&mut self) {
        let config = self.config;
        let bits = |max: usize| (usize::BITS - max.leading_zeros()).max(1) as u64;
        let index_bits = bits(config.engine().max_dim - 1);
        let tiles = |size: usize| bits(config.engine().max_dim.div_ceil(size) - 1);
        let split =
            |addr: u64, bits: u64| ((addr >> bits) as usize, (addr & ((1 << bits) - 1)) as usize);
        let (slot, number) = split(self.addrs[0], index_bits);
        let job = &self.jobs[self.tables[slot]];
        let list = job.m().get(number).map_or(0, |(m, keep)| {
            let fresh = *keep && !(job.resume && job.live[*m]);
            *m as u64 | u64::from(*keep) << index_bits | u64::from(fresh) << (index_bits + 1)
        });
        let table = |job: &Job, sent: &[(usize, bool)], tile: usize, size: usize| {
            let bit = |i: usize| {
                sent.get(tile * size + i)
                    .is_some_and(|(_, keep)| *keep || job.policy != GATED)
            };
            (0..size).map(|i| u64::from(bit(i)) << i).sum::<u64>()
        };
        let (slot, tile) = split(self.addrs[1], tiles(config.rows));
        let job = &self.jobs[self.tables[slot]];
        let rows = table(job, &job.r(), tile, config.rows);
        let (slot, tile) = split(self.addrs[2], tiles(config.cols));
        let job = &self.jobs[self.tables[slot]];
        let cols = table(job, &job.n(), tile, config.cols);
        self.set("list_m_data_i", list);
        self.set("tile_r_data_i", rows);
        self.set("tile_c_data_i", cols);
    }

    fn offer(&mut self, at: usize) {
        let job = self.jobs[at].clone();
        let (m, k, n) = job.dims();
        let masks =
            [&job.keep_m, &job.keep_k, &job.keep_n].map(|mask| u64::from(mask.contains(&false)));
        let load = job.code == 0;
        for (name, value) in [
            ("job_slot_i", at as u64 % 4),
            ("job_index_i", at as u64),
            ("job_tag_i", at as u64 ^ 0x5555),
            ("job_code_i", job.code),
            ("job_layout_i", job.layout as u64),
            ("job_policy_i", job.policy as u64),
            ("job_c0_i", job.c0.into()),
            ("job_bias_i", job.bias.into()),
            ("job_resume_i", job.resume.into()),
            ("job_stay_i", job.stay.into()),
            ("job_keep_a_i", job.keep_a.into()),
            ("job_mask_m_i", masks[0]),
            ("job_mask_k_i", masks[1]),
            ("job_mask_n_i", masks[2]),
            ("job_m_i", m as u64),
            ("job_k_i", k as u64),
            ("job_n_i", n as u64),
            ("job_panel_i", job.panel as u64),
            ("job_sums_i", job.sums as u64),
            ("kept_m_kept_i", job.m().len() as u64),
            ("kept_k_kept_i", job.k().len() as u64),
            ("kept_n_kept_i", job.n().len() as u64),
            ("kept_listed_m_i", job.listed().into()),
            ("kept_listed_row_i", 1),
            ("a_base_i", self.a_base[at] as u64),
            ("load_a_i", (load && !job.keep_a && !job.empty()).into()),
            ("load_c0_i", job.loads_c0().into()),
        ] {
            self.set(name, value);
        }
    }

    /// Runs all jobs; what was seen.
    pub fn run(&mut self, limit: usize) -> Seen {
        let mut words: Words = vec![vec![None; self.config.cols]; self.config.engine().sum_words];
        let after: Vec<Words> = self
            .jobs
            .iter()
            .map(|job| {
                job.run(self.config, &mut words);
                words.clone()
            })
            .collect();
        if let Ok(path) = std::env::var("HEDDLE_VCD") {
            self.model.open_trace(path.as_ref()).unwrap();
        }
        let mut seen = Seen::default();
        let mut reads: VecDeque<usize> = VecDeque::new();
        let mut checked: Option<usize> = None;
        self.set("rst_ni", 0);
        self.model.cycle().unwrap();
        self.set("rst_ni", 1);
        let total = self.jobs.len();
        let mut end = false;
        for cycle in 0.. {
            if self.stored == total && reads.is_empty() && checked.is_none() {
                if end {
                    break;
                }
                end = true;
                reads = (0..self.config.engine().sum_words).collect();
            }
            if cycle == limit {
                seen.wrong.push(format!(
                    "hangs: {} of {total} stored, load at {:?}",
                    self.stored,
                    self.acts.front()
                ));
                break;
            }
            // Load.
            let (mut write, mut event, mut hand, mut waits) = (None, 0, None, false);
            while let Some(act) = self.acts.front().cloned() {
                match act {
                    Act::Begin(at) => {
                        waits = at >= 4 && self.stored + 4 <= at && !self.mood.ahead;
                        let need = if self.jobs[at].keep_a {
                            0
                        } else {
                            self.a_size[at]
                        };
                        if waits || self.a_used + need > self.config.engine().a_words {
                            break;
                        }
                        self.begin(at);
                        self.acts.pop_front();
                    }
                    Act::Space(at) => {
                        waits = self.clashes(at);
                        if waits {
                            break;
                        }
                        self.acts.pop_front();
                    }
                    Act::Slots(count) => {
                        if self.b_free < count {
                            break;
                        }
                        self.b_free -= count;
                        self.acts.pop_front();
                    }
                    _ if self.mood.load > 0 && self.draw.one_in(self.mood.load) => break,
                    Act::Hand(at) => {
                        hand = Some(at);
                        break;
                    }
                    Act::Write(..) => {
                        write = Some(act);
                        break;
                    }
                    Act::Event(which) => {
                        event = which;
                        self.acts.pop_front();
                        break;
                    }
                }
            }
            if let Some(at) = hand {
                self.offer(at);
            }
            self.set("job_valid_i", hand.is_some().into());
            self.set("event_i", event);
            self.set("more_i", (!waits && self.handed < total).into());
            self.set("write_valid_i", write.is_some().into());
            if let Some(Act::Write(to, addr, bytes, keep)) = &write {
                self.set("write_to_i", *to);
                self.set("write_addr_i", *addr as u64);
                self.set("write_keep_i", (*keep).into());
                self.set_bytes("write_data_i", bytes);
            }
            // Store.
            let pause = self.mood.store > 0 && self.draw.one_in(self.mood.store);
            self.set(
                "done_ready_i",
                (!pause && reads.is_empty() && checked.is_none() && self.done == self.stored)
                    .into(),
            );
            let stores = self.done > self.stored && reads.is_empty() && checked.is_none() && !pause;
            self.set("stored_i", stores.into());
            let read = reads.front().copied().filter(|_| !pause);
            self.set("store_valid_i", read.is_some().into());
            self.set("store_addr_i", read.unwrap_or(0) as u64);
            self.model.eval().unwrap();

            // What of it is taken.
            if let (Some(at), 1) = (hand, self.get("job_ready_o")) {
                self.acts.pop_front();
                self.handed = at + 1;
                if !self.jobs[at].empty() {
                    self.reading.push_back(at);
                }
            }
            if write.is_some() && self.get("write_ready_o") == 1 {
                self.acts.pop_front();
            }
            if self.get("a_free_o") == 1 {
                let at = self.reading.pop_front().expect("a job whose A is read");
                if !self.jobs.get(at + 1).is_some_and(|job| job.keep_a) {
                    self.a_used -= self.a_size[at];
                }
            }
            if self.get("b_free_o") == 1 {
                self.b_free += self.get("b_free_count_o") as usize;
            }
            if let Some(at) = checked.take() {
                self.check(
                    at,
                    if end { &words } else { &after[self.done - 1] },
                    &mut seen,
                );
            }
            if read.is_some() && self.get("store_ready_o") == 1 {
                checked = reads.pop_front();
            }
            if stores {
                self.stored += 1;
            }
            if self.get("done_valid_o") == 1 && !pause && self.get_ready() {
                let job = &self.jobs[self.done];
                if self.get("done_index_o") != self.done as u64
                    || self.get("done_kept_m_kept_o") != job.m().len() as u64
                {
                    seen.wrong.push(format!(
                        "job {} is done instead of {}",
                        self.get("done_index_o"),
                        self.done
                    ));
                }
                if !job.stay && job.code == 0 {
                    let rows = job.keep_m.len() * job.n_tiles(self.config);
                    reads = (job.sums..job.sums + rows).collect();
                }
                self.done += 1;
            }
            let causes = CAUSES.map(|name| self.get(name));
            if causes.iter().sum::<u64>() != 1 {
                seen.wrong.push(format!("causes {causes:?}"));
            }
            seen.causes
                .iter_mut()
                .zip(causes)
                .for_each(|(sum, cause)| *sum += cause);
            seen.beats.push(causes[0] == 1);
            let addrs =
                ["list_m_addr_o", "tile_r_addr_o", "tile_c_addr_o"].map(|name| self.get(name));
            self.model.cycle().unwrap();
            self.addrs = addrs;
            self.answer();
            if seen.wrong.len() > 5 {
                break;
            }
        }
        let beats = self
            .jobs
            .iter()
            .map(|job| job.beats(self.config))
            .sum::<usize>();
        if seen.wrong.is_empty() && seen.causes[0] != beats as u64 {
            seen.wrong
                .push(format!("{} beats instead of {beats}", seen.causes[0]));
        }
        seen
    }

    fn get_ready(&self) -> bool {
        self.model.get(self.ports["done_ready_i"]) == 1
    }

    /// A word that was read against what it should be.
    fn check(&mut self, at: usize, words: &Words, seen: &mut Seen) {
        let bytes = self.config.acc_bits() / 8;
        let got = self.model.bytes(self.ports["store_data_o"]);
        for (c, expected) in words[at].iter().enumerate() {
            let mut value = [0; 8];
            value[..bytes].copy_from_slice(&got[c * bytes..][..bytes]);
            let value = u64::from_le_bytes(value);
            if let Some(expected) = expected.filter(|expected| *expected != value) {
                let done = self.done.saturating_sub(1);
                seen.wrong.push(format!(
                    "job {done}, word {at}, column {c}: {value:x} instead of {expected:x}"
                ));
            }
        }
    }
}
