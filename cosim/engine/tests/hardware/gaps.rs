//! How long the engine lets its bus or its array rest between jobs.

use super::{config, model};
use heddle_engine::memory::{Bytes, Kind, Memory, Timing};
use heddle_engine::operands::{placed, Lie};
use heddle_engine::pins::{EnginePort, PinsIn, PinsOut};
use heddle_engine::verilated::VerilatedEngine;
use heddle_engine::{
    Descriptor, Driver, DriverOptions, EngineError, Layout, Program, RunReport, Sizes,
};
use heddle_format::Format;
use heddle_gemm::{Policy, Shape};
use heddle_verilator::Library;

/// An engine, and what is noted of its port of AXI4.
struct Watched {
    engine: VerilatedEngine,
    cycle: u64,
    /// Cycle in which each burst of reads was first offered, and its address.
    asked: Vec<(u64, u64)>,
    /// An address was offered and not taken.
    waits: bool,
    /// Cycle of the last beat of each burst that was read.
    ended: Vec<u64>,
}

impl EnginePort for Watched {
    fn reset(&mut self) -> Result<(), EngineError> {
        self.engine.reset()
    }

    fn cycle(&mut self, input: &PinsIn, output: &mut PinsOut) -> Result<(), EngineError> {
        self.engine.cycle(input, output)?;
        self.cycle += 1;
        let (ar, axi) = (output.axi.ar, &input.axi);
        if ar.valid && !self.waits {
            self.asked.push((self.cycle, ar.addr));
        }
        self.waits = ar.valid && !axi.arready;
        if axi.rvalid && output.axi.rready && axi.rlast {
            self.ended.push(self.cycle);
        }
        Ok(())
    }
}

/// A run with a memory that is one cycle away.
fn run(sizes: Sizes, library: &Library, program: &Program) -> (RunReport, Watched) {
    let watched = Watched {
        engine: VerilatedEngine::new(&sizes, library, None).unwrap(),
        cycle: 0,
        asked: Vec::new(),
        waits: false,
        ended: Vec::new(),
    };
    let mut driver = Driver::new(sizes, watched);
    let options = DriverOptions::new(Timing::undisturbed(1));
    let report = driver.run(program, &options).unwrap();
    assert_eq!(report.first_problem(), None);
    (report, driver.into_port())
}

/// A job, its operands somewhere in memory.
fn job(memory: &mut Memory, sizes: &Sizes, layout: Layout, shape: Shape) -> Descriptor {
    let job = Descriptor {
        irq: true,
        ..Descriptor::new(layout, Policy::Packed, shape)
    };
    placed(memory, sizes, job, Lie::default())
}

/// Cycles from a descriptor's last beat to the first request of its job: for a mask, and for A where there is none.
const TO_FIRST: [u64; 2] = [9, 19];

#[test]
fn a_job_asks_for_something_soon_after_its_descriptor() {
    let config = config(8, 8, Format::Int8, 128);
    let (sizes, library) = (Sizes::new(&config), model(&config, None));
    for layout in Layout::ALL {
        for masked in [None, Some(0), Some(1), Some(2)] {
            let mut memory = Memory::new(0x1_0000_0000);
            let mut job = job(&mut memory, &sizes, layout, Shape::new(9, 10, 11));
            if let Some(dim) = masked {
                let base = memory.allocate(Kind::Mask, 2, 64, 0);
                memory.set(base, 0x55);
                job.masks[dim] = Some(base);
            }
            let mut program = Program::new(memory, 2);
            program.descriptors.push(job.pack());
            let (_, seen) = run(sizes, &library, &program);
            let first = masked.map_or(job.a.base, |dim| job.masks[dim].unwrap());
            let (asked, at) = seen.asked[1];
            assert_eq!(at / 16, first / 16, "{layout:?} {masked:?}");
            let to_first = TO_FIRST[usize::from(masked.is_none())];
            assert_eq!(asked - seen.ended[0], to_first, "{layout:?} {masked:?}");
        }
    }
}

/// From the last beat of a job to the first of the next, which has the same mapping and whose operands are there.
const BETWEEN: u64 = 2;

#[test]
fn jobs_of_one_mapping_follow_each_other_soon() {
    let config = config(8, 8, Format::Int8, 128);
    let (sizes, library) = (Sizes::new(&config), model(&config, None));
    // Half of the buffers each, and time enough to fetch the next operands: a row takes six cycles, or those of its words.
    for layout in Layout::ALL {
        let shape = match layout {
            Layout::Nn | Layout::Tn => Shape::new(32, 32, 64),
            Layout::Nt => Shape::new(32, 32, 32),
        };
        let beats = 32 * 4 * (shape.n as u64 / 8);
        let cycles = |jobs: usize| {
            let mut memory = Memory::new(0x1_0000_0000);
            let job = job(&mut memory, &sizes, layout, shape);
            let mut program = Program::new(memory, 6);
            let jobs = (0..jobs).map(|at| Descriptor {
                resume: at > 0,
                stay: at + 1 < jobs,
                irq: at + 1 == jobs,
                ..job.clone()
            });
            program.descriptors = jobs.map(|job| job.pack()).collect();
            run(sizes, &library, &program).0.cycles
        };
        let (few, many) = (10, 30);
        let gaps = cycles(many) - cycles(few) - (many - few) as u64 * beats;
        assert_eq!(gaps, (many - few) as u64 * BETWEEN, "{layout:?}");
    }
}
