//! What AXI asks of a master, checked in every cycle.

use crate::pins::{Address, AxiIn, AxiOut};

/// What the engine promises of its bursts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the bus.
    pub bus_bytes: usize,
    /// Read bursts under way at most.
    pub reads: usize,
    /// Write bursts under way at most.
    pub writes: usize,
}

/// How many problems are told; all are counted.
const TOLD: usize = 16;
/// A burst crosses no multiple of this.
const PAGE: u64 = 4096;

/// The checks, and what they found.
#[derive(Clone, Debug)]
pub struct Protocol {
    limits: Limits,
    ar: Option<Address>,
    aw: Option<Address>,
    w: Option<(Vec<u8>, u64, bool)>,
    count: u64,
    told: Vec<String>,
}

impl Protocol {
    /// Nothing seen so far.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            ar: None,
            aw: None,
            w: None,
            count: 0,
            told: Vec::new(),
        }
    }

    /// How often something was wrong.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The first things that were.
    pub fn told(&self) -> &[String] {
        &self.told
    }

    /// Remembers that something was wrong in `cycle`.
    pub fn tell(&mut self, cycle: u64, problem: impl FnOnce() -> String) {
        self.count += 1;
        if self.told.len() < TOLD {
            self.told.push(format!("cycle {cycle}: {}", problem()));
        }
    }

    /// Looks at one cycle; `under_way` is how many reads and writes there are, those that are
    /// offered now left out.
    pub(super) fn observe(
        &mut self,
        cycle: u64,
        input: &AxiIn,
        output: &AxiOut,
        under_way: (usize, usize),
    ) {
        let limits = self.limits;
        let address = |name: &str, held: &mut Option<Address>, now: &Address, ready: bool| {
            let before = held.take();
            let mut wrong = Vec::new();
            if before.is_some_and(|before| before != *now) {
                wrong.push(format!("{name} changed before it was taken"));
            }
            if now.valid {
                if before.is_none() {
                    wrong.extend(burst(&limits, now).map(|problem| format!("{name}: {problem}")));
                }
                if !ready {
                    *held = Some(*now);
                }
            }
            wrong
        };
        let mut wrong = address("AR", &mut self.ar, &output.ar, input.arready);
        wrong.extend(address("AW", &mut self.aw, &output.aw, input.awready));
        let w = (output.wdata.clone(), output.wstrb, output.wlast);
        if self
            .w
            .take()
            .is_some_and(|before| !output.wvalid || before != w)
        {
            wrong.push("W changed before it was taken".into());
        }
        if output.wvalid && !input.wready {
            self.w = Some(w);
        }
        for (name, valid, count, most) in [
            ("reads", output.ar.valid, under_way.0, limits.reads),
            ("writes", output.aw.valid, under_way.1, limits.writes),
        ] {
            if valid && count >= most {
                wrong.push(format!("more than {most} {name} under way"));
            }
        }
        for problem in wrong {
            self.tell(cycle, || problem);
        }
    }
}

/// What is wrong with a burst.
fn burst(limits: &Limits, of: &Address) -> Option<String> {
    let bytes = limits.bus_bytes as u64;
    let problem = if of.burst != 1 {
        format!("burst type {}, not INCR", of.burst)
    } else if 1 << of.size != bytes {
        format!("beats of {} bytes on a bus of {bytes}", 1u64 << of.size)
    } else if !of.addr.is_multiple_of(bytes) {
        format!("address 0x{:x} within a bus word", of.addr)
    } else if of.addr / PAGE != (of.addr + of.beats() * bytes - 1) / PAGE {
        format!("0x{:x} and {} beats cross 4 KiB", of.addr, of.beats())
    } else if of.id != 0 {
        format!("ID {}", of.id)
    } else {
        return None;
    };
    Some(problem)
}
