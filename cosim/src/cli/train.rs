//! `heddle train`, and the flags of a training run that `trace record` shares.

use super::{interrupt, output, progress, Outcome};
use crate::report::{align_right, grouped, plain};
use crate::CosimError;
use heddle_format::Format;
use heddle_gemm::{Accumulator, Bf16Edge, CpuEngine, Engine, GoldenEngine, Policy};
use heddle_lstm::{
    Case, Corpus, DropoutConfig, LanguageModel, MaskKind, ModelConfig, Sgd, Site, TrainConfig,
    TrainReport, Trainer,
};
use serde_json::{json, Value};
use std::path::PathBuf;

/// The language model and its training.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Training")]
pub struct LmArgs {
    /// Units of each LSTM layer
    #[arg(long, value_name = "UNITS", default_value_t = 128)]
    pub hidden: usize,
    /// Width of the word vectors [default: as --hidden]
    #[arg(long, value_name = "UNITS")]
    pub embedding: Option<usize>,
    /// LSTM layers
    #[arg(long, value_name = "LAYERS", default_value_t = 2)]
    pub layers: usize,
    /// Samples side by side
    #[arg(long, value_name = "B", default_value_t = 20)]
    pub batch: usize,
    /// Time steps of a window, over which gradients flow
    #[arg(long, value_name = "T", default_value_t = 20)]
    pub window: usize,
    /// Probability of dropping a unit, in [0, 1)
    #[arg(long, value_name = "P", default_value_t = 0.5)]
    pub p: f64,
    /// Sites with dropout, separated by commas: nr (a layer's input), rh (h of the step
    /// before), out (the last layer's output), or none
    #[arg(long, value_name = "SITE,...", default_value = "nr,rh,out", value_parser = sites)]
    pub sites: Sites,
    /// Who shares a mask: I (nobody), II (the time steps), III (the batch), IV (both)
    #[arg(long, value_name = "CASE", default_value = "III")]
    pub case: Case,
    /// How many units a mask keeps: exact (always the same number) or bernoulli
    #[arg(long, value_name = "KIND", default_value = "exact")]
    pub kind: MaskKind,
    /// How dropped units are treated: dense, gated or packed
    #[arg(long, value_name = "POLICY", default_value = "packed")]
    pub train_policy: Policy,
    /// Learning rate of the first epochs
    #[arg(long, value_name = "RATE", default_value_t = Sgd::default().learning_rate)]
    pub learning_rate: f64,
    /// Seed of parameters and masks
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub train_seed: u64,
    /// Training text, one sentence a line, words separated by blanks (as the Penn
    /// Treebank's) [default: Moby-Dick, embedded]
    #[arg(long, value_name = "FILE", requires_all = ["valid_text", "test_text"])]
    pub train_text: Option<PathBuf>,
    /// Validation text
    #[arg(long, value_name = "FILE", requires = "train_text")]
    pub valid_text: Option<PathBuf>,
    /// Test text
    #[arg(long, value_name = "FILE", requires = "train_text")]
    pub test_text: Option<PathBuf>,
    /// Keep only the most frequent words of the training text
    #[arg(long, value_name = "WORDS")]
    pub vocabulary: Option<usize>,
}

/// A list of dropout sites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sites(pub Vec<Site>);

fn sites(list: &str) -> Result<Sites, String> {
    if list == "none" {
        return Ok(Sites(Vec::new()));
    }
    list.split(',')
        .map(str::parse)
        .collect::<Result<_, _>>()
        .map(Sites)
}

impl LmArgs {
    /// The text.
    ///
    /// # Errors
    /// [`CosimError::Lstm`] if a file cannot be used.
    pub fn corpus(&self) -> Result<Corpus, CosimError> {
        match (&self.train_text, &self.valid_text, &self.test_text) {
            (Some(train), Some(valid), Some(test)) => {
                Ok(Corpus::from_files(train, valid, test, self.vocabulary)?)
            }
            _ => Ok(Corpus::moby_limited(self.vocabulary)?),
        }
    }

