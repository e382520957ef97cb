//! A job as a mapping lays it onto the array, and its cycles.
//!
//! Weight-stationary tiles are run through the event model ([`Timeline`]) in the order of
//! the plan. The model knows no absolute time: shift everything it remembers by d cycles
//! and all that follows is shifted by d. So a row of tiles that starts exactly like the
//! row before it, only later, is followed by rows that do the same as long as their
//! tiles are equal, and every block of n-tiles but the first costs what an equal block
//! cost: these are not run again. Output-stationary groups have a closed form. Tests hold
//! both to the event model run tile by tile.

use super::bounds;
use super::model::{Breakdown, Timeline};
use crate::mapping::{Flow, Mapping};
use crate::tiler::{Grid, TileOrder};
use crate::Edge;
use crate::ScheduleError;
use heddle_files::InputError;
use heddle_gemm::Shape;
use heddle_hdl::ArrayConfig;
use std::collections::HashMap;

/// A job as the array meets it: what decides how long it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Laid {
    /// What is sent; m and n have changed places if the mapping transposes.
    pub extent: Shape,
    /// Edge at which stationary words enter.
    pub edge: Edge,
    /// Whether sums stay in the PEs instead of weights.
    pub output_stationary: bool,
    /// Order of the tiles.
    pub order: TileOrder,
}

/// Cycles and tiles of one job.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LaidCost {
    /// Tiles streamed.
    pub tiles: u64,
    /// Where the cycles went.
    pub breakdown: Breakdown,
}

impl Laid {
    /// Lays `times` jobs in a row, each of which sends `extent`, as `mapping` says. Several jobs
    /// must be chained, and only then may be several.
    ///
    /// # Errors
    /// [`ScheduleError::Input`] for a mapping that is not counted: a chain that is
    /// weight-stationary or of a transposed product.
    pub fn new(extent: Shape, mapping: &Mapping, times: usize) -> Result<Self, ScheduleError> {
        let refuse = |remedy: &str| {
            Err(ScheduleError::Input(InputError {
                name: "mapping",
                value: format!("{mapping:?} of {times} jobs"),
                remedy: remedy.to_owned(),
            }))
        };
        let output_stationary = mapping.flow == Flow::OutputStationary;
        if mapping.chained && (!output_stationary || mapping.transposed) {
            return refuse("only output-stationary jobs that are not transposed are chained");
        }
        if times > 1 && !mapping.chained {
            return refuse("count jobs that are not chained one by one");
        }
        let mut laid = Self::alone(extent, mapping);
        laid.extent.k *= times;
        Ok(laid)
    }

    /// Lays a job that sends `extent` as `mapping` says, joined to no other.
    pub(crate) fn alone(extent: Shape, mapping: &Mapping) -> Self {
        let extent = match mapping.transposed {
            true => extent.transposed(),
            false => extent,
        };
        match mapping.flow {
            // Its words enter at the top, its tiles have one order.
            Flow::OutputStationary => Self {
                extent,
                edge: Edge::Top,
                output_stationary: true,
                order: TileOrder::default(),
            },
            Flow::WeightStationary => Self {
                extent,
                edge: mapping.edge,
                output_stationary: false,
                order: mapping.order,
            },
        }
    }

    /// A job that sends `extent` under [`Mapping::plain`].
    pub fn plain(config: &ArrayConfig, extent: Shape, edge: Edge) -> Self {
        let output_stationary = !config.dataflow.has_ws();
        Self {
            extent,
            edge: if output_stationary { Edge::Top } else { edge },
            output_stationary,
            order: TileOrder::default(),
        }
    }

    /// Cycles if tiles followed each other without a bubble: the sum of max(M, weight
    /// beats) over weight-stationary tiles, of max(K, rows in use) over
    /// output-stationary ones. This is the `bound` of every report.
    pub fn bound(&self, config: &ArrayConfig) -> u64 {
        if self.output_stationary {
            bounds::output_stationary(config, self.extent)
        } else {
            bounds::weight_stationary(config, self.extent, self.edge)
        }
    }

    /// Cycles of the job on its own, from the first word or seed to the last sum.
    pub fn tally(&self, config: &ArrayConfig) -> LaidCost {
        if self.extent.is_empty() {
            LaidCost::default()
        } else if self.output_stationary {
            output_stationary(config, self.extent)
        } else {
            weight_stationary(config, self)
        }
    }
}

impl Breakdown {
    /// Adds `times` times `other`.
    pub fn add(&mut self, other: &Self, times: u64) {
        self.beats += other.beats * times;
        self.weight_load += other.weight_load * times;
        self.round_trip += other.round_trip * times;
        self.exchange += other.exchange * times;
        self.drain += other.drain * times;
    }

    /// What has come since `before`.
    fn less(&self, before: &Self) -> Self {
        Self {
            beats: self.beats - before.beats,
            weight_load: self.weight_load - before.weight_load,
            round_trip: self.round_trip - before.round_trip,
            exchange: self.exchange - before.exchange,
            drain: self.drain - before.drain,
        }
    }
}

/// The parts so far without the drain, which comes once.
fn parts(timeline: &Timeline) -> Breakdown {
    Breakdown {
        drain: 0,
        ..timeline.breakdown()
    }
}

