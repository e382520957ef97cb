//! Trains the default language model on the embedded text, and says how fast.
//!
//! ```text
//! cargo run --release -p heddle-lstm --example moby -- [hidden] [case] [p] [policy] [epochs]
//! ```

use heddle_gemm::{CpuEngine, Policy};
use heddle_lstm::*;
use std::sync::atomic::AtomicBool;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let arg = |index: usize, default: &str| args.get(index).map_or(default, |x| x).to_owned();
    let hidden = arg(0, "128").parse()?;
    let case = arg(1, "III").parse()?;
    let p = arg(2, "0.5").parse()?;
    let policy: Policy = arg(3, "packed").parse()?;
    let epochs = arg(4, "2").parse()?;

    let corpus = Corpus::moby();
    let size = ModelConfig {
        embedding: hidden,
        hidden,
        ..ModelConfig::default()
    };
    let model = LanguageModel::<f32>::new(size, corpus.vocabulary.len(), 1)?;
    let dropout = DropoutConfig::at(&Site::ALL, p, case);
    let config = TrainConfig {
        epochs,
        dropout,
        ..TrainConfig::default()
    };
    let task = LmTask::new(model, &corpus, LmBatches::default())?;
    let mut trainer = Trainer::new(Box::new(task), config)?;
    let never = AtomicBool::new(false);
    let report = trainer.run(&mut CpuEngine::new(), policy, &never, &mut |_, _| {})?;
    for epoch in &report.epochs {
        println!(
            "epoch {}: {:.2} s, {:.0} tokens/s, perplexity {:.1} train, {:.1} valid",
            epoch.epoch + 1,
            epoch.seconds,
            epoch.tokens_per_s,
            epoch.train_perplexity(),
            epoch.valid.perplexity(),
        );
    }
    println!("test perplexity {:.1}", report.test.perplexity());
    Ok(())
}
