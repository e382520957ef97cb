//! `heddle train`

use super::engine_args::EngineArgs;
use super::files::Files;
use super::numbers::{long, whole, MAX_EPOCHS};
use super::report_args::{Reporter, TableArgs};
use super::task_args::TaskArgs;
use super::train_table::{chart, csv, table};
use super::{interrupt, output, progress, Outcome};
use crate::CosimError;
use heddle_files::{Claim, Destination, InputError, Limit};
use heddle_gemm::{Engine, Policy};
use heddle_lstm::{
    clipping_warning, EpochReport, LstmError, Progress, Score, Site, TaskKind, TrainReport, Trainer,
};
use heddle_report::write_plot;
use heddle_study::tasks::Runs;
use serde_json::{json, Value};
use std::path::{Path, PathBuf};

/// Trains an LSTM network with structured dropout: a language model (--task lm), a
/// translator with attention (nmt) or a BiLSTM-CRF entity recogniser (ner). Data for each
/// is embedded in the program.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heddle train
  heddle train --task ner --plot curves.svg
  heddle train --preset small --p 0.5 --sites nr --case I --train-policy dense --epochs 10
  heddle train --train-text ptb.train.txt --valid-text ptb.valid.txt --test-text ptb.test.txt \\
    --preset medium --checkpoint ptb.heddle
  (the same with --resume ptb.heddle goes on after an interruption)")]
pub struct TrainArgs {
    #[command(flatten)]
    task: TaskArgs,
    /// Times that the data is read [default: the preset's]
    #[arg(long, value_name = "EPOCHS", value_parser = whole(1, MAX_EPOCHS))]
    epochs: Option<usize>,
    #[command(flatten)]
    engine: EngineArgs,
    /// Save the run here after every epoch, when interrupted, and every --checkpoint-every
    /// steps; safetensors
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// Save also every so many steps
    #[arg(long, value_name = "STEPS", requires = "checkpoint", value_parser = long(1, u64::MAX))]
    checkpoint_every: Option<u64>,
    /// Go on where a run with the same settings was saved
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// After every epoch draw the masks of each site K times and tell how much the gradient of one batch varies with
    /// them; takes as long as K steps for each site, and changes nothing in training
    #[arg(long, value_name = "K", value_parser = whole(2, 10_000))]
    mask_noise: Option<usize>,
    /// Draw the training curves; .svg or .png
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    #[command(flatten)]
    report: TableArgs,
}

/// Where the outputs of a run go, and the right to its checkpoint.
struct Outputs {
    checkpoint: Option<Destination>,
    _claim: Option<Claim>,
    plot: Option<Destination>,
    report: Reporter,
}

impl TrainArgs {
    /// Looks at every destination before the work. A run that goes on may save itself where
    /// it came from; nothing else has the place of an input or of another output.
    fn outputs(&self) -> Result<Outputs, CosimError> {
        let mut files = Files::new();
        self.task.reads(&mut files);
        let report = self.report.open(&mut files)?;
        let checkpoint = files.open_any("--checkpoint", self.checkpoint.as_ref())?;
        files.reads("--resume", self.resume.as_ref());
        if let Some(path) = &self.resume {
            Claim::free(path)?;
        }
        let claim = match &checkpoint {
            Some(checkpoint) => Claim::of(checkpoint)?,
            None => None,
        };
        Ok(Outputs {
            checkpoint,
            _claim: claim,
            plot: files.plot(self.plot.as_ref())?,
            report,
        })
    }
}

impl TrainArgs {
    /// Has the noise of the masks told, if it is asked for.
    fn tell_noise(&self, trainer: &mut Trainer<f32>) -> Result<(), CosimError> {
        let Some(draws) = self.mask_noise else {
            return Ok(());
        };
        let dropout = &trainer.config().dropout;
        if Site::ALL.iter().all(|site| dropout.rate(*site) == 0.0) {
            let remedy = "nothing is dropped: give --p, or leave it out";
            return Err(InputError::new("--mask-noise", draws, remedy).into());
        }
        Ok(trainer.tell_mask_noise(draws)?)
    }
}

