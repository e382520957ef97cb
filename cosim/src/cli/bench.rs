//! `heddle bench`

use super::choice::choice;
use super::files::Files;
use super::numbers::{long, probability, whole, MAX_BATCH, MAX_THREADS, MAX_WINDOW};
use super::presets::Preset;
use super::report_args::TableArgs;
use super::sites::Sites;
use super::{interrupt, output, progress, Outcome};
use crate::CosimError;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap_complete::ArgValueCompleter;
use heddle_gemm::Kernel;
use heddle_lstm::{MaskKind, ModelConfig, Site, TaskKind};
use heddle_report::{rows, rows_csv};
use heddle_study::bench::{measure, BenchSettings, PyTorch};

#[derive(Debug, clap::Subcommand)]
pub enum BenchCommand {
    /// Measures whole training steps: dense against packed, and against PyTorch
    #[command(mut_arg("report", |arg| arg.alias("output")))]
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
  heddle bench train --preset medium --threads 2
  heddle bench train --preset large --p 0.65 --sites nr,rh --threads 2 --json
  heddle bench train --preset medium --threads 2 --pytorch python3
PyTorch (pip install torch) gets the same model, batch, window and threads; its nn.LSTM
cannot drop h of the step before, so that it has dropout at nr and the output only.")]
pub struct TrainArgs {
    /// small, medium or large, the models of Zaremba et al. 2014
    #[arg(long, value_name = "PRESET", default_value = "medium", value_parser = preset())]
    preset: Preset,
    /// Probability of dropping a unit, in [0, 1) [default: 0.65 for large, or else 0.5]
    #[arg(long, value_name = "P", value_parser = probability)]
    p: Option<f64>,
    /// How many units a mask keeps: exact (always the same number) or bernoulli
    #[arg(long, value_name = "KIND", default_value = "exact", value_parser = choice::<MaskKind>())]
    kind: MaskKind,
    /// Sites with dropout, separated by commas: nr (a layer's input), rh (h of the step
    /// before), out (the last layer's output)
    #[arg(
        long,
        value_name = "SITE,...",
        default_value = "nr,rh,out",
        value_parser = sites,
        add = ArgValueCompleter::new(Sites::complete)
    )]
    sites: Sites,
    /// Groups of the batch with masks of their own, on the packed side; they divide it
    #[arg(long, value_name = "G", default_value_t = 1, value_parser = whole(1, MAX_BATCH))]
    mask_groups: usize,
    /// As earlier versions had it: whether out is one of the sites
    #[arg(long, hide = true, value_name = "BOOL")]
    mask_output: Option<bool>,
    /// Samples side by side
    #[arg(long, value_name = "B", default_value_t = 20, value_parser = whole(1, MAX_BATCH))]
    batch: usize,
    /// Time steps of a window [default: 20 for small, or else 35]
    #[arg(long, alias = "time-steps", value_name = "T", value_parser = whole(1, MAX_WINDOW))]
    window: Option<usize>,
    /// Words of the vocabulary
    #[arg(long, value_name = "WORDS", default_value_t = 10_000, value_parser = whole(3, 1_000_000))]
    vocabulary: usize,
    /// Units of each layer and of the word vectors [default: the preset's]
    #[arg(long, value_name = "UNITS", value_parser = whole(1, 16_384))]
    hidden: Option<usize>,
    /// Tokens of the synthetic training text
    #[arg(long, value_name = "TOKENS", default_value_t = 930_000, value_parser = whole(6, 1_000_000_000))]
    corpus_words: usize,
    /// Threads of every side
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = whole(1, MAX_THREADS))]
    threads: usize,
    /// Instructions to use: avx512, avx2 or portable [default: the fastest that this CPU
    /// has]
    #[arg(long, value_name = "KERNEL", value_parser = choice::<Kernel>())]
    kernel: Option<Kernel>,
    /// Rounds, in each of which every side trains
    #[arg(long, value_name = "N", default_value_t = 9, value_parser = whole(1, 10_000))]
    rounds: usize,
    /// Steps that a side trains in a round
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = whole(1, 1_000_000))]
    steps: usize,
    /// Steps that a side trains before the first round
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = whole(0, 1_000_000))]
    warm_up: usize,
    /// Seed of text, initial values and masks
    #[arg(long, value_name = "S", default_value_t = 1, value_parser = long(0, u64::MAX))]
    seed: u64,
    /// Measure PyTorch as well, with this Python
    #[arg(long, value_name = "PYTHON")]
    pytorch: Option<String>,
    #[command(flatten)]
    report: TableArgs,
}

/// The presets that are models of a paper; earlier versions named them after its first author.
fn preset() -> impl TypedValueParser<Value = Preset> {
    let names = ["small", "medium", "large"];
    let value = |name| PossibleValue::new(name).alias(format!("zaremba-{name}"));
    PossibleValuesParser::new(names.map(value))
        .try_map(|name| name.trim_start_matches("zaremba-").parse::<Preset>())
}

/// With a plus, as earlier versions wanted it, the output is masked as well: `--mask-output`
/// says if not.
fn sites(list: &str) -> Result<Sites, String> {
    let mut sites: Sites = list.parse()?;
    if list.contains('+') && !sites.0.contains(&Site::Out) {
        sites.0.push(Site::Out);
    }
    Ok(sites)
}

impl TrainArgs {
    fn settings(&self) -> BenchSettings {
        let paper = self.preset.settings(TaskKind::Lm);
        let hidden = self.hidden.unwrap_or(paper.hidden);
        let mut sites = self.sites.0.clone();
        if let Some(output) = self.mask_output {
            sites.retain(|site| *site != Site::Out);
            sites.extend(output.then_some(Site::Out));
        }
        BenchSettings {
            preset: self.preset.name().to_owned(),
            model: ModelConfig {
                embedding: hidden,
                hidden,
                layers: paper.layers,
                init: paper.init,
            },
            vocabulary: self.vocabulary,
            corpus_words: self.corpus_words,
            batch: self.batch,
            window: self.window.unwrap_or(paper.window),
            // the small model has no dropout in the paper, which leaves nothing to compare
            p: self.p.unwrap_or(if paper.p > 0.0 { paper.p } else { 0.5 }),
            kind: self.kind,
            sites,
            mask_groups: self.mask_groups,
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
    let settings = args.settings();
    settings.check()?;
    let to = args.report.open(&mut Files::new())?;
    let pytorch = match &args.pytorch {
        Some(python) => Some(PyTorch::start(python, &settings)?),
        None => None,
    };
    let sides = if pytorch.is_some() { 3 } else { 2 };
    let bar = progress::bar("measuring", (sides * (1 + settings.rounds)) as u64);
    let report = measure(&settings, pytorch, &interrupt::flag(), &mut || bar.inc(1));
    bar.finish_and_clear();
    let report = report?;
    let object = output::report(&report.to_json())?;
    let parts = ["lstm", "out", "other", "masks", "step"];
    let table = || {
        let mut all = object["phases"].clone();
        parts
            .iter()
            .for_each(|part| all[*part] = object[*part].clone());
        rows_csv(&rows(&all, "{phase}"))
    };
    to.emit_table(&object, table, || output::line(report.table()))?;
    Ok(Outcome::Right)
}
