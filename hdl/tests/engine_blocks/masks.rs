//! From mask words to counts, lists and tables.

use crate::common;
use crate::rig::{config, design, planted, Noise, Rig};
use heddle_format::Format;
use heddle_hdl::emit::Design;
use heddle_hdl::engine::Masks;
use heddle_hdl::ArrayConfig;

const NT: u64 = 1;
const TN: u64 = 2;
const DENSE: u64 = 0;
const PACKED: u64 = 2;

/// m, k and n, as they are numbered in the mask RAM.
const DIMENSIONS: [&str; 3] = ["m", "k", "n"];
const M: usize = 0;
const K: usize = 1;
const N: usize = 2;

#[derive(Clone, Debug)]
struct Job {
    code: u64,
    layout: u64,
    policy: u64,
    resume: bool,
    /// C0, one row for all m, where C is.
    seeds: [bool; 3],
    panel: u64,
    dims: [usize; 3],
    /// Mask bits, those beyond the dimension too.
    masks: [Option<Vec<bool>>; 3],
    /// The mask of which a beat is an error.
    error: Option<usize>,
}

impl Job {
    fn random(config: &ArrayConfig, noise: &mut Noise) -> Self {
        let most = config.engine().max_dim;
        let dims = [(); 3].map(|()| match noise.below(4) {
            0 => 1 + noise.below(4),
            1 => most - noise.below(3),
            _ => 1 + noise.below(most),
        });
        let masks = [(); 3].map(|()| {
            let percent = [0, 2, 50, 95, 100][noise.below(5)];
            let bits = (0..most + 512).map(|_| noise.chance(percent));
            let bits: Vec<bool> = bits.collect();
            noise.chance(60).then_some(bits)
        });
        let error = (0..3).find(|&of| masks[of].is_some() && noise.chance(4));
        Self {
            code: if noise.chance(5) {
                1 + noise.below(20) as u64
            } else {
                0
            },
            layout: noise.below(3) as u64,
            policy: noise.below(3) as u64,
            resume: noise.chance(40),
            seeds: [(); 3].map(|()| noise.chance(50)),
            panel: [0, 1, 3, 1000][noise.below(4)],
            dims,
            masks,
            error,
        }
    }

    fn is_kept(&self, of: usize, index: usize) -> bool {
        self.masks[of].as_ref().is_none_or(|mask| mask[index])
    }

    fn row(&self) -> usize {
        if self.layout == NT {
            N
        } else {
            K
        }
    }

    fn along(&self) -> usize {
        if self.layout == NT {
            K
        } else {
            N
        }
    }

    fn r(&self) -> usize {
        if self.layout == TN {
            M
        } else {
            K
        }
    }

    /// Indices that a dimension has in the array, and whether they are kept.
    fn places(&self, of: usize) -> Vec<(usize, bool)> {
        let all = (0..self.dims[of]).map(|index| (index, self.is_kept(of, index)));
        all.filter(|(_, kept)| *kept || self.policy != PACKED)
            .collect()
    }

    fn is_walked(&self, of: usize) -> bool {
        let rows = of == M || of == self.row();
        let masked = self.masks[of].is_some() && (self.policy != DENSE || rows);
        self.code == 0 && (masked || (of == M && self.resume))
    }

    /// Cycles of a walk: an index, or a word of 32 without any, in each.
    fn walk_cycles(&self, of: usize) -> usize {
        let places = self.places(of);
        let in_word = |word| {
            places
                .iter()
                .filter(|(index, _)| index / 32 == word)
                .count()
        };
        (0..self.dims[of].div_ceil(32))
            .map(|word| in_word(word).max(1))
            .sum()
    }

    fn chunk(&self, config: &ArrayConfig) -> usize {
        let slot = config.engine().slot_words;
        match (self.layout, self.panel as usize) {
            (NT, _) => slot * config.rows,
            (TN, _) | (_, 0) => slot * config.cols,
            (_, panel) => slot.min(panel) * config.cols,
        }
    }