pub fn run(args: &TrainArgs) -> Result<Outcome, CosimError> {
    args.task.check()?;
    let outputs = args.outputs()?;
    let spec = args.task.spec(args.epochs);
    let (data, files) = (args.task.data()?, args.task.file_hashes()?);
    let runs = Runs {
        saved: args.checkpoint.is_some(),
        noise: args.mask_noise.is_some(),
        ..Runs::default()
    };
    spec.check_memory(&data, runs)?;
    let mut trainer = spec.trainer(&data)?;
    args.tell_noise(&mut trainer)?;
    let kernel = args.engine.kernel().name();
    if let Some(path) = &args.resume {
        resume(&mut trainer, path, kernel)?;
    }
    let mut engine = args.engine.engine()?;
    // The step before which the checkpoint stands.
    let saved = std::cell::Cell::new(None);
    // A pipe or a device gets the run once, as it ends.
    let save = |trainer: &mut Trainer<f32>, end: bool| -> Result<(), CosimError> {
        match &outputs.checkpoint {
            Some(to) if to.is_stream() == end => {
                to.write(&trainer.checkpoint(kernel)?)?;
                saved.set(Some(trainer.next_step()));
                Ok(())
            }
            _ => Ok(()),
        }
    };
    let every = args.checkpoint_every.unwrap_or(u64::MAX);
    let policy = args.task.train_policy;
    let trained = train(&mut trainer, engine.as_mut(), policy, &mut |trainer| {
        let step = trainer.next_step();
        if step % every == 0 || step % trainer.steps_per_epoch() as u64 == 0 {
            save(trainer, false)?;
        }
        Ok(())
    });
    if matches!(trained, Err(CosimError::Cancelled)) {
        save(&mut trainer, false)?;
    }
    if matches!(trained, Ok(_) | Err(CosimError::Cancelled)) {
        save(&mut trainer, true)?;
    }
    if matches!(trained, Err(CosimError::Cancelled)) {
        let kept = outputs.checkpoint.as_ref().filter(|to| !to.is_stream());
        if let Some(to) = kept {
            let (step, path) = (trainer.next_step(), to.path().display());
            output::tell(format!(
                "stopped before step {step}: the same command with --resume {path} goes on"
            ));
        }
    }
    if let (Err(CosimError::Lstm(LstmError::Diverged { .. })), Some(path)) =
        (&trained, &args.checkpoint)
    {
        let path = path.display();
        output::tell(match saved.get() {
            Some(step) => format!("{path} keeps the run as it was before step {step}"),
            None => format!("{path} is as it was before this run"),
        });
    }
    let report = trained?;
    if let Some(warning) = clipping_warning(&report.epochs, trainer.config().optimiser.clip) {
        output::tell(format!("warning: {warning}"));
    }
    if let Some(plot) = &outputs.plot {
        write_plot(plot, &chart(&args.task, &report))?;
    }
    let engine = engine.name();
    let mut object = to_json(&trainer, &report, policy);
    object["engine"] = engine.into();
    object["kernel"] = kernel.into();
    object["threads"] = args.engine.threads().into();
    object["data"] = data.json();
    if let Some(files) = files {
        object["data"]["data_files"] = files;
    }
    object["losses"] = json!(report.losses);
    let object = output::report(&object)?;
    let rows = || csv(&report);
    outputs.report.emit_table(&object, rows, || {
        if let Some(note) = data.note() {
            output::line(note)?;
        }
        output::line(table(trainer.kind(), &report))?;
        output::line(format!(
            "{}, engine: {engine}",
            test_line(trainer.kind(), &report)
        ))
    })?;
    Ok(Outcome::Right)
}

