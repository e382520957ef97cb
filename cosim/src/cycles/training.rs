//! Cycles of whole training steps and epochs of a network.
//!
//! The products are counted one by one, each from its first weight to its last sum, as
//! the masks are redrawn at every time step. Masks are those that training itself would
//! draw ([`heddle_lstm::WindowMasks`]) from the same seed: exact counts or Bernoulli.

use super::job::{edge_of, kept_shape, Counter, Shape};
use super::model::Breakdown;
use super::network::{Network, Place};
use super::scalesim::{scalesim, Dataflow};
use crate::error::CosimError;
use heddle_gemm::{Phase, Policy};
use heddle_lstm::{DropoutConfig, MaskKind, WindowMasks};
use serde::Serialize;

/// Cycles of several products under one policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct PolicyCount {
    /// Cycles, the products one after another.
    pub cycles: u64,
    /// Useful multiply-accumulates.
    pub macs: u64,
    /// Cycles if every PE always worked: of kept MACs under `packed`, of all else.
    pub limit: f64,
    /// Where the cycles went.
    pub breakdown: Breakdown,
}

impl PolicyCount {
    fn add(&mut self, other: &Self) {
        self.cycles += other.cycles;
        self.macs += other.macs;
        self.limit += other.limit;
        self.breakdown.beats += other.breakdown.beats;
        self.breakdown.weight_load += other.breakdown.weight_load;
        self.breakdown.round_trip += other.breakdown.round_trip;
        self.breakdown.exchange += other.breakdown.exchange;
        self.breakdown.drain += other.breakdown.drain;
    }

    /// The count of `n` times the same products.
    fn times(&self, n: u64) -> Self {
        Self {
            cycles: self.cycles * n,
            macs: self.macs * n,
            limit: self.limit * n as f64,
            breakdown: Breakdown {
                beats: self.breakdown.beats * n,
                weight_load: self.breakdown.weight_load * n,
                round_trip: self.breakdown.round_trip * n,
                exchange: self.breakdown.exchange * n,
                drain: self.breakdown.drain * n,
            },
        }
    }

    /// `limit / cycles`; 1 where there are no cycles.
    pub fn utilisation(&self) -> f64 {
        if self.cycles == 0 {
            1.0
        } else {
            self.limit / self.cycles as f64
        }
    }

    /// Beats that ragged tiles leave unused, in cycles.
    pub fn ragged(&self) -> f64 {
        self.breakdown.beats as f64 - self.limit
    }
}

/// Cycles of several products under every policy, and by SCALE-Sim's closed forms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Tally {
    /// Number of products.
    pub jobs: u64,
    /// The baseline.
    pub dense: PolicyCount,
    /// Dropped units switched off.
    pub gated: PolicyCount,
    /// Dropped units never sent.
    pub packed: PolicyCount,
    /// SCALE-Sim, weight stationary, of all units and of the kept ones.
    pub scalesim_ws: [u64; 2],
    /// SCALE-Sim, output stationary, of all units and of the kept ones.
    pub scalesim_os: [u64; 2],
}

impl Tally {
    /// The count under `policy`.
    pub fn policy(&self, policy: Policy) -> &PolicyCount {
        match policy {
            Policy::Dense => &self.dense,
            Policy::Gated => &self.gated,
            Policy::Packed => &self.packed,
        }
    }

    /// Dense cycles by packed cycles; 1 where nothing is left to do.
    pub fn speedup(&self) -> f64 {
        if self.packed.cycles == 0 {
            1.0
        } else {
            self.dense.cycles as f64 / self.packed.cycles as f64
        }
    }

    /// The tally of `n` times the same products.
    fn times(&self, n: u64) -> Self {
        Self {
            jobs: self.jobs * n,
            dense: self.dense.times(n),
            gated: self.gated.times(n),
            packed: self.packed.times(n),
            scalesim_ws: self.scalesim_ws.map(|cycles| cycles * n),
            scalesim_os: self.scalesim_os.map(|cycles| cycles * n),
        }
    }

    fn add(&mut self, other: &Self) {
        self.jobs += other.jobs;
        self.dense.add(&other.dense);
        self.gated.add(&other.gated);
        self.packed.add(&other.packed);
        for i in 0..2 {
            self.scalesim_ws[i] += other.scalesim_ws[i];
            self.scalesim_os[i] += other.scalesim_os[i];
        }
    }
}

