//! The engine's sizes, and what a job takes of them: `hdl/ENGINE.md`, "What a job takes on chip".

use crate::descriptor::{Descriptor, Layout};
use heddle_format::Format;
use heddle_gemm::{Accumulator, Shape};
use heddle_hdl::engine::EngineConfig;
use heddle_hdl::{ArrayConfig, Dataflow};

/// What is known of an engine before it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// The configuration.
    pub config: ArrayConfig,
    /// Rows of the array.
    pub rows: usize,
    /// Its columns.
    pub cols: usize,
    /// Number format.
    pub format: Format,
    /// Sums of integers.
    pub accumulator: Accumulator,
    /// Which layouts there are.
    pub dataflow: Dataflow,
    /// Cycles of a sum through the array.
    pub round_trip: usize,
    /// Output-stationary tiles that take turns.
    pub phases: usize,
    /// Bytes of an operand.
    pub operand_bytes: usize,
    /// Bytes of a sum in memory.
    pub sum_bytes: usize,
    /// Buses and buffers.
    pub engine: EngineConfig,
}

impl Sizes {
    /// Those of a configuration.
    ///
    /// # Panics
    /// If it has no engine.
    pub fn new(config: &ArrayConfig) -> Self {
        Self {
            config: *config,
            rows: config.rows,
            cols: config.cols,
            format: config.format,
            accumulator: Accumulator {
                bits: config.acc_bits(),
                overflow: config.overflow,
            },
            dataflow: config.dataflow,
            round_trip: config.latency(),
            phases: config.phases(),
            operand_bytes: config.operand_bytes(),
            sum_bytes: config.sum_bytes(),
            engine: *config.engine(),
        }
    }

    /// Whether the array can do a layout.
    pub fn has(&self, layout: Layout) -> bool {
        match layout {
            Layout::Nn | Layout::Nt => self.dataflow.has_ws(),
            Layout::Tn => self.dataflow.has_os(),
        }
    }

    /// Bits of the buffers: of A, of B, of the sums. Keep bits beside the words are not counted.
    pub fn buffer_bits(&self) -> [usize; 3] {
        let (engine, config) = (&self.engine, &self.config);
        [
            engine.a_words * config.a_word_bits(),
            config.b_words() * config.b_word_bits(),
            engine.sum_words * config.sum_word_bits(),
        ]
    }

    /// Elements of a slot of B.
    pub fn slot_elements(&self, layout: Layout) -> usize {
        let lanes = match layout {
            Layout::Nn | Layout::Tn => self.cols,
            Layout::Nt => self.rows,
        };
        self.engine.slot_words * lanes
    }

    /// Words of A.
    pub fn a_words(&self, layout: Layout, Shape { m, k, .. }: Shape) -> usize {
        match layout {
            Layout::Nn | Layout::Nt => m * k.div_ceil(self.rows),
            Layout::Tn => k * m.div_ceil(self.rows),
        }
    }

    /// Words of sums; `bias` if there is one row of seeds behind them.
    pub fn sum_words(&self, Shape { m, n, .. }: Shape, bias: bool) -> usize {
        (m + usize::from(bias)) * n.div_ceil(self.cols)
    }

    /// Slots of B.
    pub fn slots(&self, job: &Descriptor) -> usize {
        let Shape { k, n, .. } = job.shape;
        match job.layout {
            Layout::Nn => self.rows,
            Layout::Nt if job.panel == 0 => n,
            Layout::Nt => n.min(job.panel * self.cols),
            Layout::Tn => k * n.div_ceil(self.slot_elements(Layout::Tn)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heddle_gemm::Policy;

    fn sizes() -> Sizes {
        Sizes::new(&ArrayConfig {
            dataflow: Dataflow::Both,
            engine: Some(EngineConfig::default()),
            ..ArrayConfig::new(16, 8, Format::Bf16)
        })
    }

    /// Counted by hand for a 16 x 8 array with slots of 16 words.
    #[test]
    fn what_a_job_takes() {
        let sizes = sizes();
        let shape = Shape::new(20, 650, 100);
        assert_eq!(sizes.a_words(Layout::Nn, shape), 20 * 41);
        assert_eq!(sizes.a_words(Layout::Tn, shape), 650 * 2);
        assert_eq!(sizes.sum_words(shape, false), 20 * 13);
        assert_eq!(sizes.sum_words(shape, true), 21 * 13);
        assert_eq!(sizes.slot_elements(Layout::Nn), 128);
        assert_eq!(sizes.slot_elements(Layout::Nt), 256);
        let job = |layout, panel| Descriptor {
            panel,
            ..Descriptor::new(layout, Policy::Packed, shape)
        };
        assert_eq!(sizes.slots(&job(Layout::Nn, 0)), 16);
        assert_eq!(sizes.slots(&job(Layout::Nt, 3)), 24);
        assert_eq!(sizes.slots(&job(Layout::Nt, 0)), 100);
        assert_eq!(sizes.slots(&job(Layout::Nt, 99)), 100);
        assert_eq!(sizes.slots(&job(Layout::Tn, 0)), 650);
    }

    /// Those of the defaults: 64 KiB for A, which has 16 rows of bf16, 32 for B, 64 for sums of 8 columns.
    #[test]
    fn what_buffers_take() {
        let kib = sizes().buffer_bits().map(|bits| bits as f64 / 8192.0);
        assert_eq!(kib, [64.0, 32.0, 64.0]);
    }
}
