//! Numbers drawn one after the other, the same from the same seed (Knuth's MMIX generator).
#![allow(dead_code)] // each test uses some of it

/// Where the draws stand.
pub struct Draw(pub u64);

impl Draw {
    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    /// A number below `end`, once in `times` below `rare`.
    pub fn mostly(&mut self, times: u64, rare: u64, end: u64) -> u64 {
        let end = if self.once_in(times) { rare } else { end };
        self.below(end)
    }

    /// Once in `times`.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// One of `some`.
    pub fn of<T: Copy>(&mut self, some: &[T]) -> T {
        some[self.below(some.len() as u64) as usize]
    }
}
