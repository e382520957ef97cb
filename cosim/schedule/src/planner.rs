//! How a [`Plan`] is made.

use super::lay::{Lay, Piece};
use super::mapping::Mapping;
use super::plan::{After, Group, OsTile, Plan, Step, Tile, Use};
use super::tiler::{Grid, Sent};
use super::units::{chain_len, Unit};
use crate::Edge;
use heddle_gemm::{Element, Job, Policy, Shape};
use heddle_hdl::ArrayConfig;
use std::collections::HashMap;

/// A plan that is being made.
pub(super) struct Planner<'p, 'j, E: Element, L> {
    config: &'p ArrayConfig,
    policy: Policy,
    layings: &'p [L],
    mappings: &'p [Mapping],
    /// As they are laid out.
    jobs: &'p [Job<'j, E>],
    plan: Plan,
    /// Steps of the groups of the run under way; they are the latest steps.
    run: Vec<usize>,
    /// Exchange sequences of the run so far.
    exchanged: usize,
    /// Exchange sequences of all runs so far.
    sequences: usize,
    writers: HashMap<usize, Writers>,
}

/// What all tiles of a unit share.
struct Context<'u> {
    sent_m: Sent<'u>,
    sent_n: Sent<'u>,
    edge: Edge,
    grid: Grid,
    /// For each n-tile the latest step of an earlier unit that wrote what it reads.
    depends: Vec<Option<usize>>,
    /// For each n-tile its own latest step.
    latest: Vec<Option<usize>>,
    /// How far ahead an earlier job must be.
    leads: HashMap<usize, usize>,
}

impl<'p, 'j, E: Element, L: Lay> Planner<'p, 'j, E, L> {
    pub fn new(
        config: &'p ArrayConfig,
        policy: Policy,
        layings: &'p [L],
        mappings: &'p [Mapping],
        jobs: &'p [Job<'j, E>],
        plan: Plan,
    ) -> Self {
        Self {
            config,
            policy,
            layings,
            mappings,
            jobs,
            plan,
            run: Vec::new(),
            exchanged: 0,
            sequences: 0,
            writers: HashMap::new(),
        }
    }

    pub fn plan(mut self) -> Plan {
        self.plan.last_steps = vec![None; self.jobs.len()];
        let mut first = 0;
        while first < self.jobs.len() {
            let jobs = first..first + chain_len(&self.mappings[first..], &self.jobs[first..]);
            first = jobs.end;
            let unit = Unit::new(self.policy, jobs, self.jobs);
            let last = unit.last();
            self.plan.last_steps[last] = self.unit(unit);
        }
        self.end_run();
        let mut end = 0;
        for step in &self.plan.last_steps {
            end = step.map_or(end, |step| self.plan.sums_of(step).end);
            self.plan.job_ends.push(end);
        }
        self.plan
    }

    /// Plans one unit; returns its last step, if it has one.
    fn unit(&mut self, unit: Unit) -> Option<usize> {
        let (jobs, index) = (self.jobs, unit.jobs.start);
        let (job, mapping, config) = (&jobs[index], self.mappings[index], self.config);
        let sent_m = unit.sent_m(self.policy, jobs);
        let sent_n = Sent::new(self.policy, job.keep_n, job.shape().n);
        let edge = mapping.edge;
        let extent = Shape {
            m: sent_m.len(),
            k: unit.beats(),
            n: sent_n.len(),
        };
        let grid = Grid::new(config, extent, edge);
        let cols = |nt: usize| {
            let first = nt * config.cols;
            first..sent_n.len().min(first + config.cols)
        };
        let writers = self
            .writers
            .entry(job.c)
            .or_insert_with(|| Writers::new(mapping.transposed, job.shape().n));
        writers.turn(mapping.transposed, job.shape().n);
        let mut context = Context {
            depends: (0..grid.n_tiles())
                .map(|nt| cols(nt).filter_map(|p| writers.columns[sent_n.at(p)]).max())
                .collect(),
            latest: vec![None; grid.n_tiles()],
            leads: HashMap::new(),
            sent_m,
            sent_n,
            edge,
            grid,
        };
        let next_unit = self.plan.units.len();
        for piece in self.layings[index].pieces(config, &grid) {
            match piece {
                Piece::Tile(kt, nt) => self.tile(index, &mut context, kt, nt),
                Piece::Group(tiles) => self.group(next_unit, &unit, &mut context, &tiles),
            }
        }
        let writers = self.writers.get_mut(&job.c).expect("made above");
        for (nt, step) in context.latest.iter().enumerate() {
            for position in cols(nt) {
                writers.columns[sent_n.at(position)] = *step;
            }
        }
        let last = context.latest.iter().copied().max().flatten();
        self.plan.units.push(unit);
        last
    }

    /// Plans a weight-stationary tile.
    fn tile(&mut self, index: usize, context: &mut Context<'_>, kt: usize, nt: usize) {
        self.end_run();
        let size = context.grid.size(kt, nt);
        let after = match context.latest[nt] {
            Some(step) => Some(After { step, lead: 0 }),
            None => context.depends[nt].map(|step| After {
                step,
                lead: self.lead(index, context, step),
            }),
        };
        let step = self.plan.steps.len();
        let beats = context.sent_m.len();
        context.latest[nt] = Some(step);
        self.plan.steps.push(Step::Tile(Tile {
            job: index,
            first_k: kt * self.config.rows,
            first_n: nt * self.config.cols,
            rows: size.rows,
            cols: size.cols,
            edge: context.edge,
            weight_beats: size.weight_beats,
            beats,
            first_use: self.plan.sums,
            after,
        }));
        self.plan.uses.push(Use::Tile { step });
        self.plan.sums += beats as u64;
    }

    /// How far an earlier step must be ahead of a tile of job `index`. Tiles run in step;
    /// if an orientation or an output-stationary tile is between them, all sums must be
    /// back.
    fn lead(&self, index: usize, context: &mut Context<'_>, step: usize) -> usize {
        match &self.plan.steps[step] {
            Step::Tile(tile)
                if self.mappings[tile.job].transposed == self.mappings[index].transposed =>
            {
                // It depends on nothing but the two lists of m.
                let earlier = &self.jobs[tile.job];
                let m = earlier.shape().m;
                let sent = Sent::new(self.policy, earlier.keep_m, m);
                *context
                    .leads
                    .entry(tile.job)
                    .or_insert_with(|| lead(sent, context.sent_m, m))
            }
            Step::Tile(tile) => tile.beats - 1,
            Step::Group(group) => group.rows * self.config.phases() - 1,
            Step::Flush { .. } => 0,
        }
    }

    /// Plans a group of output-stationary tiles, given as (m-tile, n-tile).
    fn group(
        &mut self,
        unit_index: usize,
        unit: &Unit,
        context: &mut Context<'_>,
        tiles: &[(usize, usize)],
    ) {
        let (rows, cols) = (self.config.rows, self.config.cols);
        let after = tiles
            .iter()
            .filter_map(|&(_, nt)| context.depends[nt])
            .max();
        // The sums of a group leave while the one after the next is seeded.
        if let (Some(after), Some(&first)) = (after, self.run.first()) {
            if after >= first && after - first + 3 > self.run.len() {
                self.end_run();
            }
        }
        let step = self.plan.steps.len();
        let tiles: Vec<OsTile> = tiles
            .iter()
            .map(|&(mt, nt)| {
                context.latest[nt] = Some(step);
                OsTile {
                    first_m: mt * rows,
                    first_n: nt * cols,
                    rows: rows.min(context.sent_m.len() - mt * rows),
                    cols: cols.min(context.sent_n.len() - nt * cols),
                }
            })
            .collect();
        self.plan.steps.push(Step::Group(Group {
            unit: unit_index,
            rows: tiles.iter().map(|tile| tile.rows).max().unwrap_or(0),
            tiles,
            beats: unit.beats(),
            sequence: self.sequences,
            first_sum: 0,
            after,
        }));
        self.run.push(step);
        self.exchange();
    }

    /// Plans the next exchange sequence of the run: it seeds the group of its number, if
    /// there is one, and takes out the one before the last.
    fn exchange(&mut self) {
        let number = self.exchanged;
        let seeds = self.run.get(number).copied();
        let sums = number.checked_sub(2).map(|group| self.run[group]);
        let first = self.plan.sums;
        let mut rows = 1;
        for step in [seeds, sums].into_iter().flatten() {
            if let Step::Group(group) = &self.plan.steps[step] {
                rows = rows.max(group.rows);
            }
        }
        if let Some(Step::Group(group)) = sums.map(|step| &mut self.plan.steps[step]) {
            group.first_sum = first;
        }
        self.plan.uses.push(Use::Exchange {
            first,
            seeds,
            sums,
            rows,
            sequence: self.sequences,
        });
        self.exchanged += 1;
        self.sequences += 1;
        self.plan.sums += (rows * self.config.phases()) as u64;
    }

    /// Ends the run of groups, if there is one: two flushes, and the sums that are left.
    fn end_run(&mut self) {
        if self.run.is_empty() {
            return;
        }
        self.plan.steps.push(Step::Flush {
            sequence: self.sequences,
        });
        self.exchange();
        self.exchange();
        self.run.clear();
        self.exchanged = 0;
    }
}

