//! What the regression does with one engine, until the first thing that is wrong.

use super::preload::{PRELOAD, PRELOADS, PRELOAD_BITS};
use super::MUTSEL_BITS;
use heddle_engine::first_error::first_error;
use heddle_engine::memory::{self, Bytes, Disturbance, Memory, Timing};
use heddle_engine::operands::{placed, room, Lie};
use heddle_engine::probe::probe;
use heddle_engine::products::{asked, Asked};
use heddle_engine::random::RandomPrograms;
use heddle_engine::registers::Counters;
use heddle_engine::verilated::VerilatedEngine;
use heddle_engine::{
    Descriptor, Driver, DriverOptions, EngineError, EngineReport, Layout, Program, RunReport, Sizes,
};
use heddle_gemm::{Phase, Policy, Shape};
use heddle_verilator::Library;
use std::panic::{catch_unwind, AssertUnwindSafe};

/// A program, how memory behaves, and the cycles that it takes an engine without a fault.
struct Part {
    name: String,
    policy: Policy,
    program: Program,
    options: DriverOptions,
    cycles: Option<u64>,
}

impl Part {
    /// `program` with a memory that is so many cycles away and never pauses.
    fn undisturbed(name: String, (policy, latency): (Policy, u64), program: Program) -> Self {
        Self {
            name,
            policy,
            program,
            options: DriverOptions::new(Timing::undisturbed(latency)),
            cycles: None,
        }
    }
}

/// Seed, programs, spoilt descriptors of all, latency of memory, whether it pauses, the largest dimension.
type Kind = (u64, u64, u64, u64, bool, usize);

/// Random programs of every policy.
fn random(
    sizes: &Sizes,
    (seed, programs, errors, latency, pauses, max_dim): Kind,
    parts: &mut Vec<Part>,
) -> Result<(), EngineError> {
    for policy in [Policy::Packed, Policy::Dense, Policy::Gated] {
        let random = RandomPrograms {
            sizes: *sizes,
            seed,
            max_dim,
            policy,
            errors,
            count: 24 * programs,
        };
        for index in 0..programs {
            let name = format!("random {seed}.{index} {policy}");
            let mut part = Part::undisturbed(name, (policy, latency), random.program(index)?);
            part.options.timing.disturbance = pauses.then(|| Disturbance::usual(seed + index));
            parts.push(part);
        }
    }
    Ok(())
}

/// Products as training has them, in panels and chains as the planner lays them.
fn products(sizes: &Sizes, parts: &mut Vec<Part>) -> Result<(), EngineError> {
    for (phase, shape) in [
        (Phase::Forward, Shape::new(7, 50, 64)),
        (Phase::Backward, Shape::new(6, 64, 50)),
        (Phase::WeightGradient, Shape::new(50, 7, 64)),
    ] {
        for (keep, times, latency) in [(None, 2, 1), (Some(23), 4, 16), (Some(1), 3, 64)] {
            for policy in [Policy::Packed, Policy::Dense, Policy::Gated] {
                let of = Asked {
                    phase,
                    shape,
                    keep,
                    times,
                    seed: latency,
                };
                let name = format!("{} {keep:?} {policy}", phase.name());
                let program = asked(sizes, policy, &of)?;
                parts.push(Part::undisturbed(name, (policy, latency), program));
            }
        }
    }
    Ok(())
}

/// What an engine is tried with, the quickest first.
pub struct Regression {
    sizes: Sizes,
    parts: Vec<Part>,
    /// What an engine without a fault counts in the first part, from each of [`PRELOADS`].
    counted: Vec<Counters>,
    probed: Program,
}

