//! How many cycles a program takes, told without the hardware: exactly those that the driver counts on the
//! Verilated engine with a memory of a stated latency that nothing disturbs, and all counters.
//!
//! Each block of `hdl/src/engine/README.md` is a struct here that moves counts where the hardware moves data:
//! beats, words and sums are numbers of a queue. In a cycle all of them are asked what they offer and take, and
//! then each has its clock edge. Only shapes and masks count, so that nothing is multiplied. Bus errors are not
//! covered.

mod array;
mod beats;
mod compare;
mod count;
mod counts;
mod cut;
mod engine;
mod expand;
mod front;
mod gearbox;
mod host;
mod intake;
mod job;
mod load;
mod masks;
mod memory;
mod pull;
mod queue;
mod read;
mod seeds;
mod sequence;
mod space;
mod store;
mod sums;
mod tiles;
mod unpack;
mod weights;
mod windows;
mod write;

use crate::memory::{Kind, Timing};
use crate::program::Program;
use crate::registers::Counters;
use crate::Sizes;
pub use compare::difference;
pub use count::{EngineCount, Limit};
use engine::Engine;
use host::Host;
use std::collections::BTreeMap;

/// What a program takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Modelled {
    /// Cycles from the doorbell to the last interrupt.
    pub cycles: u64,
    /// What the engine counts.
    pub counters: Counters,
    /// Bytes read by what they are for: bus words; `c` is C0 in the place of C.
    pub bytes_read_of: BTreeMap<Kind, u64>,
}

/// What `program` takes on an engine of `sizes` whose memory is `latency` cycles away. Nothing if it has bus errors, or
/// does not end.
pub fn model(sizes: &Sizes, program: &Program, latency: u64) -> Option<Modelled> {
    if !program.faults.is_empty() {
        return None;
    }
    let timing = Timing::undisturbed(latency);
    let mut host = Host::new(Engine::new(sizes, program, latency));
    let cycles = host.run(sizes, program, &timing)?;
    let engine = &host.engine;
    let bytes = Kind::ALL.map(|kind| (kind, engine.bytes_of(kind)));
    Some(Modelled {
        cycles,
        counters: engine.counters(),
        bytes_read_of: bytes.into_iter().filter(|(_, bytes)| *bytes > 0).collect(),
    })
}
