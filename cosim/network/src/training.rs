//! Cycles of whole training steps and epochs of a network.
//!
//! The products are counted one by one, each from its first weight to its last sum, as
//! the masks are redrawn at every time step; each is mapped as is best for it. Only where
//! the mapper chains the weight gradients of a window they are counted together. Masks
//! are those that training itself would draw ([`heddle_lstm::WindowMasks`]) from the same
//! seed: exact counts or Bernoulli.

use super::network::{Masking, Network};
use super::place::{ProductPlace, Series};
use super::scalesim::{scalesim, ScaleSimDataflow};
use crate::NetworkError;
use heddle_files::InputError;
use heddle_gemm::Policy;
use heddle_lstm::MaskKind;
use heddle_schedule::job::kept_shape;
use heddle_schedule::mapper::{Mapper, Product};
use heddle_schedule::tally::{PolicyCount, Tally};
use std::collections::HashMap;

/// Cycles of one or more training steps of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkCount {
    /// Name of the network.
    pub network: String,
    /// Training steps counted.
    pub steps: u64,
    /// By layer, site and phase.
    pub rows: Vec<(ProductPlace, Tally)>,
    /// By layer, site, phase, time step and policy.
    pub by_time: Vec<TimeRow>,
    /// All of them.
    pub total: Tally,
}

/// Products of one place in one time step of the window.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeRow {
    /// Where they belong.
    pub place: ProductPlace,
    /// Time step; `None` if all of them were chained.
    pub time: Option<usize>,
    /// The policy.
    pub policy: Policy,
    /// Their count.
    pub count: PolicyCount,
}

impl NetworkCount {
    /// The sum over the rows that `wanted` picks, such as one phase or all but `out`.
    pub fn sum(&self, wanted: impl Fn(&ProductPlace) -> bool) -> Tally {
        self.checked_sum(wanted)
            .expect("the sum of all rows was checked when they were counted")
    }

    /// The same; `None` if a count exceeds 64 bits.
    fn checked_sum(&self, wanted: impl Fn(&ProductPlace) -> bool) -> Option<Tally> {
        let mut sum = Tally::default();
        for (_, tally) in self.rows.iter().filter(|(place, _)| wanted(place)) {
            sum.add(tally, 1)?;
        }
        Some(sum)
    }
}

/// Counts the training steps `steps` of `network` with the masks that training draws
/// from `seed`.
///
/// # Errors
/// [`NetworkError::Input`] if the probability of `masking` is out of range, if a count of so many
/// steps exceeds 64 bits, or if the rules of `mapper` leave no mapping for a product.
pub fn count_steps(
    mapper: &mut Mapper,
    network: &Network,
    masking: &Masking,
    seed: u64,
    steps: std::ops::Range<u64>,
) -> Result<NetworkCount, NetworkError> {
    check(masking)?;
    let mut count = NetworkCount {
        network: network.name.clone(),
        steps: steps.end.saturating_sub(steps.start),
        rows: Vec::new(),
        by_time: Vec::new(),
        total: Tally::default(),
    };
    // Exact counts are the same in every step, so that one of them tells all.
    let (drawn, alike) = match masking.kind {
        MaskKind::Exact if count.steps > 0 => (steps.start..steps.start + 1, count.steps),
        MaskKind::Exact | MaskKind::Bernoulli => (steps, 1),
    };
    let mut rows = Rows::default();
    let too_many = || {
        NetworkError::Input(InputError {
            name: "--steps",
            value: count.steps.to_string(),
            remedy: "their counts of cycles exceed 64 bits: count fewer steps, and multiply".into(),
        })
    };
    for step in drawn {
        let masks = network.masks(masking, (seed, step));
        for series in masks.series() {
            rows.series(mapper, &series, alike)?.ok_or_else(too_many)?;
        }
    }
    let (rows, by_time) = (rows.places, rows.times);
    let too_many = too_many();
    (count.rows, count.by_time) = (rows, by_time);
    count.total = count.checked_sum(|_| true).ok_or(too_many)?;
    Ok(count)
}

/// Refuses a probability out of range.
fn check(masking: &Masking) -> Result<(), NetworkError> {
    match masking.p {
        Some(p) if !(0.0..1.0).contains(&p) => {
            let remedy = "give a probability: at least 0 and less than 1";
            Err(InputError::new("p", p, remedy).into())
        }
        _ => Ok(()),
    }
}