/// Cycles of one or more training steps of a network.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NetworkCount {
    /// Name of the network.
    pub network: &'static str,
    /// Training steps counted.
    pub steps: u64,
    /// By layer, site and phase.
    pub rows: Vec<(Place, Tally)>,
    /// All of them.
    pub total: Tally,
}

impl NetworkCount {
    /// The sum over the rows that `wanted` picks, such as one phase or all but `out`.
    pub fn sum(&self, wanted: impl Fn(&Place) -> bool) -> Tally {
        let mut sum = Tally::default();
        for (_, tally) in self.rows.iter().filter(|(place, _)| wanted(place)) {
            sum.add(tally);
        }
        sum
    }
}

/// Counts the training steps `steps` of `network` with the masks that training draws
/// from `seed`.
///
/// # Errors
/// [`CosimError::Input`] if a probability of `dropout` is out of range.
pub fn count_steps(
    counter: &mut Counter,
    network: &Network,
    dropout: &DropoutConfig,
    seed: u64,
    steps: std::ops::Range<u64>,
) -> Result<NetworkCount, CosimError> {
    dropout.check().map_err(|error| CosimError::Input {
        name: "dropout",
        value: format!("nr {}, rh {}, out {}", dropout.nr, dropout.rh, dropout.out),
        remedy: error.to_string(),
    })?;
    let mut count = NetworkCount {
        network: network.name,
        steps: steps.end.saturating_sub(steps.start),
        rows: Vec::new(),
        total: Tally::default(),
    };
    let mut masks = WindowMasks::off(network.inputs.len());
    // Exact counts are the same in every step, so that one of them tells all.
    let (drawn, alike) = match dropout.kind {
        MaskKind::Exact if count.steps > 0 => (steps.start..steps.start + 1, count.steps),
        MaskKind::Exact | MaskKind::Bernoulli => (steps, 1),
    };
    for step in drawn {
        let window = (network.times, network.batch);
        masks.draw(dropout, seed, step, window, network.inputs, network.hidden);
        let mut at = 0;
        network.products(&masks, |place, shape, keep| {
            // Products of a place follow each other phase by phase; look from the last.
            let rows = &mut count.rows;
            let known = (at..rows.len())
                .chain(0..at.min(rows.len()))
                .find(|&i| rows[i].0 == place);
            at = known.unwrap_or_else(|| {
                rows.push((place, Tally::default()));
                rows.len() - 1
            });
            rows[at]
                .1
                .add(&tally(counter, place.phase, shape, keep).times(alike));
        });
    }
    count.total = count.sum(|_| true);
    Ok(count)
}

/// Counts an epoch of `network`: [`count_steps`] over [`Network::steps_per_epoch`].
///
/// # Errors
/// [`CosimError::Input`] if the network has no known number of tokens, or as
/// [`count_steps`].
pub fn count_epoch(
    counter: &mut Counter,
    network: &Network,
    dropout: &DropoutConfig,
    seed: u64,
) -> Result<NetworkCount, CosimError> {
    let steps = network.steps_per_epoch().ok_or_else(|| CosimError::Input {
        name: "network",
        value: network.name.to_owned(),
        remedy: "an epoch is counted for the zaremba networks only, whose data set has a known size; count steps instead".into(),
    })?;
    count_steps(counter, network, dropout, seed, 0..steps)
}

