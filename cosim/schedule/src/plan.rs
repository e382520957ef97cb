//! A batch of jobs as one sequence of steps, with the sums that each step waits for.
//!
//! Steps come in the order in which beats enter the array: weight-stationary tiles, groups
//! of output-stationary tiles, and the flushes that end a run of groups. Beats of the
//! former, and the exchanges that seed and drain the latter, share the port of the seeds;
//! they use it strictly in the order of [`Plan::uses`], and each use gives one beat of
//! sums, so that the number of a use, its *ordinal*, is also the number of its sums.

use super::lay::Lay;
use super::mapping::Mapping;
use super::planner::Planner;
use super::units::{lay_out, Unit};
use crate::Edge;
use heddle_gemm::{Element, Job, Policy};
use heddle_hdl::ArrayConfig;
use std::ops::Range;

/// The sums that a step's seeds come from.
///
/// Sums return in the order of their ordinals. So waiting for one means to have all
/// earlier ones too, and one step is enough to wait for: the latest one that wrote what
/// this step reads. Beat i of a waiting tile may start in the cycle after sums
/// `lead + i` (or the last, if there are fewer) of that step were valid; a waiting group
/// waits for the last ones at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct After {
    /// Index of the step in the plan.
    pub step: usize,
    /// Sums of it that must be back before the first beat, beyond the first.
    pub lead: usize,
}

/// One tile of B on its way through the array.
#[derive(Clone, Copy, Debug)]
pub struct Tile {
    /// Index of the job in its batch.
    pub job: usize,
    /// First position among the k that are sent.
    pub first_k: usize,
    /// First position among the n that are sent.
    pub first_n: usize,
    /// Rows in use.
    pub rows: usize,
    /// Columns in use.
    pub cols: usize,
    /// Edge at which its weights enter.
    pub edge: Edge,
    /// Beats that load its weights.
    pub weight_beats: usize,
    /// Beats of activations.
    pub beats: usize,
    /// Ordinal of its first beat.
    pub first_use: u64,
    /// What its seeds come from, if not from the batch's C0.
    pub after: Option<After>,
}

/// One tile of C whose sums stay in the PEs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OsTile {
    /// First position among the m that are sent.
    pub first_m: usize,
    /// First position among the n that are sent.
    pub first_n: usize,
    /// Rows in use.
    pub rows: usize,
    /// Columns in use.
    pub cols: usize,
}

/// Up to P output-stationary tiles of one unit that take turns. Missing ones are filled
/// up with tiles of which nothing is kept.
#[derive(Clone, Debug)]
pub struct Group {
    /// Index of its unit in [`Plan::units`].
    pub unit: usize,
    /// Its tiles.
    pub tiles: Vec<OsTile>,
    /// Beats of each tile.
    pub beats: usize,
    /// Most rows that one of its tiles uses.
    pub rows: usize,
    /// Number of the exchange sequence that seeds it, from the batch's first.
    pub sequence: usize,
    /// Ordinal of the first exchange that takes its sums out.
    pub first_sum: u64,
    /// The step that its seeds come from, if not from the batch's C0.
    pub after: Option<usize>,
}

/// What enters the array in order.
#[derive(Clone, Debug)]
pub enum Step {
    /// A weight-stationary tile.
    Tile(Tile),
    /// Output-stationary tiles.
    Group(Group),
    /// The end of a run of groups: two flushes. The first makes finished sums of the last
    /// group's. The second one comes with the last row of these sums on their way out, and
    /// leaves nothing behind that the next run would take for its seeds.
    Flush {
        /// Number of the exchange sequence that the first one waits for; the second waits
        /// for the next.
        sequence: usize,
    },
}

/// What uses the port of the seeds, in order.
#[derive(Clone, Copy, Debug)]
pub enum Use {
    /// The beats of the tile that is this step.
    Tile {
        /// Index of the step.
        step: usize,
    },
    /// A sequence of exchanges.
    Exchange {
        /// Ordinal of the first one.
        first: u64,
        /// The group that is seeded, as the index of its step.
        seeds: Option<usize>,
        /// The group whose sums are taken out.
        sums: Option<usize>,
        /// Rows, of P exchanges each.
        rows: usize,
        /// Its number, from the batch's first. As each is followed by one turn (first beats
        /// of a group, or flushes), it is also the number of turns that must have begun.
        sequence: usize,
    },
}

/// The steps of a batch in the order in which they are streamed.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// What enters.
    pub steps: Vec<Step>,
    /// What uses the port of the seeds.
    pub uses: Vec<Use>,
    /// What the groups compute.
    pub units: Vec<Unit>,
    /// Number of uses, and so of sums, in all.
    pub sums: u64,
    /// For each job the number of sums up to its own last one. A job without a step, or
    /// with another one chained to it, has that of the job before it.
    pub job_ends: Vec<u64>,
    /// For each job its last step, if it has one.
    pub last_steps: Vec<Option<usize>>,
    phases: usize,
}

