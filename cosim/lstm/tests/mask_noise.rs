//! The noise of the masks is told, and changes nothing.

use heddle_gemm::{CpuEngine, Policy, Scratch};
use heddle_lstm::*;
use std::sync::atomic::AtomicBool;

const SEED: u64 = 1;

fn dropout() -> DropoutConfig {
    DropoutConfig {
        out: 0.3,
        ..DropoutConfig::at(&[Site::Nr, Site::Rh], 0.5, Case::III)
    }
}

fn task(kind: TaskKind) -> Box<dyn Task<f32>> {
    match kind {
        TaskKind::Lm => {
            let text = "the whale swims\nthe ship sails\nthe man sails the ship\n".repeat(20);
            let texts = ["train", "valid", "test"].map(|name| (name, &text[..]));
            let corpus = Corpus::from_texts(texts, None).unwrap();
            let size = ModelConfig {
                embedding: 8,
                hidden: 8,
                ..ModelConfig::default()
            };
            let batches = LmBatches {
                batch: 4,
                steps: 5,
                eval_batch: 1,
            };
            let model = LanguageModel::new(size, corpus.vocabulary.len(), SEED).unwrap();
            Box::new(LmTask::new(model, &corpus, batches).unwrap())
        }
        TaskKind::Nmt => {
            let text = "a b c\tc b a\na\ta\nb c\tc b\n".repeat(12);
            let texts = ["train", "valid", "test"].map(|name| (name, &text[..]));
            let corpus = NmtCorpus::from_tsv(texts, &NmtLimits::default()).unwrap();
            let size = NmtConfig {
                embedding: 8,
                hidden: 8,
                ..NmtConfig::default()
            };
            let settings = NmtSettings {
                batch: 5,
                beam: 1,
                ..NmtSettings::default()
            };
            let (source, target) = (corpus.source.len(), corpus.target.len());
            let model = NmtModel::new(size, source, target, SEED).unwrap();
            Box::new(NmtTask::new(model, &corpus, settings).unwrap())
        }
        TaskKind::Ner => {
            let mut corpus = NerCorpus::sotu();
            corpus.train.truncate(40);
            corpus.valid.truncate(10);
            corpus.test.truncate(10);
            let size = NerConfig {
                embedding: 8,
                hidden: 6,
                ..NerConfig::default()
            };
            let model = NerModel::new(size, &corpus, SEED).unwrap();
            Box::new(NerTask::new(model, &corpus, NerBatches::default()).unwrap())
        }
    }
}

fn trainer(kind: TaskKind, dropout: DropoutConfig) -> Trainer<f32> {
    let config = TrainConfig {
        epochs: 2,
        seed: SEED,
        dropout,
        ..TrainConfig::default()
    };
    Trainer::new(task(kind), config).unwrap()
}

fn run(trainer: &mut Trainer<f32>) -> TrainReport {
    let (mut engine, cancel) = (CpuEngine::new(), AtomicBool::new(false));
    let mut quiet = |_: &mut Trainer<f32>, _: Progress| {};
    trainer
        .run(&mut engine, Policy::Packed, &cancel, &mut quiet)
        .unwrap()
}

fn bits(trainer: &Trainer<f32>) -> Vec<u32> {
    let all = trainer.task().parameters().into_iter();
    all.flat_map(|p| p.data().iter().map(|x| x.to_bits()).collect::<Vec<_>>())
        .collect()
}

/// The control: other masks in training do change bits.
#[test]
fn telling_the_noise_changes_no_bit_of_training() {
    for kind in TaskKind::ALL {
        let mut plain = trainer(kind, dropout());
        let mut report = run(&mut plain);
        let mut told = trainer(kind, dropout());
        told.tell_mask_noise(3).unwrap();
        let with = run(&mut told);
        assert_eq!(with.losses, report.losses, "{kind}");
        assert_eq!(bits(&told), bits(&plain), "{kind}");
        for (epoch, with) in report.epochs.iter_mut().zip(&with.epochs) {
            let noise = with.mask_noise.unwrap();
            assert_eq!(noise.draws, 3);
            for site in Site::ALL {
                let ratio = noise.at(site).unwrap();
                assert!(ratio > 0.0 && ratio.is_finite(), "{kind} {site}: {ratio}");
            }
            assert_eq!(epoch.mask_noise, None);
            assert_eq!(epoch.norms, with.norms);
            assert_eq!(epoch.valid, with.valid);
        }
        let mut other = trainer(
            kind,
            DropoutConfig {
                rh: 0.4,
                ..dropout()
            },
        );
        assert!(run(&mut other).losses != report.losses, "{kind}");
    }
}

