//! A memory behind AXI4, in order, as slow as it is told, and what it finds wrong with the bursts it gets.

use super::chance;
use super::dut::Dut;
use rand_chacha::ChaCha8Rng;
use std::collections::{HashMap, VecDeque};

/// What lies at an address that nobody wrote.
pub fn initial(addr: u64) -> u8 {
    let mixed = (addr ^ addr >> 17).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 56) as u8
}

/// What the memory answers for a read of `addr` or a burst that begins there: an error for one in so many
/// pages of 64 bytes.
pub fn response(addr: u64, errors: u64) -> u64 {
    match (addr >> 6).wrapping_mul(0x9e37_79b9) >> 8 {
        hash if errors > 0 && hash.is_multiple_of(errors) => 2 + (hash / errors) % 2,
        _ => 0,
    }
}

/// How the memory behaves.
#[derive(Clone, Copy, Debug)]
pub struct Nature {
    /// Bytes of the bus.
    pub bytes: usize,
    /// Cycles from an address to its first beat, and from a last beat to its response.
    pub latency: u64,
    /// How often it is willing, of 256, on each channel.
    pub pace: u32,
    /// One in so many bursts is an error; 0: none.
    pub errors: u64,
    /// Bursts under way that are allowed.
    pub bursts: usize,
}

/// A burst as its address channel told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burst {
    pub addr: u64,
    pub beats: u64,
}

impl Nature {
    /// The burst on channel `ax` ("ar" or "aw"), or what is wrong with it.
    fn burst(&self, dut: &Dut, ax: &str, longest: u64) -> Result<Burst, String> {
        let get = |what: &str| dut.get(&format!("{ax}{what}_o"));
        let burst = Burst {
            addr: get("addr"),
            beats: get("len") + 1,
        };
        let bytes = self.bytes as u64;
        let last = burst.addr + burst.beats * bytes - 1;
        let same = ["id", "lock", "prot", "qos", "cache", "burst", "size"].map(get);
        let known = [0, 0, 0, 0, 3, 1, bytes.ilog2().into()];
        if same != known {
            return Err(format!("{ax}: {same:?} instead of {known:?}"));
        }
        if !burst.addr.is_multiple_of(bytes)
            || burst.addr >> 12 != last >> 12
            || burst.beats > longest
        {
            return Err(format!("{ax}: {burst:?} is not legal"));
        }
        Ok(burst)
    }
}

/// Whether something that is offered stays until it is taken.
#[derive(Default)]
struct Held(Option<Vec<u8>>);

impl Held {
    fn check(&mut self, what: &str, valid: bool, ready: bool, said: Vec<u8>) -> Result<(), String> {
        if let Some(was) = self.0.take() {
            if !valid || was != said {
                return Err(format!("{what} was offered and changed"));
            }
        }
        self.0 = (valid && !ready).then_some(said);
        Ok(())
    }
}

/// The read channels.
pub struct Reads {
    nature: Nature,
    now: u64,
    bursts: VecDeque<(u64, Burst)>,
    beat: u64,
    /// A beat that is offered stays.
    offered: bool,
    arready: bool,
    held: Held,
    /// All bursts that came, with their cycles.
    pub seen: Vec<(u64, Burst)>,
}

impl Reads {
    pub fn new(nature: Nature) -> Self {
        Self {
            nature,
            now: 0,
            bursts: VecDeque::new(),
            beat: 0,
            offered: false,
            arready: false,
            held: Held::default(),
            seen: Vec::new(),
        }
    }

    /// What it says in this cycle.
    pub fn drive(&mut self, dut: &mut Dut, rng: &mut ChaCha8Rng) {
        self.arready = chance(rng, self.nature.pace);
        dut.set("arready_i", self.arready.into());
        let due = self.bursts.front().filter(|(due, _)| *due <= self.now);
        self.offered = match due {
            Some(_) => self.offered || chance(rng, self.nature.pace),
            None => false,
        };
        dut.set("rvalid_i", self.offered.into());
        let Some((_, burst)) = due.filter(|_| self.offered) else {
            return;
        };
        let at = burst.addr + self.beat * self.nature.bytes as u64;
        let data: Vec<u8> = (at..at + self.nature.bytes as u64).map(initial).collect();
        dut.set_bytes("rdata_i", &data);
        dut.set("rresp_i", response(at, self.nature.errors));
        dut.set("rlast_i", (self.beat + 1 == burst.beats).into());
    }

    /// What it sees in this cycle, and what is wrong with that.
    pub fn see(&mut self, dut: &Dut) -> Result<(), String> {
        let valid = dut.is("arvalid_o");
        let said = [dut.get("araddr_o"), dut.get("arlen_o")];
        let said = said.iter().flat_map(|word| word.to_le_bytes()).collect();
        self.held.check("AR", valid, self.arready, said)?;
        if self.offered && dut.is("rready_o") {
            self.offered = false;
            self.beat += 1;
            if self
                .bursts
                .front()
                .is_some_and(|(_, burst)| burst.beats == self.beat)
            {
                self.bursts.pop_front();
                self.beat = 0;
            }
        }
        if valid {
            let burst = self.nature.burst(dut, "ar", 256)?;
            if self.bursts.len() == self.nature.bursts {
                return Err("too many read bursts under way".into());
            }
            if self.arready {
                self.bursts
                    .push_back((self.now + self.nature.latency, burst));
                self.seen.push((self.now, burst));
            }
        }
        self.now += 1;
        Ok(())
    }
}

