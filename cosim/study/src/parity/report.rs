//! What was found, as numbers.

use super::choice::Choice;
use super::protocol::Protocol;
use super::runner::{arm, as_metric, value, Arithmetic, DivergedRun, Ended, RunKey};
use super::statistics::{mean, Paired};
use super::verdict::{by_margin, judge, shows_help, Verdict};
use crate::StudyError;
use heddle_files::InputError;
use heddle_lstm::{Bleu, Case, Score, TaskKind};
use serde::Serialize;

/// BLEU of the test data.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BleuSample {
    /// Mean over the seeds.
    pub mean: f64,
    /// Every seed's, with the bootstrap interval of its sentences.
    pub seeds: Vec<Bleu>,
}

/// The reported runs of one kind, by seed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sample {
    /// What it is called.
    pub name: String,
    /// The case; none without dropout.
    pub case: Option<Case>,
    /// Groups of the batch with masks of their own: then it is not that case but an arm of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mask_groups: Option<usize>,
    /// Drop probability.
    pub p: f64,
    /// The learning rate, where it is chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub learning_rate: Option<f64>,
    /// What the products were evaluated in.
    pub arithmetic: Arithmetic,
    /// The seeds of the runs that finished.
    pub seeds: Vec<u64>,
    /// Those of the runs that diverged.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub diverged: Vec<u64>,
    /// The best epochs, from 1, and so on for each of `seeds`.
    pub best_epochs: Vec<usize>,
    /// The metric on the validation data.
    pub valid: Vec<f64>,
    /// The metric on the test data.
    pub test: Vec<f64>,
    /// Mean metric on the test data.
    pub mean: f64,
    /// Where translations were decoded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bleu: Option<BleuSample>,
    /// The same of the text that pieces of words are decoded to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bleu_detokenised: Option<BleuSample>,
    /// What is compared: loss or F1 on the test data.
    #[serde(skip)]
    pub(super) values: Vec<f64>,
}

impl BleuSample {
    fn of(seeds: Option<Vec<Bleu>>) -> Option<Self> {
        let seeds = seeds?;
        let scores: Vec<f64> = seeds.iter().map(|bleu| bleu.score).collect();
        Some(Self {
            mean: mean(&scores),
            seeds,
        })
    }
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// What a comparison asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Question {
    /// Whether a case is no worse than Case I.
    Parity,
    /// Whether dropout helps at all.
    Help,
    /// Whether the array's arithmetic is no worse than f32.
    Arithmetic,
}

/// Paired differences of two samples, test data.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// What it asks.
    pub question: Question,
    /// The one sample.
    pub of: String,
    /// What is subtracted.
    pub minus: String,
    /// Loss or F1, one less the other, by seed.
    pub differences: Vec<f64>,
    /// Pairs that are missing because a run diverged.
    #[serde(skip_serializing_if = "is_zero")]
    pub left_out: usize,
    /// Of these differences.
    pub statistics: Paired,
    /// Mean difference in percent of perplexity or points of F1.
    pub mean: f64,
    /// Lower one-sided bound in the same unit.
    pub lower: f64,
    /// Upper one-sided bound in the same unit.
    pub upper: f64,
    /// The verdict; none for the question whether dropout helps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// What the margin alone says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_margin: Option<Verdict>,
    /// Whether the case is shown to be better than no dropout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub helps: Option<bool>,
    /// Of the BLEU of translations, beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bleu: Option<Paired>,
    /// The same of decoded text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bleu_detokenised: Option<Paired>,
}

/// All of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ParityReport {
    /// What was fixed beforehand.
    pub protocol: Protocol,
    /// How p was chosen, by case.
    pub selection: Vec<Choice>,
    /// The reported runs: without dropout, then by case, then in the array's arithmetic.
    pub samples: Vec<Sample>,
    /// Whether Case I is shown to be better than no dropout.
    pub dropout_helps: bool,
    /// Each case against Case I, every case against no dropout, then the arithmetic.
    pub comparisons: Vec<Comparison>,
    /// Runs that diverged, which are in no mean and no difference.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub diverged: Vec<DivergedRun>,
}