impl Regression {
    /// That of an engine of these sizes: random programs of every policy, with errors and without, with a memory
    /// that is near, far, or disturbed.
    ///
    /// # Errors
    /// [`EngineError::Fit`] if the engine's buffers are too small for any job.
    pub fn new(sizes: Sizes) -> Result<Self, EngineError> {
        let mut parts = Vec::new();
        // seed, programs, errors of all, latency, pauses, the largest dimension
        let kinds = [
            (1, 1, 0, 3, false, 10),
            (2, 1, 12, 20, true, 10),
            (3, 2, 0, 64, false, 20),
            (4, 2, 0, 7, true, 20),
            (5, 2, 24, 5, false, 16),
            (6, 1, 0, 1, false, 40),
            (7, 4, 0, 9, true, 64),
            (8, 6, 48, 12, true, 33),
            (9, 8, 0, 30, false, 28),
            (10, 6, 24, 2, true, 6),
            (11, 3, 0, 2, false, 64),
        ];
        for kind in kinds {
            random(&sizes, kind, &mut parts)?;
        }
        for layout in [Layout::Nn, Layout::Nt, Layout::Tn] {
            let name = format!("rows far apart, {layout:?}");
            parts.push(Part::undisturbed(
                name,
                (Policy::Packed, 4),
                far(&sizes, layout),
            ));
        }
        products(&sizes, &mut parts)?;
        for kind in [
            (12, 12, 0, 1, false, 64),
            (13, 12, 0, 40, true, 48),
            (14, 24, 96, 3, true, 12),
            (15, 24, 0, 6, true, 24),
            (16, 24, 0, 100, false, 9),
        ] {
            random(&sizes, kind, &mut parts)?;
        }
        let probed = probed(&sizes);
        Ok(Self {
            sizes,
            parts,
            counted: Vec::new(),
            probed,
        })
    }

    /// Notes the cycles of an engine without a fault; what is wrong with it, if anything.
    ///
    /// # Errors
    /// Those of the simulator.
    pub fn calibrate(&mut self, library: &Library) -> Result<Option<String>, EngineError> {
        let found = self.problem(library, 0)?;
        if found.is_none() {
            for at in 0..self.parts.len() {
                let cycles = self.run(library, 0, &self.parts[at])?.cycles;
                self.parts[at].cycles = Some(cycles);
            }
            for preload in PRELOADS {
                let counted = self.preloaded(library, 0, preload)?.counters;
                self.counted.push(counted);
            }
        }
        Ok(found)
    }

    /// The first part, whose counters start from `preload`.
    fn preloaded(
        &self,
        library: &Library,
        number: usize,
        preload: u64,
    ) -> Result<RunReport, EngineError> {
        let engine = self.engine(library, number, preload)?;
        let part = &self.parts[0];
        Driver::new(self.sizes, engine).run(&part.program, &part.options)
    }

    fn engine(
        &self,
        library: &Library,
        number: usize,
        preload: u64,
    ) -> Result<VerilatedEngine, EngineError> {
        // What is not reset must not matter: registers start at random.
        let mut engine = VerilatedEngine::new(&self.sizes, library, Some(7))?;
        engine.drive_extra("mutsel", MUTSEL_BITS, number as u64)?;
        engine.drive_extra(PRELOAD, PRELOAD_BITS, preload)?;
        Ok(engine)
    }

    fn run(&self, library: &Library, number: usize, part: &Part) -> Result<RunReport, EngineError> {
        let engine = self.engine(library, number, 0)?;
        Driver::new(self.sizes, engine).run(&part.program, &part.options)
    }