/// What has been counted, by place and by time.
#[derive(Default)]
struct Rows {
    places: Vec<(ProductPlace, Tally)>,
    times: Vec<TimeRow>,
    place_at: HashMap<ProductPlace, usize>,
    time_at: HashMap<(ProductPlace, Option<usize>, Policy), usize>,
}

impl Rows {
    /// Adds `times` times the products of `series`; `None` if a count exceeds 64 bits.
    fn series(
        &mut self,
        mapper: &mut Mapper,
        series: &Series,
        times: u64,
    ) -> Result<Option<()>, NetworkError> {
        let mut tally = baselines(mapper, series)?;
        for policy in Policy::ALL {
            for (time, count) in map(mapper, series, policy)? {
                let mut fits = tally.policy_mut(policy).add(&count, 1);
                let key = (series.place, time, policy);
                let at = *self.time_at.entry(key).or_insert_with(|| {
                    self.times.push(TimeRow {
                        place: series.place,
                        time,
                        policy,
                        count: PolicyCount::default(),
                    });
                    self.times.len() - 1
                });
                fits = fits.and(self.times[at].count.add(&count, times));
                if fits.is_none() {
                    return Ok(None);
                }
            }
        }
        let at = *self.place_at.entry(series.place).or_insert_with(|| {
            self.places.push((series.place, Tally::default()));
            self.places.len() - 1
        });
        Ok(self.places[at].1.add(&tally, times))
    }
}

/// The products of `series` under `policy`, each at its best, by time step; or all of them
/// as one chain.
fn map(
    mapper: &mut Mapper,
    series: &Series,
    policy: Policy,
) -> Result<Vec<(Option<usize>, PolicyCount)>, NetworkError> {
    let phase = series.place.phase;
    let products = series
        .kept
        .iter()
        .map(|&(_, keep)| {
            Ok(Product {
                phase,
                shape: series.shape,
                kept: kept_shape(phase, series.shape, keep)?,
                policy,
            })
        })
        .collect::<Result<Vec<_>, NetworkError>>()?;
    let singles = products
        .iter()
        .map(|product| mapper.choose(product))
        .collect::<Result<Vec<_>, _>>()?;
    if let Some(chain) = mapper.chain(&products, series.alike) {
        if chain.pays(&singles) {
            return Ok(vec![(None, PolicyCount::from(&chain))]);
        }
    }
    let times = series.kept.iter().map(|&(time, _)| Some(time));
    Ok(times.zip(singles.iter().map(PolicyCount::from)).collect())
}

/// Jobs of `series`, and SCALE-Sim's cycles for them.
fn baselines(mapper: &Mapper, series: &Series) -> Result<Tally, NetworkError> {
    let mut tally = Tally {
        jobs: series.kept.len() as u64,
        ..Tally::default()
    };
    for &(_, keep) in &series.kept {
        let kept = kept_shape(series.place.phase, series.shape, keep)?;
        for (i, shape) in [series.shape, kept].into_iter().enumerate() {
            let cycles = |dataflow| scalesim(dataflow, mapper.config(), shape);
            let (ws, os) = (
                cycles(ScaleSimDataflow::WeightStationary),
                cycles(ScaleSimDataflow::OutputStationary),
            );
            tally.scalesim_ws[i] += ws;
            tally.scalesim_os[i] += os;
            tally.scalesim_best[i] += ws.min(os);
        }
    }
    Ok(tally)
}

