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
//!   ([`crate::plan::After`]): its beat i may start in
//!   `T_p + min(lead + i, m_p - 1) + L + 1`. As both tiles advance one beat per cycle,
//!   the condition for i = 0 implies the others, and the beats of a tile are contiguous:
//!   this is why `T_j` alone describes a tile.
//!
//! Nothing else delays a tile, so `T_j` is the largest of the three bounds. The last
//! sum is valid in `T_last + m_last - 1 + L`; counting that cycle and cycle 0, a
//! sequence takes `T_last + m_last + L` cycles.
//!
//! Output-stationary tiles come in groups of P = La, and groups in runs. What uses the
//! port of the seeds (weight-stationary beats, exchanges) is offered strictly in the
//! order of the plan. Let group j of a run of n have `K_j` beats per tile and `r_j` rows. Exchange
//! sequence `X_j` seeds group j and takes out group j-2, `R_j = max(1, r_j, r_{j-2})`
//! rows of P exchanges; `X_{n+1}` and `X_{n+2}` seed nothing. Everything starts in
//! phase 0, a multiple of P.
//! * `X_j` starts when the port is free, at `T_{j-1} + P` or later, and a cycle or more after the sums
//!   that it carries as seeds are valid, all of them.
//! * Group j starts (`T_j`) with the last row of `X_j` at the earliest, when the beats before it are
//!   through, and later than the word-beat of its first beat, accepted in the cycle of the latest swap. Its `P K_j` beats are contiguous.
//! * The flush after the last group is a group without beats: it starts like one, takes P cycles, and `X_{n+2}` follows it.
//!   A second flush comes with the last row of `X_{n+2}`, so that it costs nothing.

use crate::plan::{Plan, Step};
use heddle_hdl::ArrayConfig;
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
    /// Output-stationary tiles: seeds entered or sums left, and nothing was computed.
    pub exchange: u64,
    /// From the last beat or exchange to its sums, once at the end.
    pub drain: u64,
}

impl Breakdown {
    /// All parts together.
    pub fn total(&self) -> u64 {
        self.beats + self.weight_load + self.round_trip + self.exchange + self.drain
    }
}

/// A run of output-stationary groups that is under way.
#[derive(Clone, Copy, Debug)]
struct Run {
    /// First beat of the latest group.
    turn: u64,
    /// Rows of the latest group and of the one before it.
    rows: [u64; 2],
}

/// The event model, one tile or group at a time.
#[derive(Clone, Debug)]
pub struct Timeline {
    latency: u64,
    phases: u64,
    /// The latest swap of weights.
    swap: u64,
    /// Cycle after the latest beat or flush.
    free: u64,
    /// Cycle after the latest use of the seeds' port.
    port_free: u64,
    run: Option<Run>,
    parts: Breakdown,
}

impl Timeline {
    /// No tile yet, on the array of `config`.
    pub fn new(config: &ArrayConfig) -> Self {
        Self {
            latency: config.latency() as u64,
            phases: config.phases() as u64,
            swap: 0,
            free: 0,
            port_free: 0,
            run: None,
            parts: Breakdown::default(),
        }
    }

    /// Adds a weight-stationary tile; returns the cycle of its first beat. `seeds_from`
    /// is the cycle in which the beat that its first seeds come from was accepted, lead
    /// included. A run must have been [ended](Self::end_run).
    #[inline]
    pub fn tile(&mut self, weight_beats: usize, beats: usize, seeds_from: Option<u64>) -> u64 {
        debug_assert!(self.run.is_none());
        let loaded = self.free.max(self.swap + weight_beats as u64);
        let unseeded = loaded.max(self.port_free);
        let seeded = seeds_from.map_or(0, |accepted| accepted + self.latency + 1);
        let start = unseeded.max(seeded);
        self.parts.weight_load += loaded - self.free;
        self.parts.exchange += unseeded - loaded;
        self.parts.round_trip += start - unseeded;
        self.parts.beats += beats as u64;
        self.swap = start;
        self.free = start + beats as u64;
        self.port_free = self.free;
        start
    }

