//! A runner that trains nothing: its scores follow from the run by a formula.

use heddle_files::InputError;
use heddle_gemm::Policy;
use heddle_lstm::{Case, EpochReport, LstmError, Score, TaskKind, F1};
use heddle_study::parity::*;
use heddle_study::StudyError;
use serde_json::{json, Value};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::Mutex;

/// How much better (in loss, or in points of F1) than without dropout each case is at
/// its best p, 0.35; 0.1 away from it a tenth of a unit of this is lost.
pub struct Synthetic {
    pub task: TaskKind,
    /// Gain by case, in the order of `Case::ALL`.
    pub gain: [f64; 4],
    /// Loss of the array's arithmetic.
    pub rounding: f64,
    /// Size of what differs from seed to seed within a pair.
    pub noise: f64,
    /// The run that fails, by its count.
    pub fails_at: usize,
    /// Which runs diverge.
    pub diverges: fn(&RunKey) -> bool,
    /// Runs begun.
    pub begun: AtomicUsize,
    /// What was trained.
    pub trained: Mutex<Vec<RunKey>>,
}

impl Synthetic {
    pub fn new(task: TaskKind, gain: [f64; 4]) -> Self {
        Self {
            task,
            gain,
            rounding: 0.0,
            noise: 0.005,
            fails_at: usize::MAX,
            diverges: |_| false,
            begun: AtomicUsize::new(0),
            trained: Mutex::new(Vec::new()),
        }
    }

    /// What is good about a run, more being better.
    fn quality(&self, run: &RunKey) -> f64 {
        // the same for all runs of a seed: pairs must take it out
        let common = 0.3 * ((run.seed * 37 % 11) as f64 - 5.0) / 5.0;
        // different within a pair, and small
        let salt = (run.p * 100.0) as u64 + 7 * run.case as u64;
        let own = ((run.seed * 53 + salt * 29) % 17) as f64 - 8.0;
        let gain = match run.p {
            0.0 => 0.0,
            p => self.gain[run.case as usize] - (p - 0.35).abs(),
        };
        // every case has a rate of its own that is best; shared masks want a smaller one
        let best = if run.case == Case::III { 0.5 } else { 1.0 };
        let slow = run
            .learning_rate
            .map_or(0.0, |rate| (rate / best).log2().abs());
        let rounding = match run.arithmetic {
            Arithmetic::Bf16 => self.rounding,
            Arithmetic::F32 => 0.0,
        };
        common + self.noise * own / 5.0 + gain - rounding - 0.02 * slow
    }

    fn score(&self, run: &RunKey, shift: f64) -> Score {
        let quality = self.quality(run) + shift;
        let f1 = (self.task == TaskKind::Ner).then_some(F1 {
            precision: 60.0,
            recall: 60.0,
            f1: 60.0 + quality,
        });
        Score {
            loss: 5.0 - quality,
            f1,
            bleu: None,
            bleu_detokenised: None,
        }
    }
}

impl Runner for Synthetic {
    fn describe(&self) -> Value {
        json!({ "synthetic": self.task })
    }

    fn identity(&self, run: &RunKey) -> Result<Value, StudyError> {
        Ok(json!({ "synthetic": self.task, "run": run }))
    }

    fn policy(&self) -> Policy {
        Policy::Packed
    }

    fn train(&self, run: &RunKey, cancel: &AtomicBool) -> Result<RunRecord, StudyError> {
        let count = self.begun.fetch_add(1, Ordering::SeqCst);
        if cancel.load(Ordering::SeqCst) {
            return Err(StudyError::Cancelled);
        }
        if count == self.fails_at {
            return Err(StudyError::Input(InputError {
                name: "--fails",
                value: "now".into(),
                remedy: "as wanted".into(),
            }));
        }
        if (self.diverges)(run) {
            return Err(StudyError::Lstm(LstmError::Diverged {
                step: 3,
                epoch: 1,
                what: "the loss became NaN".into(),
                learning_rate: 1.0,
                clip: 5.0,
            }));
        }
        // threads must not finish in the order in which they began
        let wait = (run.seed * 7 + (run.p * 10.0) as u64) % 4;
        std::thread::sleep(std::time::Duration::from_millis(wait));
        self.trained.lock().unwrap().push(*run);
        let valid = self.score(run, 0.02);
        Ok(RunRecord {
            epochs: vec![EpochReport {
                epoch: 0,
                learning_rate: 1.0,
                train_loss: 4.0,
                valid,
                tokens_per_s: count as f64,
                seconds: count as f64,
                norms: None,
                mask_noise: None,
            }],
            best_epoch: 0,
            valid,
            test: (run.purpose == Purpose::Reported).then(|| self.score(run, 0.0)),
            seconds: count as f64,
        })
    }
}

/// Ten seeds, two selection seeds, three values of p.
pub fn settings(task: TaskKind) -> Settings {
    Settings {
        task,
        cases: vec![Case::I, Case::III],
        grid: vec![0.2, 0.35, 0.5],
        seeds: 10,
        rates: vec![],
        learning_rate: 1.0,
        selection_epochs: None,
        finalists: None,
        mask_groups: None,
        selection_seeds: 2,
        first_seed: 1,
        arithmetic_seeds: 0,
        margin: default_margin(task),
    }
}

/// Runs it in a folder of its own.
pub fn report(runner: &Synthetic, settings: &Settings) -> ParityReport {
    let folder = tempfile::tempdir().unwrap();
    run(runner, settings, folder.path(), 2).unwrap()
}

/// Runs it in `folder`.
pub fn run(
    runner: &Synthetic,
    settings: &Settings,
    folder: &std::path::Path,
    jobs: usize,
) -> Result<ParityReport, StudyError> {
    let protocol = settings.protocol(runner.describe())?;
    let store = Store::open(folder, &protocol)?;
    let cancel = AtomicBool::new(false);
    let report = conduct(runner, &protocol, &store, jobs, &cancel, &|_| {})?;
    store.report(&report)?;
    Ok(report)
}
