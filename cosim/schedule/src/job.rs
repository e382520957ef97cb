//! The count of one job, and counts of many jobs that share their shapes.

use super::bounds;
use super::laid::{Laid, LaidCost};
use super::model::Breakdown;
use crate::mapping::Mapping;
use crate::tiler::Extent;
use crate::Edge;
use crate::ScheduleError;
use heddle_files::InputError;
use heddle_gemm::{Phase, Policy};
use heddle_hdl::ArrayConfig;
use serde::Serialize;
use std::collections::HashMap;

/// (M, K, N).
pub type Shape = (usize, usize, usize);

/// What a job costs on an array.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Count {
    /// Cycles from the first weight word accepted to the last sum valid, both counted.
    pub cycles: u64,
    /// Multiply-accumulates on kept m, k and n.
    pub macs: u64,
    /// MACs / (rows * cols): of kept ones under `packed`, of all under the others,
    /// which take the time of all.
    pub limit: f64,
    /// `limit / cycles`; 1 for a job that takes no cycle.
    pub utilisation: f64,
    /// Tiles of B, or of C where the sums stay in the PEs.
    pub tiles: u64,
    /// Where the cycles went.
    pub breakdown: Breakdown,
    /// The part of `breakdown.beats` that ragged tiles leave unused: beats minus limit.
    pub ragged: f64,
}

impl Count {
    /// The count of `times` such jobs, one after another.
    pub fn times(&self, times: u64) -> Self {
        let mut breakdown = Breakdown::default();
        breakdown.add(&self.breakdown, times);
        Self {
            cycles: self.cycles * times,
            macs: self.macs * times,
            limit: self.limit * times as f64,
            utilisation: self.utilisation,
            tiles: self.tiles * times,
            breakdown,
            ragged: self.ragged * times as f64,
        }
    }
}

/// The edge from which the weights of a training phase are read where they lie: rows of
/// W (FP) and of dZ (WG) at the top, rows of W as columns of its transpose (BP) at the
/// left.
#[cfg(test)]
pub(crate) fn edge_of(phase: Phase) -> Edge {
    match phase {
        Phase::Forward | Phase::WeightGradient => Edge::Top,
        Phase::Backward => Edge::Left,
    }
}

/// The kept shape of a job of `phase` that keeps `keep` of its masked dimension: k in
/// FP, n in BP, m in WG.
///
/// # Errors
/// [`ScheduleError::Input`] if the dimension is shorter than `keep`.
pub fn kept_shape(phase: Phase, shape: Shape, keep: usize) -> Result<Shape, ScheduleError> {
    let (m, k, n) = shape;
    let (all, kept) = match phase {
        Phase::Forward => (k, (m, keep, n)),
        Phase::Backward => (n, (m, k, keep)),
        Phase::WeightGradient => (m, (keep, k, n)),
    };
    if keep > all {
        return Err(ScheduleError::Input(InputError {
            name: "keep",
            value: keep.to_string(),
            remedy: format!("the masked dimension of {phase} has {all}: keep 0 to {all} of them"),
        }));
    }
    Ok(kept)
}

/// Counts one job that runs on its own, under [`Mapping::plain`]. `kept` holds the kept numbers of m, k and n.
pub fn count(config: &ArrayConfig, shape: Shape, kept: Shape, policy: Policy, edge: Edge) -> Count {
    Counter::new(*config).count(shape, kept, policy, edge)
}

/// Counts jobs on one array and remembers what it has met.
#[derive(Clone, Debug)]
pub struct Counter {
    config: ArrayConfig,
    known: HashMap<Laid, LaidCost>,
}

impl Counter {
    /// A counter that knows nothing yet.
    pub fn new(config: ArrayConfig) -> Self {
        Self {
            config,
            known: HashMap::new(),
        }
    }

    /// The array.
    pub fn config(&self) -> &ArrayConfig {
        &self.config
    }

    /// Counts one job that runs on its own; see [`count`].
    pub fn count(&mut self, shape: Shape, kept: Shape, policy: Policy, edge: Edge) -> Count {
        let laid = Laid::plain(&self.config, Extent::new(policy, shape, kept), edge);
        self.of(laid, laid.extent.macs(), macs(kept))
    }

    /// Counts one job that runs on its own under `mapping`.
    ///
    /// # Errors
    /// As [`Laid::new`].
    pub fn count_mapped(
        &mut self,
        shape: Shape,
        kept: Shape,
        policy: Policy,
        mapping: &Mapping,
    ) -> Result<Count, ScheduleError> {
        let laid = Laid::new(Extent::new(policy, shape, kept), mapping, 1)?;
        Ok(self.of(laid, laid.extent.macs(), macs(kept)))
    }

