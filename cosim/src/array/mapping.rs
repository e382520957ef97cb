//! How a job is laid onto the array. Every mapping gives the same bits.

use super::tiler::TileOrder;
use heddle_hdl::ArrayConfig;

/// What stays in the PEs while a tile of a job is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flow {
    /// B: k on rows, n on columns, m streams.
    WeightStationary,
    /// C: m on rows, n on columns, k streams.
    OutputStationary,
    /// Either, drawn from a seed for each n-tile, and the tiles of both kinds in an order drawn
    /// from it as well: for tests.
    Mixed(u64),
}

/// How a job is laid onto the array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mapping {
    /// What stays in the PEs.
    pub flow: Flow,
    /// C^T = B^T A^T is computed instead of C = A B: m and n change places.
    pub transposed: bool,
    /// The order of the tiles.
    pub order: TileOrder,
    /// The job's reduction is appended to that of the job before it in the batch, which has the
    /// same output, m, n and mask of n: one tile computes both, each with its
    /// own mask of m. Output-stationary only.
    pub chained: bool,
}

impl Mapping {
    /// The plain mapping on an array of `config`: weight-stationary, if it can be.
    pub fn plain(config: &ArrayConfig) -> Self {
        Self {
            flow: if config.dataflow.has_ws() {
                Flow::WeightStationary
            } else {
                Flow::OutputStationary
            },
            transposed: false,
            order: TileOrder::default(),
            chained: false,
        }
    }
}