/// The write channels.
pub struct Writes {
    nature: Nature,
    now: u64,
    /// Bursts whose addresses were offered; whether they were taken.
    announced: VecDeque<Burst>,
    unaddressed: usize,
    beat: u64,
    answers: VecDeque<(u64, Burst)>,
    offered: bool,
    ready: [bool; 2],
    held: [Held; 2],
    /// What was written.
    pub bytes: HashMap<u64, u8>,
    /// Bursts that were announced in this cycle.
    pub begun: Option<Burst>,
    /// Words that were taken so far.
    pub words: u64,
    /// The last burst that was answered, if in this cycle.
    pub answered: Option<(Burst, u64)>,
}

impl Writes {
    pub fn new(nature: Nature) -> Self {
        Self {
            nature,
            now: 0,
            announced: VecDeque::new(),
            unaddressed: 0,
            beat: 0,
            answers: VecDeque::new(),
            offered: false,
            ready: [false; 2],
            held: Default::default(),
            bytes: HashMap::new(),
            begun: None,
            words: 0,
            answered: None,
        }
    }

    /// Bursts that were announced and not answered.
    pub fn under_way(&self) -> usize {
        self.announced.len() + self.answers.len()
    }

    /// What it says in this cycle.
    pub fn drive(&mut self, dut: &mut Dut, rng: &mut ChaCha8Rng) {
        self.ready = [(); 2].map(|()| chance(rng, self.nature.pace));
        dut.set("awready_i", self.ready[0].into());
        dut.set("wready_i", self.ready[1].into());
        // A burst whose address was not taken is not answered.
        let due = self.answers.len() > self.unaddressed
            && self
                .answers
                .front()
                .is_some_and(|(due, _)| *due <= self.now);
        self.offered = due && (self.offered || chance(rng, self.nature.pace));
        dut.set("bvalid_i", self.offered.into());
        if let Some((_, burst)) = self.answers.front() {
            dut.set("bresp_i", response(burst.addr, self.nature.errors));
        }
    }

    /// What it sees in this cycle, and what is wrong with that.
    pub fn see(&mut self, dut: &Dut) -> Result<(), String> {
        let (bytes, strobes) = (self.nature.bytes, self.nature.bytes.div_ceil(8));
        let (aw, w) = (dut.is("awvalid_o"), dut.is("wvalid_o"));
        let said = [dut.get("awaddr_o"), dut.get("awlen_o")];
        let said = said.iter().flat_map(|word| word.to_le_bytes()).collect();
        let is_new = aw && self.held[0].0.is_none();
        self.held[0].check("AW", aw, self.ready[0], said)?;
        let (data, strobe) = (dut.bytes("wdata_o", bytes), dut.bytes("wstrb_o", strobes));
        let said = [&data[..], &strobe, &[dut.get("wlast_o") as u8]].concat();
        self.held[1].check("W", w, self.ready[1], said)?;
        self.answered = None;
        if self.offered {
            if !dut.is("bready_o") {
                return Err("B has to wait".into());
            }
            let answered = self.answers.pop_front();
            self.answered =
                answered.map(|(_, burst)| (burst, response(burst.addr, self.nature.errors)));
            self.offered = false;
        }
        self.begun = None;
        if is_new {
            let burst = self.nature.burst(dut, "aw", 16)?;
            if self.under_way() >= self.nature.bursts {
                return Err("too many write bursts under way".into());
            }
            if !self.announced.is_empty() || !w {
                return Err("an address without its first word".into());
            }
            self.announced.push_back(burst);
            self.unaddressed += 1;
            self.begun = Some(burst);
        }
        self.unaddressed -= usize::from(aw && self.ready[0]);
        match self.announced.front() {
            None if w => return Err("a word without a burst".into()),
            Some(_) if !w => return Err("a gap within a burst".into()),
            Some(burst) if (self.beat + 1 == burst.beats) != dut.is("wlast_o") => {
                return Err("a wrong last word".into());
            }
            _ => {}
        }
        if w && self.ready[1] {
            self.word(&data, &strobe);
        }
        self.now += 1;
        Ok(())
    }

    fn word(&mut self, data: &[u8], strobe: &[u8]) {
        let burst = self.announced[0];
        let at = burst.addr + self.beat * self.nature.bytes as u64;
        for (lane, byte) in data.iter().enumerate() {
            if strobe[lane / 8] >> (lane % 8) & 1 == 1 {
                self.bytes.insert(at + lane as u64, *byte);
            }
        }
        self.words += 1;
        self.beat += 1;
        if self.beat == burst.beats {
            self.announced.pop_front();
            self.answers
                .push_back((self.now + self.nature.latency, burst));
            self.beat = 0;
        }
    }
}
