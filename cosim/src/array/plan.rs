//! A batch of jobs as one sequence of tiles, with the sums that each tile waits for.

use super::port::Edge;
use super::tiler::{load_edge, Extent, Grid, Sent, TileOrder};
use heddle_gemm::{Element, Job, Policy};
use heddle_hdl::ArrayConfig;
use std::collections::HashMap;

/// The sums that a tile's seeds come from.
///
/// Sums return in the order of the beats. So waiting for a beat means to have all
/// earlier ones too, and one tile is enough to wait for: the latest one that wrote
/// what this tile reads. Beat i of the waiting tile may start in the cycle after the
/// sums of beat `lead + i` (or the last, if there are fewer) of that tile were valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct After {
    /// Index of the tile in the plan.
    pub tile: usize,
    /// Beats of it that must be back before the first beat, beyond the first.
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
    /// Number of beats in all earlier tiles.
    pub first_beat: u64,
    /// What its seeds come from, if not from the batch's C0.
    pub after: Option<After>,
}

/// The tiles of a batch in the order in which they are streamed.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The tiles.
    pub tiles: Vec<Tile>,
    /// Number of beats in all tiles.
    pub beats: u64,
    /// For each job the index after its last tile.
    pub job_ends: Vec<usize>,
}

impl Plan {
    /// Plans `jobs`, which must have passed [`Job::check`].
    pub fn new<E: Element>(
        config: &ArrayConfig,
        policy: Policy,
        order: TileOrder,
        jobs: &[Job<'_, E>],
    ) -> Self {
        let mut plan = Self::default();
        let mut writers = HashMap::<usize, Writers>::new();
        for (index, job) in jobs.iter().enumerate() {
            let (m, _, n) = job.shape();
            let sent_m = Sent::new(policy, job.keep_m, m);
            let sent_n = Sent::new(policy, job.keep_n, n);
            let edge = load_edge(&job.b);
            let grid = Grid::new(config, Extent::of(policy, job), edge);
            let columns = writers
                .entry(job.c)
                .or_insert_with(|| Writers(vec![None; n]));
            // The lead over an earlier job depends on nothing but the two lists of m.
            let mut leads = HashMap::<usize, usize>::new();
            let mut latest = vec![None; grid.n_tiles()];
            grid.visit(order, |kt, nt| {
                let size = grid.size(kt, nt);
                let first_n = nt * config.cols;
                let after = match latest[nt] {
                    Some(tile) => Some(After { tile, lead: 0 }),
                    None => columns.latest(sent_n, first_n, size.cols).map(|tile| {
                        let earlier = plan.tiles[tile].job;
                        let lead = *leads.entry(earlier).or_insert_with(|| {
                            lead(Sent::new(policy, jobs[earlier].keep_m, m), sent_m, m)
                        });
                        After { tile, lead }
                    }),
                };
                latest[nt] = Some(plan.tiles.len());
                plan.tiles.push(Tile {
                    job: index,
                    first_k: kt * config.rows,
                    first_n,
                    rows: size.rows,
                    cols: size.cols,
                    edge,
                    weight_beats: size.weight_beats,
                    beats: sent_m.len(),
                    first_beat: plan.beats,
                    after,
                });
                plan.beats += sent_m.len() as u64;
            });
            for (nt, tile) in latest.iter().enumerate() {
                let first = nt * config.cols;
                columns.written(sent_n, first, config.cols.min(sent_n.len() - first), *tile);
            }
            plan.job_ends.push(plan.tiles.len());
        }
        plan
    }
}

/// For each column of an output the latest tile that wrote it.
struct Writers(Vec<Option<usize>>);

impl Writers {
    fn latest(&self, sent_n: Sent<'_>, first: usize, len: usize) -> Option<usize> {
        (first..first + len)
            .filter_map(|p| self.0[sent_n.at(p)])
            .max()
    }

    fn written(&mut self, sent_n: Sent<'_>, first: usize, len: usize, tile: Option<usize>) {
        for position in first..first + len {
            self.0[sent_n.at(position)] = tile;
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
    use heddle_format::Format;
    use heddle_gemm::{Mask, MatRef};

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
        let plan = Plan::new(&config, Policy::Packed, TileOrder::KOuter, &jobs);
        let after: Vec<_> = plan
            .tiles
            .iter()
            .map(|t| t.after.map(|a| (a.tile, a.lead)))
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
        assert_eq!(plan.job_ends, [4, 8, 12]);
        assert_eq!(plan.beats, 4 * 3 + 4 * 3 + 4);
    }
}
