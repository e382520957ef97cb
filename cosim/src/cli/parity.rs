//! `heddle parity`

use super::choice::choice;
use super::files::Files;
use super::numbers::{positive, probability, whole, MAX_EPOCHS, MAX_THREADS};
use super::report_args::TableArgs;
use super::task_args::TaskArgs;
use super::{interrupt, output, progress, Outcome};
use crate::CosimError;
use heddle_files::InputError;
use heddle_lstm::{Case, TaskKind};
use heddle_report::write_plot;
use heddle_study::parity::{
    conduct, default_margin, Ended, ParityReport, RunKey, Runner, Settings, Store, TaskRunner, Told,
};
use heddle_study::tasks::Runs;
use heddle_toolbox::memory;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Compares dropout cases by their metric: does a mask shared by the batch cost quality?
///
/// Every case is trained at the p that is best for it on the validation data (chosen with
/// seeds of their own), over seeds paired in initial values and order of the data, beside
/// p = 0. The verdict compares the one-sided 95 % bound of the paired difference from Case
/// I with a margin: non-inferior, inferior, inconclusive, or dropout does not help here.
/// The protocol is written to the folder before the first run. A run that is finished is
/// never done again: the same command goes on after an interruption.
#[derive(Debug, clap::Args)]
#[command(
    mut_arg("p", |arg| arg.hide(true)),
    mut_arg("case", |arg| arg.hide(true)),
    after_help = "Examples:
  heddle parity --out parity-lm
  heddle parity --task ner --seeds 10 --cases I,II,III,IV --out parity-ner --plot ner.svg
  heddle parity --preset small --epochs 6 --grid 0.1,0.2,0.35,0.5 --arithmetic --out small"
)]
pub struct ParityArgs {
    #[command(flatten)]
    task: TaskArgs,
    /// Times that the data is read [default: the preset's]
    #[arg(long, value_name = "EPOCHS", value_parser = whole(1, MAX_EPOCHS))]
    epochs: Option<usize>,
    /// Reported seeds, from --seed on [default: 10, for nmt 8]
    #[arg(long, value_name = "N", help_heading = "Comparison", value_parser = whole(2, 1000))]
    seeds: Option<usize>,
    /// Cases: I, with which the others are compared, and others
    #[arg(
        long,
        value_name = "CASE,...",
        value_delimiter = ',',
        default_value = "I,III",
        value_parser = choice::<Case>(),
        help_heading = "Comparison"
    )]
    cases: Vec<Case>,
    /// Drop probabilities to choose from, each in [0, 1)
    #[arg(
        long,
        value_name = "P,...",
        value_delimiter = ',',
        default_value = "0.2,0.35,0.5",
        help_heading = "Comparison", value_parser = probability)]
    grid: Vec<f64>,
    /// Learning rates to choose from for each case, and for no dropout, once p is chosen (with
    /// --learning-rate) [default: --learning-rate alone]
    #[arg(long, value_name = "RATE,...", value_delimiter = ',', help_heading = "Comparison", value_parser = positive(1e6))]
    rates: Vec<f64>,
    /// Epochs of the runs by which p and rate are chosen [default: as --epochs]
    #[arg(long, value_name = "EPOCHS", help_heading = "Comparison", value_parser = whole(1, MAX_EPOCHS))]
    selection_epochs: Option<usize>,
    /// Choose p and rate by one seed, and then among the best so many of each case by all of
    /// --selection-seeds [default: choose by all of them]
    #[arg(long, value_name = "N", help_heading = "Comparison", value_parser = whole(1, 1000))]
    finalists: Option<usize>,
    /// Seeds by which p is chosen; they are none of the reported ones
    #[arg(
        long,
        value_name = "N",
        default_value_t = 2,
        help_heading = "Comparison", value_parser = whole(1, 1000))]
    selection_seeds: usize,
    /// How much worse is good enough: percent of perplexity for lm and nmt [default: 2],
    /// points of F1 for ner [default: 1]
    #[arg(long, value_name = "MARGIN", help_heading = "Comparison", value_parser = positive(1e6))]
    margin: Option<f64>,
    /// Train Case III also with every product as the array computes it (bf16 operands, f32
    /// sums), and compare with f32; =N for the first N seeds only (it is slow)
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, help_heading = "Comparison", value_parser = whole(2, 1000))]
    arithmetic: Option<Option<usize>>,
    /// Folder for the protocol, the finished runs and parity.json
    #[arg(
        long,
        value_name = "FOLDER",
        conflicts_with = "case",
        help_heading = "Comparison"
    )]
    out: PathBuf,
    /// Folder of another comparison whose finished runs are taken over where they are the same
    #[arg(long, value_name = "FOLDER", help_heading = "Comparison")]
    reuse: Vec<PathBuf>,
    /// Runs side by side, each on one thread; they do not change results
    #[arg(
        long,
        alias = "jobs",
        value_name = "N",
        default_value_t = 2,
        help_heading = "Comparison", value_parser = whole(1, MAX_THREADS))]
    threads: usize,
    /// Draw the metric of every run and the paired differences; .svg or .png
    #[arg(long, value_name = "FILE", help_heading = "Comparison")]
    plot: Option<PathBuf>,
    #[command(flatten)]
    report: TableArgs,
}

