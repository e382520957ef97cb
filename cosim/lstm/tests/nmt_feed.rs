//! OpenNMT's sites: the decoder reads back what out has left of h~, under one mask.

mod common;
use common::*;
use heddle_gemm::{Engine, Mask, Phase, Policy, Scratch, Team};
use heddle_lstm::*;

const CONFIG: NmtConfig = NmtConfig {
    embedding: 3,
    hidden: 4,
    layers: 2,
    bidirectional: true,
    init: 0.6,
};
const TIMES: (usize, usize) = (2, 3);
/// The decoder's first layer, behind two layers of two directions each.
const FIRST: usize = 4;

fn model() -> NmtModel<f64> {
    NmtModel::new(CONFIG, 6, 7, 5).unwrap()
}

fn batch() -> NmtBatch {
    let pair = |source: &[u32], target: &[u32]| SentencePair {
        source: source.to_vec(),
        target: target.to_vec(),
        reference: String::new(),
    };
    NmtBatch::of(&[pair(&[4, 5], &[4, 6]), pair(&[5], &[5])])
}

fn masks(dropout: &DropoutConfig) -> WindowMasks<f64> {
    let mut masks = WindowMasks::off(CONFIG.lstm_layers());
    let shape = (TIMES.0, TIMES.1, 2);
    model().draw(&mut masks, dropout, (3, 8), shape, &Team::default());
    masks
}

/// The objective of the batch, and the gradients if asked for.
fn objective(
    engine: &mut dyn Engine<f64>,
    model: &mut NmtModel<f64>,
    masks: &WindowMasks<f64>,
    gradients: bool,
) -> f64 {
    let (batch, mut scratch) = (batch(), Scratch::default());
    let mut work = model.workspace(TIMES.0, TIMES.1, batch.len());
    let steps = TimeSteps::Merged;
    let mut exec = Executor::new(engine, &mut scratch, Policy::Packed, steps, batch.len());
    let loss = model.forward(&mut exec, masks, &batch, &mut work).unwrap();
    if gradients {
        for parameter in model.parameters_mut() {
            parameter.grad_mut().fill(0.0);
        }
        model.backward(&mut exec, masks, &batch, &mut work).unwrap();
    }
    loss / batch.len() as f64
}

fn worst(engine: &mut dyn Engine<f64>, masks: &WindowMasks<f64>) -> (f64, String) {
    worst_error(model(), |model, gradients| {
        objective(engine, model, masks, gradients)
    })
}

#[test]
fn gradients_are_right_in_every_case_and_kind() {
    for case in Case::ALL {
        for kind in MaskKind::ALL {
            let dropout = DropoutConfig {
                kind,
                ..DropoutConfig::opennmt(0.4, case)
            };
            let (error, at) = worst(&mut NaiveEngine, &masks(&dropout));
            assert!(error <= 1e-5, "case {case}, {kind}: {error:.2e} at {at}");
        }
    }
}

/// Negative control: an engine that forgets the masks of one phase is found out.
#[test]
fn a_forgotten_mask_shows() {
    let masks = masks(&DropoutConfig::opennmt(0.4, Case::III));
    for phase in Phase::ALL {
        let (error, _) = worst(&mut Forgetful { phase }, &masks);
        assert!(error > 1e-2, "{phase}: relative error only {error:.2e}");
    }
}

/// Masks of units as factors of each sample, which zero the activations instead of
/// skipping them.
fn factors(site: &SiteMasks<f64>, batch: usize) -> SiteMasks<f64> {
    let SiteMasks::Units { masks, scale, .. } = site else {
        return site.clone();
    };
    let of = |mask: &Mask| {
        let one: Vec<f64> = (0..mask.len())
            .map(|unit| if mask.keeps(unit) { *scale } else { 0.0 })
            .collect();
        one.repeat(batch)
    };
    SiteMasks::Elements {
        per_step: batch * masks[0].len(),
        factors: masks.iter().flat_map(of).collect(),
    }
}

