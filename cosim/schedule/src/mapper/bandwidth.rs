//! The words that a mapping moves over each port, in closed form.

use crate::laid::Laid;
use crate::Edge;
use heddle_hdl::ArrayConfig;
use serde::Serialize;

/// What one port carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct PortNeed {
    /// Words in all; none of dropped rows and columns.
    pub words: u64,
    /// Bytes per cycle, averaged over all cycles.
    #[serde(rename = "mean_bytes_per_cycle")]
    pub mean: f64,
    /// Bytes in the cycle of a full beat.
    #[serde(rename = "peak_bytes_per_cycle")]
    pub peak: f64,
}

/// What the ports of the array carry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Bandwidth {
    /// Stationary words, or those of B where the sums stay.
    pub weights: PortNeed,
    /// Streamed words.
    pub activations: PortNeed,
    /// Seeds in.
    pub seeds: PortNeed,
    /// Sums out.
    pub sums: PortNeed,
}

impl Bandwidth {
    /// The need of `laid`, which takes `cycles`, of whose operands the words `kept` are
    /// fetched: A and B as `laid` has them, transposed if it is.
    pub fn new(config: &ArrayConfig, laid: &Laid, kept: Kept, cycles: u64) -> Self {
        let sent = laid.extent;
        let tiles = |length: usize, size: usize| length.div_ceil(size) as u64;
        let n_tiles = tiles(sent.n, config.cols);
        let (rows, cols) = (config.rows, config.cols);
        let (b, a, c) = (kept.k_by_n, kept.m_by_k, kept.m_by_n);
        // Words, and lanes of a full beat.
        let [weights, activations, sums] = if sent.is_empty() {
            [(0, 0); 3]
        } else if laid.output_stationary {
            [
                (b * tiles(sent.m, rows), cols.min(sent.n)),
                (a * n_tiles, rows.min(sent.m)),
                (c, cols.min(sent.n)),
            ]
        } else {
            let lanes = match laid.edge {
                Edge::Top => cols.min(sent.n),
                Edge::Left => rows.min(sent.k),
            };
            [
                (b, lanes),
                (a * n_tiles, rows.min(sent.k)),
                (c * tiles(sent.k, rows), cols.min(sent.n)),
            ]
        };
        let port = |(words, lanes): (u64, usize), bits: usize| PortNeed {
            words,
            mean: if cycles == 0 {
                0.0
            } else {
                words as f64 * bits as f64 / 8.0 / cycles as f64
            },
            peak: (lanes * bits) as f64 / 8.0,
        };
        let sums = port(sums, config.acc_bits());
        Self {
            weights: port(weights, config.operand_bits()),
            activations: port(activations, config.operand_bits()),
            seeds: sums,
            sums,
        }
    }

    /// The same need for `times` times the words and cycles.
    pub fn times(mut self, times: u64) -> Self {
        for port in [
            &mut self.weights,
            &mut self.activations,
            &mut self.seeds,
            &mut self.sums,
        ] {
            port.words *= times;
        }
        self
    }

    /// Bytes per cycle over all ports, averaged.
    pub fn mean(&self) -> f64 {
        self.weights.mean + self.activations.mean + self.seeds.mean + self.sums.mean
    }
}

/// Kept words of each operand; of the chained jobs together, where there are several.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    /// Of the streamed operand.
    pub m_by_k: u64,
    /// Of the stationary operand.
    pub k_by_n: u64,
    /// Of the output.
    pub m_by_n: u64,
}
