//! Writes an engine: one that counts the multiply-accumulates of a training step by phase, of what is
//! kept, and leaves the work to the CPU's. Any engine may stand in its place.
//!
//! `cargo run --release -p heddle-cosim --example engine`

use heddle_gemm::{CpuEngine, Engine, GemmError, Host, Job, MatMut, Phase, Policy, Scratch};
use heddle_lstm::{
    Case, Corpus, DropoutConfig, LanguageModel, LmBatches, LmTask, ModelConfig, Site, TrainConfig,
    Trainer,
};
use std::collections::BTreeMap;

/// Counts what runs on another engine.
struct Counted<E> {
    inner: E,
    macs: BTreeMap<Option<Phase>, u64>,
}

impl<E: Engine<f32>> Engine<f32> for Counted<E> {
    fn name(&self) -> &str {
        "counted"
    }

    fn host(&self) -> Host {
        self.inner.host()
    }

    fn run(
        &mut self,
        policy: Policy,
        jobs: &[Job<'_, f32>],
        outputs: &mut [MatMut<'_, f32>],
        scratch: &mut Scratch,
    ) -> Result<(), GemmError> {
        for job in jobs {
            let phase = job.label.map(|label| label.phase);
            *self.macs.entry(phase).or_default() += job.kept_shape().macs();
        }
        self.inner.run(policy, jobs, outputs, scratch)
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let corpus = Corpus::moby();
    let model = LanguageModel::<f32>::new(ModelConfig::default(), corpus.vocabulary.len(), 1)?;
    let config = TrainConfig {
        dropout: DropoutConfig::at(&Site::ALL, 0.5, Case::III),
        ..TrainConfig::default()
    };
    let task = LmTask::new(model, &corpus, LmBatches::default())?;
    let mut trainer = Trainer::new(Box::new(task), config)?;
    let mut engine = Counted {
        inner: CpuEngine::new(),
        macs: BTreeMap::new(),
    };
    let step = trainer.step(&mut engine, Policy::Packed)?;
    println!("loss {:.3}", step.loss);
    for (phase, macs) in &engine.macs {
        let name = phase.map_or("other", Phase::name);
        println!("{name}: {macs} multiply-accumulates on what is kept");
    }
    Ok(())
}
