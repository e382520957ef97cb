//! What holds the channels back at random.

use rand_chacha::rand_core::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Random back-pressure and gaps; each number is the share of cycles in which a channel is held.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Disturbance {
    /// Seed of all draws.
    pub seed: u64,
    /// Addresses are not taken.
    pub addresses: f64,
    /// Read data are not offered.
    pub read_data: f64,
    /// Write data are not taken.
    pub write_data: f64,
    /// Responses of writes are not offered.
    pub responses: f64,
    /// Bytes become visible to reads as late as their response allows, and reads see them as
    /// early as their address allows, at random.
    pub reorder: bool,
}

impl Disturbance {
    /// A fifth of the cycles on every channel, and reordering.
    pub fn usual(seed: u64) -> Self {
        Self {
            seed,
            addresses: 0.2,
            read_data: 0.2,
            write_data: 0.2,
            responses: 0.2,
            reorder: true,
        }
    }
}

/// The draws.
#[derive(Clone, Debug)]
pub(super) struct Draw {
    of: Option<Disturbance>,
    rng: ChaCha8Rng,
}

impl Draw {
    pub(super) fn new(of: Option<Disturbance>) -> Self {
        Self {
            of,
            rng: ChaCha8Rng::seed_from_u64(of.map_or(0, |of| of.seed)),
        }
    }

    /// Whether a channel is held in this cycle.
    pub(super) fn holds(&mut self, share: fn(&Disturbance) -> f64) -> bool {
        let Some(of) = &self.of else { return false };
        let share = share(of);
        f64::from(self.rng.next_u32()) < share * 2f64.powi(32)
    }

    /// A coin, where reads and writes may pass each other.
    pub(super) fn reorders(&mut self) -> bool {
        self.of.is_some_and(|of| of.reorder) && self.rng.next_u32() & 1 == 1
    }
}
