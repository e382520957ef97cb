//! Accesses to registers that the engine has to refuse, and what they leave: none of them does anything but
//! its answer and the record of it, while the engine rests and while it works.

use crate::lite::{Access, Answer, LiteMaster};
use crate::memory::{AxiMemory, Limits, Timing};
use crate::pins::{EnginePort, PinsIn, PinsOut};
use crate::program::Program;
use crate::registers::{self, at};
use crate::{descriptor, expect, EngineError, Sizes};
use heddle_hdl::engine::codes::access as why;
use heddle_hdl::engine::registers::{field, offset, registers as all, ADDRESS_BITS};

/// An access is answered within so many cycles.
const ACCESS_CYCLES: u64 = 100;
/// SLVERR.
const REFUSED: u8 = 2;

/// What stops a probe: the simulator, or something that is wrong.
enum Stop {
    Simulator(EngineError),
    Wrong(String),
}

impl From<EngineError> for Stop {
    fn from(error: EngineError) -> Self {
        Self::Simulator(error)
    }
}

/// Probes the registers of an engine, with the first job of `program` under way for a while, and clears up behind it. What
/// is wrong, if anything.
///
/// # Errors
/// Those of the simulator.
///
/// # Panics
/// If the program has no job.
pub fn probe<P: EnginePort>(
    sizes: &Sizes,
    port: &mut P,
    program: &Program,
) -> Result<Option<String>, EngineError> {
    assert!(!program.descriptors.is_empty(), "a job to be under way");
    port.reset()?;
    let bus = Limits {
        bus_bytes: sizes.engine.bus_bytes(),
        reads: sizes.engine.reads,
        writes: sizes.engine.writes,
    };
    let timing = Timing::undisturbed(200);
    let mut memory = program.memory.clone();
    let job = descriptor::to_bytes(&program.descriptors[0]);
    for slot in 0..1 << program.ring_bits {
        crate::memory::Bytes::write(&mut memory, program.slot(slot), &job);
    }
    let mut probe = Probe {
        port,
        sizes,
        program,
        memory: AxiMemory::new(memory, bus, timing, Vec::new()),
        lite: LiteMaster::new(None),
        input: PinsIn::default(),
        output: PinsOut::default(),
        refused: 0,
    };
    match probe.all() {
        Ok(()) => Ok(None),
        Err(Stop::Wrong(what)) => Ok(Some(what)),
        Err(Stop::Simulator(error)) => Err(error),
    }
}

struct Probe<'a, P> {
    port: &'a mut P,
    sizes: &'a Sizes,
    program: &'a Program,
    memory: AxiMemory,
    lite: LiteMaster,
    input: PinsIn,
    output: PinsOut,
    /// Accesses that were refused since the record was cleared.
    refused: u32,
}

