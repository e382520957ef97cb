//! How a job is laid onto the array. Every mapping gives the same bits.

use super::mapper::layout::{Layout, UnitOrder};
use super::tiler::TileOrder;
use crate::{Edge, ScheduleError};
use heddle_files::InputError;
use heddle_gemm::Phase;
use heddle_hdl::{ArrayConfig, Dataflow};

/// What stays in the PEs while a tile of a job is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flow {
    /// B: k on rows, n on columns, m streams.
    WeightStationary,
    /// C: m on rows, n on columns, k streams.
    OutputStationary,
}

/// How a job is laid onto the array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mapping {
    /// What stays in the PEs.
    pub flow: Flow,
    /// Where the words of a weight-stationary tile enter: of B, or of A where the mapping
    /// transposes. Those of an output-stationary one enter at the top.
    pub edge: Edge,
    /// C^T = B^T A^T is computed instead of C = A B: m and n change places.
    pub transposed: bool,
    /// The order of the tiles.
    pub order: TileOrder,
    /// The job's reduction is appended to that of the job before it in the batch, which has the
    /// same output, m, n and mask of n: one tile computes both, each with its
    /// own mask of m. Output-stationary only. A job that cannot be joined (the first of a
    /// batch, or one that differs from the job before it in any of this, in orientation or
    /// in flow) is computed by itself.
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
            edge: Edge::Top,
            transposed: false,
            order: TileOrder::default(),
            chained: false,
        }
    }

    /// The same for a job of `phase`: words enter along the lines of the operand where it lies in
    /// memory, the units of a sample together.
    pub fn of_phase(self, phase: Phase) -> Self {
        Self {
            edge: Layout::new(phase, UnitOrder::BatchMajor).edge(self.transposed),
            ..self
        }
    }

    /// Whether an array of `config` can be mapped to like this.
    ///
    /// # Errors
    /// [`ScheduleError::Input`] if it lacks the dataflow; the message says how to get it.
    pub fn check(&self, config: &ArrayConfig) -> Result<(), ScheduleError> {
        let possible = match self.flow {
            Flow::WeightStationary => config.dataflow.has_ws(),
            Flow::OutputStationary => config.dataflow.has_os(),
        };
        if possible {
            return Ok(());
        }
        let (value, has) = match config.dataflow {
            Dataflow::Ws => ("os (output-stationary)", "ws"),
            _ => ("ws (weight-stationary)", "os"),
        };
        Err(ScheduleError::Input(InputError {
            name: "flow",
            value: value.into(),
            remedy: format!(
                "the array has --dataflow {has} only; generate it with --dataflow both"
            ),
        }))
    }
}
