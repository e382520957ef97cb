//! SCALE-Sim's counts as closed forms, the baseline beside Heddle's own model.
//!
//! SCALE-Sim 3.0.0 (Samajdar et al., <https://github.com/scalesim-project/SCALE-Sim>)
//! models no overlap between tiles, so being faster than it says nothing about masks.
//! R rows, C columns, a product M x K x N:
//!
//! | dataflow          | cycles                                       |
//! |-------------------|----------------------------------------------|
//! | weight stationary | `ceil(K/R) ceil(N/C) (M + 2R + C - 2) - 1`   |
//! | output stationary | `ceil(M/R) ceil(N/C) (K + R + C - 2) - 1`    |
//! | input stationary  | `ceil(K/R) ceil(M/C) (N + 2R + C - 2) - 1`   |

use heddle_gemm::Shape;
use heddle_hdl::ArrayConfig;
use serde::Serialize;

/// What stays in place in the array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ScaleSimDataflow {
    /// B stays; A streams.
    WeightStationary,
    /// C stays; A and B stream.
    OutputStationary,
    /// A stays; B streams.
    InputStationary,
}

/// SCALE-Sim's cycles of a product on the array of `config`; 0 for an empty one.
pub fn scalesim(dataflow: ScaleSimDataflow, config: &ArrayConfig, shape: Shape) -> u64 {
    if shape.is_empty() {
        return 0;
    }
    let (rows, cols) = (config.rows, config.cols);
    let Shape { m, k, n } = shape;
    let (folds, tile) = match dataflow {
        ScaleSimDataflow::WeightStationary => {
            (k.div_ceil(rows) * n.div_ceil(cols), m + 2 * rows + cols - 2)
        }
        ScaleSimDataflow::OutputStationary => {
            (m.div_ceil(rows) * n.div_ceil(cols), k + rows + cols - 2)
        }
        ScaleSimDataflow::InputStationary => {
            (k.div_ceil(rows) * m.div_ceil(cols), n + 2 * rows + cols - 2)
        }
    };
    folds as u64 * tile as u64 - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use heddle_format::Format;

    /// Cycles that SCALE-Sim 3.0.0 itself printed for a 16 x 16 array.
    #[test]
    fn equals_what_scale_sim_printed() {
        use ScaleSimDataflow::{OutputStationary as Os, WeightStationary as Ws};
        for (dataflow, m, k, n, cycles) in [
            (Ws, 20, 650, 2600, 441_077),
            (Ws, 20, 325, 2600, 225_917),
            (Ws, 20, 2600, 650, 441_077),
            (Ws, 20, 2600, 325, 225_917),
            (Ws, 650, 20, 2600, 226_895),
            (Ws, 325, 20, 2600, 120_945),
            (Os, 20, 650, 2600, 221_679),
            (Os, 20, 325, 2600, 115_729),
            (Os, 20, 2600, 650, 215_659),
            (Os, 20, 2600, 325, 110_459),
            (Os, 650, 20, 2600, 334_149),
            (Os, 325, 20, 2600, 171_149),
        ] {
            let config = ArrayConfig::new(16, 16, Format::Int8);
            let shape = Shape::new(m, k, n);
            assert_eq!(
                scalesim(dataflow, &config, shape),
                cycles,
                "{dataflow:?} {shape}"
            );
        }
    }

    #[test]
    fn input_stationary_is_weight_stationary_of_the_transposed_product() {
        // C^T = B^T A^T exchanges M and N and makes A the stationary operand.
        let config = ArrayConfig::new(16, 8, Format::Int8);
        for (m, k, n) in [(20, 650, 2600), (3, 17, 5), (650, 20, 2600)] {
            let shape = Shape::new(m, k, n);
            assert_eq!(
                scalesim(ScaleSimDataflow::InputStationary, &config, shape),
                scalesim(
                    ScaleSimDataflow::WeightStationary,
                    &config,
                    shape.transposed()
                ),
            );
        }
    }
}
