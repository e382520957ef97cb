//! What the walkers are told of a job, once its tiles and words are counted.

use super::job::{Job, K, M, N};
use super::load::Handed;
use crate::Sizes;

/// Cycles from a job's coming to the walkers' knowing.
const COUNTING: u8 = 4;

/// A job as the walkers know it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Work {
    pub(super) job: usize,
    pub(super) os: bool,
    /// Words of B enter from the left.
    pub(super) left: bool,
    pub(super) empty: bool,
    pub(super) resume: bool,
    pub(super) stay: bool,
    pub(super) c0: bool,
    pub(super) bias: bool,
    pub(super) load_a: bool,
    pub(super) load_c0: bool,
    pub(super) m_kept: usize,
    pub(super) k_kept: usize,
    pub(super) r_tiles: usize,
    pub(super) n_tiles: usize,
    pub(super) panel: usize,
    /// Last row, and column, of the last tile.
    pub(super) r_top: usize,
    pub(super) n_top: usize,
    /// First word of the sums and the word behind them.
    pub(super) sums: usize,
    pub(super) behind: usize,
    /// Rows that those of the first, and of the second, group are not above.
    pub(super) top: usize,
    pub(super) top_next: usize,
    /// Halves of the accumulators in which sums are.
    pub(super) halves: [bool; 2],
}

/// The stage.
#[derive(Clone, Debug)]
pub(super) struct Intake {
    step: u8,
    work: Work,
}

impl Intake {
    pub(super) fn new() -> Self {
        Self {
            step: 0,
            work: Work::default(),
        }
    }

    pub(super) fn is_ready(&self) -> bool {
        self.step == 0
    }

    /// The job that goes to the walkers.
    pub(super) fn offers(&self) -> Option<&Work> {
        (self.step == COUNTING).then_some(&self.work)
    }

    pub(super) fn clock(&mut self, sizes: &Sizes, jobs: &[Job], takes: Option<Handed>) {
        self.step = match (self.step, takes) {
            (COUNTING, _) => 0,
            (0, None) => 0,
            (step, _) => step + 1,
        };
        if let Some(handed) = takes {
            self.work = Work::new(sizes, &handed, &jobs[handed.job]);
        }
    }
}

impl Work {
    fn new(sizes: &Sizes, handed: &Handed, job: &Job) -> Self {
        let (m_kept, n_tiles) = (job.kept[M], job.c_tiles);
        // Words are counted modulo what their address can hold.
        let word = |word: usize| word % sizes.engine.sum_words.next_power_of_two().max(2);
        let behind = word(job.sums + job.shape.m * n_tiles);
        let more = if job.bias { n_tiles } else { 0 };
        let size = sizes.engine.sum_words.next_power_of_two().max(2);
        let last = word(behind + more + size - 1);
        let half = sizes.engine.sum_words / 2;
        let all = job.panel == 0 || job.panel >= n_tiles;
        let top = |groups| Self::top(sizes, job, groups);
        Self {
            job: handed.job,
            os: job.is_os(),
            left: job.is_nt(),
            empty: job.is_empty(),
            resume: job.resume,
            stay: job.stay,
            c0: job.c0,
            bias: job.bias,
            load_a: handed.awaits_a,
            load_c0: handed.awaits_c0,
            m_kept,
            k_kept: job.kept[K],
            r_tiles: job.r_tiles,
            n_tiles,
            panel: if all { n_tiles } else { job.panel },
            r_top: job.kept[job.r()].saturating_sub(1) % sizes.rows,
            n_top: job.kept[N].saturating_sub(1) % sizes.cols,
            sums: word(job.sums),
            behind,
            top: top(1),
            top_next: top(2),
            halves: match job.refused {
                true => [false; 2],
                false => [word(job.sums) < half, last >= half],
            },
        }
    }

    /// The highest row that may be one of the first groups.
    fn top(sizes: &Sizes, job: &Job, groups: usize) -> usize {
        let tiles = groups * sizes.phases - 1;
        let rows = |tiles: usize| ((tiles + 1) * sizes.rows).min(sizes.engine.max_dim);
        let most = match job.c_tiles {
            0 => rows(0),
            n if n > tiles => rows(0),
            n => rows(tiles / n),
        };
        let kept = job.kept[M];
        (job.shape.m - kept + kept.min(most)).wrapping_sub(1)
    }
}