    /// A trainer at its first step.
    ///
    /// # Errors
    /// [`CosimError::Lstm`] for a value out of range.
    pub fn trainer(&self, corpus: &Corpus, epochs: usize) -> Result<Trainer<f32>, CosimError> {
        let model = ModelConfig {
            embedding: self.embedding.unwrap_or(self.hidden),
            hidden: self.hidden,
            layers: self.layers,
            ..ModelConfig::default()
        };
        let config = TrainConfig {
            batch: self.batch,
            steps: self.window,
            epochs,
            seed: self.train_seed,
            sgd: Sgd {
                learning_rate: self.learning_rate,
                ..Sgd::default()
            },
            dropout: DropoutConfig {
                kind: self.kind,
                ..DropoutConfig::at(&self.sites.0, self.p, self.case)
            },
            ..TrainConfig::default()
        };
        let model = LanguageModel::new(model, corpus.vocabulary.len(), self.train_seed)?;
        Ok(Trainer::new(model, corpus, config)?)
    }

    /// Trains for the configured epochs with a progress bar.
    ///
    /// # Errors
    /// [`CosimError::Lstm`] if training diverges, [`CosimError::Cancelled`].
    pub fn train(
        &self,
        trainer: &mut Trainer<f32>,
        engine: &mut dyn Engine<f32>,
    ) -> Result<TrainReport, CosimError> {
        let steps = trainer.steps_per_epoch() * trainer.config().epochs;
        let bar = progress::bar("training", steps as u64);
        let report = trainer.run(
            engine,
            self.train_policy,
            &interrupt::flag(),
            &mut |progress| {
                bar.inc(1);
                bar.set_prefix(format!(
                    "epoch {}/{}, perplexity {:.1}",
                    progress.step.epoch + 1,
                    progress.epochs,
                    progress.perplexity
                ));
            },
        );
        bar.finish_and_clear();
        Ok(report?)
    }
}

/// The part of a report that says what was trained and how well.
pub fn to_json(
    corpus: &Corpus,
    trainer: &Trainer<f32>,
    report: &TrainReport,
    policy: Policy,
) -> Value {
    json!({
        "model": trainer.model().config(),
        "vocabulary": corpus.vocabulary.len(),
        "tokens": corpus.train.len(),
        "config": trainer.config(),
        "policy": policy,
        "steps": report.losses.len(),
        "epochs": report.epochs,
        "test_perplexity": report.test_perplexity,
    })
}

/// Trains a word-level LSTM language model (embedding, LSTM layers, softmax; truncated
/// back-propagation, SGD with norm clipping). The default text is embedded in the program.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heddle train
  heddle train --hidden 200 --p 0.5 --sites nr --case I --train-policy dense --epochs 10
  heddle train --train-text ptb.train.txt --valid-text ptb.valid.txt --test-text ptb.test.txt --json")]
pub struct TrainArgs {
    #[command(flatten)]
    lm: LmArgs,
    /// Times that the text is read
    #[arg(long, value_name = "EPOCHS", default_value_t = 6)]
    epochs: usize,
    /// What evaluates the matrix products: cpu (f32, fast) or golden (bf16 operands with
    /// f32 sums, bit for bit as the array computes)
    #[arg(long, value_name = "ENGINE", default_value = "cpu", value_parser = ["cpu", "golden"])]
    engine: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub fn run(args: &TrainArgs) -> Result<Outcome, CosimError> {
    interrupt::watch();
    let corpus = args.lm.corpus()?;
    let mut trainer = args.lm.trainer(&corpus, args.epochs)?;
    let mut engine: Box<dyn Engine<f32>> = match args.engine.as_str() {
        "golden" => Box::new(Bf16Edge::new(GoldenEngine::new(Accumulator::of(
            Format::Bf16,
        )))),
        _ => Box::new(CpuEngine::new()),
    };
    let report = args.lm.train(&mut trainer, engine.as_mut())?;
    let engine = engine.name();
    if args.json {
        let mut object = to_json(&corpus, &trainer, &report, args.lm.train_policy);
        object["engine"] = engine.into();
        object["losses"] = json!(report.losses);
        output::json(&output::versioned(object))?;
    } else {
        output::line(table(&report))?;
        output::line(format!(
            "test perplexity {:.1}, engine: {engine}",
            report.test_perplexity
        ))?;
    }
    Ok(Outcome::Right)
}

/// One line per epoch.
pub fn table(report: &TrainReport) -> String {
    let mut table = plain(&[
        "epoch",
        "learning rate",
        "train perplexity",
        "valid perplexity",
        "tokens/s",
    ]);
    for epoch in &report.epochs {
        table.add_row(vec![
            (epoch.epoch + 1).to_string(),
            format!("{:.3}", epoch.learning_rate),
            format!("{:.1}", epoch.train_perplexity),
            format!("{:.1}", epoch.valid_perplexity),
            grouped(epoch.tokens_per_s.round() as u64),
        ]);
    }
    align_right(&mut table, 0);
    table.to_string()
}
