//! What the block is to do, cycle by cycle, written from ENGINE.md with numbers of its own.

/// What a planted mistake in the model is, which the block has to be told from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    None,
    /// A doorbell may go back.
    Backward,
    /// The ring takes one descriptor more than it has.
    OneMore,
    /// The ring's base may be written while descriptors are under way.
    BusyRing,
    /// What is cleared is stronger than what happens.
    ClearWins,
    /// A later error takes the place of the first.
    LastError,
    /// A read clears the record of refusals.
    ReadClears,
    /// A write of some bytes is a write.
    SomeBytes,
    /// A read does not wait for a write.
    ReadFirst,
    /// Overflow is not told.
    NoOverflow,
}

/// What is around the block in a cycle.
#[derive(Clone, Copy, Debug, Default)]
pub struct Inputs {
    pub aw: Option<u32>,
    pub w: Option<(u32, u32)>,
    pub b_ready: bool,
    pub ar: Option<u32>,
    pub r_ready: bool,
    pub head: u16,
    pub idle: bool,
    pub done_irq: bool,
    pub overflow: bool,
    pub error: Option<Error>,
    /// By counter, in the order of their addresses.
    pub adds: [u64; 15],
    pub reads: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Error {
    pub code: u64,
    pub operand: u64,
    pub resp: u64,
    pub tag: u64,
    pub index: u64,
    pub addr: u64,
}

/// What the block shows in a cycle, before the clock's edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outputs {
    pub ready: [bool; 3],
    pub b: Option<u64>,
    pub r: Option<(u64, u64)>,
    pub irq: bool,
    pub enable: bool,
    pub base: u64,
    pub bits: u64,
    pub tail: u64,
    pub halted: bool,
    pub clears: [bool; 2],
}

#[derive(Clone, Copy, Debug, Default)]
struct Counter {
    next: u64,
    sum: u64,
    before: u64,
}

#[derive(Clone, Debug)]
pub struct Model {
    pub mistake: Mistake,
    pub addr_bits: u32,
    pub most_ring_bits: u32,
    /// What the constant registers read, from address 0 on.
    pub constants: [u32; 10],
    aw: Option<u32>,
    w: Option<(u32, u32)>,
    /// Why the write that waits is refused, as it was a cycle before; that a read waited then.
    judged: Option<u32>,
    read_waited: bool,
    b: Option<u64>,
    ar: Option<u32>,
    r: Option<(u64, u64)>,
    enable: bool,
    base: u64,
    bits: u32,
    tail: u16,
    error: Option<Error>,
    irq_status: u32,
    irq_enable: u32,
    irq: bool,
    /// Code, whether a write, address, count.
    refused: Option<(u32, bool, u32, u32)>,
    clear_error: bool,
    clear_counters: bool,
    counters: [Counter; 15],
    most_reads: u64,
}

impl Model {
    pub fn new(
        addr_bits: u32,
        most_ring_bits: u32,
        constants: [u32; 10],
        mistake: Mistake,
    ) -> Self {
        Self {
            mistake,
            addr_bits,
            most_ring_bits,
            constants,
            aw: None,
            w: None,
            judged: None,
            read_waited: false,
            b: None,
            ar: None,
            r: None,
            enable: false,
            base: 0,
            bits: 0,
            tail: 0,
            error: None,
            irq_status: 0,
            irq_enable: 0,
            irq: false,
            refused: None,
            clear_error: false,
            clear_counters: false,
            counters: Default::default(),
            most_reads: 0,
        }
    }

    fn is(&self, mistake: Mistake) -> bool {
        self.mistake == mistake
    }

    pub fn outputs(&self) -> Outputs {
        Outputs {
            ready: [self.aw.is_none(), self.w.is_none(), self.ar.is_none()],
            b: self.b,
            r: self.r,
            irq: self.irq,
            enable: self.enable,
            base: self.base,
            bits: self.bits.into(),
            tail: self.tail.into(),
            halted: self.error.is_some(),
            clears: [self.clear_error, self.clear_counters],
        }
    }

    /// Why the last access was refused; 0: none was.
    pub fn refused_code(&self) -> u32 {
        self.refused.map_or(0, |refused| refused.0)
    }

    /// What a read gives, or why there is none.
    fn read(&self, address: u32, inputs: &Inputs) -> Result<u32, u32> {
        if !address.is_multiple_of(4) {
            return Err(0x41);
        }
        let error = self.error.unwrap_or_default();
        Ok(match address {
            0x00..=0x24 => self.constants[address as usize / 4],
            0x40 => self.enable.into(),
            0x44 => {
                let pending = u32::from(self.tail.wrapping_sub(inputs.head));
                pending << 16 | u32::from(self.error.is_some()) << 1 | u32::from(inputs.idle)
            }
            0x48 => self.irq_status,
            0x4c => self.irq_enable,
            0x50 => self.refused.map_or(0, |(code, write, address, _)| {
                1 << 31 | address << 16 | u32::from(write) << 8 | code
            }),
            0x54 => self.refused.map_or(0, |refused| refused.3),
            0x60 => self.base as u32,
            0x64 => (self.base >> 32) as u32,
            0x68 => self.bits,
            0x6c => inputs.head.into(),
            0x70 => self.tail.into(),
            0x80 => (error.tag << 16 | error.resp << 12 | error.operand << 8 | error.code) as u32,
            0x84 => error.index as u32,
            0x88 => error.addr as u32,
            0x8c => (error.addr >> 32) as u32,
            0xfc => self.most_reads as u32,
            0x100..=0x174 => {
                let counter = &self.counters[(address as usize - 0x100) / 8];
                match address & 4 {
                    0 => counter.sum as u32,
                    _ => (counter.before >> 32) as u32,
                }
            }
            _ => return Err(0x42),
        })
    }

