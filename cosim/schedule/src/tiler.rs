//! How a product is cut into tiles, and in which order the tiles are streamed.
//!
//! A tile is `rows` x `cols` words of B at most: up to `rows` of the k that are sent
//! and up to `cols` of the n. Which k, m and n are sent is the policy's choice
//! ([`Sent`]): the kept ones under `packed`, all of them otherwise. Every tile of B is
//! loaded exactly once; all m pass through it.
//!
//! Partial sums come back a round trip later and seed the tile of the next k, so
//! several n-tiles take turns: the default order walks through *blocks* of n-tiles
//! that are just long enough to hide the round trip, and even, because a short last
//! block would expose it again at every k.
//!
//! The geometry knows no operands: the driver and the cycle model read the same one.

use crate::Edge;
use heddle_gemm::{Element, Job, Mask, Policy, Shape};
use heddle_hdl::ArrayConfig;

/// The indices of one dimension that are sent to the array, in order.
#[derive(Clone, Copy, Debug)]
pub enum Sent<'a> {
    /// All of them.
    All(usize),
    /// Only these.
    Kept(&'a [u32]),
}

impl<'a> Sent<'a> {
    /// What `policy` sends of a dimension of length `len` under `mask`.
    pub fn new(policy: Policy, mask: Option<&'a Mask>, len: usize) -> Self {
        match (policy, mask) {
            (Policy::Packed, Some(mask)) => Sent::Kept(mask.kept()),
            _ => Sent::All(len),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Sent::All(len) => *len,
            Sent::Kept(kept) => kept.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The index in `position`.
    ///
    /// # Panics
    /// If `position` is not below [`Sent::len`].
    #[inline]
    pub fn at(&self, position: usize) -> usize {
        match self {
            Sent::All(_) => position,
            Sent::Kept(kept) => kept[position] as usize,
        }
    }
}

/// What `policy` sends of a job of `shape` of which `kept` is kept.
pub fn extent(policy: Policy, shape: Shape, kept: Shape) -> Shape {
    match policy {
        Policy::Packed => kept,
        Policy::Dense | Policy::Gated => shape,
    }
}

/// What `policy` sends of `job`.
pub fn extent_of<E: Element>(policy: Policy, job: &Job<'_, E>) -> Shape {
    extent(policy, job.shape(), job.kept_shape())
}

/// The order of a job's tiles. Every order gives the same bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TileOrder {
    /// Even blocks of n-tiles, just long enough to hide the round trip of the sums.
    #[default]
    Blocked,
    /// All n-tiles of a k-tile before the next k-tile.
    KOuter,
    /// All k-tiles of an n-tile before the next n-tile: every tile waits for the sums
    /// of the one before it.
    NOuter,
}

/// Size of one tile in lanes of the array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TileSize {
    /// Rows in use.
    pub rows: usize,
    /// Columns in use.
    pub cols: usize,
    /// Beats that load its weights.
    pub weight_beats: usize,
}

/// One job's grid of tiles.
#[derive(Clone, Copy, Debug)]
pub struct Grid {
    extent: Shape,
    rows: usize,
    cols: usize,
    round_trip: usize,
    edge: Edge,
}

impl Grid {
    /// The tiles of `extent` on an array.
    pub fn new(config: &ArrayConfig, extent: Shape, edge: Edge) -> Self {
        Self {
            extent,
            rows: config.rows,
            cols: config.cols,
            round_trip: config.latency() + 1,
            edge,
        }
    }

    /// What is sent.
    pub fn extent(&self) -> Shape {
        self.extent
    }

    /// Number of tiles along k; 0 if there is nothing to do.
    pub fn k_tiles(&self) -> usize {
        if self.extent.is_empty() {
            0
        } else {
            self.extent.k.div_ceil(self.rows)
        }
    }

    /// Number of tiles along n; 0 if there is nothing to do.
    pub fn n_tiles(&self) -> usize {
        if self.extent.is_empty() {
            0
        } else {
            self.extent.n.div_ceil(self.cols)
        }
    }

