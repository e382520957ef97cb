//! A run that is interrupted and resumed has the bits of one that is not.

use heddle_gemm::{CpuEngine, Policy};
use heddle_lstm::*;
use std::sync::atomic::{AtomicBool, Ordering};

const KERNEL: &str = "test";

fn corpus(word: &str) -> Corpus {
    let text = format!("the whale swims\nthe ship sails\nthe {word} sails the ship\n").repeat(20);
    Corpus::from_texts([("train", &text), ("valid", &text), ("test", &text)], None).unwrap()
}

fn trainer(method: Method, hidden: usize, epochs: usize) -> Trainer<f32> {
    on(&corpus("man"), method, hidden, epochs)
}

fn on(corpus: &Corpus, method: Method, hidden: usize, epochs: usize) -> Trainer<f32> {
    let config = ModelConfig {
        embedding: 8,
        hidden,
        layers: 2,
        init: 0.1,
    };
    let model = LanguageModel::<f32>::new(config, corpus.vocabulary.len(), 1).unwrap();
    let batches = LmBatches {
        batch: 4,
        steps: 5,
        eval_batch: 1,
    };
    let config = TrainConfig {
        epochs,
        optimiser: Optimiser {
            method,
            learning_rate: if method == Method::Adam { 0.01 } else { 1.0 },
            ..Optimiser::default()
        },
        dropout: DropoutConfig::at(&Site::ALL, 0.5, Case::III),
        ..TrainConfig::default()
    };
    let task = LmTask::new(model, corpus, batches).unwrap();
    Trainer::new(Box::new(task), config).unwrap()
}

/// Runs to the end, or until `stop` steps are done: then returns the checkpoint.
fn run(trainer: &mut Trainer<f32>, stop: Option<u64>) -> Result<TrainReport, Vec<u8>> {
    let cancel = AtomicBool::new(false);
    let report = trainer.run(
        &mut CpuEngine::new(),
        Policy::Packed,
        &cancel,
        &mut |trainer, _| cancel.store(Some(trainer.next_step()) == stop, Ordering::Relaxed),
    );
    report.map_err(|error| {
        assert!(matches!(error, LstmError::Cancelled { .. }), "{error}");
        trainer.checkpoint(KERNEL).unwrap()
    })
}

/// A report without what depends on the clock.
fn timeless(report: &TrainReport) -> TrainReport {
    let mut report = report.clone();
    for epoch in &mut report.epochs {
        (epoch.seconds, epoch.tokens_per_s) = (0.0, 0.0);
    }
    report
}

fn values(trainer: &Trainer<f32>) -> Vec<Vec<f32>> {
    let parameters = trainer.task().parameters();
    parameters.iter().map(|p| p.data().to_vec()).collect()
}

#[test]
fn resumed_training_has_the_same_bits() {
    for method in [Method::Sgd, Method::Adam] {
        let mut whole = trainer(method, 16, 3);
        let expected = run(&mut whole, None).unwrap();
        let steps = whole.steps_per_epoch() as u64;
        // in the middle of an epoch, at its end, and before any epoch has ended
        for stop in [3, steps, steps + 2, 2 * steps] {
            let bytes = run(&mut trainer(method, 16, 3), Some(stop)).unwrap_err();
            let mut resumed = trainer(method, 16, 3);
            resumed.restore(&bytes, "file", KERNEL).unwrap();
            assert_eq!(resumed.next_step(), stop);
            let report = run(&mut resumed, None).unwrap();
            assert_eq!(timeless(&report), timeless(&expected), "stopped at {stop}");
            assert_eq!(values(&resumed), values(&whole), "stopped at {stop}");
        }
    }
}

/// A run that is stopped in its warm-up goes on with the rate of its step; and the warm-up
/// is something that a run depends on.
#[test]
fn a_warm_up_is_resumed_where_it_was() {
    let warmed = |warmup| {
        let mut config = *trainer(Method::Sgd, 16, 2).config();
        config.optimiser.warmup = warmup;
        let corpus = corpus("man");
        let model = ModelConfig {
            embedding: 8,
            hidden: 16,
            layers: 2,
            init: 0.1,
        };
        let model = LanguageModel::<f32>::new(model, corpus.vocabulary.len(), 1).unwrap();
        let batches = LmBatches {
            batch: 4,
            steps: 5,
            eval_batch: 1,
        };
        let task = LmTask::new(model, &corpus, batches).unwrap();
        Trainer::new(Box::new(task), config).unwrap()
    };
    let expected = run(&mut warmed(8), None).unwrap();
    let bytes = run(&mut warmed(8), Some(3)).unwrap_err();
    let mut resumed = warmed(8);
    resumed.restore(&bytes, "file", KERNEL).unwrap();
    let report = run(&mut resumed, None).unwrap();
    assert_eq!(timeless(&report), timeless(&expected));
    let message = warmed(0).restore(&bytes, "file", KERNEL).unwrap_err();
    assert!(message.to_string().contains("warmup"), "{message}");
    let without = run(&mut warmed(0), None).unwrap();
    assert_ne!(without.losses, expected.losses);
}