    /// Adds an output-stationary group to the run, or begins one: `beats` for each of
    /// its tiles, seeds for `rows` rows. Returns the cycle of its first exchange, the
    /// first of P times `max(1, rows, rows of the group before the last)` in a row.
    /// `seeds_from` is the latest cycle in which anything was accepted whose sums it
    /// needs.
    #[inline]
    pub fn group(&mut self, beats: usize, rows: usize, seeds_from: Option<u64>) -> u64 {
        let seeded = seeds_from.map_or(0, |accepted| accepted + self.latency + 1);
        let (exchange, start) = self.turn(rows as u64, seeded);
        let (_, unseeded) = self.clone().turn(rows as u64, 0);
        let loaded = self.free.max(self.swap + 1);
        // The very first word-beat; afterwards words are as early as beats.
        self.parts.weight_load += loaded.min(unseeded) - self.free;
        self.parts.exchange += unseeded - loaded.min(unseeded);
        self.parts.round_trip += start - unseeded;
        let beats = beats as u64 * self.phases;
        self.parts.beats += beats;
        self.swap = start + beats - 1;
        self.free = start + beats;
        self.began(exchange, start, rows as u64);
        exchange
    }

    /// Ends the run, if there is one: the flush, and the sums that are left. Returns the
    /// cycles of the first exchange of each of its last two sequences.
    pub fn end_run(&mut self) -> Option<[u64; 2]> {
        self.run?;
        let (exchange, flush) = self.turn(0, 0);
        self.began(exchange, flush, 0);
        self.parts.exchange += flush + self.phases - self.free;
        self.free = flush + self.phases;
        let (last, _) = self.turn(0, 0);
        self.began(last, flush, 0);
        self.run = None;
        Some([exchange, last])
    }

    /// When the next exchange sequence would start, and the group that it seeds.
    fn turn(&self, rows: u64, seeded: u64) -> (u64, u64) {
        let aligned = |cycle: u64| cycle.next_multiple_of(self.phases);
        let after = self.run.map_or(0, |run| run.turn + self.phases);
        let exchange = aligned(self.port_free.max(after).max(seeded));
        let last_row = exchange + (self.exchanged(rows) - 1) * self.phases;
        let loaded = if self.run.is_none() { self.swap + 1 } else { 0 };
        (exchange, aligned(last_row.max(self.free).max(loaded)))
    }

    /// Rows of the sequence that seeds `rows`.
    fn exchanged(&self, rows: u64) -> u64 {
        self.run.map_or(rows, |run| rows.max(run.rows[1])).max(1)
    }

    fn began(&mut self, exchange: u64, turn: u64, rows: u64) {
        self.port_free = exchange + self.exchanged(rows) * self.phases;
        let before = self.run.map_or(0, |run| run.rows[0]);
        self.run = Some(Run {
            turn,
            rows: [rows, before],
        });
    }

    /// Cycles until the last sum of the tiles so far is valid; 0 without a tile.
    pub fn cycles(&self) -> u64 {
        self.breakdown().total()
    }

    /// Where [`Timeline::cycles`] went.
    pub fn breakdown(&self) -> Breakdown {
        let mut done = self.clone();
        done.end_run();
        if done.port_free == 0 {
            return Breakdown::default();
        }
        Breakdown {
            exchange: done.parts.exchange + (done.port_free - done.free),
            drain: done.latency,
            ..done.parts
        }
    }
}

/// Cycles of each job of a planned batch that is streamed without gaps or stalls: from
/// the last sum of the job before it (for the first: from the first weight) to its own
/// last sum. They add up to the cycles of the batch.
pub fn predict(config: &ArrayConfig, plan: &Plan) -> Vec<u64> {
    walk(config, plan).0
}

/// What a planned batch takes that is streamed without gaps or stalls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prediction {
    /// Cycles of each job, as [`predict`] has them.
    pub job_cycles: Vec<u64>,
    /// Where they go, all jobs together.
    pub breakdown: Breakdown,
}

impl Prediction {
    /// That of a planned batch.
    pub fn of(config: &ArrayConfig, plan: &Plan) -> Self {
        let (job_cycles, timeline) = walk(config, plan);
        Self {
            job_cycles,
            breakdown: timeline.breakdown(),
        }
    }
}