/// By its definition, from gradients of one draw after another.
#[test]
fn the_noise_is_the_variance_over_draws_of_one_sites_masks() {
    const DRAWS: u64 = 4;
    for kind in TaskKind::ALL {
        let mut engine = CpuEngine::new();
        let mut trainer = trainer(kind, dropout());
        let told = trainer
            .mask_noise(&mut engine, Policy::Packed, DRAWS as usize)
            .unwrap();
        let mut task = task(kind);
        for site in Site::ALL {
            let mut gradient = |draw| -> Vec<f64> {
                let step = Step {
                    number: u64::MAX,
                    epoch: 0,
                    index: 0,
                    redraw: Some((site, u64::MAX - draw)),
                };
                let mut scratch = Scratch::default();
                let mut run = Run {
                    engine: &mut engine,
                    scratch: &mut scratch,
                    policy: Policy::Packed,
                    time_steps: TimeSteps::Merged,
                };
                task.gradients(&mut run, step, &dropout(), SEED).unwrap();
                let of = |p: &Parameter<f32>| p.grad().iter().map(|x| f64::from(*x)).collect();
                let values = task.parameters().into_iter();
                let values = values.flat_map::<Vec<f64>, _>(of).collect();
                task.visit_mut(&mut Parameter::clear_grad);
                values
            };
            let all: Vec<Vec<f64>> = (1..=DRAWS).map(&mut gradient).collect();
            let (mut variance, mut squares) = (0.0, 0.0);
            for i in 0..all[0].len() {
                let mean = all.iter().map(|g| g[i]).sum::<f64>() / DRAWS as f64;
                let apart: f64 = all.iter().map(|g| (g[i] - mean).powi(2)).sum();
                variance += apart / (DRAWS - 1) as f64;
                squares += mean * mean;
            }
            let (ratio, told) = (variance / squares, told.at(site).unwrap());
            assert!(
                (told / ratio - 1.0).abs() < 1e-9,
                "{kind} {site}: {told} {ratio}"
            );
        }
    }
}

/// Only the masks of the site that is redrawn differ.
#[test]
fn one_site_is_redrawn() {
    let draw = |redraw| {
        let mut masks = WindowMasks::<f64>::off(2);
        let key = MaskKey {
            seed: 3,
            step: 9,
            redraw,
        };
        let team = heddle_gemm::Team::default();
        masks.draw(&dropout(), key, (3, 2), &[20, 20], 20, &team);
        masks
    };
    let before = draw(None);
    for site in Site::ALL {
        let after = draw(Some((site, 10)));
        assert_eq!(after.nr != before.nr, site == Site::Nr);
        assert_eq!(after.rh != before.rh, site == Site::Rh);
        assert_eq!(after.out != before.out, site == Site::Out);
    }
}

#[test]
fn what_has_no_noise_by_site_is_refused_or_left_out() {
    let mut trainer = trainer(TaskKind::Lm, DropoutConfig::at(&[Site::Out], 0.5, Case::I));
    let noise = trainer.mask_noise(&mut CpuEngine::new(), Policy::Dense, 2);
    let noise = noise.unwrap();
    assert!(noise.nr.is_none() && noise.rh.is_none() && noise.out.is_some());
    let error = trainer.tell_mask_noise(1).unwrap_err().to_string();
    assert!(error.contains("2 or more"), "{error}");
    let shared = DropoutConfig {
        share_sites: true,
        ..dropout()
    };
    let mut trainer = self::trainer(TaskKind::Lm, shared);
    let error = trainer.tell_mask_noise(2).unwrap_err().to_string();
    assert!(error.contains("masks of their own"), "{error}");
}
