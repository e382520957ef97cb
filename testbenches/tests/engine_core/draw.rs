//! Numbers at random.

use rand_chacha::rand_core::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub struct Draw(ChaCha8Rng);

impl Draw {
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        (self.0.next_u64() % end.max(1) as u64) as usize
    }

    /// A number from 1 to `most`.
    pub fn upto(&mut self, most: usize) -> usize {
        1 + self.below(most)
    }

    /// Whether it is one of `of` cases.
    pub fn one_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    /// A mask; all kept, some, or none.
    pub fn mask(&mut self, len: usize) -> Vec<bool> {
        let kind = self.below(8);
        (0..len)
            .map(|_| match kind {
                0 => true,
                1 => self.one_in(8),
                2 => !self.one_in(8),
                3 if self.0.next_u64().is_multiple_of(16) => true,
                3 => false,
                _ => self.one_in(2),
            })
            .collect()
    }
}
