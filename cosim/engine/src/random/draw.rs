//! Draws from a seed.

use heddle_gemm::Mask;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Draws that depend on a seed and a number alone.
pub(super) struct Draw(ChaCha8Rng);

impl Draw {
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self(rng)
    }

    pub(super) fn word(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Uniform in `0..bound`, up to a bias of `bound / 2^64`.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.word()) * u128::from(bound)) >> 64) as u64
    }

    pub(super) fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    pub(super) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len() as u64) as usize]
    }

    /// A dimension from 1 to `most`, a quarter of them at most 4.
    pub(super) fn dim(&mut self, most: usize) -> usize {
        let most = if self.one_in(4) { most.min(4) } else { most };
        1 + self.below(most as u64) as usize
    }

    /// No mask, or one that keeps none, a quarter, half, three quarters or all.
    pub(super) fn mask(&mut self, len: usize) -> Option<Mask> {
        let quarters = match self.below(10) {
            0..=2 => return None,
            3 => 0,
            4 => 4,
            other => 1 + (other - 5) % 3,
        };
        Some((0..len).map(|_| self.below(4) < quarters).collect())
    }
}