    fn set(&self, rig: &mut Rig, place: usize) {
        rig.set("job_slot_i", (place % 4) as u64);
        rig.set("job_turn_i", (place / 4) as u64);
        rig.set("job_code_i", self.code);
        rig.set("job_layout_i", self.layout);
        rig.set("job_policy_i", self.policy);
        rig.set("job_resume_i", self.resume.into());
        for (name, is) in ["c0", "bias", "in_place"].into_iter().zip(self.seeds) {
            rig.set(&format!("job_{name}_i"), is.into());
        }
        rig.set("job_panel_i", self.panel);
        for (of, name) in DIMENSIONS.into_iter().enumerate() {
            rig.set(&format!("job_{name}_i"), self.dims[of] as u64);
            rig.set(
                &format!("job_mask_{name}_i"),
                self.masks[of].is_some().into(),
            );
            rig.set(&format!("job_{name}_mask_i"), (of as u64 + 1) << 20);
        }
    }
}

struct Bench<'a> {
    config: &'a ArrayConfig,
    rig: Rig,
    noise: Noise,
    /// Beats that come: data, last, error.
    beats: Vec<(Vec<u8>, bool, bool)>,
    cycle: usize,
    last_beat: usize,
}

impl Bench<'_> {
    /// A cycle, in which memory may answer.
    fn cycle(&mut self, job: &Job) -> Result<(), String> {
        let hears = self.noise.chance(70);
        let comes = !self.beats.is_empty() && self.noise.chance(70);
        self.rig.set("req_ready_i", hears.into());
        self.rig.set("beat_valid_i", comes.into());
        if comes {
            let (data, last, error) = self.beats.remove(0);
            self.rig.set_bytes("beat_data_i", &data);
            self.rig.set("beat_last_i", last.into());
            self.rig.set("beat_error_i", error.into());
            self.rig.set("beat_resp_i", 2);
            self.rig.set("beat_addr_i", 0x1234);
            self.last_beat = self.cycle;
        }
        self.rig.settle();
        if self.rig.get("req_valid_o") == 1 && hears {
            let of = (self.rig.get("req_addr_o") >> 20) as usize - 1;
            let bytes = self.rig.get("req_bytes_o") as usize;
            if bytes != job.dims[of].div_ceil(8) {
                return Err(format!("{bytes} bytes are asked for"));
            }
            let word = self.config.engine().bus_bytes();
            let words = bytes.div_ceil(word);
            let mask = job.masks[of].as_ref().ok_or("a mask that is not there")?;
            for at in 0..words {
                let byte = |byte: usize| {
                    (0..8).fold(0, |all, i| {
                        all | u8::from(mask[8 * (at * word + byte) + i]) << i
                    })
                };
                let error = job.error == Some(of) && at == words / 2;
                self.beats
                    .push(((0..word).map(byte).collect(), at + 1 == words, error));
            }
        }
        self.rig.cycle();
        self.cycle += 1;
        Ok(())
    }

    /// The word of a table.
    fn read(&mut self, table: &str, address: usize) -> Vec<u8> {
        self.rig.set(&format!("{table}_addr_i"), address as u64);
        self.rig.cycle();
        self.rig.bytes(&format!("{table}_data_o"))
    }

    fn number(&mut self, table: &str, address: usize) -> u64 {
        let bytes = self.read(table, address);
        bytes
            .iter()
            .take(8)
            .rev()
            .fold(0, |all, byte| all << 8 | u64::from(*byte))
    }

    /// Whether a table has `expected` at `address`.
    fn check(&mut self, table: &str, address: usize, expected: u64) -> Result<(), String> {
        let got = self.number(table, address);
        match got == expected {
            true => Ok(()),
            false => Err(format!("{table}[{address}] is {got:x}, not {expected:x}")),
        }
    }

    /// A job, from its coming to its tables; what was live before, and is then.
    fn job(&mut self, job: &Job, place: usize, live: &[bool]) -> Result<Vec<bool>, String> {
        job.set(&mut self.rig, place);
        self.rig.set("job_valid_i", 1);
        self.rig.set("job_ready_i", 0);
        let mut waited = 0;
        loop {
            self.rig.settle();
            let taken = self.rig.get("job_ready_o") == 1;
            self.cycle(job)?;
            if taken {
                break;
            }
            waited += 1;
            if waited > 5000 {
                return Err("the job is not taken".into());
            }
        }
        self.rig.set("job_valid_i", 0);
        let taken = self.cycle;
        waited = 0;
        loop {
            self.rig.settle();
            if self.rig.get("job_valid_o") == 1 {
                break;
            }
            self.cycle(job)?;
            waited += 1;
            if waited > 20000 {
                return Err("the job does not come back".into());
            }
        }
        let failed = job.code == 0 && job.error.is_some();
        self.same("error_o", failed.into())?;
        if failed {
            self.same("job_code_o", 0x20)?;
            self.same("error_resp_o", 2)?;
            self.same("error_addr_o", 0x1234)?;
        } else {
            self.same("job_code_o", job.code)?;
        }
        let sound = job.code == 0 && !failed;
        if sound {
            let walks = (0..3).filter(|&of| job.is_walked(of));
            let walks: usize = walks.map(|of| 5 + job.walk_cycles(of)).sum();
            let fetches = job.masks.iter().any(Option::is_some);
            let begin = if fetches { self.last_beat + 1 } else { taken };
            if self.cycle != begin + walks {
                return Err(format!("{} cycles, not {walks}", self.cycle - begin));
            }
            for (of, name) in DIMENSIONS.into_iter().enumerate() {
                self.same(&format!("kept_{name}_kept_o"), job.places(of).len() as u64)?;
            }
            self.same("kept_listed_m_o", job.is_walked(M).into())?;
            self.same("kept_listed_row_o", job.is_walked(job.row()).into())?;
        }
        self.rig.set("job_ready_i", 1);
        self.cycle(job)?;
        self.rig.set("job_ready_i", 0);
        waited = 0;
        loop {
            self.rig.settle();
            if self.rig.get("job_ready_o") == 1 {
                break;
            }
            self.cycle(job)?;
            waited += 1;
            if waited > 5000 {
                return Err("tables are never full".into());
            }
        }
        if !sound {
            return Ok(live.to_vec());
        }
        self.tables(job, place, live)
    }

    fn same(&mut self, port: &str, expected: u64) -> Result<(), String> {
        let got = self.rig.get(port);
        match got == expected {
            true => Ok(()),
            false => Err(format!("{port} is {got}, not {expected}")),
        }
    }

    fn tables(&mut self, job: &Job, place: usize, live: &[bool]) -> Result<Vec<bool>, String> {
        let slot = place % 4;
        let max_dim = self.config.engine().max_dim;
        let bits = |most: usize| (usize::BITS - most.leading_zeros()) as usize;
        let index_bits = bits(max_dim - 1);
        let packed = job.policy == PACKED;
        let moves = job.seeds == [true, false, false];
        let some = !job.places(N).is_empty() && (!job.places(K).is_empty() || moves);
        let some = !packed || some;
        let before = |index: usize| job.resume && live[index];
        let rises = |index: usize| some && (job.policy == DENSE || job.is_kept(M, index));
        if job.is_walked(M) {
            for (number, (index, kept)) in job.places(M).into_iter().enumerate() {
                let fresh = rises(index) && !before(index);
                // A dropped row of a dense job has sums like the others.
                let counts = kept || job.policy == DENSE;
                for (table, kept) in [("list_m", kept), ("seed_m", counts)] {
                    let entry = index
                        | usize::from(kept) << index_bits
                        | usize::from(fresh) << (index_bits + 1);
                    self.check(table, slot << index_bits | number, entry as u64)?;
                }
            }
        }
        let row = job.row();
        if job.is_walked(row) {
            for (number, (index, kept)) in job.places(row).into_iter().enumerate() {
                let entry = index | usize::from(kept) << index_bits;
                self.check("list_row", (slot & 1) << index_bits | number, entry as u64)?;
            }
        }
        for (table, of, size) in [
            ("tile_r", job.r(), self.config.rows),
            ("tile_c", N, self.config.cols),
        ] {
            let tile_bits = bits((max_dim.div_ceil(size) - 1).max(1));
            for (tile, parts) in job.places(of).chunks(size).enumerate() {
                let word = self.read(table, slot << tile_bits | tile);
                for lane in 0..size {
                    let part = parts.get(lane);
                    let expected = part.is_some_and(|(_, kept)| *kept || job.policy == DENSE);
                    if (word[lane / 8] >> (lane % 8) & 1 == 1) != expected {
                        return Err(format!("{table}[{tile}] lane {lane} is not {expected}"));
                    }
                }
            }
        }
        let places = job.places(job.along());
        let starts = places.iter().step_by(job.chunk(self.config));
        let mut bounds: Vec<usize> = starts.map(|(index, _)| *index).collect();
        bounds.push(job.dims[job.along()]);
        for (number, bound) in bounds.into_iter().enumerate() {
            let address = (slot & 1) << self.config.bound_bits() | number;
            self.check("bound", address, bound as u64)?;
        }
        let mut now = live.to_vec();
        for (index, live) in now.iter_mut().enumerate() {
            *live = index < job.dims[M] && (rises(index) || before(index));
        }
        let words = bits((max_dim / 32 - 1).max(1));
        for word in 0..job.dims[M].div_ceil(32) {
            let expected = (0..32).fold(0, |all, bit| all | u64::from(now[32 * word + bit]) << bit);
            self.check("live", place << words | word, expected)?;
        }
        self.mask_bits(job, place)?;
        Ok(now)
    }

    /// Mask bits as unpack and expand read them.
    fn mask_bits(&mut self, job: &Job, place: usize) -> Result<(), String> {
        let slot = place % 4;
        let bus = self.config.engine().bus_bits;
        let words = self.config.mask_word_bits();
        for of in 0..3 {
            let Some(mask) = &job.masks[of] else { continue };
            for word in 0..job.dims[of].div_ceil(bus) {
                let stored = (of == N).then_some(("bits_store", place));
                for (table, at) in [("bits_load", slot << 2 | of)].into_iter().chain(stored) {
                    let got = self.read(table, at << words | word);
                    for bit in (0..bus).filter(|bit| word * bus + bit < job.dims[of]) {
                        if (got[bit / 8] >> (bit % 8) & 1 == 1) != mask[word * bus + bit] {
                            return Err(format!("{table}: mask {of} word {word} bit {bit}"));
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

fn run(config: &ArrayConfig, design: &Design, seed: u64, jobs: usize) -> Result<(), String> {
    let mut bench = Bench {
        config,
        rig: Rig::new(design),
        noise: Noise::new(seed),
        beats: Vec::new(),
        cycle: 0,
        last_beat: 0,
    };
    let mut live = vec![false; config.engine().max_dim];
    let mut before: Option<usize> = None;
    for number in 0..jobs {
        let mut job = Job::random(config, &mut bench.noise);
        // Only a job with the same M goes on, and only what was done.
        match before {
            Some(rows) if job.resume => job.dims[M] = rows,
            _ => job.resume = false,
        }
        live = bench.job(&job, number % 16, &live).map_err(|error| {
            format!(
                "job {number}, {:?} {:?} {:?} {:?}: {error}",
                job.layout, job.policy, job.dims, job.resume
            )
        })?;
        before = (job.code == 0 && job.error.is_none()).then_some(job.dims[M]);
    }
    Ok(())
}

fn configs() -> Vec<ArrayConfig> {
    let mut narrow = config(Format::Int8, 5, 3, 32, 192);
    narrow.engine.as_mut().unwrap().slot_words = 2;
    vec![
        narrow,
        config(Format::Int8, 2, 2, 32, 64),
        config(Format::Int8, 8, 8, 128, 512),
        config(Format::Bf16, 16, 16, 256, 1024),
        config(Format::Int16, 1, 1, 64, 128),
        config(Format::Int8, 7, 33, 512, 64),
    ]
}

#[test]
fn no_tool_complains() {
    for config in configs() {
        let said = common::complaints(&design(&config, Masks::at));
        assert!(said.is_empty(), "{said}");
    }
}

#[test]
fn tables_say_what_masks_keep() {
    for (seed, config) in configs().into_iter().enumerate() {
        let design = design(&config, Masks::at);
        let said = run(&config, &design, seed as u64, 60);
        assert_eq!(said, Ok(()), "{config:?}");
    }
}

#[test]
fn faults_are_noticed() {
    let mut config = config(Format::Int8, 5, 3, 32, 192);
    config.engine.as_mut().unwrap().slot_words = 2;
    let good = design(&config, Masks::at);
    let faults = [
        (
            "heddle_mask_walker",
            "{32{rises_i}} & ~old",
            "{32{rises_i}}",
        ),
        (
            "heddle_mask_walker",
            "coming_last_q <= is_last",
            "coming_last_q <= 1'b0",
        ),
        (
            "heddle_mask_tables",
            "(start_i | whole) ? 3'd0 : found",
            "start_i ? 3'd0 : found",
        ),
        ("block", "job_layout_i[0] ? walks[1] : walks[0]", "walks[0]"),
    ];
    for (module, old, new) in faults {
        let bad = planted(&good, module, old, new);
        assert!(run(&config, &bad, 1, 60).is_err(), "{old} -> {new}");
    }
}