/// The same masks as factors, whose feed takes another way: the values are the same.
#[test]
fn skipping_what_is_fed_back_is_multiplying_it_by_zero() {
    let gradients = |masks: &WindowMasks<f64>| {
        let mut model = model();
        let loss = objective(&mut NaiveEngine, &mut model, masks, true);
        let all = model.parameters().into_iter();
        let all = all.flat_map(|p| p.grad().to_vec()).chain([loss]);
        all.collect::<Vec<f64>>()
    };
    for case in [Case::III, Case::IV] {
        let skipped = masks(&DropoutConfig::opennmt(0.4, case));
        let mut zeroed = skipped.clone();
        for site in zeroed.nr.iter_mut().chain([&mut zeroed.out]) {
            *site = factors(site, 2);
        }
        // whole word vectors, and h~ that comes zeroed
        zeroed.nr[FIRST] = SiteMasks::Off;
        assert!(gradients(&skipped) == gradients(&zeroed), "case {case}");
        // the control: the feed of other masks
        let mut other = skipped.clone();
        other.feed_dropped = false;
        assert!(gradients(&other) != gradients(&zeroed), "case {case}");
    }
}

#[test]
fn what_out_drops_in_a_step_the_next_step_skips() {
    let masks = masks(&DropoutConfig::opennmt(0.5, Case::III));
    for layer in [0, 1, FIRST] {
        let whole = layer != FIRST;
        assert_eq!(masks.nr[layer] == SiteMasks::Off, whole, "layer {layer}");
    }
    assert!(masks.rh.iter().all(|site| *site == SiteMasks::Off));
    assert!([2, 3, 5].iter().all(|&l| masks.nr[l] != SiteMasks::Off));
    for t in 0..TIMES.1 {
        let fed = masks.nr[FIRST].units(t).unwrap();
        let out = masks.out.units(t.saturating_sub(1)).unwrap();
        assert!((0..3).all(|word| fed.keeps(word)));
        assert!((0..4).all(|unit| fed.keeps(3 + unit) == out.keeps(unit)));
    }
    let mut engine = Watch::new(NaiveEngine);
    objective(&mut engine, &mut model(), &masks, true);
    let first = |job: &&Seen| (job.label.layer, job.label.site) == (FIRST, "nr");
    let jobs: Vec<_> = engine.seen.iter().filter(first).collect();
    assert_eq!(jobs.len(), 3 * TIMES.1);
    for job in jobs {
        let kept = match job.label.phase {
            Phase::Forward => job.kept.k,
            Phase::Backward => job.kept.n,
            Phase::WeightGradient => job.kept.m,
        };
        assert_eq!(kept, 3 + 2, "{job:?}");
    }
}

#[test]
fn a_feed_that_nr_drops_too_is_refused() {
    let mut dropout = DropoutConfig::opennmt(0.4, Case::III);
    assert!(dropout.check().is_ok());
    dropout.inputs_kept = false;
    let error = dropout.check().unwrap_err().to_string();
    assert!(error.contains("the input feed"), "{error}");
}

/// What is fed back to a group is dropped by that group's mask.
#[test]
fn groups_are_fed_under_their_own_masks() {
    let dropout = DropoutConfig {
        mask_groups: 2,
        ..DropoutConfig::opennmt(0.5, Case::III)
    };
    let masks = masks(&dropout);
    for product in 0..2 * TIMES.1 {
        let before = if product < 2 { product } else { product - 2 };
        let fed = masks.nr[FIRST].units(product).unwrap();
        let out = masks.out.units(before).unwrap();
        assert!((0..4).all(|unit| fed.keeps(3 + unit) == out.keeps(unit)));
    }
    let (error, at) = worst(&mut NaiveEngine, &masks);
    assert!(error <= 1e-5, "{error:.2e} at {at}");
}
