//! Beats of activations on their way in.

use super::super::element::ArrayElement;
use super::super::lanes;
use super::super::port::CycleIn;
use super::super::tile_lanes::{Lane, TileLanes};
use super::super::traffic::Traffic;
use super::{put_line, Cursor, GroupLanes, Observer, Work};
use heddle_gemm::MatMut;
use heddle_schedule::plan::{Group, Step, Tile};
use heddle_schedule::tiler::Sent;

/// Why a beat may not be accepted yet.
#[derive(Clone, Copy)]
pub(in super::super) struct Turn {
    /// Phase in which it may be.
    pub phase: usize,
    /// The last row of this exchange sequence, in the same phase, must be in.
    pub sequence: Option<usize>,
    /// It needs a row of B.
    pub swap: bool,
}

/// Beats of activations on their way in, with their seeds where weights stay.
pub(in super::super) struct BeatStream<'w, 'j, E: ArrayElement> {
    work: Work<'w, 'j, E>,
    at: Cursor,
    lanes: TileLanes,
    group: GroupLanes,
    loaded: bool,
    /// Sums that must be back before the tile's first beat, and the most that any of
    /// its beats needs.
    needs: (u64, u64),
    /// What the array's counters of useful MACs and dropped beats should show, and the
    /// beats whose PE-cycles they and the gated ones share.
    pub issued_macs: u64,
    pub dropped: u64,
    pub beats: u64,
    /// Tiles and rows of B that have been swapped in.
    pub swaps: u64,
    /// First beats and flushes of output-stationary tiles.
    pub turns: u64,
}

impl<'w, 'j, E: ArrayElement> BeatStream<'w, 'j, E> {
    pub fn new(work: Work<'w, 'j, E>) -> Self {
        let mut stream = Self {
            work,
            at: Cursor::default(),
            lanes: TileLanes::new(work.config),
            group: GroupLanes::new(work.config),
            loaded: false,
            needs: (0, 0),
            issued_macs: 0,
            dropped: 0,
            beats: 0,
            swaps: 0,
            turns: 0,
        };
        stream.enter();
        stream
    }

    fn enter(&mut self) {
        match self.work.step(self.at.step) {
            Some(Step::Tile(tile)) => {
                self.lanes
                    .set(self.work.policy, &self.work.jobs[tile.job], tile);
                self.needs = tile.after.map_or((0, 0), |after| {
                    let sums = self.work.plan.sums_of(after.step);
                    (sums.start + after.lead as u64 + 1, sums.end)
                });
            }
            Some(Step::Group(group)) => self.group.enter(&self.work, group),
            _ => {}
        }
    }

    /// Whether a beat is left that may be offered: its seeds, if it has some, are among
    /// the first `received` sums, and the port of the seeds is its own after `uses` uses.
    pub fn pending(&self, received: u64, uses: u64) -> bool {
        match self.work.step(self.at.step) {
            Some(Step::Tile(tile)) => {
                let (first, most) = self.needs;
                let beat = self.at.beat as u64;
                uses == tile.first_use + beat && received >= (first + beat).min(most)
            }
            step => step.is_some(),
        }
    }

    /// Whether any beat or flush is left.
    pub fn left(&self) -> bool {
        self.at.step < self.work.plan.steps.len()
    }

    /// Whether the next beat is the first of its tile or group.
    pub fn first(&self) -> bool {
        self.at.beat == 0
    }

    /// Of an output-stationary beat or flush, when it may be accepted.
    pub fn turn(&self) -> Option<Turn> {
        let phases = self.work.config.phases();
        let phase = self.at.beat % phases;
        match self.work.step(self.at.step) {
            Some(Step::Group(group)) => Some(Turn {
                phase,
                sequence: (self.at.beat < phases).then_some(group.sequence),
                swap: true,
            }),
            Some(&Step::Flush { sequence }) => Some(Turn {
                phase,
                sequence: Some(sequence + self.at.beat / phases),
                swap: false,
            }),
            _ => None,
        }
    }

