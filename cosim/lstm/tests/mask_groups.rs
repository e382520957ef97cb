//! The batch in groups, each with masks of its own.

mod common;
use common::*;
use heddle_gemm::{CpuEngine, Engine, Mask, Phase, Policy, Scratch, Team};
use heddle_lstm::*;

const SAMPLES: usize = 6;
const CONFIG: ModelConfig = ModelConfig {
    embedding: 4,
    hidden: 5,
    layers: 2,
    init: 0.6,
};

fn model() -> LanguageModel<f64> {
    LanguageModel::new(CONFIG, VOCABULARY, 11).unwrap()
}

fn masks(case: Case, kind: MaskKind, mask_groups: usize) -> WindowMasks<f64> {
    let config = DropoutConfig {
        kind,
        mask_groups,
        ..DropoutConfig::at(&Site::ALL, 0.4, case)
    };
    let mut masks = WindowMasks::off(2);
    let (window, widths) = ((TIMES, SAMPLES), CONFIG.input_widths());
    masks.draw(&config, (5, 9), window, &widths, 5, &Team::default());
    masks
}

fn sites(masks: &mut WindowMasks<f64>) -> impl Iterator<Item = &mut SiteMasks<f64>> {
    let layers = masks.nr.iter_mut().chain(&mut masks.rh);
    layers.chain([&mut masks.out])
}

/// The objective of a window, and the gradients if asked for.
fn objective(
    engine: &mut dyn Engine<f64>,
    policy: Policy,
    model: &mut LanguageModel<f64>,
    masks: &WindowMasks<f64>,
    gradients: bool,
) -> f64 {
    let tokens: Vec<u32> = (0..(TIMES + 1) * SAMPLES)
        .map(|i| ((i * i + 3 * i) % VOCABULARY) as u32)
        .collect();
    let window = Window {
        inputs: &tokens[..TIMES * SAMPLES],
        targets: &tokens[SAMPLES..],
    };
    let (mut state, mut scratch) = (model.state(SAMPLES), Scratch::default());
    for (i, x) in state.h.iter_mut().flatten().enumerate() {
        *x = ((i * 7 % 11) as f64 - 5.0) / 10.0;
    }
    let mut work = model.workspace(TIMES, SAMPLES);
    let steps = TimeSteps::Merged;
    let mut exec = Executor::new(engine, &mut scratch, policy, steps, SAMPLES);
    let loss = model
        .forward(&mut exec, masks, window, &mut state, &mut work)
        .unwrap();
    if gradients {
        for parameter in model.parameters_mut() {
            parameter.grad_mut().fill(0.0);
        }
        model.backward(&mut exec, masks, window, &mut work).unwrap();
    }
    loss / SAMPLES as f64
}

/// Loss and gradients.
fn values(engine: &mut dyn Engine<f64>, policy: Policy, masks: &WindowMasks<f64>) -> Vec<f64> {
    let mut model = model();
    let loss = objective(engine, policy, &mut model, masks, true);
    let all = model.parameters().into_iter();
    all.flat_map(|p| p.grad().to_vec()).chain([loss]).collect()
}

fn bits(values: Vec<f64>) -> Vec<u64> {
    values.into_iter().map(f64::to_bits).collect()
}

#[test]
fn gradients_are_right_in_groups() {
    for case in [Case::III, Case::IV] {
        for groups in [2, 3, 6] {
            let masks = masks(case, MaskKind::Bernoulli, groups);
            let (error, at) = worst_error(model(), |model, gradients| {
                objective(&mut NaiveEngine, Policy::Packed, model, &masks, gradients)
            });
            assert!(error <= 1e-5, "case {case}, {groups}: {error:.2e} at {at}");
        }
    }
}

/// Negative control: an engine that forgets the masks of one phase is found out.
#[test]
fn a_forgotten_mask_shows() {
    let masks = masks(Case::III, MaskKind::Exact, 2);
    for phase in Phase::ALL {
        let (error, _) = worst_error(model(), |model, gradients| {
            let engine = &mut Forgetful { phase };
            objective(engine, Policy::Packed, model, &masks, gradients)
        });
        assert!(error > 1e-2, "{phase}: relative error only {error:.2e}");
    }
}