    /// What is wrong, if anything.
    fn problem(&self, library: &Library, number: usize) -> Result<Option<String>, EngineError> {
        let mut slower = None;
        for part in &self.parts {
            let run = self.run(library, number, part)?;
            let mut report = EngineReport::default();
            report.add(part.policy, &part.name, &run);
            if !report.is_clean() {
                let problem = report.first_problem;
                return Ok(Some(problem.unwrap_or_else(|| part.name.clone())));
            }
            let exact = part.options.timing.disturbance.is_none();
            let other = part.cycles.filter(|cycles| exact && *cycles != run.cycles);
            if let (None, Some(cycles)) = (&slower, other) {
                slower = Some(format!(
                    "cycles: {} takes {}, not {cycles}",
                    part.name, run.cycles
                ));
            }
        }
        for (preload, counted) in PRELOADS.into_iter().zip(&self.counted) {
            let run = self.preloaded(library, number, preload)?;
            // A mutant that is slower counts something else.
            if slower.is_none() && run.counters != *counted {
                return Ok(Some(format!(
                    "counters: from 0x{preload:x} to {:?}",
                    run.counters
                )));
            }
        }
        let engine = self.engine(library, number, 0)?;
        let mut driver = Driver::new(self.sizes, engine);
        for layout in Layout::ALL {
            if let Some(what) = first_error(&mut driver, layout)? {
                return Ok(Some(format!("errors: {what}")));
            }
        }
        let mut engine = self.engine(library, number, 0)?;
        let probed = probe(&self.sizes, &mut engine, &self.probed)?;
        Ok(probed.map(|what| format!("registers: {what}")).or(slower))
    }
}

/// The first thing that is wrong with mutant `number`, if anything; what begins with `cycles: ` is only in how long it takes.
pub fn notice(regression: &Regression, library: &Library, number: usize) -> Option<String> {
    let found = catch_unwind(AssertUnwindSafe(|| regression.problem(library, number)));
    match found {
        Ok(Ok(found)) => found,
        Ok(Err(error)) => Some(format!("stopped: {error}")),
        Err(_) => Some("stopped: what the engine said has no meaning".into()),
    }
}

/// Jobs whose rows are far apart: the strides have ones and zeros in turns, up to bit 17.
fn far(sizes: &Sizes, layout: Layout) -> Program {
    let mut program = Program::new(Memory::new(0x2_0000_0000), 2);
    let shape = Shape::new(3, 4, 5);
    let (operand, sum) = (sizes.operand_bytes, sizes.sum_bytes);
    for gap in [0x1_5554, 0x2_aaa8] {
        let memory = &mut program.memory;
        let mut place = |kind, (rows, cols): (usize, usize), bytes| {
            let lie = Lie {
                gap: gap - cols * bytes,
                offset: 0,
            };
            room(memory, kind, (rows, cols), bytes, lie)
        };
        let job = Descriptor {
            a: place(memory::Kind::A, layout.a(shape), operand),
            b: place(memory::Kind::B, layout.b(shape), operand),
            c0: true,
            c0_at: place(memory::Kind::C0, (shape.m, shape.n), sum),
            c: place(memory::Kind::C, (shape.m, shape.n), sum),
            irq: true,
            ..Descriptor::new(layout, Policy::Packed, shape)
        };
        let rows = [(job.a, layout.a(shape)), (job.b, layout.b(shape))];
        for (place, (rows, cols)) in rows {
            for row in 0..rows {
                for at in place.row(row)..place.row(row) + (cols * operand) as u64 {
                    program.memory.set(at, (at ^ (at >> 13)) as u8 | 1);
                }
            }
        }
        for row in 0..shape.m {
            let from = job.c0_at.row(row);
            for at in from..from + (shape.n * sum) as u64 {
                program.memory.set(at, (at ^ (at >> 11)) as u8);
            }
        }
        program.descriptors.push(job.pack());
    }
    program
}

/// A ring with one job that can be done again and again.
fn probed(sizes: &Sizes) -> Program {
    let mut program = Program::new(Memory::new(0x1_2345_0000), 2);
    let shape = Shape::new(3, 4, 5);
    let job = Descriptor {
        irq: true,
        fence: true,
        ..Descriptor::new(Layout::Nn, Policy::Packed, shape)
    };
    let job = placed(&mut program.memory, sizes, job, Lie::default());
    for (place, rows) in [(job.a, shape.m), (job.b, shape.k)] {
        for at in place.base..place.row(rows) {
            program.memory.set(at, at as u8 | 1);
        }
    }
    program.descriptors = vec![job.pack()];
    program
}