    /// Counts what is laid onto the array: `sent` MACs that take time, of which `useful`
    /// are on kept m, k and n. `sent` is less than the extent's own where packed jobs of
    /// several masks are chained.
    pub fn of(&mut self, laid: Laid, sent: u64, useful: u64) -> Count {
        let config = &self.config;
        let tally = *self.known.entry(laid).or_insert_with(|| laid.tally(config));
        let cycles = tally.breakdown.total();
        let limit = bounds::limit(config, sent);
        Count {
            cycles,
            macs: useful,
            limit,
            utilisation: if cycles == 0 {
                1.0
            } else {
                limit / cycles as f64
            },
            tiles: tally.tiles,
            breakdown: tally.breakdown,
            ragged: tally.breakdown.beats as f64 - limit,
        }
    }
}

/// MACs of a product of this shape.
pub fn macs((m, k, n): Shape) -> u64 {
    m as u64 * k as u64 * n as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::Flow;
    use heddle_format::Format;

    const FP: Shape = (20, 650, 2600);
    const BP: Shape = (20, 2600, 650);
    const WG: Shape = (650, 20, 2600);

    fn phases() -> [(Phase, Shape); 3] {
        [
            (Phase::Forward, FP),
            (Phase::Backward, BP),
            (Phase::WeightGradient, WG),
        ]
    }

    fn cycles(
        config: &ArrayConfig,
        phase: Phase,
        shape: Shape,
        keep: usize,
        policy: Policy,
    ) -> Count {
        let kept = kept_shape(phase, shape, keep).unwrap();
        count(config, shape, kept, policy, edge_of(phase))
    }

    #[test]
    fn the_workload_comes_close_to_its_bounds() {
        for format in [Format::Int8, Format::Bf16] {
            let config = ArrayConfig::new(16, 16, format);
            for (phase, shape) in phases() {
                let all = if phase == Phase::Backward {
                    shape.2
                } else if phase == Phase::Forward {
                    shape.1
                } else {
                    shape.0
                };
                let dense = cycles(&config, phase, shape, all, Policy::Dense);
                let gated = cycles(&config, phase, shape, all / 2, Policy::Gated);
                let packed = cycles(&config, phase, shape, all / 2, Policy::Packed);
                assert_eq!(gated.cycles, dense.cycles);
                assert_eq!(gated.macs, packed.macs);
                assert_eq!(dense.limit, 132_031.25);
                let speedup = dense.cycles as f64 / packed.cycles as f64;
                if phase == Phase::WeightGradient {
                    assert!(dense.cycles <= 213_500, "{dense:?}");
                    assert!(speedup >= 1.97, "{speedup}");
                } else {
                    assert!(dense.utilisation >= 0.97, "{dense:?}");
                    assert!(speedup >= 1.93, "{speedup}");
                }
            }
        }
    }

    #[test]
    fn the_parts_add_up() {
        let config = ArrayConfig::new(5, 3, Format::Bf16);
        for m in [1, 4, 30] {
            for k in [1, 5, 23] {
                for n in [1, 3, 40] {
                    let shape = (m, k, n);
                    let count = count(&config, shape, shape, Policy::Packed, Edge::Left);
                    assert_eq!(count.breakdown.total(), count.cycles);
                    assert!(count.ragged >= 0.0 && count.utilisation <= 1.0);
                    assert_eq!(count.tiles as usize, k.div_ceil(5) * n.div_ceil(3));
                }
            }
        }
    }

    #[test]
    fn nothing_kept_takes_no_cycle_when_packed_and_full_time_otherwise() {
        let config = ArrayConfig::new(16, 16, Format::Int8);
        let packed = cycles(&config, Phase::Forward, FP, 0, Policy::Packed);
        assert_eq!((packed.cycles, packed.macs, packed.tiles), (0, 0, 0));
        let gated = cycles(&config, Phase::Forward, FP, 0, Policy::Gated);
        assert!(gated.cycles > 132_000 && gated.macs == 0);
    }

    #[test]
    fn a_mapping_decides_the_count() {
        let config = ArrayConfig {
            dataflow: heddle_hdl::Dataflow::Both,
            ..ArrayConfig::new(16, 16, Format::Int8)
        };
        let mut counter = Counter::new(config);
        let plain = Mapping::plain(&config);
        let mut cycles = |mapping: Mapping| {
            let count = counter.count_mapped(WG, WG, Policy::Dense, &mapping);
            count.map(|count| count.cycles)
        };
        let stationary = count(&config, WG, WG, Policy::Dense, Edge::Top).cycles;
        assert_eq!(cycles(plain).unwrap(), stationary);
        let sums_stay = Mapping {
            flow: Flow::OutputStationary,
            ..plain
        };
        // Groups of one tile: 15 cycles of seeds, 41 x 163 tiles of 20 beats, the flush,
        // sums of the last 10 rows, L = 33.
        let expected = 15 + 41 * 163 * 20 + 1 + 10 + 33;
        assert_eq!(cycles(sums_stay).unwrap(), expected);
        let mixed = Mapping {
            flow: Flow::Mixed(7),
            ..plain
        };
        assert!(cycles(mixed).unwrap_err().is_bad_input());
    }

    #[test]
    fn keeping_more_than_there_is_names_the_range() {
        let error = kept_shape(Phase::Backward, BP, 651).unwrap_err();
        assert!(error.is_bad_input());
        assert!(error.to_string().contains("keep 0 to 650"), "{error}");
    }
}
