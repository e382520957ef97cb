//! The count of one job, and counts of many jobs that share their shapes.

use super::laid::{Laid, LaidCost};
use crate::count::Count;
use crate::mapping::Mapping;
use crate::tiler::extent;
use crate::Edge;
use crate::ScheduleError;
use heddle_files::InputError;
use heddle_gemm::{Phase, Policy, Shape};
use heddle_hdl::ArrayConfig;
use std::collections::HashMap;

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
    let mut kept = shape;
    let masked = match phase {
        Phase::Forward => &mut kept.k,
        Phase::Backward => &mut kept.n,
        Phase::WeightGradient => &mut kept.m,
    };
    let all = std::mem::replace(masked, keep);
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
        let laid = Laid::plain(&self.config, extent(policy, shape, kept), edge);
        self.of(laid, kept)
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
        let laid = Laid::new(extent(policy, shape, kept), mapping, 1)?;
        Ok(self.of(laid, kept))
    }

    fn of(&mut self, laid: Laid, kept: Shape) -> Count {
        let breakdown = self.tally(laid).breakdown;
        let bound = laid.bound(&self.config);
        Count::new(
            &self.config,
            breakdown,
            bound,
            laid.extent.macs(),
            kept.macs(),
        )
    }

    /// Cycles and tiles of what is laid onto the array.
    pub fn tally(&mut self, laid: Laid) -> LaidCost {
        let config = &self.config;
        *self.known.entry(laid).or_insert_with(|| laid.tally(config))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::Flow;
    use heddle_format::Format;

    const FP: Shape = Shape::new(20, 650, 2600);
    const BP: Shape = Shape::new(20, 2600, 650);
    const WG: Shape = Shape::new(650, 20, 2600);

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
                    shape.n
                } else if phase == Phase::Forward {
                    shape.k
                } else {
                    shape.m
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
                    assert!(dense.utilisation() >= 0.97, "{dense:?}");
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
                    let shape = Shape { m, k, n };
                    let count = count(&config, shape, shape, Policy::Packed, Edge::Left);
                    assert_eq!(count.breakdown.total(), count.cycles);
                    assert!(count.ragged() >= 0.0 && count.utilisation() <= 1.0);
                    let laid = Laid::plain(&config, shape, Edge::Left);
                    let tiles = k.div_ceil(5) * n.div_ceil(3);
                    assert_eq!(laid.tally(&config).tiles as usize, tiles);
                }
            }
        }
    }

    #[test]
    fn nothing_kept_takes_no_cycle_when_packed_and_full_time_otherwise() {
        let config = ArrayConfig::new(16, 16, Format::Int8);
        let packed = cycles(&config, Phase::Forward, FP, 0, Policy::Packed);
        assert_eq!((packed.cycles, packed.macs), (0, 0));
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
    }

    #[test]
    fn keeping_more_than_there_is_names_the_range() {
        let error = kept_shape(Phase::Backward, BP, 651).unwrap_err();
        assert!(error.is_bad_input());
        assert!(error.to_string().contains("keep 0 to 650"), "{error}");
    }
}