/// Counts an epoch of `network`: [`count_steps`] over [`Network::steps_per_epoch`].
///
/// # Errors
/// [`NetworkError::Input`] if the network has no known number of tokens, or as
/// [`count_steps`].
pub fn count_epoch(
    mapper: &mut Mapper,
    network: &Network,
    masking: &Masking,
    seed: u64,
) -> Result<NetworkCount, NetworkError> {
    let steps = network.steps_per_epoch().ok_or_else(|| NetworkError::Input(InputError {
        name: "network",
        value: network.name.clone(),
        remedy: "an epoch is counted where the size of the data set is known: write `tokens = ` into its file, or count steps instead".into(),
    }))?;
    count_steps(mapper, network, masking, seed, 0..steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use heddle_format::Format;
    use heddle_gemm::Phase;
    use heddle_gemm::Shape;
    use heddle_hdl::{ArrayConfig, Dataflow as Flows};
    use heddle_lstm::{Case, Site};
    use heddle_schedule::mapper::Rules;

    fn mapper(dataflow: Flows) -> Mapper {
        let config = ArrayConfig {
            dataflow,
            ..ArrayConfig::new(16, 16, Format::Bf16)
        };
        Mapper::new(config, Rules::default()).unwrap()
    }

    const LSTM: [Site; 2] = [Site::Nr, Site::Rh];

    /// MACs per training token of the published table.
    #[test]
    fn macs_per_token() {
        let network = Network::named("zaremba-medium").unwrap();
        let masking = network.masking_at(&[]);
        let count = count_steps(&mut mapper(Flows::Ws), &network, &masking, 1, 0..1).unwrap();
        let tokens = (network.batch * network.times) as f64;
        let forward = |site| {
            let sum = count.sum(|place| place.phase == Phase::Forward && place.site == Some(site));
            sum.dense.count.macs as f64 / tokens / 1e6
        };
        assert_eq!(forward(Site::Nr), 3.38);
        assert_eq!(forward(Site::Rh), 3.38);
        assert_eq!(forward(Site::Out), 6.5);
    }

    #[test]
    fn a_step_is_the_sum_of_its_jobs_and_near_its_bound() {
        let network = Network::named("zaremba-medium").unwrap();
        let masking = network.masking_at(&LSTM);
        let mut mapper = mapper(Flows::Ws);
        let count = count_steps(&mut mapper, &network, &masking, 1, 0..1).unwrap();
        let lstm = count.sum(|place| place.is_own());
        // 2 layers, 2 sites, 3 phases, 35 steps, less one BP at rh in each layer.
        assert_eq!(lstm.jobs, 2 * 2 * 3 * 35 - 2);
        let shape = Shape::new(20, 650, 2600);
        let product = Product {
            phase: Phase::Forward,
            shape,
            kept: Shape::new(20, 325, 2600),
            policy: Policy::Packed,
        };
        let one = mapper.choose(&product).unwrap().count;
        let forward = count.sum(|place| place.is_own() && place.phase == Phase::Forward);
        assert_eq!(forward.packed.count.cycles, one.cycles * 140);
        let bound = network.speedup_bound(&masking);
        assert!(
            lstm.speedup() > 0.96 * bound && lstm.speedup() <= bound,
            "{}",
            lstm.speedup()
        );
        assert_eq!(
            count.total.dense.count.breakdown.total(),
            count.total.dense.count.cycles
        );
    }

    #[test]
    fn steps_with_exact_counts_are_alike() {
        let network = Network::named("ner-conll").unwrap();
        let masking = network.masking_at(&LSTM);
        let mut mapper = mapper(Flows::Ws);
        let mut steps = |steps| count_steps(&mut mapper, &network, &masking, 1, steps).unwrap();
        let mut sum = Tally::default();
        for step in 0..3 {
            sum.add(&steps(step..step + 1).total, 1).unwrap();
        }
        assert_eq!(steps(0..3).total, sum);
        assert_eq!(steps(2..2).total, Tally::default());
    }

    #[test]
    fn bernoulli_counts_are_reproducible_and_vary_with_seed_and_step() {
        let network = Network::named("ner-conll").unwrap();
        let masking = Masking {
            kind: MaskKind::Bernoulli,
            ..network.masking_at(&LSTM)
        };
        let mut mapper = mapper(Flows::Ws);
        let mut cycles = |seed, steps| {
            let count = count_steps(&mut mapper, &network, &masking, seed, steps).unwrap();
            count.total.packed.count.cycles
        };
        assert_eq!(cycles(1, 0..2), cycles(1, 0..2));
        assert_ne!(cycles(1, 0..1), cycles(2, 0..1));
        assert_ne!(cycles(1, 0..1), cycles(1, 1..2));
        assert_eq!(cycles(1, 0..2), cycles(1, 0..1) + cycles(1, 1..2));
    }

    #[test]
    fn counts_beyond_64_bits_are_refused() {
        let network = Network::named("zaremba-medium").unwrap();
        let masking = network.masking_at(&LSTM);
        let mut mapper = mapper(Flows::Ws);
        let mut steps = |steps| count_steps(&mut mapper, &network, &masking, 1, 0..steps);
        let one = u128::from(steps(1).unwrap().total.dense.count.macs);
        let most = (u128::from(u64::MAX) / one) as u64;
        for (count, fits) in [(most, true), (most + 1, false), (3_000_000_000_000, false)] {
            match steps(count) {
                Ok(counted) => {
                    assert!(fits, "{count}");
                    let macs = u128::from(counted.total.dense.count.macs);
                    assert_eq!(macs, one * u128::from(count));
                }
                Err(error) => {
                    assert!(!fits, "{count}: {error}");
                    assert!(error.is_bad_input());
                    assert!(error.to_string().contains(&format!("--steps = {count}")));
                }
            }
        }
    }

    #[test]
    fn unknown_epochs_and_probabilities_are_bad_input() {
        let network = Network::named("ner-conll").unwrap();
        let masking = network.masking_at(&LSTM);
        let error = count_epoch(&mut mapper(Flows::Ws), &network, &masking, 1).unwrap_err();
        assert!(error.is_bad_input());
        let p = Masking {
            p: Some(1.0),
            ..masking
        };
        let error = count_steps(&mut mapper(Flows::Ws), &network, &p, 1, 0..1).unwrap_err();
        assert!(error.is_bad_input());
    }

    #[test]
    fn rows_by_time_add_up_to_the_places() {
        let network = Network::named("ner-conll").unwrap();
        let masking = network.masking_at(&LSTM);
        let mut mapper = mapper(Flows::Both);
        let count = count_steps(&mut mapper, &network, &masking, 1, 0..2).unwrap();
        for (place, tally) in &count.rows {
            for policy in Policy::ALL {
                let mut sum = PolicyCount::default();
                let rows = count.by_time.iter();
                rows.filter(|row| row.place == *place && row.policy == policy)
                    .for_each(|row| sum.add(&row.count, 1).unwrap());
                assert_eq!(sum.count.breakdown, tally.policy(policy).count.breakdown);
                assert_eq!(sum.mappings, tally.policy(policy).mappings);
                assert_eq!(sum.mappings.values().sum::<u64>(), tally.jobs);
            }
        }
    }

    #[test]
    fn scale_sim_takes_the_better_dataflow_of_each_product() {
        let network = Network::named("zaremba-medium").unwrap();
        let masking = network.masking_at(&LSTM);
        let mut mapper = mapper(Flows::Both);
        let count = count_steps(&mut mapper, &network, &masking, 1, 0..1).unwrap();
        let wg = |place: &ProductPlace| place.phase == Phase::WeightGradient && place.is_own();
        let (wg, total) = (count.sum(wg), &count.total);
        // 650 x 20 x 2600, 140 times.
        assert_eq!(wg.scalesim(Policy::Dense), ("ws", 140 * 226_895));
        assert_eq!(wg.scalesim(Policy::Packed), ("ws", 140 * 120_945));
        let (name, best) = total.scalesim(Policy::Dense);
        assert_eq!(name, "ws, os");
        assert!(best < total.scalesim_ws[0].min(total.scalesim_os[0]));
    }

    /// With a batch of 16 a reduction fills half of 32 rows: a chain of 15 time steps pays
    /// for dense products, and for packed ones (a third is kept) only if all keep the same units.
    #[test]
    fn windows_are_chained_where_it_pays() {
        let network = Network::named("ner-conll").unwrap();
        let config = ArrayConfig {
            dataflow: Flows::Os,
            ..ArrayConfig::new(32, 32, Format::Int8)
        };
        let mut mapper = Mapper::new(config, Rules::default()).unwrap();
        let mut names = |case| {
            let masking = Masking {
                p: Some(0.65),
                case,
                ..network.masking_at(&LSTM)
            };
            let count = count_steps(&mut mapper, &network, &masking, 1, 0..1).unwrap();
            let wg = count.sum(|place| place.phase == Phase::WeightGradient);
            let chained = |count: &PolicyCount| count.mappings.get("os chained").copied();
            [chained(&wg.dense), chained(&wg.packed)]
        };
        assert_eq!(names(Case::III), [Some(60), None]);
        assert_eq!(names(Case::IV), [Some(60), Some(60)]);
    }
}