impl Sample {
    /// A sample of reported runs.
    ///
    /// # Errors
    /// [`StudyError::Input`] if a run has no test score.
    pub(super) fn new(
        run: RunKey,
        case: Option<Case>,
        task: TaskKind,
        seeds: &[u64],
        ends: &[Ended],
    ) -> Result<Self, StudyError> {
        let (mut finished, mut diverged, mut records) = (vec![], vec![], vec![]);
        for (&seed, ended) in seeds.iter().zip(ends) {
            match ended.record() {
                Some(record) => {
                    finished.push(seed);
                    records.push(record);
                }
                None => diverged.push(seed),
            }
        }
        let tests: Option<Vec<Score>> = records.iter().map(|record| record.test).collect();
        let tests = tests.ok_or_else(|| {
            StudyError::Input(InputError {
                name: "a reported run",
                value: "without a test score".into(),
                remedy: "delete its file, and it is trained again".into(),
            })
        })?;
        let metric = |score: &Score| score.metric(task);
        let values: Vec<f64> = tests.iter().map(|score| value(score, task)).collect();
        let bleu = |of: fn(&Score) -> Option<Bleu>| BleuSample::of(tests.iter().map(of).collect());
        let RunKey {
            p,
            arithmetic,
            learning_rate,
            mask_groups,
            ..
        } = run;
        let mut name = case.map_or("no dropout".into(), |case| {
            format!("{}, p {p}", arm(case, mask_groups))
        });
        if let Some(rate) = learning_rate {
            name += &format!(", learning rate {rate}");
        }
        if arithmetic == Arithmetic::Bf16 {
            name += ", bf16";
        }
        Ok(Self {
            name,
            case,
            mask_groups,
            p,
            learning_rate,
            arithmetic,
            seeds: finished,
            diverged,
            best_epochs: records.iter().map(|record| record.best_epoch + 1).collect(),
            valid: records.iter().map(|record| metric(&record.valid)).collect(),
            test: tests.iter().map(metric).collect(),
            mean: as_metric(mean(&values), task),
            bleu: bleu(|score| score.bleu),
            bleu_detokenised: bleu(|score| score.bleu_detokenised),
            values,
        })
    }
}

/// A difference of values in percent of perplexity or in points of F1.
pub(super) fn shown(difference: f64, task: TaskKind) -> f64 {
    match task {
        TaskKind::Lm | TaskKind::Nmt => 100.0 * difference.exp_m1(),
        TaskKind::Ner => difference,
    }
}

/// The statistics turned so that more is worse.
fn worse(paired: &Paired, task: TaskKind) -> Paired {
    if task.more_is_better() {
        paired.negated()
    } else {
        paired.clone()
    }
}

