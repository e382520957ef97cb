//! What it takes to build the model of an array, estimated from what was measured.

use heddle_format::Format;
use heddle_hdl::{ArrayConfig, Dataflow};

/// What a build takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BuildCost {
    /// On two cores of some 3 GHz, each for itself.
    pub seconds: f64,
    /// Peak memory of all tools together.
    pub bytes: f64,
}

/// PEs, seconds and GiB.
type Measured = [(f64, f64, f64)];

/// Square weight-stationary arrays, by
/// `cargo run --release -p heddle-testbenches --example build_cost`.
const INT8: &Measured = &[(256.0, 1.0, 1.0), (1024.0, 2.0, 2.0)];
/// The same.
const BF16: &Measured = &[(256.0, 1.0, 1.0), (1024.0, 2.0, 2.0)];
/// An array with both dataflows against a weight-stationary one.
const BOTH: f64 = 1.5;

/// The cost of a build of the array of `config` without waveforms: between and beyond the
/// measured arrays as a power of the number of PEs.
pub fn build_cost(config: &ArrayConfig) -> BuildCost {
    let measured = match config.format {
        Format::Int8 | Format::Int16 => INT8,
        Format::Bf16 => BF16,
    };
    let pes = (config.rows * config.cols) as f64;
    let last = measured.len() - 2;
    let at = measured.windows(2).position(|pair| pes <= pair[1].0);
    let [low, high] = [0, 1].map(|next| measured[at.unwrap_or(last).min(last) + next]);
    // Small arrays cost what the tools cost, which no power tells.
    let share = ((pes / low.0).ln() / (high.0 / low.0).ln()).max(0.0);
    let power = |from: f64, to: f64| from * (to / from).powf(share);
    let factor = match config.dataflow {
        Dataflow::Ws => 1.0,
        Dataflow::Os | Dataflow::Both => BOTH,
    };
    BuildCost {
        seconds: factor * power(low.1, high.1),
        bytes: factor * power(low.2, high.2) * f64::from(1 << 30),
    }
}

impl std::fmt::Display for BuildCost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.seconds {
            seconds if seconds < 90.0 => write!(f, "{:.0} s", 10.0 * (seconds / 10.0).ceil())?,
            seconds if seconds < 5400.0 => write!(f, "{:.0} minutes", seconds / 60.0)?,
            seconds => write!(f, "{:.0} hours", seconds / 3600.0)?,
        }
        write!(
            f,
            " and {:.1} GiB of memory",
            self.bytes / f64::from(1 << 30)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measured_arrays_cost_what_was_measured_and_larger_ones_more() {
        for (format, measured) in [(Format::Int8, INT8), (Format::Bf16, BF16)] {
            for &(pes, seconds, gib) in measured {
                let side = f64::sqrt(pes) as usize;
                let cost = build_cost(&ArrayConfig::new(side, side, format));
                assert!(
                    (cost.seconds / seconds - 1.0).abs() < 1e-9,
                    "{format} {side}"
                );
                assert!((cost.bytes / f64::from(1 << 30) / gib - 1.0).abs() < 1e-9);
            }
            let cost = |side| build_cost(&ArrayConfig::new(side, side, format));
            let sides = [1, 16, 24, 32, 48, 64, 100, 128, 256];
            for pair in sides.windows(2).skip(1) {
                assert!(
                    cost(pair[0]).seconds < cost(pair[1]).seconds,
                    "{format} {pair:?}"
                );
                assert!(
                    cost(pair[0]).bytes < cost(pair[1]).bytes,
                    "{format} {pair:?}"
                );
            }
            assert_eq!(cost(1), cost(16), "what the tools cost");
        }
    }
}
