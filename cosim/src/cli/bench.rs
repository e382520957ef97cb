//! `heddle bench`

use super::presets::Preset;
use super::{interrupt, output, progress, Outcome};
use crate::bench::{measure, BenchSettings, PyTorch};
use crate::{atomic_file, CosimError};
use heddle_gemm::Kernel;
use heddle_lstm::{MaskKind, ModelConfig, Site, TaskKind};
use std::path::PathBuf;
use std::str::FromStr;

#[derive(Debug, clap::Subcommand)]
pub enum BenchCommand {
    /// Measures whole training steps: dense against packed, and against PyTorch
    Train(TrainArgs),
}

/// Measures whole training steps of a language model on the CPU: masks, forward, loss,
/// backward, clipping, update.
///
/// Dense is the best there is for ordinary dropout (Case I: masks of each sample), its
/// products merged over the time steps; packed is structured dropout (Case III: a mask
/// shared by the batch, new at every step), its products over the kept units only. Both
/// train in turns in the same process; figures are medians over the rounds, and speed-ups
/// medians of the rounds' own. Phases fp, bp and wg are the LSTM layers' own products, out
/// the softmax's in all phases, other is everything but products,
/// masks its part that draws the dropout masks (measured once more, alone).
///
/// The text is synthetic, as large as the Penn Treebank's (930,000 tokens of 10,000 words)
/// unless told otherwise, and is read in as a file would be.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heddle bench train --preset zaremba-medium --threads 2
  heddle bench train --preset zaremba-large --p 0.65 --sites nr+rh --threads 2 --json
  heddle bench train --preset zaremba-medium --threads 2 --pytorch python3
PyTorch (pip install torch) gets the same model, batch, window and threads; its nn.LSTM
cannot drop h of the step before, so that it has dropout at nr and the output only.")]
pub struct TrainArgs {
    /// zaremba-small, zaremba-medium or zaremba-large (Zaremba et al. 2014)
    #[arg(long, value_name = "PRESET", default_value = "zaremba-medium")]
    preset: Zaremba,
    /// Probability of dropping a unit, in [0, 1) [default: 0.65 for large, or else 0.5]
    #[arg(long, value_name = "P")]
    p: Option<f64>,
    /// How many units a mask keeps: exact (always the same number) or bernoulli
    #[arg(long, value_name = "KIND", default_value = "exact")]
    kind: MaskKind,
    /// Sites with dropout in the LSTM layers: nr (a layer's input) or nr+rh (and h of the
    /// step before)
    #[arg(long, value_name = "SITES", default_value = "nr+rh", value_parser = sites)]
    sites: Sites,
    /// Whether the last layer's output has dropout, ahead of the softmax
    #[arg(long, value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set)]
    mask_output: bool,
    /// Samples side by side
    #[arg(long, value_name = "B", default_value_t = 20)]
    batch: usize,
    /// Time steps of a window [default: 20 for small, or else 35]
    #[arg(long, value_name = "T")]
    time_steps: Option<usize>,
    /// Words of the vocabulary
    #[arg(long, value_name = "WORDS", default_value_t = 10_000)]
    vocabulary: usize,
    /// Units of each layer and of the word vectors [default: the preset's]
    #[arg(long, value_name = "UNITS")]
    hidden: Option<usize>,
    /// Tokens of the synthetic training text
    #[arg(long, value_name = "TOKENS", default_value_t = 930_000)]
    corpus_words: usize,
    /// Threads of every side
    #[arg(long, value_name = "N", default_value_t = 1)]
    threads: usize,
    /// Instructions to use: avx512, avx2 or portable [default: the fastest that this CPU
    /// has]
    #[arg(long, value_name = "KERNEL")]
    kernel: Option<Kernel>,
    /// Rounds, in each of which every side trains
    #[arg(long, value_name = "N", default_value_t = 9)]
    rounds: usize,
    /// Steps that a side trains in a round
    #[arg(long, value_name = "N", default_value_t = 4)]
    steps: usize,
    /// Steps that a side trains before the first round
    #[arg(long, value_name = "N", default_value_t = 3)]
    warm_up: usize,
    /// Seed of text, initial values and masks
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Measure PyTorch as well, with this Python
    #[arg(long, value_name = "PYTHON")]
    pytorch: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Write the JSON object here
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// A model of Zaremba et al. 2014.
#[derive(Clone, Copy, Debug)]
struct Zaremba(&'static str, Preset);

impl FromStr for Zaremba {
    type Err = String;

    fn from_str(s: &str) -> Result<Self, String> {
        match s {
            "zaremba-small" => Ok(Self("zaremba-small", Preset::Small)),
            "zaremba-medium" => Ok(Self("zaremba-medium", Preset::Medium)),
            "zaremba-large" => Ok(Self("zaremba-large", Preset::Large)),
            _ => Err(format!(
                "unknown preset '{s}': use one of zaremba-small, zaremba-medium, zaremba-large"
            )),
        }
    }
}

#[derive(Clone, Debug)]
struct Sites(Vec<Site>);

fn sites(list: &str) -> Result<Sites, String> {
    match list {
        "nr" => Ok(Sites(vec![Site::Nr])),
        "nr+rh" => Ok(Sites(vec![Site::Nr, Site::Rh])),
        _ => Err(format!("unknown sites '{list}': use nr or nr+rh")),
    }
}

impl TrainArgs {
    fn settings(&self) -> BenchSettings {
        let Zaremba(name, preset) = self.preset;
        let paper = preset.settings(TaskKind::Lm);
        let hidden = self.hidden.unwrap_or(paper.hidden);
        let mut sites = self.sites.0.clone();
        if self.mask_output {
            sites.push(Site::Out);
        }
        BenchSettings {
            preset: name.to_owned(),
            model: ModelConfig {
                embedding: hidden,
                hidden,
                layers: paper.layers,
                init: paper.init,
            },
            vocabulary: self.vocabulary,
            corpus_words: self.corpus_words,
            batch: self.batch,
            time_steps: self.time_steps.unwrap_or(paper.window),
            // the small model has no dropout in the paper, which leaves nothing to compare
            p: self.p.unwrap_or(if paper.p > 0.0 { paper.p } else { 0.5 }),
            kind: self.kind,
            sites,
            optimiser: paper.optimiser,
            seed: self.seed,
            threads: self.threads,
            kernel: self.kernel.unwrap_or_else(Kernel::fastest),
            rounds: self.rounds,
            steps: self.steps,
            warm_up: self.warm_up,
        }
    }
}

pub fn run(command: &BenchCommand) -> Result<Outcome, CosimError> {
    let BenchCommand::Train(args) = command;
    interrupt::watch();
    let settings = args.settings();
    settings.check()?;
    let pytorch = match &args.pytorch {
        Some(python) => Some(PyTorch::start(python, &settings)?),
        None => None,
    };
    let sides = if pytorch.is_some() { 3 } else { 2 };
    let bar = progress::bar("measuring", (sides * (1 + settings.rounds)) as u64);
    let report = measure(&settings, pytorch, &interrupt::flag(), &mut || bar.inc(1));
    bar.finish_and_clear();
    let report = report?;
    let json = output::versioned(report.to_json());
    if let Some(path) = &args.output {
        let text = output::pretty(&json)?;
        atomic_file::write(path, |out| writeln!(out, "{text}"))?;
    }
    if args.json {
        output::json(&json)?;
    } else {
        output::line(report.table())?;
    }
    Ok(Outcome::Right)
}