impl<P: EnginePort> Probe<'_, P> {
    fn all(&mut self) -> Result<(), Stop> {
        self.addresses()?;
        self.at_rest()?;
        self.at_work()?;
        self.afterwards()
    }

    fn step(&mut self) -> Result<Option<Answer>, Stop> {
        self.memory.drive(&mut self.input.axi);
        self.input.lite = self.lite.drive();
        self.port.cycle(&self.input, &mut self.output)?;
        self.memory.observe(&self.input.axi, &self.output.axi);
        Ok(self.lite.observe(&self.input.lite, &self.output.lite))
    }

    fn access(&mut self, access: Access) -> Result<Answer, Stop> {
        self.lite.begin(access);
        for _ in 0..ACCESS_CYCLES {
            if let Some(answer) = self.step()? {
                return Ok(answer);
            }
        }
        Err(Stop::Wrong(format!("{access:x?} has no answer")))
    }

    fn is<T: PartialEq + std::fmt::Debug>(
        &self,
        what: impl FnOnce() -> String,
        found: T,
        expected: T,
    ) -> Result<(), Stop> {
        match found == expected {
            true => Ok(()),
            false => {
                let what = what();
                Err(Stop::Wrong(format!(
                    "{what} is {found:x?}, not {expected:x?}"
                )))
            }
        }
    }

    fn read(&mut self, address: u32) -> Result<u32, Stop> {
        let answer = self.access(Access::Read { address })?;
        self.is(
            || format!("the response at 0x{address:03x}"),
            answer.response,
            0,
        )?;
        Ok(answer.value)
    }

    fn reads(&mut self, address: u32, expected: u32) -> Result<(), Stop> {
        let found = self.read(address)?;
        self.is(
            || format!("the register at 0x{address:03x}"),
            found,
            expected,
        )
    }

    fn write(&mut self, address: u32, value: u32) -> Result<(), Stop> {
        let answer = self.access(Access::Write {
            address,
            value,
            strobes: 0xf,
        })?;
        self.is(
            || format!("the response to 0x{value:x} at 0x{address:03x}"),
            answer.response,
            0,
        )
    }

    /// An access that is refused, and the record of it.
    fn refuses(&mut self, access: Access, code: u8) -> Result<(), Stop> {
        let answer = self.access(access)?;
        let expected = Answer {
            value: 0,
            response: REFUSED,
        };
        self.is(|| format!("the answer to {access:x?}"), answer, expected)?;
        self.refused += 1;
        let (address, write) = match access {
            Access::Read { address } => (address, false),
            Access::Write { address, .. } => (address, true),
        };
        let part = |name, value| field("ACCESS", name).with(value);
        let record = part("code", u32::from(code))
            | part("write", u32::from(write))
            | part("address", address)
            | part("refused", 1);
        self.reads(offset("ACCESS"), record)?;
        self.reads(offset("ACCESS_COUNT"), self.refused)
    }

    fn refuses_write(&mut self, address: u32, value: u32, code: u8) -> Result<(), Stop> {
        let strobes = 0xf;
        self.refuses(
            Access::Write {
                address,
                value,
                strobes,
            },
            code,
        )
    }

    /// Every word of the register space, and some addresses between.
    fn addresses(&mut self) -> Result<(), Stop> {
        for address in (0..1 << ADDRESS_BITS).step_by(4) {
            let register = all().find(|register| register.offset == address);
            match register {
                None => {
                    // few of the many that are beyond, which are all alike
                    if address < 0x200 || address.is_power_of_two() || address % 0x3fc == 0 {
                        self.refuses(Access::Read { address }, why::ADDRESS)?;
                        self.refuses_write(address, 0, why::ADDRESS)?;
                    }
                }
                Some(register) if !register.is_written() => {
                    self.refuses_write(address, u32::MAX, why::READ_ONLY)?;
                }
                Some(_) => {
                    for strobes in [0b0001, 0b0111, 0b1110] {
                        let write = Access::Write {
                            address,
                            value: u32::MAX,
                            strobes,
                        };
                        self.refuses(write, why::STROBES)?;
                    }
                }
            }
            // A write of no byte is none.
            let nothing = Access::Write {
                address,
                value: u32::MAX,
                strobes: 0,
            };
            if address < 0x200 {
                let answer = self.access(nothing)?;
                self.is(
                    || format!("the response to {nothing:x?}"),
                    answer.response,
                    0,
                )?;
            }
        }
        for low in 1..4 {
            self.refuses(
                Access::Read {
                    address: at::HEAD + low,
                },
                why::UNALIGNED,
            )?;
            self.refuses_write(at::CONTROL + low, 1, why::UNALIGNED)?;
        }
        for (register, value) in registers::identity(self.sizes) {
            self.reads(register, value)?;
        }
        for register in all().filter(|register| register.offset >= at::CONTROL) {
            let expected = match register.name {
                "STATUS" => registers::IDLE,
                "IRQ_STATUS" => registers::ACCESS,
                "ACCESS" | "ACCESS_COUNT" => continue,
                _ => 0,
            };
            self.reads(register.offset, expected)?;
        }
        Ok(())
    }

    /// What cannot be written while nothing is under way.
    fn at_rest(&mut self) -> Result<(), Stop> {
        let engine = self.sizes.engine;
        self.refuses_write(at::CONTROL, registers::ENABLE, why::NO_RING)?;
        self.refuses_write(at::RING_BASE_LO, 0x40, why::RING_ALIGN)?;
        if engine.addr_bits < 64 {
            let beyond = 1_u64 << (engine.addr_bits - 32);
            self.refuses_write(at::RING_BASE_HI, beyond as u32, why::RING_ADDRESS)?;
            self.refuses_write(at::RING_BASE_HI, 1 << 31, why::RING_ADDRESS)?;
        }
        self.refuses_write(at::RING_BITS, 0, why::RING_SIZE)?;
        self.refuses_write(at::RING_BITS, engine.ring_bits as u32 + 1, why::RING_SIZE)?;
        self.refuses_write(at::RING_BITS, 1 << 16, why::RING_SIZE)?;
        self.refuses_write(at::TAIL, 1, why::DISABLED)?;
        for address in [at::RING_BASE_LO, at::RING_BASE_HI, at::RING_BITS, at::TAIL] {
            self.reads(address, 0)?;
        }
        self.interrupts()
    }

    /// The interrupt is there as long as a cause is enabled.
    fn interrupts(&mut self) -> Result<(), Stop> {
        let irq = |probe: &mut Self, expected| {
            probe.step()?;
            probe.step()?;
            let found = probe.output.irq;
            probe.is(|| "the interrupt".into(), found, expected)
        };
        irq(self, false)?;
        self.write(at::IRQ_ENABLE, !registers::ACCESS)?;
        irq(self, false)?;
        self.write(at::IRQ_ENABLE, u32::MAX)?;
        irq(self, true)?;
        // No other bit clears it.
        self.write(at::IRQ_STATUS, !registers::ACCESS)?;
        irq(self, true)?;
        self.write(at::IRQ_STATUS, registers::ACCESS)?;
        irq(self, false)?;
        self.reads(at::IRQ_STATUS, 0)?;
        self.write(offset("ACCESS"), 0)?;
        self.reads(offset("ACCESS_COUNT"), self.refused)?;
        self.write(offset("ACCESS"), field("ACCESS", "refused").mask())?;
        self.refused = 0;
        self.reads(offset("ACCESS"), 0)?;
        self.reads(offset("ACCESS_COUNT"), 0)
    }

    /// A ring with a job under way: neither it nor the doorbell can be spoiled.
    fn at_work(&mut self) -> Result<(), Stop> {
        let size = 1 << self.program.ring_bits;
        let low = self.program.ring as u32;
        self.write(at::RING_BASE_LO, low)?;
        self.write(at::RING_BASE_HI, (self.program.ring >> 32) as u32)?;
        self.write(at::RING_BITS, self.program.ring_bits)?;
        self.write(at::IRQ_ENABLE, registers::DONE | registers::ERROR)?;
        self.refuses_write(at::TAIL, 1, why::DISABLED)?;
        self.write(at::CONTROL, registers::ENABLE | registers::CLEAR_COUNTERS)?;
        self.refuses_write(at::TAIL, size + 1, why::DOORBELL)?;
        self.refuses_write(at::TAIL, 1 << 16, why::DOORBELL)?;
        self.refuses_write(at::RING_BITS, 1, why::RING_BUSY)?;
        self.write(at::TAIL, size)?;
        self.refuses_write(at::TAIL, size + 1, why::DOORBELL)?;
        self.refuses_write(at::TAIL, size - 1, why::BACKWARD)?;
        self.refuses_write(at::TAIL, 0, why::BACKWARD)?;
        for (address, value) in [
            (at::RING_BASE_LO, 0),
            (at::RING_BASE_HI, 0),
            (at::RING_BITS, 1),
        ] {
            self.refuses_write(address, value, why::RING_BUSY)?;
        }
        // Disabled, but not idle.
        self.write(at::CONTROL, 0)?;
        self.refuses_write(at::RING_BITS, 1, why::RING_BUSY)?;
        self.refuses_write(at::TAIL, size, why::DISABLED)?;
        self.reads(at::CONTROL, 0)?;
        self.write(at::CONTROL, registers::ENABLE)?;
        self.reads(at::CONTROL, registers::ENABLE)?;
        self.reads(at::TAIL, size)?;
        self.reads(at::RING_BITS, self.program.ring_bits)?;
        self.reads(at::RING_BASE_LO, low)
    }

    /// All jobs come to an end, as if nobody had knocked; then the ring can be another.
    fn afterwards(&mut self) -> Result<(), Stop> {
        let size = 1_u32 << self.program.ring_bits;
        let mut jobs = self.program.clone();
        jobs.descriptors = vec![jobs.descriptors[0]; size as usize];
        let expected = expect::Expected::of(self.sizes, &jobs, &Default::default());
        let mut cycles = 0;
        while self.read(at::HEAD)? != size {
            cycles += 1;
            if cycles > 100_000 {
                return Err(Stop::Wrong("the jobs do not come to an end".into()));
            }
        }
        for _ in 0..32 {
            self.step()?;
        }
        self.reads(at::STATUS, registers::IDLE)?;
        self.reads(offset("JOBS_LO"), size)?;
        let wrong = expect::compare(self.sizes, &expected, &self.memory.memory);
        if let Some(first) = wrong.first {
            return Err(Stop::Wrong(first));
        }
        self.is(
            || "violations of AXI".into(),
            self.memory.protocol().count(),
            0,
        )?;
        self.is(
            || "bytes in guards".into(),
            self.memory.guard_violations(),
            0,
        )?;
        let said = self.read(at::IRQ_STATUS)?;
        self.is(
            || "IRQ_STATUS".into(),
            said & (registers::DONE | registers::ERROR),
            registers::DONE,
        )?;
        self.write(at::CONTROL, 0)?;
        self.write(at::RING_BASE_LO, 0x0800_0080)?;
        self.reads(at::RING_BASE_LO, 0x0800_0080)?;
        self.write(at::RING_BITS, 1)?;
        self.reads(at::TAIL, size)
    }
}
