//! The memory that a run is said to take against what it takes.

use heddle_gemm::{CpuEngine, Policy};
use heddle_lstm::*;
use std::sync::atomic::AtomicBool;

/// The most bytes that are allocated at once while `task` is made, trained for an epoch with
/// Adam and checkpoints, and evaluated; Case I, which has the most masks.
fn taken(task: impl FnOnce() -> Box<dyn Task<f32>>) -> f64 {
    let config = TrainConfig {
        epochs: 1,
        dropout: DropoutConfig::at(&Site::ALL, 0.5, Case::I),
        optimiser: Optimiser {
            method: Method::Adam,
            learning_rate: 1e-3,
            ..Optimiser::default()
        },
        ..TrainConfig::default()
    };
    let info = allocation_counter::measure(|| {
        let mut trainer = Trainer::new(task(), config).unwrap();
        let (mut engine, cancel) = (CpuEngine::new(), AtomicBool::new(false));
        let save = &mut |trainer: &mut Trainer<f32>, now: Progress| {
            if now.done == now.steps {
                drop(trainer.checkpoint("test").unwrap());
            }
        };
        let report = trainer.run(&mut engine, Policy::Dense, &cancel, save);
        report.unwrap();
    });
    info.bytes_max as f64
}

fn close(what: &str, told: Footprint, taken: f64) {
    let told = told.bytes(true, true) as f64;
    let share = told / taken;
    println!("{what}: {told} told, {taken} taken: {share:.3}");
    assert!((0.93..1.3).contains(&share), "{what}: {share:.3}");
}

#[test]
fn language_models_take_what_was_told() {
    let mut corpus = Corpus::moby_limited(Some(500)).unwrap();
    corpus.train.truncate(12_000);
    for (embedding, hidden, layers, batch) in [(64, 256, 2, 20), (256, 32, 1, 60), (8, 8, 4, 400)] {
        let config = ModelConfig {
            embedding,
            hidden,
            layers,
            ..ModelConfig::default()
        };
        let batches = LmBatches {
            batch,
            steps: 30,
            ..LmBatches::default()
        };
        let told = LmTask::<f32>::footprint(&config, &corpus, &batches);
        let taken = taken(|| {
            let model = LanguageModel::new(config, corpus.vocabulary.len(), 1).unwrap();
            Box::new(LmTask::new(model, &corpus, batches).unwrap())
        });
        close(&format!("lm {hidden}"), told, taken);
    }
}

#[test]
fn translators_take_what_was_told() {
    let mut corpus = NmtCorpus::gnome_en_vi();
    corpus.train.truncate(100);
    corpus.test.truncate(10);
    for (embedding, hidden, layers, bidirectional) in
        [(64, 128, 1, true), (128, 32, 2, false), (16, 200, 2, true)]
    {
        let config = NmtConfig {
            embedding,
            hidden,
            layers,
            bidirectional,
            ..NmtConfig::default()
        };
        let settings = NmtSettings::default();
        let told = NmtTask::<f32>::footprint(&config, &corpus, &settings);
        let taken = taken(|| {
            let (source, target) = (corpus.source.len(), corpus.target.len());
            let model = NmtModel::new(config, source, target, 1).unwrap();
            Box::new(NmtTask::new(model, &corpus, settings).unwrap())
        });
        close(&format!("nmt {hidden}"), told, taken);
    }
}

#[test]
fn taggers_take_what_was_told() {
    let mut corpus = NerCorpus::sotu();
    corpus.train.truncate(200);
    corpus.test.truncate(50);
    for (embedding, hidden, layers) in [(64, 128, 1), (16, 32, 2), (200, 20, 1)] {
        let config = NerConfig {
            embedding,
            hidden,
            layers,
            ..NerConfig::default()
        };
        let batches = NerBatches::default();
        let told = NerTask::<f32>::footprint(&config, &corpus, &batches);
        let taken = taken(|| {
            let model = NerModel::new(config, &corpus, 1).unwrap();
            Box::new(NerTask::new(model, &corpus, batches).unwrap())
        });
        close(&format!("ner {hidden}"), told, taken);
    }
}

#[test]
fn no_size_is_too_large_to_be_told() {
    let config = ModelConfig {
        embedding: usize::MAX >> 8,
        hidden: usize::MAX >> 8,
        layers: 64,
        ..ModelConfig::default()
    };
    let told = config.footprint(1 << 30, 1 << 16, [1 << 16; 2]);
    assert!(told.bytes(true, true) > 1 << 64);
}
