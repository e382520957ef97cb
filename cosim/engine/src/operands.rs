//! Matrices in memory.

use crate::descriptor::{Descriptor, Place};
use crate::memory::{Bytes, Kind, Memory};
use crate::Sizes;

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

/// `job` with room for its A, B and C, which all lie alike.
pub fn placed(memory: &mut Memory, sizes: &Sizes, job: Descriptor, lie: Lie) -> Descriptor {
    let (layout, shape) = (job.layout, job.shape);
    let (operand, sum) = (sizes.operand_bytes, sizes.sum_bytes);
    Descriptor {
        a: room(memory, Kind::A, layout.a(shape), operand, lie),
        b: room(memory, Kind::B, layout.b(shape), operand, lie),
        c: room(memory, Kind::C, (shape.m, shape.n), sum, lie),
        ..job
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