impl ParityArgs {
    fn settings(&self) -> Settings {
        let task = self.task.task;
        let seeds = self.seeds.unwrap_or(match task {
            TaskKind::Nmt => 8,
            TaskKind::Lm | TaskKind::Ner => 10,
        });
        Settings {
            task,
            cases: self.cases.clone(),
            mask_groups: Some(self.task.rates.mask_groups).filter(|groups| *groups > 1),
            grid: self.grid.clone(),
            seeds,
            rates: self.rates.clone(),
            learning_rate: self.task.settings().optimiser.learning_rate,
            selection_epochs: self.selection_epochs,
            finalists: self.finalists,
            selection_seeds: self.selection_seeds,
            first_seed: self.task.seed,
            arithmetic_seeds: match self.arithmetic {
                None => 0,
                Some(some) => some.unwrap_or(seeds),
            },
            margin: self.margin.unwrap_or(default_margin(task)),
        }
    }
}

pub fn run(args: &ParityArgs) -> Result<Outcome, CosimError> {
    args.task.check()?;
    if let Some(p) = args.task.p {
        let remedy = "every p of --grid is tried: give it there";
        return Err(InputError::new("--p", p, remedy).into());
    }
    if let Some((flag, p)) = args.task.rates.first() {
        let remedy = "every p of --grid is tried at all sites: leave it out";
        return Err(InputError::new(flag, p, remedy).into());
    }
    let settings = args.settings();
    let task = &args.task;
    let mut files = Files::new();
    task.reads(&mut files);
    let to = args.report.open(&mut files)?;
    let plot = files.plot(args.plot.as_ref())?;
    let (spec, data) = (task.spec(args.epochs), task.data()?);
    let runs = Runs {
        side_by_side: args.threads,
        ..Runs::default()
    };
    spec.check_memory(&data, runs)?;
    memory::check_threads(args.threads)?;
    if let Some(folder) = args.reuse.iter().find(|it| !it.join("runs").is_dir()) {
        let remedy = "it has no folder 'runs': give the --out of another comparison";
        return Err(InputError::new("--reuse", folder.display(), remedy).into());
    }
    if let Some(note) = data.note() {
        output::tell(note);
    }
    let runner = TaskRunner::new(spec, &task.sites.list, data, task.train_policy)?;
    let mut trained = runner.describe();
    if let Some(files) = task.file_hashes()? {
        trained["data_files"] = files;
    }
    let protocol = settings.protocol(trained)?;
    // only now: settings that are refused leave no folder
    files.folder("--out", &args.out, &Store::FILES)?;
    let store = Store::open(&args.out, &protocol)?.taking_from(&args.reuse);
    let watch = Watch::new();
    let report = conduct(
        &runner,
        &protocol,
        &store,
        args.threads,
        &interrupt::flag(),
        &|told| watch.tell(told),
    );
    watch.bar.finish_and_clear();
    let report = report?;
    if let Some(warning) = report.edges() {
        output::tell(format!("warning: {warning}"));
    }
    let object = output::report(&report)?;
    let file = store.report(&object)?;
    if let Some(plot) = &plot {
        write_plot(plot, &report.chart())?;
    }
    to.emit_rows(&object, &["samples[]", "comparisons[]"], || {
        print(&report, &file)
    })?;
    Ok(Outcome::of(report.diverged.is_empty()))
}

fn print(report: &ParityReport, file: &Path) -> Result<(), CosimError> {
    let metric = report.protocol.metric;
    output::line(format!("p chosen by validation {metric}:"))?;
    output::line(report.selection_table())?;
    let rates = report.rate_table();
    if !rates.is_empty() {
        output::line(format!(
            "\nlearning rate chosen by the same, then the finalists:\n{rates}"
        ))?;
    }
    output::line("\nreported runs, best epoch by validation:".to_owned())?;
    output::line(report.sample_table())?;
    output::line("\npaired differences on the test data:")?;
    output::line(report.comparison_table())?;
    output::line(format!("\n{}", report.verdicts()))?;
    output::line(format!("report: {}", file.display()))
}

/// How far it is: a bar, or where there is no terminal, a line for each run.
struct Watch {
    bar: progress::Progress,
    done: AtomicUsize,
}

impl Watch {
    fn new() -> Self {
        Self {
            bar: progress::bar("runs", 0),
            done: AtomicUsize::new(0),
        }
    }

    fn tell(&self, told: Told<'_>) {
        match told {
            Told::Planned(runs) => {
                self.bar.set_length(runs as u64);
                self.bar.tick();
            }
            Told::Done {
                run,
                ended,
                trained,
            } => self.done(run, ended, trained),
        }
    }

    fn done(&self, run: &RunKey, ended: &Ended, trained: bool) {
        let done = 1 + self.done.fetch_add(1, Ordering::Relaxed);
        self.bar.inc(1);
        if !trained {
            // What was found says nothing about the time that the others take.
            self.bar.reset_eta();
        }
        self.bar.set_prefix(run.to_string());
        if trained && self.bar.is_hidden() {
            let what = match ended {
                Ended::Finished(record) => format!(
                    "valid loss {:.4} after epoch {}, {:.0} s",
                    record.valid.loss,
                    record.best_epoch + 1,
                    record.seconds
                ),
                Ended::Diverged(what) => what.clone(),
            };
            let all = self.bar.length().unwrap_or(0);
            output::tell(format!("{done}/{all}: {run}: {what}"));
        }
    }
}
