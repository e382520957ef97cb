//! Trains an LSTM language model with a dropout mask that the batch shares and that is drawn anew for
//! every time step (Case III), packed: dropped units are skipped. One epoch on a part of Moby-Dick.
//!
//! `cargo run --release -p heddle-cosim --example lstm`

use heddle_gemm::{CpuEngine, Policy};
use heddle_lstm::{
    Case, Corpus, DropoutConfig, LanguageModel, LmBatches, LmTask, ModelConfig, Site, TrainConfig,
    Trainer,
};
use std::sync::atomic::AtomicBool;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let corpus = Corpus::moby();
    let model = LanguageModel::<f32>::new(ModelConfig::default(), corpus.vocabulary.len(), 1)?;
    let config = TrainConfig {
        dropout: DropoutConfig::at(&Site::ALL, 0.3, Case::III),
        epochs: 1,
        ..TrainConfig::default()
    };
    let task = LmTask::new(model, &corpus, LmBatches::default())?;
    let mut trainer = Trainer::new(Box::new(task), config)?;
    let (mut engine, cancel) = (CpuEngine::new(), AtomicBool::new(false));
    let report = trainer.run(&mut engine, Policy::Packed, &cancel, &mut |_, progress| {
        if progress.done % 50 == 0 {
            let (done, steps) = (progress.done, progress.steps);
            println!("{done}/{steps}: loss {:.3}", progress.loss);
        }
    })?;
    println!("test perplexity {:.1}", report.test.perplexity());
    Ok(())
}
