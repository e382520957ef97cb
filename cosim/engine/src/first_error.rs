//! Of several bus errors of a job the first one is told.

use crate::descriptor::{Descriptor, Layout};
use crate::memory::{Direction, Fault, FaultAt, Kind, Memory, Response, Timing};
use crate::operands::{placed, Lie};
use crate::pins::EnginePort;
use crate::{Driver, DriverOptions, EngineError, Program, Sizes};
use heddle_gemm::{Policy, Shape};

/// Jobs of which two bursts each fail, one in each of the engine's slots: of A, of B, of what is written to C. What is wrong
/// with the records of it, if anything.
///
/// # Errors
/// Those of the simulator.
pub fn first_error<P: EnginePort>(
    driver: &mut Driver<P>,
    layout: Layout,
) -> Result<Option<String>, EngineError> {
    for kind in [Kind::A, Kind::B, Kind::C] {
        let (program, first) = program(driver.sizes(), layout, kind);
        let options = DriverOptions::new(Timing::undisturbed(30));
        let run = driver.run(&program, &options)?;
        let told: Vec<u64> = run.errors.iter().map(|record| record.address).collect();
        if told != first {
            return Ok(Some(format!(
                "{}, {kind:?}: bursts at {told:x?} are told to fail first, they are at {first:x?}",
                layout.name()
            )));
        }
    }
    Ok(None)
}

/// Such a program, and the address of the first burst of each job that fails.
fn program(sizes: &Sizes, layout: Layout, kind: Kind) -> (Program, Vec<u64>) {
    let mut program = Program::new(Memory::new(0x4000_0000), 3);
    let shape = Shape::new(4, 4, 6);
    let bus = sizes.engine.bus_bytes() as u64;
    // no two rows in one word of the bus
    let lie = Lie {
        gap: 2 * bus as usize,
        offset: 0,
    };
    let mut first = Vec::new();
    for _ in 0..5 {
        let job = Descriptor {
            irq: true,
            ..Descriptor::new(layout, Policy::Dense, shape)
        };
        let job = placed(&mut program.memory, sizes, job, lie);
        program.descriptors.push(job.pack());
        let (of, direction) = match kind {
            Kind::A => (job.a, Direction::Read),
            Kind::B => (job.b, Direction::Read),
            _ => (job.c, Direction::Write),
        };
        for (row, response) in [(2, Response::Decerr), (1, Response::Slverr)] {
            let at = of.row(row);
            program.faults.push(Fault {
                direction,
                at: FaultAt::Address(at..at + 1),
                response,
            });
        }
        first.push(of.row(1) / bus * bus);
    }
    (program, first)
}