/// For each column of an output the latest step that wrote it.
struct Writers {
    transposed: bool,
    columns: Vec<Option<usize>>,
}

impl Writers {
    fn new(transposed: bool, columns: usize) -> Self {
        Self {
            transposed,
            columns: vec![None; columns],
        }
    }

    /// Turns the account to another orientation: every column of it has elements from
    /// every column of the other, so the latest of all counts.
    fn turn(&mut self, transposed: bool, columns: usize) {
        if self.transposed != transposed {
            let latest = self.columns.iter().copied().max().flatten();
            *self = Self {
                transposed,
                columns: vec![latest; columns],
            };
        }
    }
}

/// How many beats, beyond the first, an earlier job must be ahead of a later one, so
/// that each m of the later one finds its seed ready when its turn comes.
fn lead(earlier: Sent<'_>, later: Sent<'_>, m: usize) -> usize {
    if let (Sent::All(_), Sent::All(_)) = (earlier, later) {
        return 0;
    }
    let mut position = vec![None; m];
    for p in 0..earlier.len() {
        position[earlier.at(p)] = Some(p);
    }
    (0..later.len())
        .filter_map(|p| position[later.at(p)].map(|before| before.saturating_sub(p)))
        .max()
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lead_is_the_largest_distance_an_m_moves_forward() {
        let lead = |earlier: &[u32], later: &[u32]| {
            super::lead(Sent::Kept(earlier), Sent::Kept(later), 10)
        };
        assert_eq!(lead(&[0, 1, 2], &[0, 1, 2]), 0);
        assert_eq!(lead(&[0, 1, 2, 3], &[3]), 3);
        assert_eq!(lead(&[5], &[0, 1, 5]), 0);
        assert_eq!(lead(&[1, 2, 7], &[2, 5, 7]), 1);
        assert_eq!(lead(&[0, 1], &[2, 3]), 0);
    }
}
