//! A training step's own products on the engine around the array, by its cycle model.
//!
//! Each place of the network (layer, site, phase) is a program of its own: the products of the window's time
//! steps, with the masks that training draws from the seed, FP from a bias, BP and WG from zero, weight gradients
//! as one chain. A step is the sum of its places.

use super::network::{Masking, Network};
use super::place::{ProductPlace, Series, StepMasks};
use crate::NetworkError;
use heddle_engine::model::EngineCount;
use heddle_engine::products::{asked, window, Asked, Window};
use heddle_engine::Sizes;
use heddle_gemm::{Phase, Policy, Shape};
use heddle_schedule::job::kept_shape;
use heddle_schedule::tiler::extent;
use std::collections::HashMap;

/// The products of a place.
#[derive(Clone, Debug, PartialEq)]
pub struct EngineRow {
    /// Where they belong.
    pub place: ProductPlace,
    /// How many.
    pub products: u64,
    /// What they take, under each policy.
    pub counts: [EngineCount; Policy::ALL.len()],
}

/// Programs that are the same in all that time depends on: a dense one whatever its masks keep.
type Same = (Phase, Shape, Vec<Option<Vec<u32>>>);

/// Counts the network's own products of the first training step of `network`, with the masks that training draws from
/// `seed`, on an engine of `sizes` whose memory is `latency` cycles away.
///
/// # Errors
/// [`NetworkError::Engine`] if the engine cannot do one of them.
pub fn count_on_engine(
    sizes: &Sizes,
    latency: u64,
    network: &Network,
    masking: &Masking,
    seed: u64,
) -> Result<Vec<EngineRow>, NetworkError> {
    let masks = network.masks(masking, (seed, 0));
    let all = own_products(&masks);
    let count = |policy| of_policy(sizes, latency, &all, policy);
    let counts = std::thread::scope(|scope| {
        let threads = Policy::ALL.map(|policy| scope.spawn(move || count(policy)));
        threads.map(|thread| thread.join().expect("a count does not panic"))
    });
    let [dense, gated, packed] = counts;
    let counts = dense?.into_iter().zip(gated?).zip(packed?);
    let rows = all.iter().zip(counts);
    let row = |(series, ((dense, gated), packed)): (&Series, _)| EngineRow {
        place: series.place,
        products: series.kept.len() as u64,
        counts: [dense, gated, packed],
    };
    Ok(rows.map(row).collect())
}

/// Counts the same products under one policy, the places of each phase added up.
///
/// # Errors
/// As [`count_on_engine`].
pub fn count_phases(
    sizes: &Sizes,
    latency: u64,
    network: &Network,
    masking: &Masking,
    (seed, policy): (u64, Policy),
) -> Result<[EngineCount; Phase::ALL.len()], NetworkError> {
    let masks = network.masks(masking, (seed, 0));
    let all = own_products(&masks);
    let counts = of_policy(sizes, latency, &all, policy)?;
    Ok(Phase::ALL.map(|phase| {
        let mut sum = EngineCount::default();
        for (series, count) in all.iter().zip(&counts) {
            if series.place.phase == phase {
                sum.add(count);
            }
        }
        sum
    }))
}

/// Counts a product that is asked for by its shape, with masks that are drawn from its seed.
///
/// # Errors
/// [`NetworkError::Engine`] if the engine cannot do it.
pub fn count_asked(
    sizes: &Sizes,
    latency: u64,
    policy: Policy,
    of: &Asked,
) -> Result<EngineCount, NetworkError> {
    let program = asked(sizes, policy, of)?;
    let sent = extent(policy, of.shape, kept_of(of)?);
    let shapes = std::iter::repeat_n(sent, of.times);
    Ok(EngineCount::of(sizes, &program, latency, shapes)?)
}

/// What is kept of the shape of a product that is asked for.
///
/// # Errors
/// [`NetworkError::Input`] if more is to be kept than there is.
pub fn kept_of(of: &Asked) -> Result<Shape, NetworkError> {
    match of.keep {
        Some(keep) => Ok(kept_shape(of.phase, of.shape, keep)?),
        None => Ok(of.shape),
    }
}

/// The network's own products, by place.
fn own_products(masks: &StepMasks) -> Vec<Series<'_>> {
    let all = masks.series();
    all.filter(|series| series.place.is_own()).collect()
}

