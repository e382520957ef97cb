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

/// Square weight-stationary arrays, from small to large, by `cargo run --release -p
/// heddle-testbenches --example build_cost int8:16 int8:32 int8:64`, with Verilator's runtime, which a
/// first build in a cache compiles too.
const INT8: &[Measured] = &[
    (256.0, 14.1, 0.57),
    (1024.0, 22.5, 0.57),
    (4096.0, 24.4, 0.57),
];
/// The same with bf16:16 bf16:32 bf16:64.
const BF16: &[Measured] = &[
    (256.0, 16.9, 0.57),
    (1024.0, 18.2, 0.57),
    (4096.0, 33.9, 0.61),
];

/// The cost of a build of the array of `config` without waveforms: between two measured arrays in
/// proportion, beyond the largest and below the smallest the same: the text for simulation does not
/// grow with the array, so most of it is what the tools themselves take.
pub fn build_cost(config: &ArrayConfig) -> BuildCost {
    let measured = match config.format {
        Format::Int8 | Format::Int16 => INT8,
        Format::Bf16 => BF16,
    };
    let pes = (config.rows * config.cols) as f64;
    let (first, last) = (measured[0], measured[measured.len() - 1]);
    let between = measured.windows(2).find(|pair| pes <= pair[1].0);
    let (seconds, gib) = match between {
        _ if pes <= first.0 => (first.1, first.2),
        Some(pair) => {
            let share = (pes - pair[0].0) / (pair[1].0 - pair[0].0);
            let at = |low: f64, high: f64| low + share * (high - low);
            (at(pair[0].1, pair[1].1), at(pair[0].2, pair[1].2))
        }
        None => (last.1, last.2),
    };
    BuildCost {
        seconds,
        bytes: gib * f64::from(1 << 30),
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
    fn measured_arrays_cost_what_was_measured_and_larger_ones_more() {
        let cost = |side| build_cost(&ArrayConfig::new(side, side, Format::Int8));
        for &(pes, seconds, gib) in INT8 {
            let found = cost(pes.sqrt() as usize);
            assert_eq!(
                (found.seconds, found.bytes),
                (seconds, gib * f64::from(1 << 30))
            );
        }
        assert_eq!(cost(1), cost(16), "what the tools cost");
        for pair in [16, 24, 32, 64].windows(2) {
            assert!(cost(pair[0]).seconds < cost(pair[1]).seconds, "{pair:?}");
            assert!(cost(pair[0]).bytes <= cost(pair[1]).bytes, "{pair:?}");
        }
        assert_eq!(cost(256), cost(64), "what the text for simulation costs");
        assert_eq!(
            cost(16).to_string(),
            "10 s of CPU time and 0.6 GiB of memory"
        );
        assert_eq!(
            cost(64).to_string(),
            "20 s of CPU time and 0.6 GiB of memory"
        );
    }
}
