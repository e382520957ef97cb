//! Sums on their way out.

use super::super::element::ArrayElement;
use super::super::lanes;
use super::super::port::CycleOut;
use super::super::tile_lanes::{Lane, TileLanes};
use super::super::traffic::Traffic;
use super::{Cursor, GroupLanes, Observer, Work};
use heddle_gemm::MatMut;
use heddle_schedule::plan::{Step, Use};
use heddle_schedule::tiler::Sent;

/// Sums on their way out.
pub(in super::super) struct SumStream<'w, 'j, E: ArrayElement> {
    work: Work<'w, 'j, E>,
    /// A use of the plan and a beat or exchange of it.
    at: Cursor,
    lanes: TileLanes,
    group: GroupLanes,
}

impl<'w, 'j, E: ArrayElement> SumStream<'w, 'j, E> {
    pub fn new(work: Work<'w, 'j, E>) -> Self {
        let mut stream = Self {
            work,
            at: Cursor::default(),
            lanes: TileLanes::new(work.config),
            group: GroupLanes::new(work.config),
        };
        stream.enter();
        stream
    }

    /// The step whose sums come next, if they are any step's.
    pub fn step(&self) -> Option<usize> {
        match *self.work.plan.uses.get(self.at.step)? {
            Use::Tile { step } => Some(step),
            Use::Exchange { sums, .. } => sums,
        }
    }

    fn enter(&mut self) {
        match self.step().and_then(|step| self.work.step(step)) {
            Some(Step::Tile(tile)) => {
                self.lanes
                    .set(self.work.policy, &self.work.jobs[tile.job], tile);
            }
            Some(Step::Group(group)) => self.group.enter(&self.work, group),
            _ => self.group.tiles.iter_mut().for_each(|tile| tile.clear()),
        }
    }

    /// Stores the next sums.
    ///
    /// # Errors
    /// The expected keep bits, if the array's are others.
    pub fn store(
        &mut self,
        output: &CycleOut,
        outputs: &mut [MatMut<'_, E::Acc>],
        traffic: &mut [Traffic],
        observer: Observer<'_, '_>,
    ) -> Result<(), Vec<u32>> {
        let phases = self.work.config.phases();
        let step = self.step().and_then(|step| self.work.step(step));
        let (job, line, lanes) = match step {
            Some(Step::Tile(tile)) => {
                let job = &self.work.jobs[tile.job];
                let sent = Sent::new(self.work.policy, job.keep_m, job.a.rows());
                let line = Lane::new(self.work.policy, job.keep_m, sent.at(self.at.beat));
                (tile.job, line, &self.lanes)
            }
            other => {
                let job = match other {
                    Some(Step::Group(group)) => self.work.plan.units[group.unit].last(),
                    _ => 0,
                };
                let lanes = &self.group.tiles[self.at.beat % phases];
                let line = lanes.rows.kinds.get(self.at.beat / phases);
                (job, line.copied().unwrap_or(Lane::Gated), lanes)
            }
        };
        if line == Lane::Gated {
            if output.s_keep.iter().any(|&word| word != 0) {
                return Err(vec![0; output.s_keep.len()]);
            }
        } else if output.s_keep != lanes.cols.keep {
            return Err(lanes.cols.keep.clone());
        }
        if let Lane::Data(m) = line {
            let acc_bits = self.work.config.acc_bits();
            for &(lane, n) in &lanes.cols.data {
                let word = lanes::get(&output.s, acc_bits, lane);
                let sum = E::sum_from_bits(word, acc_bits);
                self.work.store(outputs, job, (m, n), sum);
                if let Some(observer) = observer {
                    self.work.tell_sum(&mut **observer, job, m, n);
                }
            }
            traffic[job].sums.moved(lanes.cols.data.len());
        }
        let beats = match self.work.plan.uses[self.at.step] {
            Use::Tile { step } => match self.work.step(step) {
                Some(Step::Tile(tile)) => tile.beats,
                _ => 1,
            },
            Use::Exchange { rows, .. } => rows * phases,
        };
        if self.at.advance(beats) {
            self.enter();
        }
        Ok(())
    }
}