/// A group for each sample: Case I with the same masks, of which the products skip nothing.
/// The control: another case's groups.
#[test]
fn groups_of_one_sample_are_case_one() {
    for (case, other) in [(Case::III, Case::IV), (Case::IV, Case::III)] {
        let grouped = masks(case, MaskKind::Exact, SAMPLES);
        let mut elements = grouped.clone();
        for site in sites(&mut elements) {
            let SiteMasks::Units { masks, scale, .. } = &*site else {
                panic!("no masks of units");
            };
            let factor = |mask: &Mask, unit| if mask.keeps(unit) { *scale } else { 0.0 };
            let units = masks[0].len();
            let all = |mask: &Mask| (0..units).map(|unit| factor(mask, unit)).collect();
            *site = SiteMasks::Elements {
                factors: masks.iter().flat_map::<Vec<f64>, _>(all).collect(),
                per_step: SAMPLES * units,
            };
        }
        let of = |masks| values(&mut NaiveEngine, Policy::Packed, masks);
        assert!(of(&grouped) == of(&elements), "case {case}");
        let control = self::masks(other, MaskKind::Exact, SAMPLES);
        assert!(of(&control) != of(&elements), "case {case}");
    }
}

/// Groups that happen to have equal masks: the bits of a batch in one.
#[test]
fn groups_of_equal_masks_are_one() {
    for case in [Case::III, Case::IV] {
        let one = masks(case, MaskKind::Exact, 1);
        let mut equal = one.clone();
        for site in sites(&mut equal) {
            if let SiteMasks::Units { masks, samples, .. } = site {
                let of_each = masks.iter().flat_map(|mask| [mask.clone(), mask.clone()]);
                (*masks, *samples) = (of_each.collect(), SAMPLES / 2);
            }
        }
        let of = |masks| bits(values(&mut NaiveEngine, Policy::Packed, masks));
        assert!(of(&one) == of(&equal), "case {case}");
        let drawn = masks(case, MaskKind::Exact, 2);
        assert!(of(&drawn) != of(&equal), "case {case}");
    }
}

#[test]
fn the_policies_agree_in_groups() {
    let masks = masks(Case::III, MaskKind::Bernoulli, 3);
    let of = |policy| values(&mut CpuEngine::new(), policy, &masks);
    let dense = of(Policy::Dense);
    for policy in [Policy::Gated, Policy::Packed] {
        for (dense, other) in dense.iter().zip(of(policy)) {
            assert!((dense - other).abs() <= 1e-13, "{dense} and {other}");
        }
    }
}

#[test]
fn every_group_has_a_job_of_its_own() {
    for (case, groups) in [(Case::III, 2), (Case::IV, 3)] {
        let masks = masks(case, MaskKind::Exact, groups);
        let mut watch = Watch::new(NaiveEngine);
        values(&mut watch, Policy::Packed, &masks);
        // each (phase, layer, site) has one job per time step and group, less those of h
        // of the step before the window, which needs no gradient
        assert_eq!(watch.seen.len(), (3 * 5 * TIMES - 2) * groups);
        for job in &watch.seen {
            let rows = match job.label.phase {
                Phase::Forward | Phase::Backward => job.shape.m,
                Phase::WeightGradient => job.shape.k,
            };
            assert_eq!(rows, SAMPLES / groups, "{job:?}");
            assert_eq!(job.masked.iter().filter(|masked| **masked).count(), 1);
        }
        for phase in Phase::ALL {
            let at = |t| {
                let of = |job: &&Seen| (job.label.phase, job.label.time) == (phase, t);
                let nr = |job: &&Seen| (job.label.layer, job.label.site) == (1, "nr");
                watch.seen.iter().filter(of).filter(nr).count()
            };
            assert_eq!((0..TIMES).map(at).collect::<Vec<_>>(), [groups; TIMES]);
        }
    }
}

