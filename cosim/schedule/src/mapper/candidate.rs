//! One way to map a product, and what it costs.

use super::bandwidth::{Bandwidth, Kept};
use super::layout::Layout;
use crate::laid::Laid;
use crate::mapping::{Flow, Mapping};
use crate::tiler::TileOrder;
use crate::ScheduleError;
use crate::{Count, Counter};
use heddle_gemm::Shape;

/// What is to be computed: one job, or several that are chained.
#[derive(Clone, Copy, Debug)]
pub(super) struct MappedWork {
    /// What each job sends; the m that any of them sends.
    pub extent: Shape,
    /// Number of jobs.
    pub jobs: usize,
    /// MACs that take time, over all jobs.
    pub sent: u64,
    /// MACs on kept m, k and n, over all jobs.
    pub useful: u64,
    /// Words of the operands, over all jobs.
    pub kept: Kept,
}

/// One way to map a product.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The mapping.
    pub mapping: Mapping,
    /// Jobs that are counted here: more than one in a chain, or where
    /// [repeated](Candidate::repeated).
    pub jobs: usize,
    /// Cycles of all jobs, and where they go.
    pub count: Count,
    /// Tiles of B, or of C where the sums stay in the PEs.
    pub tiles: u64,
    /// Operands that are read or written across their lines in memory.
    pub transpositions: Vec<&'static str>,
    /// What the ports carry.
    pub bandwidth: Bandwidth,
}

impl Candidate {
    /// # Errors
    /// As [`Laid::new`].
    pub(super) fn new(
        counter: &mut Counter,
        layout: &Layout,
        work: &MappedWork,
        mapping: Mapping,
    ) -> Result<Self, ScheduleError> {
        let mapping = Mapping {
            edge: layout.edge(mapping.transposed),
            ..mapping
        };
        let laid = Laid::new(work.extent, &mapping, work.jobs)?;
        let kept = if mapping.transposed {
            Kept {
                m_by_k: work.kept.k_by_n,
                k_by_n: work.kept.m_by_k,
                m_by_n: work.kept.m_by_n,
            }
        } else {
            work.kept
        };
        let (cost, bound) = (counter.tally(laid), laid.bound(counter.config()));
        let count = Count::new(
            counter.config(),
            cost.breakdown,
            bound,
            work.sent,
            work.useful,
        );
        Ok(Self {
            mapping,
            jobs: work.jobs,
            tiles: cost.tiles,
            transpositions: layout.transpositions(laid.output_stationary, mapping.transposed),
            bandwidth: Bandwidth::new(counter.config(), &laid, kept, count.cycles),
            count,
        })
    }

    /// The same for `times` such jobs, one after another.
    pub fn repeated(mut self, times: usize) -> Self {
        self.jobs *= times;
        self.tiles *= times as u64;
        self.count = self.count.times(times as u64);
        self.bandwidth = self.bandwidth.times(times as u64);
        self
    }

    /// Whether a chain is worth it against the same jobs one by one.
    pub fn pays(&self, singles: &[Self]) -> bool {
        let cycles: u64 = singles.iter().map(|one| one.count.cycles).sum();
        self.count.cycles + self.count.cycles * WORTH_IT / 100 < cycles
    }

    /// What it needs of its surroundings; less is better.
    fn burden(&self) -> (usize, bool, bool) {
        let mapping = &self.mapping;
        (
            self.transpositions.len(),
            mapping.transposed,
            mapping.chained,
        )
    }

    /// What tables call the mapping.
    pub fn name(&self) -> &'static str {
        let Mapping {
            flow,
            transposed,
            order,
            chained,
            ..
        } = self.mapping;
        match (flow, transposed, order, chained) {
            (Flow::OutputStationary, _, _, true) => "os chained",
            (Flow::OutputStationary, false, ..) => "os",
            (Flow::OutputStationary, true, ..) => "os transposed",
            (Flow::WeightStationary, false, TileOrder::Blocked, _) => "ws",
            (Flow::WeightStationary, false, TileOrder::KOuter, _) => "ws k-outer",
            (Flow::WeightStationary, false, TileOrder::NOuter, _) => "ws n-outer",
            (Flow::WeightStationary, true, TileOrder::Blocked, _) => "ws transposed",
            (Flow::WeightStationary, true, TileOrder::KOuter, _) => "ws transposed k-outer",
            (Flow::WeightStationary, true, TileOrder::NOuter, _) => "ws transposed n-outer",
        }
    }

    /// What memory has to offer for it: `as it lies`, or what needs a transposition.
    pub fn layout(&self) -> String {
        if self.transpositions.is_empty() {
            "as it lies".to_owned()
        } else {
            format!("transpose {}", self.transpositions.join(", "))
        }
    }
}

/// A candidate that needs less of its surroundings is preferred if it takes at most this
/// many percent more cycles.
const WORTH_IT: u64 = 1;

/// The choice first, then the others by their cycles.
///
/// The sort is stable, so that the order in which candidates are proposed decides among
/// what is otherwise equal.
pub(super) fn sort(candidates: &mut [Candidate]) {
    let fewest = candidates.iter().map(|one| one.count.cycles).min();
    let most = fewest.map_or(0, |cycles| cycles + cycles * WORTH_IT / 100);
    let bytes = |one: &Candidate| one.bandwidth.mean();
    candidates.sort_by(|one, other| {
        (one.count.cycles.cmp(&other.count.cycles)).then(bytes(one).total_cmp(&bytes(other)))
    });
    let close = candidates.partition_point(|one| one.count.cycles <= most);
    // Of equals the first is the one with fewer cycles, or bytes.
    let chosen = (0..close).min_by_key(|&i| candidates[i].burden());
    if let Some(chosen) = chosen {
        candidates[..=chosen].rotate_right(1);
    }
}
