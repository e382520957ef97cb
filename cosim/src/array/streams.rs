//! The three streams of the array's edge: weights in, beats in, sums out.
//!
//! Each stream walks through the plan's tiles at its own pace and moves words between
//! the host's memory and the ports. What a lane carries is decided here, and only here:
//!
//! | lane                         | dense | gated  | packed |
//! |------------------------------|-------|--------|--------|
//! | kept k, m or n               | its operand | its operand | its operand |
//! | dropped k, m or n            | +0    | poison, keep bit low | not sent |
//! | padding of a ragged edge     | poison, keep bit low | poison, keep bit low | poison, keep bit low |
//!
//! Poison is an operand that would show in the sums if a gate leaked it.

use super::element::ArrayElement;
use super::lanes;
use super::observer::FetchObserver;
use super::plan::Plan;
use super::port::{Edge, EdgeIn, EdgeOut};
use super::tile_lanes::{Lane, TileLanes};
use super::tiler::Sent;
use super::traffic::Traffic;
use heddle_gemm::{Job, MatMut, Policy};
use heddle_hdl::ArrayConfig;

/// What all streams read.
pub(super) struct Work<'w, 'j, E: ArrayElement> {
    pub config: &'w ArrayConfig,
    pub policy: Policy,
    pub jobs: &'w [Job<'j, E>],
    pub plan: &'w Plan,
}

impl<E: ArrayElement> Clone for Work<'_, '_, E> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<E: ArrayElement> Copy for Work<'_, '_, E> {}

/// A place in the plan: a tile and a beat of it.
#[derive(Clone, Copy, Default)]
struct Cursor {
    tile: usize,
    beat: usize,
}

impl Cursor {
    /// Steps to the next of `beats` beats; true if that is in another tile.
    fn step(&mut self, beats: usize) -> bool {
        self.beat += 1;
        if self.beat == beats {
            *self = Self {
                tile: self.tile + 1,
                beat: 0,
            };
            return true;
        }
        false
    }
}

/// Weights on their way in.
pub(super) struct WeightStream<'w, 'j, E: ArrayElement> {
    work: Work<'w, 'j, E>,
    at: Cursor,
    lanes: TileLanes,
    loaded: bool,
}

impl<'w, 'j, E: ArrayElement> WeightStream<'w, 'j, E> {
    pub fn new(work: Work<'w, 'j, E>) -> Self {
        let mut stream = Self {
            work,
            at: Cursor::default(),
            lanes: TileLanes::new(work.config),
            loaded: false,
        };
        stream.enter();
        stream
    }

    fn enter(&mut self) {
        if let Some(tile) = self.work.plan.tiles.get(self.at.tile) {
            self.lanes
                .set(self.work.policy, &self.work.jobs[tile.job], tile);
        }
    }

    /// Whether a beat is left.
    pub fn pending(&self) -> bool {
        self.at.tile < self.work.plan.tiles.len()
    }

    /// Puts the next beat on the ports, if it is not there yet.
    pub fn load(
        &mut self,
        input: &mut EdgeIn,
        traffic: &mut [Traffic],
        observer: &mut Option<&mut dyn FetchObserver>,
    ) {
        if self.loaded {
            return;
        }
        self.loaded = true;
        let tile = &self.work.plan.tiles[self.at.tile];
        let b = &self.work.jobs[tile.job].b;
        let (stride, across, line, along, bus) = match tile.edge {
            Edge::Top => (
                (b.row_stride(), b.col_stride()),
                &self.lanes.cols,
                self.lanes.rows.kinds[self.at.beat],
                tile.cols,
                &mut input.w_top,
            ),
            Edge::Left => (
                (b.col_stride(), b.row_stride()),
                &self.lanes.rows,
                self.lanes.cols.kinds[self.at.beat],
                tile.rows,
                &mut input.w_left,
            ),
        };
        let bits = self.work.config.operand_bits();
        fill(bus, bits, E::POISON);
        match line {
            Lane::Data(index) => {
                let base = index * stride.0;
                across
                    .zeros
                    .iter()
                    .for_each(|&lane| lanes::put(bus, bits, lane, 0));
                for &(lane, other) in &across.data {
                    let word = b.data()[base + other * stride.1];
                    lanes::put(bus, bits, lane, word.to_bits());
                }
                if let Some(observer) = observer {
                    for &(_, other) in &across.data {
                        let (k, n) = match tile.edge {
                            Edge::Top => (index, other),
                            Edge::Left => (other, index),
                        };
                        observer.weight(tile.job, k, n, base + other * stride.1);
                    }
                }
                traffic[tile.job].weights.moved(across.data.len());
            }
            Lane::Zero => (0..along).for_each(|lane| lanes::put(bus, bits, lane, 0)),
            Lane::Gated => {}
        }
        input.w_edge = tile.edge;
        input.w_keep = line != Lane::Gated;
        input.w_last = self.at.beat + 1 == tile.weight_beats;
        input.row_keep.copy_from_slice(&self.lanes.rows.keep);
        input.col_keep.copy_from_slice(&self.lanes.cols.keep);
    }

