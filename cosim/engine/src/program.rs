//! What is to be run: a memory with operands, and descriptors.

use crate::descriptor::Words;
use crate::memory::{Fault, Kind, Memory};

/// Jobs of one run of the engine, with the memory that they work on.
#[derive(Clone, Debug)]
pub struct Program {
    /// Operands, masks, seeds and room for results; the ring, which the driver fills.
    pub memory: Memory,
    /// Address of the ring.
    pub ring: u64,
    /// Binary logarithm of its descriptors.
    pub ring_bits: u32,
    /// The jobs in their order.
    pub descriptors: Vec<Words>,
    /// Bus errors that are to happen.
    pub faults: Vec<Fault>,
}

impl Program {
    /// A program without jobs, whose ring has 2 to the power of `ring_bits` descriptors, in `memory`.
    pub fn new(mut memory: Memory, ring_bits: u32) -> Self {
        let bytes = (crate::descriptor::BYTES as u64) << ring_bits;
        let ring = memory.allocate(Kind::Descriptors, bytes, 128, 0);
        Self {
            memory,
            ring,
            ring_bits,
            descriptors: Vec::new(),
            faults: Vec::new(),
        }
    }

    /// Where descriptor number `index` lies.
    pub fn slot(&self, index: u64) -> u64 {
        let place = index & ((1 << self.ring_bits) - 1);
        self.ring + place * crate::descriptor::BYTES as u64
    }
}
