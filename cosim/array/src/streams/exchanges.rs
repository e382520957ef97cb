//! Seeds of output-stationary tiles on their way in.

use super::super::element::ArrayElement;
use super::super::lanes;
use super::super::port::CycleIn;
use super::super::tile_lanes::Lane;
use super::super::traffic::Traffic;
use super::{Cursor, GroupLanes, Observer, Work};
use heddle_gemm::MatMut;
use heddle_schedule::plan::{Step, Use};

/// Exchanges on their way in.
pub(in super::super) struct ExchangeStream<'w, 'j, E: ArrayElement> {
    work: Work<'w, 'j, E>,
    /// A use of the plan and an exchange of it.
    at: Cursor,
    lanes: GroupLanes,
    loaded: bool,
    /// Sums that must be back before the sequence.
    needs: u64,
    /// Exchanges of a last row so far.
    pub complete: u64,
}

impl<'w, 'j, E: ArrayElement> ExchangeStream<'w, 'j, E> {
    pub fn new(work: Work<'w, 'j, E>) -> Self {
        let mut stream = Self {
            work,
            at: Cursor::default(),
            lanes: GroupLanes::new(work.config),
            loaded: false,
            needs: 0,
            complete: 0,
        };
        stream.enter();
        stream
    }

    fn enter(&mut self) {
        let plan = self.work.plan;
        while let Some(Use::Tile { .. }) = plan.uses.get(self.at.step) {
            self.at.step += 1;
        }
        self.needs = 0;
        if let Some(&Use::Exchange {
            seeds: Some(step), ..
        }) = plan.uses.get(self.at.step)
        {
            if let Some(Step::Group(group)) = self.work.step(step) {
                self.lanes.enter(&self.work, group);
                self.needs = group.after.map_or(0, |after| plan.sums_of(after).end);
            }
        } else {
            self.lanes.tiles.iter_mut().for_each(|tile| tile.clear());
        }
    }

    /// Whether an exchange is left whose seeds are among the first `received` sums, and
    /// whose turn it is after `uses` uses of the port.
    pub fn pending(&self, received: u64, uses: u64) -> bool {
        match self.work.plan.uses.get(self.at.step) {
            Some(Use::Exchange { first, .. }) => {
                uses == first + self.at.beat as u64 && received >= self.needs
            }
            _ => false,
        }
    }

    /// The phase of the next exchange, and the number of turns that must have begun: the
    /// sums that it takes out are those of the last of them.
    pub fn turn(&self) -> (usize, u64) {
        let phases = self.work.config.phases();
        let phase = self.at.beat % phases;
        let turns = match self.work.plan.uses.get(self.at.step) {
            Some(Use::Exchange { sequence, .. }) if *sequence > 0 => {
                (sequence - 1) * phases + phase + 1
            }
            _ => 0,
        };
        (phase, turns as u64)
    }

    /// Puts the next exchange on the ports, if it is not there yet.
    pub fn load(
        &mut self,
        outputs: &[MatMut<'_, E::Acc>],
        input: &mut CycleIn,
        traffic: &mut [Traffic],
        observer: Observer<'_, '_>,
    ) {
        let Some(&Use::Exchange { seeds, rows, .. }) = self.work.plan.uses.get(self.at.step) else {
            return;
        };
        if self.loaded {
            return;
        }
        self.loaded = true;
        let phases = self.work.config.phases();
        let (phase, row) = (self.at.beat % phases, self.at.beat / phases);
        let lanes = &self.lanes.tiles[phase];
        let bits = self.work.config.acc_bits();
        let line = lanes.rows.kinds.get(row).copied().unwrap_or(Lane::Gated);
        input.x_last = row + 1 == rows;
        input.x_keep.fill(0);
        self.work.poison_seeds(&mut input.c);
        let Some(Step::Group(group)) = seeds.and_then(|step| self.work.step(step)) else {
            return;
        };
        if line == Lane::Gated {
            return;
        }
        input.x_keep.copy_from_slice(&lanes.cols.keep);
        for &lane in &lanes.cols.zeros {
            lanes::put(&mut input.c, bits, lane, 0);
        }
        let job = self.work.plan.units[group.unit].last();
        for &(lane, n) in &lanes.cols.data {
            let Lane::Data(m) = line else {
                lanes::put(&mut input.c, bits, lane, 0);
                continue;
            };
            let seed = self.work.seed(outputs, job, m, n);
            lanes::put(&mut input.c, bits, lane, E::seed_bits(seed));
            if let Some(observer) = observer {
                self.work.tell_seed(&mut **observer, job, m, n);
            }
        }
        if matches!(line, Lane::Data(_)) {
            traffic[job].seeds.moved(lanes.cols.data.len());
        }
    }

    /// To be called when the exchange was accepted.
    pub fn accepted(&mut self) {
        self.loaded = false;
        let Some(Use::Exchange { rows, .. }) = self.work.plan.uses.get(self.at.step) else {
            return;
        };
        let phases = self.work.config.phases();
        self.complete += u64::from(self.at.beat / phases + 1 == *rows);
        if self.at.advance(rows * phases) {
            self.enter();
        }
    }
}
