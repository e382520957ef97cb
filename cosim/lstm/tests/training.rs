//! Training on the embedded text.

mod common;
use common::*;
use heddle_gemm::{CpuEngine, Engine, Policy};
use heddle_lstm::*;
use std::sync::atomic::{AtomicBool, Ordering};

fn on(
    model: LanguageModel<f32>,
    corpus: &Corpus,
    batches: LmBatches,
    config: TrainConfig,
) -> Trainer<f32> {
    let task = LmTask::new(model, corpus, batches).unwrap();
    Trainer::new(Box::new(task), config).unwrap()
}

fn trainer(dropout: DropoutConfig, seed: u64) -> Trainer<f32> {
    let corpus = Corpus::moby();
    let config = ModelConfig {
        embedding: 24,
        hidden: 32,
        layers: 2,
        init: 0.1,
    };
    let model = LanguageModel::new(config, corpus.vocabulary.len(), seed).unwrap();
    let config = TrainConfig {
        epochs: 1,
        seed,
        dropout,
        ..TrainConfig::default()
    };
    let batches = LmBatches {
        steps: 10,
        ..LmBatches::default()
    };
    on(model, &corpus, batches, config)
}

/// The losses of the first steps, and the parameters after them.
fn train(
    engine: &mut dyn Engine<f32>,
    policy: Policy,
    dropout: DropoutConfig,
    seed: u64,
    steps: usize,
) -> (Vec<f64>, Vec<f32>) {
    let mut trainer = trainer(dropout, seed);
    let losses = (0..steps)
        .map(|_| trainer.step(engine, policy).unwrap().loss)
        .collect();
    let parameters = trainer
        .task()
        .parameters()
        .into_iter()
        .flat_map(|p| p.data().to_vec());
    (losses, parameters.collect())
}

fn structured() -> DropoutConfig {
    DropoutConfig::at(&Site::ALL, 0.5, Case::III)
}

#[test]
fn the_loss_falls_with_structured_dropout() {
    let (losses, _) = train(&mut CpuEngine::new(), Policy::Packed, structured(), 1, 80);
    let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
    let uniform = 2001f64.ln();
    assert!(
        (losses[0] - uniform).abs() < 0.2,
        "{} at the start",
        losses[0]
    );
    let end = mean(&losses[60..]);
    assert!(end < uniform - 1.5, "{end} in the end");
}

#[test]
fn the_same_seed_gives_the_same_bits() {
    for case in Case::ALL {
        let dropout = DropoutConfig::at(&Site::ALL, 0.5, case);
        let run = |seed| train(&mut CpuEngine::new(), Policy::Packed, dropout, seed, 3);
        assert_eq!(run(1), run(1), "case {case}");
        assert_ne!(run(1).0, run(2).0, "case {case}");
    }
}

#[test]
fn policies_agree_within_rounding() {
    let run = |policy| train(&mut CpuEngine::new(), policy, structured(), 1, 5);
    let (losses, parameters) = run(Policy::Dense);
    for policy in [Policy::Gated, Policy::Packed] {
        let (other_losses, other_parameters) = run(policy);
        for (a, b) in losses.iter().zip(other_losses) {
            assert!((a - b).abs() < 1e-4, "{policy}: losses {a} and {b}");
        }
        for (a, b) in parameters.iter().zip(other_parameters) {
            assert!((a - b).abs() < 1e-4, "{policy}: parameters {a} and {b}");
        }
    }
}

#[test]
fn dropout_changes_the_training_but_not_the_evaluation() {
    let mut engine = CpuEngine::new();
    let perplexity = |dropout| {
        trainer(dropout, 1)
            .evaluate(&mut CpuEngine::new(), Policy::Packed, Part::Valid, false)
            .unwrap()
    };
    assert_eq!(perplexity(structured()), perplexity(DropoutConfig::off()));
    let (masked, _) = train(&mut engine, Policy::Packed, structured(), 1, 1);
    let (whole, _) = train(&mut engine, Policy::Packed, DropoutConfig::off(), 1, 1);
    assert_ne!(masked, whole);
}