fn weight_stationary(config: &ArrayConfig, laid: &Laid) -> LaidCost {
    let grid = Grid::new(config, laid.extent, laid.edge);
    let n_tiles = grid.n_tiles();
    let mut walk = Walk {
        grid,
        full_k_tiles: laid.extent.k / config.rows,
        timeline: Timeline::new(config),
        starts: Vec::new(),
        sum: Breakdown::default(),
    };
    let mut first = 0;
    // By the length of a block, and whether it holds the last n-tile, which may be ragged.
    let mut known = HashMap::<(usize, bool), Breakdown>::new();
    let mut block = |len: usize| {
        let key = (len, first + len == n_tiles);
        match known.get(&key) {
            Some(cost) => walk.sum.add(cost, 1),
            None => {
                let before = walk.sum;
                walk.block(first, len);
                if first > 0 {
                    known.insert(key, walk.sum.less(&before));
                }
            }
        }
        first += len;
    };
    match laid.order {
        TileOrder::Blocked => grid.blocks().for_each(block),
        TileOrder::KOuter => block(n_tiles),
        TileOrder::NOuter => (0..n_tiles).for_each(|_| block(1)),
    }
    LaidCost {
        tiles: (n_tiles * grid.k_tiles()) as u64,
        breakdown: Breakdown {
            drain: config.latency() as u64,
            ..walk.sum
        },
    }
}

/// A walk over blocks of weight-stationary tiles.
struct Walk {
    grid: Grid,
    /// k-tiles that use every row.
    full_k_tiles: usize,
    timeline: Timeline,
    /// First beat of the latest tile in each column of the block.
    starts: Vec<u64>,
    /// Cycles so far, of tiles left out as well.
    sum: Breakdown,
}

impl Walk {
    /// All k-tiles of `len` n-tiles from `first` on.
    fn block(&mut self, first: usize, len: usize) {
        let full_rows = self.full_k_tiles;
        self.starts.clear();
        let mut kt = 0;
        while kt < self.grid.k_tiles() {
            let before = parts(&self.timeline);
            let shifted = self.row(kt, first, len);
            let cost = parts(&self.timeline).less(&before);
            self.sum.add(&cost, 1);
            kt += 1;
            if shifted && kt < full_rows {
                self.sum.add(&cost, (full_rows - kt) as u64);
                kt = full_rows;
            }
        }
    }

    /// One k-tile of each n-tile. Whether all started equally long after the tiles of the
    /// row before.
    fn row(&mut self, kt: usize, first: usize, len: usize) -> bool {
        let mut delta = None;
        let mut shifted = kt > 0;
        for i in 0..len {
            let beats = self.grid.size(kt, first + i).weight_beats;
            let seeds = self.starts.get(i).copied().filter(|_| kt > 0);
            let start = self.timeline.tile(beats, self.grid.extent().m, seeds);
            match seeds {
                Some(seeds) => {
                    shifted &= *delta.get_or_insert(start - seeds) == start - seeds;
                    self.starts[i] = start;
                }
                None => self.starts.push(start),
            }
        }
        shifted
    }
}

/// Groups of P tiles over all m-tiles (outer) and n-tiles (inner), in one run. With `T_j`
/// the cycle of group j's first beat, `r_j` the rows of the group and
/// `R_j = max(1, r_j, r_{j-2})` those that its exchange sequence passes:
/// the first sequence starts in cycle 0, later ones in `T_{j-1} + P`, because the one
/// before has always ended by then. So `T_0 = P max(r_0 - 1, 1)` (the first word-beat goes
/// before the first beat), `T_j = T_{j-1} + P max(K, R_j)`, the flush is `T_n`, and the
/// last `R_{n+1}` rows of sums follow it.
fn output_stationary(config: &ArrayConfig, extent: Shape) -> LaidCost {
    let (phases, beats) = (config.phases() as u64, extent.k as u64);
    let rows = GroupRows::new(config, extent);
    let groups = rows.groups;
    // r_j never grows, so R_j is r_{j-2} from j = 2 on.
    let second = if groups > 1 { rows.of(1) } else { 1 };
    let mut turns = rows.of(0).saturating_sub(1).max(1) + beats.max(second);
    let large = rows.large.min(groups - 1);
    turns += large * beats.max(config.rows as u64);
    turns += (groups - 1 - large) * beats.max(rows.last);
    turns += 1 + rows.of(groups - 1);
    let beats = groups * beats * phases;
    LaidCost {
        tiles: rows.tiles,
        breakdown: Breakdown {
            beats,
            weight_load: 1,
            round_trip: 0,
            exchange: turns * phases - beats - 1,
            drain: config.latency() as u64,
        },
    }
}

/// How many rows the groups of an output-stationary job have.
struct GroupRows {
    tiles: u64,
    groups: u64,
    /// Groups with a tile of all rows: the first ones.
    large: u64,
    /// Rows of those.
    full: u64,
    /// Rows of the others, whose tiles all belong to the last m-tile.
    last: u64,
}

impl GroupRows {
    fn new(config: &ArrayConfig, extent: Shape) -> Self {
        let phases = config.phases() as u64;
        let m_tiles = extent.m.div_ceil(config.rows) as u64;
        let n_tiles = extent.n.div_ceil(config.cols) as u64;
        Self {
            tiles: m_tiles * n_tiles,
            groups: (m_tiles * n_tiles).div_ceil(phases),
            large: ((m_tiles - 1) * n_tiles).div_ceil(phases),
            full: config.rows as u64,
            last: extent.m as u64 - (m_tiles - 1) * config.rows as u64,
        }
    }

    fn of(&self, group: u64) -> u64 {
        if group < self.large {
            self.full
        } else {
            self.last
        }
    }
}

#[cfg(test)]
#[path = "laid_tests.rs"]
mod tests;
