//! The three dimensions of a product.

use crate::Mask;
use std::fmt;

/// M, K and N of a product: A is M x K, B is K x N, C is M x N.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Shape {
    /// Rows of A and C.
    pub m: usize,
    /// Columns of A and rows of B: the reduction.
    pub k: usize,
    /// Columns of B and C.
    pub n: usize,
}

impl Shape {
    /// M x K x N.
    pub const fn new(m: usize, k: usize, n: usize) -> Self {
        Self { m, k, n }
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.m == 0 || self.k == 0 || self.n == 0
    }

    /// Multiply-accumulates in it.
    pub fn macs(&self) -> u64 {
        self.m as u64 * self.k as u64 * self.n as u64
    }

    /// How many of each are kept by the masks on m, k and n; `None` keeps all.
    pub fn kept(self, masks: [Option<&Mask>; 3]) -> Self {
        let kept = |mask: Option<&Mask>, all| mask.map_or(all, |mask| mask.kept().len());
        let [m, k, n] = masks;
        Self::new(kept(m, self.m), kept(k, self.k), kept(n, self.n))
    }

    /// That of the transposed product `C^T = B^T A^T`.
    pub fn transposed(self) -> Self {
        Self::new(self.n, self.k, self.m)
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} x {} x {}", self.m, self.k, self.n)
    }
}