    /// The size of tile (`kt`, `nt`); those on the last edges may be ragged.
    #[inline]
    pub fn size(&self, kt: usize, nt: usize) -> TileSize {
        let rows = self.rows.min(self.extent.k - kt * self.rows);
        let cols = self.cols.min(self.extent.n - nt * self.cols);
        TileSize {
            rows,
            cols,
            weight_beats: match self.edge {
                Edge::Top => rows,
                Edge::Left => cols,
            },
        }
    }

    /// Number of n-tiles in each block of the default order: the fewest that hide the
    /// round trip, spread evenly, so that no block is shorter than that (unless all
    /// n-tiles together are).
    pub fn blocks(&self) -> impl Iterator<Item = usize> {
        let n_tiles = self.n_tiles();
        let (blocks, base) = if n_tiles == 0 {
            (0, 0)
        } else {
            let weight_beats = self.size(0, 0).weight_beats;
            let hides = self.round_trip.div_ceil(self.extent.m.max(weight_beats));
            let blocks = (n_tiles / hides).max(1);
            (blocks, n_tiles / blocks)
        };
        (0..blocks).map(move |block| base + usize::from(block < n_tiles - base * blocks))
    }

    /// Calls `visit(kt, nt)` for every tile in `order`. Of each n-tile the k-tiles come
    /// in sequence, the strict order of accumulation.
    pub fn visit(&self, order: TileOrder, mut visit: impl FnMut(usize, usize)) {
        let (k_tiles, n_tiles) = (self.k_tiles(), self.n_tiles());
        let mut block = |first: usize, len: usize| {
            for kt in 0..k_tiles {
                for nt in first..first + len {
                    visit(kt, nt);
                }
            }
        };
        match order {
            TileOrder::Blocked => {
                let mut first = 0;
                for len in self.blocks() {
                    block(first, len);
                    first += len;
                }
            }
            TileOrder::KOuter => block(0, n_tiles),
            TileOrder::NOuter => (0..n_tiles).for_each(|nt| block(nt, 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heddle_format::Format;
    use heddle_hdl::ArrayConfig;

    fn grid(m: usize, k: usize, n: usize, edge: Edge) -> Grid {
        let config = ArrayConfig::new(16, 16, Format::Bf16);
        Grid::new(&config, Shape { m, k, n }, edge)
    }

    #[test]
    fn blocks_are_even_and_hide_the_round_trip() {
        for n in [1, 16, 17, 79, 81, 650, 2600] {
            for m in [1, 7, 20, 650] {
                let grid = grid(m, 100, n, Edge::Top);
                let blocks: Vec<usize> = grid.blocks().collect();
                assert_eq!(blocks.iter().sum::<usize>(), grid.n_tiles());
                let (least, most) = (blocks.iter().min().unwrap(), blocks.iter().max().unwrap());
                assert!(most - least <= 1, "{blocks:?}");
                // bf16 on 16 x 16: L = 16 * 4 + 16 + 1.
                assert!(blocks.len() == 1 || least * m.max(16) >= 82, "{blocks:?}");
            }
        }
    }

    #[test]
    fn every_order_visits_every_tile_once_with_k_in_sequence() {
        let grid = grid(3, 100, 150, Edge::Left);
        for order in [TileOrder::Blocked, TileOrder::KOuter, TileOrder::NOuter] {
            let mut next = vec![0; grid.n_tiles()];
            grid.visit(order, |kt, nt| {
                assert_eq!(next[nt], kt, "{order:?}");
                next[nt] += 1;
            });
            assert!(next.iter().all(|&kt| kt == grid.k_tiles()), "{order:?}");
        }
    }

    #[test]
    fn ragged_tiles_load_only_what_they_hold() {
        let top = grid(1, 20, 35, Edge::Top);
        assert_eq!(top.size(0, 0).weight_beats, 16);
        assert_eq!(
            top.size(1, 2),
            TileSize {
                rows: 4,
                cols: 3,
                weight_beats: 4
            }
        );
        assert_eq!(grid(1, 20, 35, Edge::Left).size(1, 2).weight_beats, 3);
    }

    #[test]
    fn nothing_to_do_has_no_tiles() {
        for (m, k, n) in [(0, 5, 5), (5, 0, 5), (5, 5, 0)] {
            let grid = grid(m, k, n, Edge::Top);
            assert_eq!(grid.blocks().count(), 0);
            grid.visit(TileOrder::Blocked, |_, _| panic!("a tile of nothing"));
        }
    }
}
