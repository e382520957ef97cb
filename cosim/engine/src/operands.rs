//! Matrices in memory.

use crate::descriptor::Place;
use crate::memory::{Bytes, Kind, Memory};

/// How a matrix lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lie {
    /// Bytes between the end of a row and the beginning of the next.
    pub gap: usize,
    /// Bytes from a multiple of 64 to the first element.
    pub offset: usize,
}

/// Makes room for a matrix of `rows` x `cols` elements of `bytes` bytes each.
pub fn room(
    memory: &mut Memory,
    kind: Kind,
    (rows, cols): (usize, usize),
    bytes: usize,
    lie: Lie,
) -> Place {
    let stride = cols * bytes + lie.gap;
    let all = rows.saturating_sub(1) * stride + cols * bytes;
    let base = memory.allocate(kind, all as u64, 64, lie.offset as u64);
    Place {
        base,
        stride: stride as u32,
    }
}

/// Writes row after row of little-endian elements, `bytes` bytes each, into its place.
pub fn fill(
    memory: &mut Memory,
    place: Place,
    (rows, cols): (usize, usize),
    bytes: usize,
    elements: &[u8],
) {
    let row = cols * bytes;
    for (i, from) in elements.chunks(row.max(1)).take(rows).enumerate() {
        memory.write(place.row(i), from);
    }
}
