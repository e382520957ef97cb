//! What it takes to build the model of an array, estimated from what was measured.

use heddle_format::Format;
use heddle_hdl::ArrayConfig;

/// What a build takes at least, about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BuildCost {
    /// CPU seconds of all tools together, on one of some 3 GHz.
    pub seconds: f64,
    /// Peak memory of all tools together.
    pub bytes: f64,
}

/// PEs, CPU seconds and GiB.
type Measured = (f64, f64, f64);

/// A square weight-stationary array, by
/// `cargo run --release -p heddle-testbenches --example build_cost int8:16`.
const INT8: Measured = (256.0, 32.1, 0.51);
/// How much more than that a PE of bf16 takes is not measured: the same at least.
const BF16: Measured = INT8;

/// The cost of a build of the array of `config` without waveforms: in proportion to the PEs
/// from the measured array on, and that of the tools themselves below. Nothing larger is measured
/// yet, so this is said to be the least.
pub fn build_cost(config: &ArrayConfig) -> BuildCost {
    let (pes, seconds, gib) = match config.format {
        Format::Int8 | Format::Int16 => INT8,
        Format::Bf16 => BF16,
    };
    let times = ((config.rows * config.cols) as f64 / pes).max(1.0);
    BuildCost {
        seconds: seconds * times,
        bytes: gib * times * f64::from(1 << 30),
    }
}

impl std::fmt::Display for BuildCost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.seconds {
            seconds if seconds < 90.0 => write!(f, "{:.0} s", 10.0 * (seconds / 10.0).round())?,
            seconds if seconds < 5400.0 => write!(f, "{:.0} minutes", seconds / 60.0)?,
            seconds => write!(f, "{:.0} hours", seconds / 3600.0)?,
        }
        let gib = self.bytes / f64::from(1 << 30);
        write!(f, " of CPU time and {gib:.1} GiB of memory")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_measured_array_costs_what_was_measured_and_larger_ones_more() {
        let cost = |side| build_cost(&ArrayConfig::new(side, side, Format::Int8));
        assert_eq!(
            (cost(16).seconds, cost(16).bytes),
            (INT8.1, INT8.2 * f64::from(1 << 30))
        );
        assert_eq!(cost(1), cost(16), "what the tools cost");
        for pair in [16, 24, 32, 64, 128, 256].windows(2) {
            assert!(cost(pair[0]).seconds < cost(pair[1]).seconds, "{pair:?}");
            assert!(cost(pair[0]).bytes < cost(pair[1]).bytes, "{pair:?}");
        }
        assert_eq!(
            cost(16).to_string(),
            "30 s of CPU time and 0.5 GiB of memory"
        );
        assert_eq!(
            cost(64).to_string(),
            "9 minutes of CPU time and 8.2 GiB of memory"
        );
    }
}