    /// To be called when the beat was accepted.
    pub fn accepted(&mut self) {
        self.loaded = false;
        if self
            .at
            .step(self.work.plan.tiles[self.at.tile].weight_beats)
        {
            self.enter();
        }
    }
}

/// Beats of activations and seeds on their way in.
pub(super) struct BeatStream<'w, 'j, E: ArrayElement> {
    work: Work<'w, 'j, E>,
    at: Cursor,
    lanes: TileLanes,
    loaded: bool,
    /// Sums that must be back before the tile's first beat, and the most that any of
    /// its beats needs.
    needs: (u64, u64),
    /// What the array's counters of useful MACs and dropped beats should show.
    pub issued_macs: u64,
    pub dropped: u64,
}

impl<'w, 'j, E: ArrayElement> BeatStream<'w, 'j, E> {
    pub fn new(work: Work<'w, 'j, E>) -> Self {
        let mut stream = Self {
            work,
            at: Cursor::default(),
            lanes: TileLanes::new(work.config),
            loaded: false,
            needs: (0, 0),
            issued_macs: 0,
            dropped: 0,
        };
        stream.enter();
        stream
    }

    fn enter(&mut self) {
        let tiles = &self.work.plan.tiles;
        if let Some(tile) = tiles.get(self.at.tile) {
            self.lanes
                .set(self.work.policy, &self.work.jobs[tile.job], tile);
            self.needs = tile.after.map_or((0, 0), |after| {
                let from = &tiles[after.tile];
                (
                    from.first_beat + after.lead as u64 + 1,
                    from.first_beat + from.beats as u64,
                )
            });
        }
    }

    /// Whether a beat is left whose seeds are among the first `received` sums.
    pub fn pending(&self, received: u64) -> bool {
        let (first, most) = self.needs;
        self.at.tile < self.work.plan.tiles.len()
            && received >= (first + self.at.beat as u64).min(most)
    }

    /// Whether the next beat is the first of its tile.
    pub fn first(&self) -> bool {
        self.at.beat == 0
    }

