//! Bus errors at chosen bursts.

use std::ops::Range;

/// A response that is an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Response {
    /// The memory cannot do it.
    Slverr = 2,
    /// There is no memory.
    Decerr = 3,
}

/// Reads or writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Reads.
    Read,
    /// Writes.
    Write,
}

/// Which burst fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultAt {
    /// The burst of this number, from 0.
    Burst(u64),
    /// The first burst that meets these addresses.
    Address(Range<u64>),
}

/// A bus error that happens once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Of reads or of writes.
    pub direction: Direction,
    /// Which burst.
    pub at: FaultAt,
    /// What is answered.
    pub response: Response,
}

/// A bus error that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fired {
    /// Which fault of the list, if it was one of them; else the burst lay outside of the memory.
    pub fault: Option<usize>,
    /// Of reads or of writes.
    pub direction: Direction,
    /// Addresses of the burst.
    pub burst: Range<u64>,
    /// What was answered.
    pub response: Response,
}

/// The faults that are still to happen, and those that did.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults {
    waiting: Vec<Option<Fault>>,
    pub(super) fired: Vec<Fired>,
}

impl Faults {
    pub(super) fn new(faults: Vec<Fault>) -> Self {
        Self {
            waiting: faults.into_iter().map(Some).collect(),
            fired: Vec::new(),
        }
    }

    /// The response of burst `number`, if it is an error; `inside` is whether there is memory.
    pub(super) fn response(
        &mut self,
        direction: Direction,
        number: u64,
        burst: Range<u64>,
        inside: bool,
    ) -> Option<Response> {
        let hits = |fault: &Fault| {
            fault.direction == direction
                && match &fault.at {
                    FaultAt::Burst(of) => *of == number,
                    FaultAt::Address(range) => range.start < burst.end && burst.start < range.end,
                }
        };
        let hit = self
            .waiting
            .iter()
            .position(|fault| fault.as_ref().is_some_and(hits));
        let response = match hit.and_then(|at| self.waiting[at].take()) {
            Some(fault) => fault.response,
            None if !inside => Response::Decerr,
            None => return None,
        };
        self.fired.push(Fired {
            fault: hit,
            direction,
            burst,
            response,
        });
        Some(response)
    }
}
