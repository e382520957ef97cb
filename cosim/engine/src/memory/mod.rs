//! The memory behind the engine: bytes, the regions that a program uses, and guard bytes everywhere
//! else; [`AxiMemory`] serves it through AXI, cycle by cycle.

mod axi;
mod disturb;
mod fault;
mod protocol;
mod traffic;

pub use axi::{AxiMemory, Timing};
pub use disturb::Disturbance;
pub use fault::{Direction, Fault, FaultAt, Fired, Response};
pub use protocol::{Limits, Protocol};
pub use traffic::{Traffic, Volume};

use std::ops::Range;

/// What lies in a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The ring of descriptors.
    Descriptors,
    /// A mask.
    Mask,
    /// A.
    A,
    /// B.
    B,
    /// C0 where it lies in another place than C.
    C0,
    /// C, and C0 in the same place: what is read of it is C0.
    C,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 6] = [
        Kind::Descriptors,
        Kind::Mask,
        Kind::A,
        Kind::B,
        Kind::C0,
        Kind::C,
    ];

    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Descriptors => "descriptors",
            Kind::Mask => "mask",
            Kind::A => "a",
            Kind::B => "b",
            Kind::C0 => "c0",
            Kind::C => "c",
        }
    }
}

/// A stretch of memory that a program uses. All else is guard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// Its addresses.
    pub range: Range<u64>,
    /// What lies in it.
    pub kind: Kind,
}

/// Bytes from a base address on, most of them guards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Memory {
    base: u64,
    bytes: Vec<u8>,
    /// In increasing order, since they are allocated so.
    regions: Vec<Region>,
}

/// Guard bytes between two regions at least.
const GUARD: u64 = 96;

impl Memory {
    /// A memory that begins at `base`, a multiple of 4096, and has no region yet.
    ///
    /// # Panics
    /// If `base` is no multiple of 4096.
    pub fn new(base: u64) -> Self {
        assert!(base.is_multiple_of(4096), "a base within a page");
        let mut memory = Self {
            base,
            bytes: Vec::new(),
            regions: Vec::new(),
        };
        memory.grow(GUARD);
        memory
    }

    /// What a byte is before anybody writes it: different in all directions.
    fn guard(address: u64) -> u8 {
        (address.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8 | 1
    }

    fn grow(&mut self, bytes: u64) {
        let from = self.end();
        self.bytes.extend((from..from + bytes).map(Self::guard));
    }

    /// The first address behind the memory.
    pub fn end(&self) -> u64 {
        self.base + self.bytes.len() as u64
    }

    /// Its addresses.
    pub fn range(&self) -> Range<u64> {
        self.base..self.end()
    }

    /// Makes a region of `bytes` bytes whose first one lies `offset` bytes behind a multiple of
    /// `align`, with guards on both sides; tells its address.
    pub fn allocate(&mut self, kind: Kind, bytes: u64, align: u64, offset: u64) -> u64 {
        let start = (self.end() + GUARD).next_multiple_of(align) + offset;
        self.grow(start + bytes + GUARD - self.end());
        self.regions.push(Region {
            range: start..start + bytes,
            kind,
        });
        start
    }

    /// The regions, in increasing order.
    pub fn regions(&self) -> &[Region] {
        &self.regions
    }

    /// Index of the first region that some of `range` lies in.
    pub fn region_of(&self, range: Range<u64>) -> Option<usize> {
        let at = self
            .regions
            .partition_point(|region| region.range.end <= range.start);
        self.regions
            .get(at)
            .is_some_and(|region| region.range.start < range.end)
            .then_some(at)
    }

    /// The addresses at which another memory of the same size has another byte.
    pub fn differences<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = u64> + 'a {
        let pairs = self.bytes.iter().zip(&other.bytes).enumerate();
        pairs
            .filter(|(_, (one, two))| one != two)
            .map(|(index, _)| self.base + index as u64)
    }
}

/// Bytes by address.
pub trait Bytes {
    /// The byte at `address`; 0 where there is no memory.
    fn byte(&self, address: u64) -> u8;

    /// Writes a byte; nothing where there is no memory.
    fn set(&mut self, address: u64, byte: u8);

    /// The little-endian number of `bytes` bytes at `address`.
    fn number(&self, address: u64, bytes: usize) -> u64 {
        (0..bytes).rev().fold(0, |number, i| {
            number << 8 | u64::from(self.byte(address.wrapping_add(i as u64)))
        })
    }

    /// `len` bits from `address` on, the lowest of each byte first.
    fn bits(&self, address: u64, len: usize) -> Vec<bool> {
        let bit = |i: usize| self.byte(address.wrapping_add(i as u64 / 8)) >> (i % 8) & 1 == 1;
        (0..len).map(bit).collect()
    }

    /// Writes bytes from `address` on.
    fn write(&mut self, address: u64, bytes: &[u8]) {
        for (i, byte) in bytes.iter().enumerate() {
            self.set(address.wrapping_add(i as u64), *byte);
        }
    }
}

impl Bytes for Memory {
    fn byte(&self, address: u64) -> u8 {
        let index = address.wrapping_sub(self.base);
        let index = usize::try_from(index).ok();
        index
            .and_then(|at| self.bytes.get(at).copied())
            .unwrap_or(0)
    }

    fn set(&mut self, address: u64, byte: u8) {
        let index = address.wrapping_sub(self.base);
        let index = usize::try_from(index).ok();
        if let Some(to) = index.and_then(|at| self.bytes.get_mut(at)) {
            *to = byte;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_lie_apart_where_they_are_wanted() {
        let mut memory = Memory::new(0x12_3456_7000);
        let first = memory.allocate(Kind::A, 100, 64, 6);
        let second = memory.allocate(Kind::C, 4, 128, 0);
        assert_eq!((first % 64, second % 128), (6, 0));
        assert!(second - (first + 100) >= GUARD && memory.end() - (second + 4) >= GUARD);
        assert_eq!(memory.region_of(first - 8..first), None);
        assert_eq!(memory.region_of(first - 8..first + 1), Some(0));
        assert_eq!(memory.region_of(second + 3..second + 64), Some(1));
        assert_eq!(memory.region_of(second + 4..second + 64), None);
    }

    #[test]
    fn numbers_are_little_endian_and_nothing_is_outside() {
        let mut memory = Memory::new(0);
        let at = memory.allocate(Kind::A, 8, 8, 0);
        memory.write(at, &[1, 2, 3, 4]);
        assert_eq!(memory.number(at, 4), 0x0403_0201);
        let before = memory.clone();
        memory.write(u64::MAX, &[1, 2]);
        memory.set(memory.end(), 1);
        assert_eq!(memory.number(memory.end(), 8), 0);
        memory.set(at + 1, 9);
        assert_eq!(before.differences(&memory).collect::<Vec<_>>(), [0, at + 1]);
    }
}
