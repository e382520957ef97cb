//! Weights on their way in: tiles that stay, and rows of B that pass by sums.

use super::super::element::ArrayElement;
use super::super::lanes;
use super::super::port::CycleIn;
use super::super::tile_lanes::{Lane, TileLanes};
use super::super::traffic::Traffic;
use super::{put_line, Cursor, GroupLanes, Observer, Work};
use heddle_schedule::plan::{Group, Step, Tile};
use heddle_schedule::Edge;

/// Weights on their way in.
pub(in super::super) struct WeightStream<'w, 'j, E: ArrayElement> {
    work: Work<'w, 'j, E>,
    at: Cursor,
    lanes: TileLanes,
    group: GroupLanes,
    loaded: bool,
    /// Tiles and rows of B that have been accepted whole: each is good for one swap.
    pub complete: u64,
}

impl<'w, 'j, E: ArrayElement> WeightStream<'w, 'j, E> {
    pub fn new(work: Work<'w, 'j, E>) -> Self {
        let mut stream = Self {
            work,
            at: Cursor::default(),
            lanes: TileLanes::new(work.config),
            group: GroupLanes::new(work.config),
            loaded: false,
            complete: 0,
        };
        stream.enter();
        stream
    }

    fn enter(&mut self) {
        while let Some(Step::Flush { .. }) = self.work.step(self.at.step) {
            self.at.step += 1;
        }
        match self.work.step(self.at.step) {
            Some(Step::Tile(tile)) => {
                self.lanes
                    .set(self.work.policy, &self.work.jobs[tile.job], tile);
            }
            Some(Step::Group(group)) => self.group.enter(&self.work, group),
            _ => {}
        }
    }

    /// Whether a beat is left.
    pub fn pending(&self) -> bool {
        self.at.step < self.work.plan.steps.len()
    }

    /// Puts the next beat on the ports, if it is not there yet.
    pub fn load(
        &mut self,
        input: &mut CycleIn,
        traffic: &mut [Traffic],
        observer: Observer<'_, '_>,
    ) {
        if self.loaded {
            return;
        }
        self.loaded = true;
        match self.work.step(self.at.step) {
            Some(Step::Tile(tile)) => self.load_tile(tile, input, traffic, observer),
            Some(Step::Group(group)) => self.load_row(group, input, traffic, observer),
            _ => {}
        }
    }

    /// A row or column of a tile that stays.
    fn load_tile(
        &mut self,
        tile: &Tile,
        input: &mut CycleIn,
        traffic: &mut [Traffic],
        observer: Observer<'_, '_>,
    ) {
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
        self.work.poison(bus);
        match line {
            Lane::Data(index) => {
                let base = index * stride.0;
                let tell = observer.as_mut().map(|observer| {
                    |other, address| {
                        let place = match tile.edge {
                            Edge::Top => (index, other),
                            Edge::Left => (other, index),
                        };
                        self.work
                            .tell_weight(&mut **observer, tile.job, place, address);
                    }
                });
                put_line(bus, bits, across, (b.data(), base, stride.1), tell);
                traffic[tile.job].weights.moved(across.data.len());
            }
            Lane::Zero => (0..along).for_each(|lane| lanes::put(bus, bits, lane, 0)),
            Lane::Gated => {}
        }
        input.w_os = false;
        input.w_edge = tile.edge;
        input.w_keep = line != Lane::Gated;
        input.w_last = self.at.beat + 1 == tile.weight_beats;
        input.row_keep.copy_from_slice(&self.lanes.rows.keep);
        input.col_keep.copy_from_slice(&self.lanes.cols.keep);
    }

    /// A row of B that passes by sums.
    fn load_row(
        &mut self,
        group: &Group,
        input: &mut CycleIn,
        traffic: &mut [Traffic],
        observer: Observer<'_, '_>,
    ) {
        let beat = self.group.beat(&self.work, group, self.at.beat);
        let lanes = &self.group.tiles[beat.phase];
        let bits = self.work.config.operand_bits();
        let bus = &mut input.w_top;
        self.work.poison(bus);
        match beat.k {
            Lane::Data(k) => {
                let b = &self.work.jobs[beat.job].b;
                let base = k * b.row_stride();
                let tell = observer.as_mut().map(|observer| {
                    |n, address| {
                        self.work
                            .tell_weight(&mut **observer, beat.job, (k, n), address);
                    }
                });
                put_line(
                    bus,
                    bits,
                    &lanes.cols,
                    (b.data(), base, b.col_stride()),
                    tell,
                );
                traffic[beat.job].weights.moved(lanes.cols.data.len());
            }
            Lane::Zero => {
                (0..lanes.cols.kinds.len()).for_each(|lane| lanes::put(bus, bits, lane, 0));
            }
            Lane::Gated => {}
        }
        input.w_os = true;
        input.w_edge = Edge::Top;
        input.w_keep = beat.k != Lane::Gated;
        input.w_last = true;
        input.row_keep.copy_from_slice(&lanes.rows.keep);
        input.col_keep.copy_from_slice(&lanes.cols.keep);
    }

    /// To be called when the beat was accepted.
    pub fn accepted(&mut self) {
        self.loaded = false;
        let (beats, complete) = match self.work.step(self.at.step) {
            Some(Step::Tile(tile)) => (tile.weight_beats, self.at.beat + 1 == tile.weight_beats),
            Some(Step::Group(group)) => (group.beats * self.work.config.phases(), true),
            _ => (1, false),
        };
        self.complete += u64::from(complete);
        if self.at.advance(beats) {
            self.enter();
        }
    }
}