/// Trains to the end of the configured epochs with a progress bar; `after_step` is called
/// after every step.
///
/// # Errors
/// [`CosimError::Lstm`] if training diverges, [`CosimError::Cancelled`], and what
/// `after_step` returns.
pub fn train(
    trainer: &mut Trainer<f32>,
    engine: &mut dyn Engine<f32>,
    policy: Policy,
    after_step: &mut dyn FnMut(&mut Trainer<f32>) -> Result<(), CosimError>,
) -> Result<TrainReport, CosimError> {
    let steps = trainer.steps_per_epoch() * trainer.config().epochs;
    let bar = progress::bar("training", steps as u64);
    bar.set_position(trainer.next_step());
    let mut failure = None;
    let report = trainer.run(
        engine,
        policy,
        &interrupt::flag(),
        &mut |trainer, now: Progress| {
            bar.inc(1);
            bar.set_prefix(format!(
                "epoch {}/{}, loss {:.3}",
                now.step.epoch + 1,
                now.epochs,
                now.loss
            ));
            if let Err(error) = after_step(trainer) {
                failure.get_or_insert(error);
                interrupt::flag().store(true, std::sync::atomic::Ordering::Relaxed);
            }
        },
    );
    bar.finish_and_clear();
    match failure {
        Some(error) => Err(error),
        None => Ok(report?),
    }
}

/// Bytes of a checkpoint besides its tensors, at most: settings, losses, names.
const CHECKPOINT_HEADER: u64 = 1 << 28;

fn resume(trainer: &mut Trainer<f32>, path: &Path, kernel: &str) -> Result<(), CosimError> {
    let values: usize = trainer
        .task()
        .parameters()
        .iter()
        .map(|parameter| parameter.data().len())
        .sum();
    // now, at the best epoch, and two moments; what is carried is less than one more
    let tensors = 5 * size_of::<f32>() as u64 * values as u64;
    let limit = Limit::new("a checkpoint of this model", tensors + CHECKPOINT_HEADER);
    let bytes = heddle_files::read(path, limit)?;
    Ok(trainer.restore(&bytes, &path.display().to_string(), kernel)?)
}

/// The part of a report that says what was trained and how well.
pub fn to_json(trainer: &Trainer<f32>, report: &TrainReport, policy: Policy) -> Value {
    // What a window is called where it is given.
    let mut settings = trainer.task().config();
    if let Some(batches) = settings["batches"].as_object_mut() {
        if let Some(steps) = batches.remove("steps") {
            batches.insert("window".into(), steps);
        }
    }
    // Epochs count from 1 wherever they are shown.
    let epochs = report.epochs.iter().map(|epoch| EpochReport {
        epoch: epoch.epoch + 1,
        ..epoch.clone()
    });
    let config = trainer.config();
    let mut object = json!({
        "task": trainer.kind(),
        "model": settings["model"],
        "batches": settings["batches"],
        "seed": config.seed,
        "optimiser": config.optimiser,
        "dropout": config.dropout,
        "time_steps": config.time_steps,
        "policy": policy,
        "steps": report.losses.len(),
        "epochs": epochs.collect::<Vec<_>>(),
        "best_epoch": report.best_epoch + 1,
        "test": report.test,
    });
    for (name, value) in figures(trainer.kind(), &report.test) {
        let name = format!("test_{name}").to_lowercase().replace(' ', "_");
        object[name] = value.into();
    }
    object
}

/// What a score says of a task, by name.
fn figures(kind: TaskKind, score: &Score) -> Vec<(&'static str, f64)> {
    let mut figures = vec![(kind.metric(), score.metric(kind))];
    let decoded = score.bleu_detokenised;
    figures.extend(score.bleu.map(|bleu| ("BLEU", bleu.score)));
    figures.extend(decoded.map(|bleu| ("BLEU detokenised", bleu.score)));
    figures
}

/// How good the best epoch is on the test data.
pub fn test_line(kind: TaskKind, report: &TrainReport) -> String {
    let figures: Vec<String> = figures(kind, &report.test)
        .into_iter()
        .map(|(name, value)| format!("{name} {value:.1}"))
        .collect();
    format!(
        "test {} after epoch {} (the best on the validation data)",
        figures.join(", "),
        report.best_epoch + 1
    )
}
