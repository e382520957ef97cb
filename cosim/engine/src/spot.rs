//! Where in time a program went wrong, and a waveform of the cycles around it.
//!
//! Memory is compared when a program has ended; by then nobody knows when a wrong byte was written. So the program is
//! run once more, and what passes the pins tells the cycle.

use crate::pins::{EnginePort, PinsIn, PinsOut};
use crate::run_report::RunReport;
use crate::verilated::VerilatedEngine;
use crate::EngineError;
use std::collections::VecDeque;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// What marks the cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sought {
    /// The last write of the byte at this address.
    Write(u64),
    /// The last beat that went over the AXI4 port.
    LastBeat,
}

impl Sought {
    /// What to look for of a run that was not right: the first wrong byte if it is one that the engine writes.
    pub fn of(run: &RunReport) -> Self {
        match run.wrong.at {
            Some(at) if run.hung.is_none() => Self::Write(at),
            _ => Self::LastBeat,
        }
    }
}

/// An engine's pins, watched: the cycle of what is sought.
pub struct Watch<P> {
    port: P,
    sought: Sought,
    bus_bytes: u64,
    /// Cycles since reset.
    cycle: u64,
    /// Where the next beat of each write burst goes.
    bursts: VecDeque<u64>,
    found: Option<u64>,
}

impl<P> Watch<P> {
    /// Watches the pins of an engine whose bus words have `bus_bytes` bytes.
    pub fn new(port: P, bus_bytes: usize, sought: Sought) -> Self {
        let bus_bytes = bus_bytes as u64;
        Self {
            port,
            sought,
            bus_bytes,
            cycle: 0,
            bursts: VecDeque::new(),
            found: None,
        }
    }

    /// The cycle, from 0 after reset, if there was one, and how many there were.
    pub fn found(&self) -> (Option<u64>, u64) {
        (self.found, self.cycle)
    }

    /// Whether what is sought passes the pins in this cycle.
    fn is_there(&mut self, input: &PinsIn, output: &PinsOut) -> bool {
        let (from, to) = (&input.axi, &output.axi);
        if to.aw.valid && from.awready {
            self.bursts.push_back(to.aw.addr);
        }
        let writes = to.wvalid && from.wready;
        let at = match self.bursts.front_mut() {
            Some(next) if writes => {
                let at = *next - *next % self.bus_bytes;
                *next = at + self.bus_bytes;
                Some(at)
            }
            _ => None,
        };
        if writes && to.wlast {
            self.bursts.pop_front();
        }
        match self.sought {
            Sought::LastBeat => writes || from.rvalid && to.rready,
            Sought::Write(byte) => at.is_some_and(|at| {
                let strobe = byte.checked_sub(at).filter(|lane| *lane < self.bus_bytes);
                strobe.is_some_and(|lane| to.wstrb >> lane & 1 == 1)
            }),
        }
    }
}

impl<P: EnginePort> EnginePort for Watch<P> {
    fn reset(&mut self) -> Result<(), EngineError> {
        self.cycle = 0;
        self.bursts.clear();
        self.found = None;
        self.port.reset()
    }

    fn cycle(&mut self, input: &PinsIn, output: &mut PinsOut) -> Result<(), EngineError> {
        self.port.cycle(input, output)?;
        if self.is_there(input, output) {
            self.found = Some(self.cycle);
        }
        self.cycle += 1;
        Ok(())
    }
}

/// An engine that writes a waveform of some cycles.
pub struct Recorded {
    engine: VerilatedEngine,
    path: PathBuf,
    cycles: Range<u64>,
    cycle: u64,
}

impl Recorded {
    /// Writes these cycles, from 0 after reset, to `path`; `engine` has a model with waveforms.
    pub fn new(engine: VerilatedEngine, path: &Path, cycles: Range<u64>) -> Self {
        let path = path.to_owned();
        Self {
            engine,
            path,
            cycles,
            cycle: 0,
        }
    }
}

impl EnginePort for Recorded {
    fn reset(&mut self) -> Result<(), EngineError> {
        self.cycle = 0;
        self.engine.reset()
    }

    fn cycle(&mut self, input: &PinsIn, output: &mut PinsOut) -> Result<(), EngineError> {
        if self.cycle == self.cycles.start {
            self.engine.open_trace(&self.path)?;
        }
        self.engine.cycle(input, output)?;
        self.cycle += 1;
        match self.cycle == self.cycles.end {
            true => self.engine.close_trace(),
            false => Ok(()),
        }
    }

    fn close_trace(&mut self) -> Result<(), EngineError> {
        self.engine.close_trace()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pins::{Address, AxiIn, AxiOut};

    /// Pins that say what they are told to.
    struct Script(VecDeque<AxiOut>);

    impl EnginePort for Script {
        fn reset(&mut self) -> Result<(), EngineError> {
            Ok(())
        }

        fn cycle(&mut self, _: &PinsIn, output: &mut PinsOut) -> Result<(), EngineError> {
            output.axi = self.0.pop_front().unwrap_or_default();
            Ok(())
        }
    }

    fn address(addr: u64) -> AxiOut {
        AxiOut {
            aw: Address {
                valid: true,
                addr,
                ..Address::default()
            },
            ..AxiOut::default()
        }
    }

    fn data(wstrb: u64, wlast: bool) -> AxiOut {
        AxiOut {
            wvalid: true,
            wstrb,
            wlast,
            ..AxiOut::default()
        }
    }

    fn found(sought: Sought) -> (Option<u64>, u64) {
        // A burst from within a word, then one of a word that writes one of its bytes again.
        let script = [
            address(0x1006),
            address(0x100c),
            data(0b1100, false),
            data(0b1111, true),
            data(0b0010, true),
            AxiOut::default(),
        ];
        let mut watch = Watch::new(Script(script.into()), 4, sought);
        let input = PinsIn {
            axi: AxiIn {
                awready: true,
                wready: true,
                ..AxiIn::default()
            },
            ..PinsIn::default()
        };
        let mut output = PinsOut::default();
        watch.reset().unwrap();
        for _ in 0..6 {
            watch.cycle(&input, &mut output).unwrap();
        }
        watch.found()
    }

    #[test]
    fn a_byte_is_found_where_it_is_written_last() {
        for (byte, cycle) in [
            (0x1006, Some(2)),
            (0x1005, None),
            (0x1008, Some(3)),
            (0x100c, None),
            (0x100d, Some(4)),
            (0x0fff, None),
        ] {
            assert_eq!(found(Sought::Write(byte)), (cycle, 6), "{byte:x}");
        }
        assert_eq!(found(Sought::LastBeat), (Some(4), 6));
    }
}