impl Comparison {
    /// Compares two samples over the seeds that finished in both. If a pair is missing, no
    /// case is shown to be as good as another, and nothing to help.
    fn new(
        question: Question,
        of: &Sample,
        minus: &Sample,
        (task, margin): (TaskKind, f64),
        dropout_helps: bool,
    ) -> Result<Self, StudyError> {
        // Places of each pair in the two samples.
        let pairs: Vec<(usize, usize)> = of
            .seeds
            .iter()
            .enumerate()
            .filter_map(|(i, seed)| Some((i, minus.seeds.iter().position(|s| s == seed)?)))
            .collect();
        let planned = of.seeds.len() + of.diverged.len();
        let whole = pairs.len() == planned;
        if !whole && pairs.len() < 2 {
            return Err(StudyError::Diverged {
                what: format!(
                    "{} of {planned} pairs of {} and {}",
                    planned - pairs.len(),
                    of.name,
                    minus.name
                ),
                remedy:
                    "a bound needs two pairs: lower --learning-rate or --clip, or give more --seeds"
                        .into(),
            });
        }
        let less = |a: &[f64], b: &[f64]| -> Vec<f64> {
            pairs.iter().map(|&(i, j)| a[i] - b[j]).collect()
        };
        let differences = less(&of.values, &minus.values);
        let statistics = Paired::of(&differences)?;
        let worse = worse(&statistics, task);
        let judged = question != Question::Help;
        // The arithmetic is judged whether or not dropout helps.
        let dropout_helps = dropout_helps || question == Question::Arithmetic;
        let bleu = |score: fn(&Sample) -> &Option<BleuSample>| match (score(of), score(minus)) {
            (Some(of), Some(minus)) => {
                let scores = |sample: &BleuSample| {
                    let seeds = sample.seeds.iter();
                    seeds.map(|bleu| bleu.score).collect::<Vec<_>>()
                };
                Paired::of(&less(&scores(of), &scores(minus))).map(Some)
            }
            _ => Ok(None),
        };
        let bleu_detokenised = bleu(|sample| &sample.bleu_detokenised)?;
        let bleu = bleu(|sample| &sample.bleu)?;
        Ok(Self {
            question,
            of: of.name.clone(),
            minus: minus.name.clone(),
            mean: shown(statistics.mean, task),
            lower: shown(statistics.lower, task),
            upper: shown(statistics.upper, task),
            left_out: planned - pairs.len(),
            verdict: judged.then(|| match judge(&worse, margin, dropout_helps) {
                Verdict::NonInferior if !whole => Verdict::Inconclusive,
                verdict => verdict,
            }),
            by_margin: judged.then(|| by_margin(&worse, margin)),
            // Better than no dropout is worse of no dropout.
            helps: (!judged).then(|| whole && shows_help(&worse.negated())),
            differences,
            statistics,
            bleu,
            bleu_detokenised,
        })
    }
}

impl ParityReport {
    /// The report on `samples`: no dropout, the cases in the order of `selection`, then
    /// perhaps Case III in the array's arithmetic.
    ///
    /// # Errors
    /// [`StudyError::Input`] if a value is not finite, [`StudyError::Diverged`] if fewer than
    /// two pairs are left of a comparison.
    pub(super) fn new(
        protocol: &Protocol,
        selection: Vec<Choice>,
        samples: Vec<Sample>,
        diverged: Vec<DivergedRun>,
    ) -> Result<Self, StudyError> {
        let scale = (protocol.task, protocol.margin.in_difference);
        let of = |case: Option<Case>| {
            let same =
                |sample: &&Sample| sample.case == case && sample.arithmetic == Arithmetic::F32;
            samples.iter().find(same)
        };
        let (Some(none), Some(one)) = (of(None), of(Some(Case::I))) else {
            return Err(StudyError::Input(InputError {
                name: "the samples",
                value: samples.len().to_string(),
                remedy: "no dropout and Case I must be among them".into(),
            }));
        };
        let cases = || {
            samples
                .iter()
                .filter(|sample| sample.arithmetic == Arithmetic::F32)
        };
        let help = |sample| Comparison::new(Question::Help, sample, none, scale, true);
        let dropout_helps = help(one)?.helps == Some(true);
        let mut comparisons = Vec::new();
        for sample in cases().filter(|sample| !matches!(sample.case, None | Some(Case::I))) {
            comparisons.push(Comparison::new(
                Question::Parity,
                sample,
                one,
                scale,
                dropout_helps,
            )?);
        }
        for sample in cases().filter(|sample| sample.case.is_some()) {
            comparisons.push(help(sample)?);
        }
        let golden = samples.iter().find(|s| s.arithmetic == Arithmetic::Bf16);
        if let (Some(golden), Some(three)) = (golden, of(Some(Case::III))) {
            let question = Question::Arithmetic;
            comparisons.push(Comparison::new(question, golden, three, scale, true)?);
        }
        Ok(Self {
            protocol: protocol.clone(),
            selection,
            dropout_helps,
            comparisons,
            diverged,
            samples,
        })
    }
}
