//! What the planner asks of a way to lay a job onto the array.

use super::laid::Laid;
use super::mapping::{Flow, Mapping};
use super::tiler::{Grid, TileOrder};
use heddle_gemm::Shape;
use heddle_hdl::ArrayConfig;

/// A tile or a group of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A weight-stationary tile: k-tile, n-tile.
    Tile(usize, usize),
    /// Output-stationary tiles that take turns, up to P: m-tile, n-tile.
    Group(Vec<(usize, usize)>),
}

/// A way to lay a job onto the array: a [`Mapping`] does, and so does what puts the tiles into
/// another sequence than the mapping's order. Every one gives the same bits.
pub trait Lay {
    /// What holds for the job as a whole.
    fn mapping(&self) -> Mapping;

    /// The tiles of `grid`, each once, in the sequence in which they are computed. Of each n-tile
    /// the k-tiles come in order, the strict order of accumulation.
    fn pieces(&self, config: &ArrayConfig, grid: &Grid) -> Vec<Piece> {
        self.mapping().pieces(config, grid)
    }

    /// Cycles if the tiles of a job that sends `extent` followed each other without a bubble; see
    /// [`Laid::bound`]. A job that is joined to a chain counts as one on its own.
    fn bound(&self, config: &ArrayConfig, extent: Shape) -> u64 {
        self.mapping().bound(config, extent)
    }
}

impl Lay for Mapping {
    fn mapping(&self) -> Mapping {
        *self
    }

    fn pieces(&self, config: &ArrayConfig, grid: &Grid) -> Vec<Piece> {
        match self.flow {
            Flow::WeightStationary => {
                let mut tiles = Vec::with_capacity(grid.k_tiles() * grid.n_tiles());
                grid.visit(self.order, |kt, nt| tiles.push(Piece::Tile(kt, nt)));
                tiles
            }
            Flow::OutputStationary => os_tiles(config, grid, self.order)
                .chunks(config.phases())
                .map(|tiles| Piece::Group(tiles.to_vec()))
                .collect(),
        }
    }

    fn bound(&self, config: &ArrayConfig, extent: Shape) -> u64 {
        Laid::alone(extent, self).bound(config)
    }
}

/// The output-stationary tiles of a job, (m-tile, n-tile), in `order`. But for
/// [`TileOrder::NOuter`] m is outer: neighbours, and so the tiles of a group, take the same column
/// of A.
pub fn os_tiles(config: &ArrayConfig, grid: &Grid, order: TileOrder) -> Vec<(usize, usize)> {
    let (m_tiles, n_tiles) = (grid.extent().m.div_ceil(config.rows), grid.n_tiles());
    match order {
        TileOrder::Blocked | TileOrder::KOuter => (0..m_tiles)
            .flat_map(|mt| (0..n_tiles).map(move |nt| (mt, nt)))
            .collect(),
        TileOrder::NOuter => (0..n_tiles)
            .flat_map(|nt| (0..m_tiles).map(move |mt| (mt, nt)))
            .collect(),
    }
}