    /// Why a write is refused; 0 if it is not.
    fn refusal(&self, address: u32, data: u32, strobes: u32, inputs: &Inputs) -> u32 {
        if strobes == 0 {
            return 0;
        }
        if let Err(code) = self.read(address, inputs) {
            return code;
        }
        let ring = [0x60, 0x64, 0x68].contains(&address);
        if !ring && ![0x40, 0x48, 0x4c, 0x50, 0x70].contains(&address) {
            return 0x43;
        }
        if strobes != 15 && !self.is(Mistake::SomeBytes) {
            return 0x44;
        }
        if ring && (self.enable || !(inputs.idle || self.is(Mistake::BusyRing))) {
            return 0x45;
        }
        let beyond = u64::from(data) << 32 >> (self.addr_bits - 1) >> 1 != 0;
        match address {
            0x40 if data & 1 == 1 && self.bits == 0 => 0x49,
            0x60 if !data.is_multiple_of(128) => 0x46,
            0x64 if beyond => 0x47,
            0x68 if !(1..=self.most_ring_bits).contains(&data) => 0x48,
            0x70 => {
                let pending = (data as u16).wrapping_sub(inputs.head);
                let room = (1_u32 << self.bits) + u32::from(self.is(Mistake::OneMore));
                let back = pending < self.tail.wrapping_sub(inputs.head);
                match () {
                    () if !self.enable => 0x4a,
                    () if data > 0xffff || u32::from(pending) > room => 0x4b,
                    () if back && !self.is(Mistake::Backward) => 0x4c,
                    () => 0,
                }
            }
            _ => 0,
        }
    }

    fn write(&mut self, address: u32, data: u32, inputs: &Inputs) {
        match address {
            0x40 => {
                self.enable = data & 1 == 1;
                self.clear_error = data >> 8 & 1 == 1;
                self.clear_counters = data >> 9 & 1 == 1;
            }
            0x48 => self.irq_status &= !data,
            0x4c => self.irq_enable = data & 15,
            0x50 if data >> 31 == 1 => self.refused = None,
            0x60 => self.base = self.base >> 32 << 32 | u64::from(data),
            0x64 => self.base = u64::from(data) << 32 | u64::from(self.base as u32),
            0x68 => {
                self.bits = data;
                self.tail = inputs.head;
            }
            0x70 => self.tail = data as u16,
            _ => {}
        }
    }

    fn refuse(&mut self, code: u32, write: bool, address: u32) {
        let count = self.refused.map_or(0, |refused| refused.3);
        self.refused = Some((code, write, address, (count + 1).min(0xffff)));
    }

    fn count(&mut self, inputs: &Inputs, clear: bool) {
        if clear {
            self.counters = Default::default();
            self.most_reads = 0;
            return;
        }
        for (counter, add) in self.counters.iter_mut().zip(inputs.adds) {
            counter.before = counter.sum;
            counter.sum += counter.next;
            counter.next = add;
        }
        self.most_reads = self.most_reads.max(inputs.reads);
    }

    /// A rising edge.
    pub fn step(&mut self, inputs: &Inputs) {
        let judged = self.judged.filter(|_| self.b.is_none() || inputs.b_ready);
        let writes = judged.is_some();
        let free = !writes || self.is(Mistake::ReadFirst);
        let reads = self.read_waited && (self.r.is_none() || inputs.r_ready) && free;
        self.judged = match (self.aw, self.w, writes) {
            (Some(address), Some((data, strobes)), false) => {
                Some(self.refusal(address, data, strobes, inputs))
            }
            _ => None,
        };
        self.read_waited = self.ar.is_some() && !reads;
        self.b = self.b.filter(|_| !inputs.b_ready);
        self.r = self.r.filter(|_| !inputs.r_ready);
        let takes = inputs
            .error
            .filter(|_| self.error.is_none() || self.is(Mistake::LastError));
        let (clear_error, clear_counters) = (self.clear_error, self.clear_counters);
        (self.clear_error, self.clear_counters) = (false, false);

        let (aw, w, ar) = (self.aw, self.w, self.ar);
        self.aw = aw.or(inputs.aw);
        self.w = w.or(inputs.w);
        self.ar = ar.or(inputs.ar);
        let mut refused = false;
        if let (true, Some(address)) = (reads, ar) {
            let read = self.read(address, inputs);
            self.ar = None;
            if let Err(code) = read {
                self.refuse(code, false, address);
            } else if address == 0x50 && self.is(Mistake::ReadClears) {
                self.refused = None;
            }
            refused |= read.is_err();
            self.r = Some(read.map_or((0, 2), |data| (data.into(), 0)));
        }
        let overflows = inputs.overflow && !self.is(Mistake::NoOverflow);
        let mut happens = u32::from(inputs.done_irq)
            | u32::from(takes.is_some()) << 1
            | u32::from(overflows) << 3;
        let set_before = self.is(Mistake::ClearWins);
        if set_before {
            self.irq_status |= happens;
        }
        if let (Some(code), Some(address), Some((data, strobes))) = (judged, aw, w) {
            match (code, strobes) {
                (0, 0) => {}
                (0, _) => self.write(address, data, inputs),
                _ => self.refuse(code, true, address),
            }
            refused |= code != 0;
            (self.aw, self.w) = (None, None);
            self.b = Some(if code == 0 { 0 } else { 2 });
        }
        happens |= u32::from(refused) << 2;
        if !set_before {
            self.irq_status |= happens;
        }
        self.error = takes.or(self.error.filter(|_| !clear_error));
        self.count(inputs, clear_counters);
        self.irq = self.irq_status & self.irq_enable != 0;
    }
}
