//! Random gaps and stalls.

use rand_chacha::rand_core::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Random holes in the traffic: probabilities per cycle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Disturbance {
    /// Seed of the draws.
    pub seed: u64,
    /// That no weight beat is offered.
    pub weight_gap: f64,
    /// That no beat of activations is offered.
    pub beat_gap: f64,
    /// That no exchange is offered.
    pub exchange_gap: f64,
    /// That the array is stalled (`en_i` low).
    pub stall: f64,
}

/// Draws of a disturbance.
pub(super) struct Chance {
    rng: ChaCha8Rng,
    weight_gap: u64,
    beat_gap: u64,
    exchange_gap: u64,
    stall: u64,
}

impl Chance {
    pub fn new(disturbance: Disturbance) -> Self {
        let threshold = |p: f64| (p.clamp(0.0, 1.0) * f64::from(u32::MAX)) as u64;
        Self {
            rng: ChaCha8Rng::seed_from_u64(disturbance.seed),
            weight_gap: threshold(disturbance.weight_gap),
            beat_gap: threshold(disturbance.beat_gap),
            exchange_gap: threshold(disturbance.exchange_gap),
            stall: threshold(disturbance.stall),
        }
    }

    /// What is held back in the next cycle.
    pub fn draw(&mut self) -> Gaps {
        let mut hit = |threshold| u64::from(self.rng.next_u32()) < threshold;
        Gaps {
            weight: hit(self.weight_gap),
            beat: hit(self.beat_gap),
            exchange: hit(self.exchange_gap),
            stall: hit(self.stall),
        }
    }
}

/// What is held back in one cycle.
#[derive(Clone, Copy, Default)]
pub(super) struct Gaps {
    pub weight: bool,
    pub beat: bool,
    pub exchange: bool,
    pub stall: bool,
}