impl Plan {
    /// Plans `jobs`, which must have passed [`Job::check`], each laid out as `layings` says
    /// (whose mappings must have passed [`Mapping::check`]).
    ///
    /// # Panics
    /// If there is not one mapping for each job.
    pub fn new<E: Element, L: Lay>(
        config: &ArrayConfig,
        policy: Policy,
        layings: &[L],
        jobs: &[Job<'_, E>],
    ) -> Self {
        assert_eq!(layings.len(), jobs.len(), "one mapping for each job");
        let mappings: Vec<Mapping> = layings.iter().map(Lay::mapping).collect();
        let jobs = lay_out(&mappings, jobs);
        let plan = Self {
            phases: config.phases(),
            ..Self::default()
        };
        Planner::new(config, policy, layings, &mappings, &jobs, plan).plan()
    }

    /// Ordinals of the sums of a tile or group.
    pub fn sums_of(&self, step: usize) -> Range<u64> {
        match &self.steps[step] {
            Step::Tile(tile) => tile.first_use..tile.first_use + tile.beats as u64,
            Step::Group(group) => {
                group.first_sum..group.first_sum + (group.rows * self.phases) as u64
            }
            Step::Flush { .. } => 0..0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::mapping::Flow;
    use super::super::tiler::TileOrder;
    use super::*;
    use heddle_format::Format;
    use heddle_gemm::{Mask, MatRef};
    use heddle_hdl::Dataflow;

    #[test]
    fn k_tiles_wait_for_their_predecessors_and_chained_jobs_for_each_other() {
        let config = ArrayConfig::new(4, 4, Format::Int8);
        let (a, b) = (vec![0i8; 3 * 8], vec![0i8; 8 * 6]);
        let job = Job::new(MatRef::row_major(&a, 3, 8), MatRef::row_major(&b, 8, 6), 0);
        let late = Mask::from_iter([false, false, true]);
        let chained = Job {
            keep_m: Some(&late),
            ..job
        };
        let other = Job { c: 1, ..job };
        let jobs = [job, other, chained];
        let mapping = Mapping {
            order: TileOrder::KOuter,
            ..Mapping::plain(&config)
        };
        let plan = Plan::new(&config, Policy::Packed, &[mapping; 3], &jobs);
        let after: Vec<_> = plan
            .steps
            .iter()
            .map(|step| match step {
                Step::Tile(tile) => tile.after.map(|a| (a.step, a.lead)),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(
            after,
            [
                None,
                None,
                Some((0, 0)),
                Some((1, 0)), // the first job
                None,
                None,
                Some((4, 0)),
                Some((5, 0)), // another output
                Some((2, 2)),
                Some((3, 2)),
                Some((8, 0)),
                Some((9, 0)), // chained, m = 2 only
            ]
        );
        assert_eq!(plan.job_ends, [12, 24, 28]);
        assert_eq!(plan.sums, 4 * 3 + 4 * 3 + 4);
    }

    /// What a plan does, in letters: tiles, groups and flushes.
    fn letters(plan: &Plan) -> String {
        let letter = |step: &Step| match step {
            Step::Tile(_) => 't',
            Step::Group(_) => 'g',
            Step::Flush { .. } => 'f',
        };
        plan.steps.iter().map(letter).collect()
    }

    #[test]
    fn a_group_that_needs_a_close_one_begins_another_run() {
        let config = ArrayConfig {
            add_stages: Some(2),
            dataflow: Dataflow::Both,
            ..ArrayConfig::new(4, 4, Format::Int8)
        };
        let os = Mapping {
            flow: Flow::OutputStationary,
            ..Mapping::plain(&config)
        };
        let ws = Mapping::plain(&config);
        let a = vec![0i8; 4 * 5];
        let b = vec![0i8; 5 * 8];
        // Two tiles of C, and so one group of P = 2.
        let job = |c| Job {
            c,
            ..Job::new(MatRef::row_major(&a, 4, 5), MatRef::row_major(&b, 5, 8), 0)
        };
        let plan = |mappings: &[Mapping], outputs: &[usize]| {
            let jobs: Vec<_> = outputs.iter().map(|&c| job(c)).collect();
            Plan::new(&config, Policy::Dense, mappings, &jobs)
        };
        assert_eq!(letters(&plan(&[os; 3], &[0, 1, 2])), "gggf");
        assert_eq!(letters(&plan(&[os; 3], &[0, 1, 0])), "ggfgf");
        let distant = plan(&[os; 4], &[0, 1, 2, 0]);
        assert_eq!(letters(&distant), "ggggf");
        let Step::Group(last) = &distant.steps[3] else {
            panic!("{:?}", distant.steps[3]);
        };
        assert_eq!(last.after, Some(0));
        // Its first group's sums leave with the third one's seeds, rows of two exchanges.
        assert_eq!(distant.sums_of(0), 16..24);
        // A weight-stationary job between them ends the run.
        assert_eq!(letters(&plan(&[os, ws, os], &[0, 1, 2])), "gfttttgf");
        // Joined to the first, the second job is more beats of the same group.
        let joined = Mapping {
            chained: true,
            ..os
        };
        let chain = plan(&[os, joined], &[0, 0]);
        assert_eq!(letters(&chain), "gf");
        assert_eq!(chain.units[0].beats(), 10);
        assert_eq!(chain.job_ends, [0, chain.sums]);
        assert_eq!(letters(&plan(&[os, joined], &[0, 1])), "ggf");
    }
}