#[test]
fn labels_count_the_training_steps() {
    let mut trainer = trainer(structured(), 1);
    let mut watch = Watch::new(CpuEngine::new());
    for step in 0..2 {
        assert_eq!(trainer.next_step(), step);
        trainer.step(&mut watch, Policy::Packed).unwrap();
        assert!(watch.seen.drain(..).all(|job| job.label.step == step));
    }
}

/// A run over a text of a few lines: everything that a report promises.
#[test]
fn a_whole_run_reports_and_learns() {
    let text = "the whale swims\nthe ship sails\nthe man sails the ship\n".repeat(20);
    let corpus =
        Corpus::from_texts([("train", &text), ("valid", &text), ("test", &text)], None).unwrap();
    let config = ModelConfig {
        embedding: 8,
        hidden: 16,
        layers: 1,
        init: 0.1,
    };
    let model = LanguageModel::<f32>::new(config, corpus.vocabulary.len(), 1).unwrap();
    let batches = LmBatches {
        batch: 4,
        steps: 7,
        eval_batch: 1,
    };
    let config = TrainConfig {
        epochs: 12,
        ..Default::default()
    };
    let mut trainer = on(model, &corpus, batches, config);
    let mut told = 0;
    let never = AtomicBool::new(false);
    let report = trainer
        .run(
            &mut CpuEngine::new(),
            Policy::Dense,
            &never,
            &mut |_, progress| {
                told += 1;
                assert!(progress.done <= progress.steps && progress.tokens_per_s > 0.0);
            },
        )
        .unwrap();
    assert_eq!(report.epochs.len(), 12);
    assert_eq!(report.losses.len(), told);
    assert_eq!(told, 12 * trainer.steps_per_epoch());
    let test = report.test.perplexity();
    assert!(test < 3.0, "{test}");
    assert_eq!(report.test, report.epochs[report.best_epoch].valid);
    assert!(report.epochs[0].valid.perplexity() > test);
    serde_json::to_string(&report).unwrap();
}

#[test]
fn a_run_can_be_cancelled() {
    let mut trainer = trainer(structured(), 1);
    let cancel = AtomicBool::new(false);
    let error = trainer
        .run(
            &mut CpuEngine::new(),
            Policy::Packed,
            &cancel,
            &mut |_, progress| {
                cancel.store(progress.step.step == 1, Ordering::Relaxed);
            },
        )
        .unwrap_err();
    assert!(matches!(error, LstmError::Cancelled { step: 2 }), "{error}");
}

#[test]
fn a_diverging_run_stops() {
    let corpus = Corpus::moby();
    let config = ModelConfig {
        embedding: 8,
        hidden: 8,
        layers: 1,
        init: 0.1,
    };
    let model = LanguageModel::<f32>::new(config, corpus.vocabulary.len(), 1).unwrap();
    let optimiser = Optimiser {
        learning_rate: 1e39,
        clip: 1e39,
        ..Optimiser::default()
    };
    let config = TrainConfig {
        optimiser,
        ..TrainConfig::default()
    };
    let mut trainer = on(model, &corpus, LmBatches::default(), config);
    let error = (0..10).find_map(|_| trainer.step(&mut CpuEngine::new(), Policy::Dense).err());
    let message = error.expect("a diverging run was not stopped").to_string();
    assert!(message.contains("lower the learning rate"), "{message}");
}

