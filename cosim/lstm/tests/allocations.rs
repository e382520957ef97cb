//! Nothing is allocated in the training loop once a step has been done.

use heddle_gemm::{CpuEngine, Policy};
use heddle_lstm::{
    Case, Corpus, DropoutConfig, LanguageModel, LmBatches, LmTask, ModelConfig, Site, TrainConfig,
    Trainer,
};

/// Allocations of four steps after the first one.
fn allocations(dropout: DropoutConfig, policy: Policy) -> u64 {
    let text: String = (0..900)
        .map(|i| format!("w{} {}", i * i % 61, if i % 9 == 8 { "\n" } else { "" }))
        .collect();
    let corpus = Corpus::from_texts([&text; 3].map(|text| ("a text", &text[..])), None).unwrap();
    let config = ModelConfig {
        embedding: 24,
        hidden: 40,
        layers: 2,
        init: 0.1,
    };
    let model = LanguageModel::<f32>::new(config, corpus.vocabulary.len(), 1).unwrap();
    let task = LmTask::new(model, &corpus, LmBatches::default()).unwrap();
    let settings = TrainConfig {
        dropout,
        ..TrainConfig::default()
    };
    let mut trainer = Trainer::new(Box::new(task), settings).unwrap();
    let mut engine = CpuEngine::new();
    trainer.step(&mut engine, policy).unwrap();
    let info = allocation_counter::measure(|| {
        for _ in 0..4 {
            trainer.step(&mut engine, policy).unwrap();
        }
    });
    info.count_total
}

#[test]
fn packed_steps_after_the_first_allocate_nothing() {
    for case in [Case::III, Case::IV] {
        let dropout = DropoutConfig::at(&Site::ALL, 0.5, case);
        assert_eq!(allocations(dropout, Policy::Packed), 0, "{case:?}");
    }
}

/// Products of many rows without a mask are the `gemm` crate's, which takes some working
/// memory in each: of 11 such products in a step, three phases at five places less those
/// that are done step by step.
#[test]
fn dense_steps_allocate_in_the_crate_only() {
    for case in [Case::I, Case::II] {
        let dropout = DropoutConfig::at(&Site::ALL, 0.5, case);
        let count = allocations(dropout, Policy::Dense);
        assert!(count <= 4 * 11 * 2, "{case:?}: {count}");
    }
}

#[test]
fn the_counter_counts() {
    let info = allocation_counter::measure(|| drop(std::hint::black_box(vec![1_u8; 100])));
    assert_eq!(info.count_total, 1);
}