#[test]
fn groups_have_masks_of_their_own_and_one_group_those_of_before() {
    let units = |mut masks: WindowMasks<f64>| -> Vec<Mask> {
        let of = |site: &mut SiteMasks<f64>| match site {
            SiteMasks::Units { masks, .. } => masks.clone(),
            other => panic!("{other:?}"),
        };
        sites(&mut masks).flat_map(of).collect()
    };
    let kind = MaskKind::Exact;
    let all = units(masks(Case::III, kind, 3));
    assert_eq!(all.len(), 5 * TIMES * 3);
    let step = &all[..3];
    assert!(step[0] != step[1] && step[1] != step[2] && step[0] != step[2]);
    assert_eq!(units(masks(Case::IV, kind, 3)).len(), 5 * 3);
    // the first step's groups draw from the streams of the first steps of a batch in one
    assert_eq!(step, &units(masks(Case::III, kind, 1))[..3]);
}

/// 10 sentences in batches of 4, the last of 2: groups of half a batch are of one sentence
/// there, and three or four groups are two.
#[test]
fn a_short_batch_has_smaller_groups() {
    for (batch, groups, count, samples) in [
        (4, 2, 2, 2),
        (2, 2, 2, 1),
        (2, 4, 2, 1),
        (9, 4, 3, 3),
        (10, 4, 4, 3),
        (5, 1, 1, 5),
    ] {
        assert_eq!(Groups::of(batch, groups), Groups { count, samples });
    }
    let lines = "a b\tb a\n".repeat(10);
    let texts = [("train", &lines[..]), ("valid", &lines), ("test", &lines)];
    let corpus = NmtCorpus::from_tsv(texts, &NmtLimits::default()).unwrap();
    let config = NmtConfig {
        embedding: 5,
        hidden: 6,
        ..NmtConfig::default()
    };
    let settings = NmtSettings {
        batch: 4,
        ..NmtSettings::default()
    };
    let trainer = |mask_groups| {
        let model = NmtModel::<f32>::new(config, corpus.source.len(), corpus.target.len(), 1);
        let task = NmtTask::new(model.unwrap(), &corpus, settings).unwrap();
        let config = TrainConfig {
            epochs: 1,
            dropout: DropoutConfig {
                mask_groups,
                ..DropoutConfig::opennmt(0.5, Case::III)
            },
            ..TrainConfig::default()
        };
        Trainer::new(Box::new(task), config)
    };
    for groups in [2, 4] {
        let mut trainer = trainer(groups).unwrap();
        let mut watch = Watch::new(CpuEngine::new());
        for _ in 0..trainer.steps_per_epoch() {
            trainer.step(&mut watch, Policy::Packed).unwrap();
        }
        let out = |job: &&Seen| (job.label.phase, job.label.site) == (Phase::Forward, "out");
        let mut rows: Vec<_> = watch
            .seen
            .iter()
            .filter(out)
            .map(|job| job.shape.m)
            .collect();
        rows.sort_unstable();
        let steps = 3; // two words and the end
        let whole = 2 * steps * groups;
        let expected = [vec![1; 2 * steps], vec![4 / groups; whole]].concat();
        assert_eq!(rows, expected, "{groups} groups");
    }
    let error = trainer(3).err().unwrap().to_string();
    let expected =
        "the number of mask groups is 3, but must be a divisor of the batch of 4: 1, 2, 4";
    assert_eq!(error, expected);
}

#[test]
fn groups_of_what_nobody_shares_are_refused() {
    for (case, mask_groups) in [(Case::I, 2), (Case::II, 4), (Case::III, 0)] {
        let config = DropoutConfig {
            mask_groups,
            ..DropoutConfig::at(&Site::ALL, 0.5, case)
        };
        let error = config.check().unwrap_err().to_string();
        assert!(error.contains("mask groups is"), "{error}");
    }
}