/// The cycles of each job of a batch, and its events.
fn walk(config: &ArrayConfig, plan: &Plan) -> (Vec<u64>, Timeline) {
    let mut timeline = Timeline::new(config);
    // For each step the cycle in which what its first sum comes from was accepted.
    let mut starts = vec![0; plan.steps.len()];
    let sums = |step: usize| {
        let sums = plan.sums_of(step);
        sums.end - sums.start
    };
    let mut run = Vec::new();
    for (index, step) in plan.steps.iter().enumerate() {
        match step {
            Step::Tile(tile) => {
                let seeds_from = tile
                    .after
                    .map(|after| starts[after.step] + after.lead as u64);
                starts[index] = timeline.tile(tile.weight_beats, tile.beats, seeds_from);
            }
            Step::Group(group) => {
                let seeds_from = group.after.map(|after| starts[after] + sums(after) - 1);
                let exchange = timeline.group(group.beats, group.rows, seeds_from);
                run.push(index);
                if let [.., leaving, _, _] = run[..] {
                    starts[leaving] = exchange;
                }
            }
            Step::Flush { .. } => {
                let leaving = timeline.end_run().unwrap_or_default();
                for (&group, exchange) in run.iter().rev().zip([leaving[1], leaving[0]]) {
                    starts[group] = exchange;
                }
                run.clear();
            }
        }
    }
    let mut before = 0;
    let cycles = plan
        .last_steps
        .iter()
        .map(|step| {
            let Some(step) = *step else { return 0 };
            let end = starts[step] + sums(step) + config.latency() as u64;
            let cycles = end - before;
            before = end;
            cycles
        })
        .collect();
    (cycles, timeline)
}

#[cfg(test)]
mod tests {
    use super::*;
    use heddle_format::Format;

    /// L = 16 + 16 + 1 = 33, P = 1.
    fn int8() -> Timeline {
        Timeline::new(&ArrayConfig::new(16, 16, Format::Int8))
    }

    /// L = 64 + 16 + 1 = 81, P = 4.
    fn bf16() -> Timeline {
        Timeline::new(&ArrayConfig::new(16, 16, Format::Bf16))
    }

    #[test]
    fn one_tile_is_load_stream_and_latency() {
        let mut timeline = int8();
        assert_eq!(timeline.cycles(), 0);
        assert_eq!(timeline.tile(16, 20, None), 16);
        assert_eq!(timeline.cycles(), 16 + 20 + 33);
    }

    #[test]
    fn the_slowest_of_three_bounds_starts_a_tile() {
        let mut timeline = int8();
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
                exchange: 0,
                drain: 33
            }
        );
    }

    #[test]
    fn one_group_is_seeds_beats_flush_sums_and_latency() {
        let mut timeline = int8();
        assert_eq!(timeline.group(20, 16, None), 0);
        // It starts with the last row's seeds, in cycle 15, and is flushed in cycle 35.
        assert_eq!(timeline.breakdown().beats, 20);
        assert_eq!(timeline.clone().end_run(), Some([16, 36]));
        assert_eq!(timeline.cycles(), 15 + 20 + 1 + 16 + 33);
        let mut timeline = bf16();
        assert_eq!(timeline.group(20, 16, None), 0);
        assert_eq!(timeline.clone().end_run(), Some([64, 60 + 80 + 4]));
        assert_eq!(timeline.cycles(), 60 + 80 + 4 + 64 + 81);
    }

    #[test]
    fn groups_follow_each_other_at_full_rate() {
        for (mut timeline, phases) in [(int8(), 1), (bf16(), 4)] {
            for (beats, cost) in [(20, 20), (16, 16), (3, 16)] {
                (0..5).for_each(|_| {
                    timeline.group(beats, 16, None);
                });
                let before = timeline.cycles();
                timeline.group(beats, 16, None);
                assert_eq!(timeline.cycles() - before, cost * phases);
            }
        }
    }

    #[test]
    fn weight_stationary_tiles_and_runs_take_turns_at_the_seeds_port() {
        let mut timeline = int8();
        timeline.tile(16, 5, None); // beats in 16 to 20
        assert_eq!(timeline.group(4, 2, None), 21); // rows in 21 and 22, beats in 22 to 25
        assert_eq!(timeline.end_run(), Some([23, 27])); // flush in 26, rows in 27 and 28
        assert_eq!(timeline.tile(3, 5, None), 29);
        // Of the wait for the port, one cycle is the wait for the third word-beat.
        assert_eq!(timeline.breakdown().weight_load, 16 + 1);
        assert_eq!(timeline.breakdown().exchange, 1 + 1 + 1);
        assert_eq!(timeline.breakdown().total(), 29 + 5 + 33);
    }

    #[test]
    fn a_group_waits_for_the_sums_that_seed_it() {
        let mut timeline = bf16();
        timeline.tile(16, 5, None); // the last beat in 20
        assert_eq!(timeline.group(4, 2, Some(20)), 104); // 20 + 81 + 1, in phase 0
        assert_eq!(timeline.breakdown().total(), timeline.cycles());
    }
}