#[test]
fn what_does_not_fit_is_refused() {
    let corpus = Corpus::moby();
    let model = LanguageModel::<f32>::new(ModelConfig::default(), 10, 1).unwrap();
    let error = LmTask::new(model, &corpus, LmBatches::default())
        .err()
        .unwrap();
    assert_eq!(
        error.to_string(),
        "words of the model: got 10, expected 2001"
    );

    let config = ModelConfig {
        hidden: 0,
        ..ModelConfig::default()
    };
    let error = LanguageModel::<f32>::new(config, 10, 1)
        .unwrap_err()
        .to_string();
    assert!(error.contains("hidden units is 0"), "{error}");

    // A mask of the wrong length, a token outside the vocabulary.
    let model = tiny_model();
    let (inputs, mut targets) = tiny_tokens();
    let mut masks = tiny_masks(&model, Case::III, MaskKind::Exact);
    let forward = |masks: &WindowMasks<f64>, targets: &[u32]| {
        let mut scratch = Default::default();
        let engine = &mut NaiveEngine;
        let mut exec = Executor::new(
            engine,
            &mut scratch,
            Policy::Packed,
            TimeSteps::Merged,
            BATCH,
        );
        let window = Window {
            inputs: &inputs,
            targets,
        };
        let (mut state, mut work) = (model.state(BATCH), model.workspace(TIMES, BATCH));
        model.forward(&mut exec, masks, window, &mut state, &mut work)
    };
    assert!(forward(&masks, &targets).is_ok());
    targets[4] = VOCABULARY as u32;
    let error = forward(&masks, &targets).unwrap_err().to_string();
    assert_eq!(error, "token 7 lies outside the vocabulary of 7 words");
    masks.rh[1] = SiteMasks::Units {
        masks: vec![heddle_gemm::Mask::all(4)],
        scale: 1.0,
        samples: usize::MAX,
    };
    let error = forward(&masks, &tiny_tokens().1).unwrap_err().to_string();
    assert_eq!(error, "length of the mask at site rh: got 4, expected 5");
}

/// Whether the loss or a parameter is the first not to be finite, the run ends there, and what
/// is told of a step, and may be saved, is sound.
#[test]
fn a_run_that_diverges_ends_and_is_not_told_as_done() {
    let corpus = Corpus::moby();
    let run = |learning_rate: f64, clip: f64| {
        let small = ModelConfig {
            embedding: 8,
            hidden: 8,
            layers: 1,
            init: 0.1,
        };
        let model = LanguageModel::new(small, corpus.vocabulary.len(), 1).unwrap();
        let config = TrainConfig {
            epochs: 1,
            optimiser: Optimiser {
                learning_rate,
                clip,
                ..Optimiser::default()
            },
            ..TrainConfig::default()
        };
        let batches = LmBatches {
            batch: 200,
            ..LmBatches::default()
        };
        let mut trainer = on(model, &corpus, batches, config);
        let mut sound = 0;
        let cancel = AtomicBool::new(false);
        let ended = trainer.run(
            &mut CpuEngine::new(),
            Policy::Dense,
            &cancel,
            &mut |trainer, progress| {
                assert!(progress.step.loss.is_finite() && progress.step.norm.is_finite());
                trainer.checkpoint("test").unwrap();
                sound += 1;
            },
        );
        let (epochs, steps) = (trainer.epochs().len(), trainer.steps_per_epoch());
        (ended, sound, epochs, steps)
    };
    let (ended, ..) = run(1.0, 5.0);
    ended.unwrap();
    for (learning_rate, clip, expected) in [
        (1e300, 5.0, "a value of "),
        (1e38, 5.0, "became inf"),
        (1e30, 5.0, "perplexity became inf"),
        (1e20, 1e30, "became"),
    ] {
        let (ended, sound, epochs, steps) = run(learning_rate, clip);
        let error = ended.unwrap_err();
        assert!(
            matches!(error, LstmError::Diverged { epoch: 1, .. }),
            "{error}"
        );
        let message = error.to_string();
        assert!(message.contains(expected), "{message}");
        assert!(message.contains("in epoch 1") && message.contains("lower the learning rate"));
        assert!(
            sound < steps && epochs == 0,
            "{sound} of {steps}: {message}"
        );
    }
}