/// Negative control: without the carried state the bits differ.
#[test]
fn the_carried_state_matters() {
    let mut whole = trainer(Method::Sgd, 16, 1);
    let expected = run(&mut whole, None).unwrap();
    let bytes = run(&mut trainer(Method::Sgd, 16, 1), Some(3)).unwrap_err();
    let mut resumed = trainer(Method::Sgd, 16, 1);
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let (_, header) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
    let zeros = vec![0; 4 * 16 * 4];
    let forgotten = tensors.tensors().into_iter().map(|(name, view)| {
        let data = match name.starts_with("carried.") {
            true => zeros.clone(),
            false => view.data().to_vec(),
        };
        (name, (view.dtype(), view.shape().to_vec(), data))
    });
    let forgotten: Vec<_> = forgotten.collect();
    let views = forgotten.iter().map(|(name, (dtype, shape, data))| {
        let view = safetensors::tensor::TensorView::new(*dtype, shape.clone(), data).unwrap();
        (name, view)
    });
    // Without the digest, as the first files were.
    let mut metadata = header.metadata().clone().unwrap();
    metadata.remove("heddle.sha256").unwrap();
    let bytes = safetensors::serialize(views, Some(metadata)).unwrap();
    resumed.restore(&bytes, "file", KERNEL).unwrap();
    let report = run(&mut resumed, None).unwrap();
    assert_ne!(report.losses, expected.losses);
}

/// A file of version 1, as the first release wrote it. `HEDDLE_REGENERATE=1` writes the
/// fixture of the present version, which is to be done once for each version.
#[test]
fn checkpoints_of_released_versions_stay_readable() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/checkpoint-v1.safetensors"
    );
    if std::env::var_os("HEDDLE_REGENERATE").is_some() {
        let bytes = run(&mut trainer(Method::Adam, 16, 3), Some(30)).unwrap_err();
        std::fs::write(path, bytes).unwrap();
    }
    let bytes = std::fs::read(path).unwrap();
    let mut resumed = trainer(Method::Adam, 16, 3);
    resumed.restore(&bytes, path, KERNEL).unwrap();
    assert_eq!(resumed.next_step(), 30);
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    for parameter in resumed.task().parameters() {
        let name = format!("parameter.{}", parameter.name());
        let bytes = bytemuck::cast_slice::<f32, u8>(parameter.data());
        assert_eq!(tensors.tensor(&name).unwrap().data(), bytes, "{name}");
    }
    let report = run(&mut resumed, None).unwrap();
    assert_eq!(report.epochs.len(), 3);
    // its unfinished epoch has norms of a part of its steps only, which are not reported
    let known = report.epochs.iter().map(|epoch| epoch.norms.is_some());
    let half = 30 / resumed.steps_per_epoch();
    let expected = (0..3).map(|epoch| epoch > half);
    assert!(known.eq(expected), "{:?}", report.epochs);
    // it goes on from where it was, not from an untrained model
    let (first, next) = (report.losses[0], report.losses[30]);
    assert!(next < 0.9 * first, "{next} after {first}");
}

#[test]
fn a_run_can_be_prolonged() {
    let expected = run(&mut trainer(Method::Sgd, 16, 4), None).unwrap();
    let mut short = trainer(Method::Sgd, 16, 2);
    run(&mut short, None).unwrap();
    let bytes = short.checkpoint(KERNEL).unwrap();
    let mut prolonged = trainer(Method::Sgd, 16, 4);
    prolonged.restore(&bytes, "file", KERNEL).unwrap();
    let report = run(&mut prolonged, None).unwrap();
    assert_eq!(timeless(&report), timeless(&expected));
}

#[test]
fn what_does_not_fit_is_refused_and_changes_nothing() {
    let bytes = run(&mut trainer(Method::Sgd, 16, 1), Some(3)).unwrap_err();
    let refused = |mut trainer: Trainer<f32>, bytes: &[u8], kernel: &str| {
        let before = values(&trainer);
        let error = trainer.restore(bytes, "run.heddle", kernel).unwrap_err();
        assert_eq!(values(&trainer), before);
        assert_eq!(trainer.next_step(), 0);
        let message = error.to_string();
        assert!(message.starts_with("run.heddle: "), "{message}");
        message
    };
    let same = || trainer(Method::Sgd, 16, 1);
    let message = refused(trainer(Method::Sgd, 12, 1), &bytes, KERNEL);
    assert!(
        message.contains("model.model.hidden is 16 there and 12 here"),
        "{message}"
    );
    let message = refused(trainer(Method::Adam, 16, 1), &bytes, KERNEL);
    assert!(message.contains("training.optimiser.method"), "{message}");
    let other = on(&corpus("crew"), Method::Sgd, 16, 1);
    assert!(refused(other, &bytes, KERNEL).contains("another vocabulary"));
    assert!(refused(same(), &bytes, "avx2").contains("--kernel test"));
    for cut in [0, 4, 100, bytes.len() / 2, bytes.len() - 1] {
        let message = refused(same(), &bytes[..cut], KERNEL);
        assert!(
            message.contains("not a whole safetensors file"),
            "{message}"
        );
    }
    let foreign = safetensors::serialize(
        std::iter::empty::<(String, safetensors::tensor::TensorView)>(),
        None,
    );
    let message = refused(same(), &foreign.unwrap(), KERNEL);
    assert!(message.contains("no checkpoint"), "{message}");
}

#[test]
fn a_flipped_bit_is_noticed() {
    let good = run(&mut trainer(Method::Sgd, 8, 2), Some(3)).unwrap_err();
    let mut restored = trainer(Method::Sgd, 8, 2);
    restored.restore(&good, "good", KERNEL).unwrap();
    for place in [good.len() / 2, good.len() - 1] {
        let mut bad = good.clone();
        bad[place] ^= 1;
        let error = restored.restore(&bad, "bad", KERNEL).unwrap_err();
        assert!(error.to_string().contains("SHA-256"), "{error}");
    }
}