fn tally(counter: &mut Counter, phase: Phase, shape: Shape, keep: usize) -> Tally {
    let kept = kept_shape(phase, shape, keep).expect("a mask keeps at most its length");
    let mut under = |policy| {
        let count = counter.count(shape, kept, policy, edge_of(phase));
        PolicyCount {
            cycles: count.cycles,
            macs: count.macs,
            limit: count.limit,
            breakdown: count.breakdown,
        }
    };
    let [dense, gated, packed] = Policy::ALL.map(&mut under);
    let (rows, cols) = (counter.config().rows, counter.config().cols);
    let baseline =
        |dataflow| [shape, kept].map(|(m, k, n)| scalesim(dataflow, rows, cols, m, k, n));
    Tally {
        jobs: 1,
        dense,
        gated,
        packed,
        scalesim_ws: baseline(Dataflow::WeightStationary),
        scalesim_os: baseline(Dataflow::OutputStationary),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heddle_format::Format;
    use heddle_hdl::ArrayConfig;
    use heddle_lstm::Site;

    fn counter() -> Counter {
        Counter::new(ArrayConfig::new(16, 16, Format::Bf16))
    }

    const LSTM: [Site; 2] = [Site::Nr, Site::Rh];

    /// MACs per training token of the published table.
    #[test]
    fn macs_per_token() {
        let network = Network::named("zaremba-medium").unwrap();
        let dropout = DropoutConfig::off();
        let count = count_steps(&mut counter(), &network, &dropout, 1, 0..1).unwrap();
        let tokens = (network.batch * network.times) as f64;
        let forward = |site| {
            let sum = count.sum(|place| place.phase == Phase::Forward && place.site == site);
            sum.dense.macs as f64 / tokens / 1e6
        };
        assert_eq!(forward(Site::Nr), 3.38);
        assert_eq!(forward(Site::Rh), 3.38);
        assert_eq!(forward(Site::Out), 6.5);
    }

    #[test]
    fn a_step_is_the_sum_of_its_jobs_and_near_its_bound() {
        let network = Network::named("zaremba-medium").unwrap();
        let dropout = network.dropout(&LSTM);
        let mut counter = counter();
        let count = count_steps(&mut counter, &network, &dropout, 1, 0..1).unwrap();
        let lstm = count.sum(|place| place.site != Site::Out);
        // 2 layers, 2 sites, 3 phases, 35 steps, less one BP at rh in each layer.
        assert_eq!(lstm.jobs, 2 * 2 * 3 * 35 - 2);
        let shape = (20, 650, 2600);
        let one = counter.count(
            shape,
            (20, 325, 2600),
            Policy::Packed,
            edge_of(Phase::Forward),
        );
        let forward = count.sum(|place| place.site != Site::Out && place.phase == Phase::Forward);
        assert_eq!(forward.packed.cycles, one.cycles * 140);
        let bound = network.speedup_bound(&dropout);
        assert!(
            lstm.speedup() > 0.96 * bound && lstm.speedup() <= bound,
            "{}",
            lstm.speedup()
        );
        assert_eq!(
            count.total.dense.breakdown.total(),
            count.total.dense.cycles
        );
    }

    #[test]
    fn steps_with_exact_counts_are_alike() {
        let network = Network::named("ner-conll").unwrap();
        let dropout = network.dropout(&LSTM);
        let mut counter = counter();
        let mut steps = |steps| count_steps(&mut counter, &network, &dropout, 1, steps).unwrap();
        let mut sum = Tally::default();
        (0..3).for_each(|step| sum.add(&steps(step..step + 1).total));
        assert_eq!(steps(0..3).total, sum);
        assert_eq!(steps(2..2).total, Tally::default());
    }

    #[test]
    fn bernoulli_counts_are_reproducible_and_vary_with_seed_and_step() {
        let network = Network::named("ner-conll").unwrap();
        let dropout = DropoutConfig {
            kind: MaskKind::Bernoulli,
            ..network.dropout(&LSTM)
        };
        let mut counter = counter();
        let mut cycles = |seed, steps| {
            let count = count_steps(&mut counter, &network, &dropout, seed, steps).unwrap();
            count.total.packed.cycles
        };
        assert_eq!(cycles(1, 0..2), cycles(1, 0..2));
        assert_ne!(cycles(1, 0..1), cycles(2, 0..1));
        assert_ne!(cycles(1, 0..1), cycles(1, 1..2));
        assert_eq!(cycles(1, 0..2), cycles(1, 0..1) + cycles(1, 1..2));
    }

    #[test]
    fn unknown_epochs_and_probabilities_are_bad_input() {
        let network = Network::named("ner-conll").unwrap();
        let dropout = network.dropout(&LSTM);
        let error = count_epoch(&mut counter(), &network, &dropout, 1).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        let p = DropoutConfig { nr: 1.0, ..dropout };
        let error = count_steps(&mut counter(), &network, &p, 1, 0..1).unwrap_err();
        assert_eq!(error.exit_code(), 2);
    }
}