    /// Puts the next beat on the ports, if it is not there yet.
    pub fn load(
        &mut self,
        outputs: &[MatMut<'_, E::Acc>],
        input: &mut CycleIn,
        traffic: &mut [Traffic],
        observer: Observer<'_, '_>,
    ) {
        if self.loaded {
            return;
        }
        self.loaded = true;
        self.work.poison(&mut input.a);
        input.a_os = true;
        input.a_flush = false;
        match self.work.step(self.at.step) {
            Some(Step::Tile(tile)) => {
                input.a_os = false;
                self.load_row(tile, outputs, input, traffic, observer);
            }
            Some(Step::Group(group)) => self.load_column(group, input, traffic, observer),
            _ => {
                input.a_flush = true;
                input.a_first = false;
                input.a_keep = false;
            }
        }
    }

    /// A row of A and its seeds, past weights that stay.
    fn load_row(
        &mut self,
        tile: &Tile,
        outputs: &[MatMut<'_, E::Acc>],
        input: &mut CycleIn,
        traffic: &mut [Traffic],
        observer: Observer<'_, '_>,
    ) {
        let job = &self.work.jobs[tile.job];
        let config = self.work.config;
        let (bits, acc_bits) = (config.operand_bits(), config.acc_bits());
        self.work.poison_seeds(&mut input.c);
        let line = self.line(tile);
        match line {
            Lane::Data(m) => {
                let base = m * job.a.row_stride();
                let tell = observer.as_mut().map(|observer| {
                    |k, address| {
                        self.work
                            .tell_activation(&mut **observer, tile.job, (m, k), address);
                    }
                });
                put_line(
                    &mut input.a,
                    bits,
                    &self.lanes.rows,
                    (job.a.data(), base, job.a.col_stride()),
                    tell,
                );
                for &lane in &self.lanes.cols.zeros {
                    lanes::put(&mut input.c, acc_bits, lane, 0);
                }
                for &(lane, n) in &self.lanes.cols.data {
                    let seed = self.work.seed(outputs, tile.job, m, n);
                    lanes::put(&mut input.c, acc_bits, lane, E::seed_bits(seed));
                }
                if let Some(observer) = observer {
                    for &(_, n) in &self.lanes.cols.data {
                        self.work.tell_seed(&mut **observer, tile.job, m, n);
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

    /// A column of A, past sums that stay.
    fn load_column(
        &mut self,
        group: &Group,
        input: &mut CycleIn,
        traffic: &mut [Traffic],
        observer: Observer<'_, '_>,
    ) {
        let beat = self.group.beat(&self.work, group, self.at.beat);
        let lanes = &self.group.tiles[beat.phase];
        let bits = self.work.config.operand_bits();
        let bus = &mut input.a;
        match beat.k {
            Lane::Data(k) => {
                let a = &self.work.jobs[beat.job].a;
                let base = k * a.col_stride();
                let tell = observer.as_mut().map(|observer| {
                    |m, address| {
                        self.work
                            .tell_activation(&mut **observer, beat.job, (m, k), address);
                    }
                });
                put_line(
                    bus,
                    bits,
                    &lanes.rows,
                    (a.data(), base, a.row_stride()),
                    tell,
                );
                traffic[beat.job].activations.moved(lanes.rows.data.len());
            }
            Lane::Zero => {
                (0..lanes.rows.kinds.len()).for_each(|lane| lanes::put(bus, bits, lane, 0));
            }
            Lane::Gated => {}
        }
        input.a_first = beat.position == 0;
        input.a_keep = beat.k != Lane::Gated;
    }

    fn line(&self, tile: &Tile) -> Lane {
        let job = &self.work.jobs[tile.job];
        let sent = Sent::new(self.work.policy, job.keep_m, job.a.rows());
        Lane::new(self.work.policy, job.keep_m, sent.at(self.at.beat))
    }

    /// To be called when the beat was accepted; true if it used the port of the seeds.
    pub fn accepted(&mut self) -> bool {
        self.loaded = false;
        let phases = self.work.config.phases();
        let at = self.at;
        let (beats, seeded) = match self.work.step(at.step) {
            Some(Step::Tile(tile)) => {
                self.swaps += u64::from(at.beat == 0);
                self.count(
                    self.line(tile),
                    self.lanes.rows.kept() * self.lanes.cols.kept(),
                );
                (tile.beats, true)
            }
            Some(Step::Group(group)) => {
                let beat = self.group.beat(&self.work, group, at.beat);
                let lanes = &self.group.tiles[beat.phase];
                self.swaps += 1;
                self.turns += u64::from(beat.position == 0);
                self.count(beat.k, lanes.rows.kept() * lanes.cols.kept());
                (group.beats * phases, false)
            }
            _ => {
                self.turns += 1;
                (2 * phases, false)
            }
        };
        if self.at.advance(beats) {
            self.enter();
        }
        seeded
    }

    /// Counts a beat that is useful in so many PEs, if its line is kept.
    fn count(&mut self, line: Lane, pes: usize) {
        self.beats += 1;
        if line == Lane::Gated {
            self.dropped += 1;
        } else {
            self.issued_macs += pes as u64;
        }
    }
}