    /// Puts the next beat on the ports, if it is not there yet.
    pub fn load(
        &mut self,
        outputs: &[MatMut<'_, E::Acc>],
        input: &mut EdgeIn,
        traffic: &mut [Traffic],
        observer: &mut Option<&mut dyn FetchObserver>,
    ) {
        if self.loaded {
            return;
        }
        self.loaded = true;
        let tile = &self.work.plan.tiles[self.at.tile];
        let job = &self.work.jobs[tile.job];
        let config = self.work.config;
        let (bits, acc_bits) = (config.operand_bits(), config.acc_bits());
        fill(&mut input.a, bits, E::POISON);
        input.c.fill(u32::MAX);
        let line = self.line();
        match line {
            Lane::Data(m) => {
                self.lanes
                    .rows
                    .zeros
                    .iter()
                    .for_each(|&lane| lanes::put(&mut input.a, bits, lane, 0));
                self.lanes
                    .cols
                    .zeros
                    .iter()
                    .for_each(|&lane| lanes::put(&mut input.c, acc_bits, lane, 0));
                let base = m * job.a.row_stride();
                for &(lane, k) in &self.lanes.rows.data {
                    let word = job.a.data()[base + k * job.a.col_stride()];
                    lanes::put(&mut input.a, bits, lane, word.to_bits());
                }
                let c = &outputs[job.c];
                for &(lane, n) in &self.lanes.cols.data {
                    lanes::put(&mut input.c, acc_bits, lane, E::seed_bits(c.at(m, n)));
                }
                if let Some(observer) = observer {
                    for &(_, k) in &self.lanes.rows.data {
                        observer.activation(tile.job, m, k, base + k * job.a.col_stride());
                    }
                    for &(_, n) in &self.lanes.cols.data {
                        observer.seed(tile.job, m, n);
                    }
                }
                traffic[tile.job]
                    .activations
                    .moved(self.lanes.rows.data.len());
                traffic[tile.job].seeds.moved(self.lanes.cols.data.len());
            }
            Lane::Zero => {
                (0..tile.rows).for_each(|lane| lanes::put(&mut input.a, bits, lane, 0));
                (0..tile.cols).for_each(|lane| lanes::put(&mut input.c, acc_bits, lane, 0));
            }
            Lane::Gated => {}
        }
        input.a_first = self.at.beat == 0;
        input.a_keep = line != Lane::Gated;
    }

    fn line(&self) -> Lane {
        let job = &self.work.jobs[self.work.plan.tiles[self.at.tile].job];
        let sent = Sent::new(self.work.policy, job.keep_m, job.a.rows());
        Lane::new(self.work.policy, job.keep_m, sent.at(self.at.beat))
    }

    /// To be called when the beat was accepted.
    pub fn accepted(&mut self) {
        if self.line() == Lane::Gated {
            self.dropped += 1;
        } else {
            self.issued_macs += (self.lanes.rows.kept() * self.lanes.cols.kept()) as u64;
        }
        self.loaded = false;
        if self.at.step(self.work.plan.tiles[self.at.tile].beats) {
            self.enter();
        }
    }
}

/// Sums on their way out.
pub(super) struct SumStream<'w, 'j, E: ArrayElement> {
    work: Work<'w, 'j, E>,
    at: Cursor,
    lanes: TileLanes,
}

impl<'w, 'j, E: ArrayElement> SumStream<'w, 'j, E> {
    pub fn new(work: Work<'w, 'j, E>) -> Self {
        let mut stream = Self {
            work,
            at: Cursor::default(),
            lanes: TileLanes::new(work.config),
        };
        stream.enter();
        stream
    }

    fn enter(&mut self) {
        if let Some(tile) = self.work.plan.tiles.get(self.at.tile) {
            self.lanes
                .set(self.work.policy, &self.work.jobs[tile.job], tile);
        }
    }

    /// The tile whose sums come next.
    pub fn tile(&self) -> usize {
        self.at.tile
    }

    /// Stores the sums of the next beat.
    ///
    /// # Errors
    /// The expected keep bits, if the array's are others.
    pub fn store(
        &mut self,
        output: &EdgeOut,
        outputs: &mut [MatMut<'_, E::Acc>],
        traffic: &mut [Traffic],
        observer: &mut Option<&mut dyn FetchObserver>,
    ) -> Result<(), Vec<u32>> {
        let tile = &self.work.plan.tiles[self.at.tile];
        let job = &self.work.jobs[tile.job];
        let acc_bits = self.work.config.acc_bits();
        let sent = Sent::new(self.work.policy, job.keep_m, job.a.rows());
        let line = Lane::new(self.work.policy, job.keep_m, sent.at(self.at.beat));
        if line == Lane::Gated {
            if output.s_keep.iter().any(|&word| word != 0) {
                return Err(vec![0; output.s_keep.len()]);
            }
        } else if output.s_keep != self.lanes.cols.keep {
            return Err(self.lanes.cols.keep.clone());
        }
        if let Lane::Data(m) = line {
            let c = &mut outputs[job.c];
            for &(lane, n) in &self.lanes.cols.data {
                let word = lanes::get(&output.s, acc_bits, lane);
                c.set(m, n, E::sum_from_bits(word, acc_bits));
            }
            if let Some(observer) = observer {
                for &(_, n) in &self.lanes.cols.data {
                    observer.sum(tile.job, m, n);
                }
            }
            traffic[tile.job].sums.moved(self.lanes.cols.data.len());
        }
        if self.at.step(tile.beats) {
            self.enter();
        }
        Ok(())
    }
}

/// Every lane of a bus of `bits` (8 or 16) bits wide elements.
fn fill(bus: &mut [u32], bits: usize, value: u64) {
    let value = value as u32;
    bus.fill(if bits == 8 {
        value * 0x0101_0101
    } else {
        value * 0x0001_0001
    });
}
