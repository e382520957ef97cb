//! The cycle model: when each tile of a sequence starts, and when the last sum is out.
//!
//! It follows from the handshakes of `hdl/INTERFACE.md` and a driver that offers
//! everything as early as it can. Let tile j have `w_j` weight beats and `m_j` beats of
//! activations, and let `T_j` be the cycle of its first beat, counted from the first
//! weight beat accepted (cycle 0).
//!
//! * The array holds one complete tile besides the one that computes, and frees its
//!   place in the very cycle of the swap. So weights of tile j are accepted in cycles
//!   `T_{j-1}` to `T_{j-1} + w_j - 1` (from 0 on for j = 0) without a gap: the driver
//!   always has the next beat at hand, and `T_{j-1}` is later than the last weight of
//!   tile j-1 by the next rule.
//! * A first beat is accepted in a later cycle than the last weight of its tile:
//!   `T_j >= T_{j-1} + w_j`, and `T_0 >= w_0`.
//! * Beats do not overtake: `T_j >= T_{j-1} + m_{j-1}`.
//! * The sums of beat i of tile p are valid in cycle `T_p + i + L` and may seed a beat
//!   one cycle later. Tile j waits for beats of tile p in step, `lead` beats ahead
//!   ([`crate::array::plan::After`]): its beat i may start in
//!   `T_p + min(lead + i, m_p - 1) + L + 1`. As both tiles advance one beat per cycle,
//!   the condition for i = 0 implies the others, and the beats of a tile are contiguous:
//!   this is why `T_j` alone describes a tile.
//!
//! Nothing else delays a tile, so `T_j` is the largest of the three bounds. The last
//! sum is valid in `T_last + m_last - 1 + L`; counting that cycle and cycle 0, a
//! sequence takes `T_last + m_last + L` cycles.

use crate::array::plan::Plan;
use serde::Serialize;

/// Where the cycles of a sequence of tiles went. The parts add up to the total.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Breakdown {
    /// Beats of activations: the array was computing, if with ragged tiles.
    pub beats: u64,
    /// A tile waited for its weights (the first one always does).
    pub weight_load: u64,
    /// A tile waited for the sums that seed it.
    pub round_trip: u64,
    /// From the last beat to its sums, once at the end.
    pub drain: u64,
}

impl Breakdown {
    /// All parts together.
    pub fn total(&self) -> u64 {
        self.beats + self.weight_load + self.round_trip + self.drain
    }
}

/// The event model, one tile at a time.
#[derive(Clone, Debug)]
pub struct Timeline {
    latency: u64,
    /// First beat of the latest tile.
    start: u64,
    /// Cycle after its last beat.
    free: u64,
    parts: Breakdown,
}

impl Timeline {
    /// No tile yet, on an array whose sums take `latency` cycles (L).
    pub fn new(latency: usize) -> Self {
        Self {
            latency: latency as u64,
            start: 0,
            free: 0,
            parts: Breakdown::default(),
        }
    }

    /// Adds a tile; returns the cycle of its first beat. `seeds_from` is the cycle in
    /// which the beat that its first seeds come from was accepted, lead included.
    #[inline]
    pub fn tile(&mut self, weight_beats: usize, beats: usize, seeds_from: Option<u64>) -> u64 {
        let loaded = self.start + weight_beats as u64;
        let seeded = seeds_from.map_or(0, |accepted| accepted + self.latency + 1);
        let unseeded = self.free.max(loaded);
        let start = unseeded.max(seeded);
        self.parts.weight_load += unseeded - self.free;
        self.parts.round_trip += start - unseeded;
        self.parts.beats += beats as u64;
        self.start = start;
        self.free = start + beats as u64;
        start
    }

    /// Cycles until the last sum of the tiles so far is valid; 0 without a tile.
    pub fn cycles(&self) -> u64 {
        if self.free == 0 {
            0
        } else {
            self.free + self.latency
        }
    }

    /// Where [`Timeline::cycles`] went.
    pub fn breakdown(&self) -> Breakdown {
        Breakdown {
            drain: if self.free == 0 { 0 } else { self.latency },
            ..self.parts
        }
    }
}

/// Cycles of each job of a planned batch that is streamed without gaps or stalls: from
/// the last sum of the job before it (for the first: from the first weight) to its own
/// last sum. They add up to the cycles of the batch.
pub fn predict(latency: usize, plan: &Plan) -> Vec<u64> {
    let mut timeline = Timeline::new(latency);
    let mut starts = Vec::with_capacity(plan.tiles.len());
    let mut before = 0;
    plan.job_ends
        .iter()
        .map(|&end| {
            for tile in &plan.tiles[starts.len()..end] {
                let seeds_from = tile
                    .after
                    .map(|after| starts[after.tile] + after.lead as u64);
                starts.push(timeline.tile(tile.weight_beats, tile.beats, seeds_from));
            }
            let cycles = timeline.cycles() - before;
            before += cycles;
            cycles
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_tile_is_load_stream_and_latency() {
        let mut timeline = Timeline::new(33);
        assert_eq!(timeline.cycles(), 0);
        assert_eq!(timeline.tile(16, 20, None), 16);
        assert_eq!(timeline.cycles(), 16 + 20 + 33);
        assert_eq!(timeline.breakdown().total(), timeline.cycles());
    }

    #[test]
    fn the_slowest_of_three_bounds_starts_a_tile() {
        let mut timeline = Timeline::new(33);
        timeline.tile(16, 5, None); // at 16
        assert_eq!(timeline.tile(16, 5, None), 32); // weights of 16 beats since the swap
        assert_eq!(timeline.tile(2, 5, None), 37); // the beats of the tile before
        assert_eq!(timeline.tile(2, 5, Some(32)), 32 + 33 + 1); // the round trip
        assert_eq!(
            timeline.breakdown(),
            Breakdown {
                beats: 20,
                weight_load: 16 + 11,
                round_trip: 66 - 42,
                drain: 33
            }
        );
        assert_eq!(timeline.breakdown().total(), timeline.cycles());
    }
}