/// All places under one policy.
fn of_policy(
    sizes: &Sizes,
    latency: u64,
    all: &[Series],
    policy: Policy,
) -> Result<Vec<EngineCount>, NetworkError> {
    let mut known: HashMap<Same, EngineCount> = HashMap::new();
    let mut counts = Vec::new();
    for series in all {
        let phase = series.place.phase;
        let kept = series.masks.iter().map(|mask| {
            mask.map(|mask| match policy {
                Policy::Dense => vec![],
                Policy::Gated | Policy::Packed => mask.kept().to_vec(),
            })
        });
        let same = (phase, series.shape, kept.collect());
        if let Some(count) = known.get(&same) {
            counts.push(count.clone());
            continue;
        }
        let of = Window {
            phase,
            shape: series.shape,
            masks: &series.masks,
        };
        let program = window(sizes, policy, &of)?;
        let sent = |&(_, keep): &(usize, usize)| {
            let kept = kept_shape(phase, series.shape, keep)?;
            Ok(extent(policy, series.shape, kept))
        };
        let sent: Result<Vec<_>, NetworkError> = series.kept.iter().map(sent).collect();
        let count = EngineCount::of(sizes, &program, latency, sent?)?;
        counts.push(count.clone());
        known.insert(same, count);
    }
    Ok(counts)
}

/// The sum of the rows that `wanted` picks, under a policy.
pub fn sum(
    rows: &[EngineRow],
    policy: Policy,
    wanted: impl Fn(&ProductPlace) -> bool,
) -> EngineCount {
    let mut sum = EngineCount::default();
    for row in rows.iter().filter(|row| wanted(&row.place)) {
        sum.add(&row.counts[policy as usize]);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::NetworkFile;
    use heddle_format::Format;
    use heddle_hdl::engine::EngineConfig;
    use heddle_hdl::{ArrayConfig, Dataflow};

    fn sizes() -> Sizes {
        Sizes::new(&ArrayConfig {
            dataflow: Dataflow::Both,
            engine: Some(EngineConfig::default()),
            ..ArrayConfig::new(16, 16, Format::Int8)
        })
    }

    fn tiny() -> Network {
        let text = "
            batch = 6
            window = 4
            p = 0.5
            softmax = { vocabulary = 50 }
            layer = [{ input = 30, hidden = 40 }, { input = 40, hidden = 40 }]";
        let file = NetworkFile::parse("tiny", text).unwrap();
        file.check("tiny").unwrap()
    }

    #[test]
    fn a_step_is_the_sum_of_its_places_and_no_faster_than_array_and_bus() {
        let tiny = tiny();
        let masking = tiny.masking();
        let rows = count_on_engine(&sizes(), 64, &tiny, &masking, 1).unwrap();
        assert_eq!(rows.len(), 2 * 2 * 3, "without the softmax");
        let products: u64 = rows.iter().map(|row| row.products).sum();
        assert_eq!(products, 2 * 2 * 3 * 4 - 2);
        for policy in Policy::ALL {
            let all = sum(&rows, policy, |_| true);
            let cycles = |phase| sum(&rows, policy, |place| place.phase == phase).cycles;
            assert_eq!(Phase::ALL.map(cycles).iter().sum::<u64>(), all.cycles);
            let sizes = sizes();
            assert!(all.array_limit(&sizes).max(all.bus_limit(&sizes)) < all.cycles as f64);
            assert!(all.counters.add_up());
            assert_eq!(
                all.counters.get("macs"),
                match policy {
                    Policy::Dense => all.sent,
                    _ => all.sent / if policy == Policy::Packed { 1 } else { 2 },
                }
            );
        }
        let [dense, gated, packed] = Policy::ALL.map(|policy| sum(&rows, policy, |_| true));
        assert!(packed.cycles < dense.cycles && dense.sent == 2 * packed.sent);
        assert_eq!(gated.sent, dense.sent);
    }

    /// What is counted once for all is what each would have had.
    #[test]
    fn dense_programs_take_the_same_whatever_their_masks_keep() {
        let tiny = tiny();
        let masking = tiny.masking();
        let of = |seed| count_on_engine(&sizes(), 20, &tiny, &masking, seed).unwrap();
        let (one, other) = (of(1), of(2));
        let dense = |rows: &[EngineRow]| sum(rows, Policy::Dense, |_| true);
        let packed = |rows: &[EngineRow]| sum(rows, Policy::Packed, |_| true);
        assert_eq!(dense(&one), dense(&other));
        assert_ne!(packed(&one), packed(&other));
        assert_eq!(one, of(1), "the same seed");
    }
}
