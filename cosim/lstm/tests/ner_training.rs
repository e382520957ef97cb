//! Training the tagger: what is learnt, what is not, and what training depends on.

mod common;
use common::*;
use heddle_gemm::{CpuEngine, Engine, Policy, Scratch};
use heddle_lstm::*;
use std::fmt::Write;

const FIRST: [&str; 6] = ["Ann", "Bob", "Cid", "Dora", "Eva", "Fritz"];
const PLACES: [&str; 6] = ["Rome", "Oslo", "Bern", "Kyiv", "Lima", "Cairo"];

/// A number below `bound` from a state that is moved on.
fn below(state: &mut u64, bound: usize) -> usize {
    *state = state
        .wrapping_mul(6364136223846793005)
        .wrapping_add(1442695040888963407);
    (*state >> 33) as usize % bound
}

/// Sentences such as `yes Ann Smith lives in Rome .`: the second name, a word of its own
/// each time, is told by its place and its capital. With `shuffled` the tags of a
/// sentence are dealt to its words by chance.
fn toy(sentences: usize, mut state: u64, shuffled: bool) -> String {
    let mut text = String::new();
    for _ in 0..sentences {
        let mut rows: Vec<(String, &str)> = Vec::new();
        for _ in 0..below(&mut state, 3) {
            rows.push(("yes".to_owned(), "O"));
        }
        rows.push((FIRST[below(&mut state, 6)].to_owned(), "B-PER"));
        if below(&mut state, 2) == 0 {
            rows.push((format!("Mc{}x", below(&mut state, 900)), "I-PER"));
        }
        rows.push(("lives".to_owned(), "O"));
        rows.push(("in".to_owned(), "O"));
        rows.push((PLACES[below(&mut state, 6)].to_owned(), "B-LOC"));
        rows.push((".".to_owned(), "O"));
        let mut order: Vec<usize> = (0..rows.len()).collect();
        if shuffled {
            for i in (1..order.len()).rev() {
                order.swap(i, below(&mut state, i + 1));
            }
        }
        for (row, &from) in rows.iter().zip(&order) {
            writeln!(text, "{} {}", row.0, rows[from].1).unwrap();
        }
        text.push('\n');
    }
    text
}

fn corpus(shuffled: bool) -> NerCorpus {
    let texts = [
        toy(120, 1, shuffled),
        toy(40, 2, shuffled),
        toy(40, 3, shuffled),
    ];
    let named = [
        ("train", &texts[0]),
        ("valid", &texts[1]),
        ("test", &texts[2]),
    ];
    NerCorpus::from_texts(named.map(|(n, t)| (n, &t[..])), NerReading::default()).unwrap()
}

fn task<T: Scalar>(corpus: &NerCorpus, batch: usize) -> NerTask<T> {
    let config = NerConfig {
        embedding: 12,
        char_embedding: 6,
        filters: 8,
        hidden: 10,
        ..NerConfig::default()
    };
    let model = NerModel::new(config, corpus, 3).unwrap();
    let batches = NerBatches {
        batch,
        eval_batch: 7,
        sorted: 3,
        ..NerBatches::default()
    };
    NerTask::new(model, corpus, batches).unwrap()
}

fn config(case: Case) -> TrainConfig {
    TrainConfig {
        epochs: 8,
        seed: 5,
        optimiser: Optimiser {
            method: Method::Adam,
            learning_rate: 0.01,
            decay: 1.0,
            ..Optimiser::default()
        },
        dropout: DropoutConfig::at(&Site::ALL, 0.3, case),
        time_steps: TimeSteps::Merged,
    }
}

fn test_f1(corpus: &NerCorpus, case: Case) -> f64 {
    let task = task::<f32>(corpus, 8);
    let mut trainer = Trainer::new(Box::new(task), config(case)).unwrap();
    let cancel = std::sync::atomic::AtomicBool::new(false);
    let mut engine = CpuEngine::new();
    let report = trainer.run(&mut engine, Policy::Packed, &cancel, &mut |_, _| {});
    report.unwrap().test.f1.unwrap().f1
}

#[test]
fn a_toy_language_is_learnt_under_every_case() {
    let corpus = corpus(false);
    for case in Case::ALL {
        let f1 = test_f1(&corpus, case);
        assert!(f1 > 97.0, "case {case}: F1 {f1}");
    }
}

/// Negative control: where the tags have nothing to do with the words, nothing is learnt.
#[test]
fn shuffled_tags_are_not_learnt() {
    let f1 = test_f1(&corpus(true), Case::III);
    assert!(f1 < 50.0, "F1 {f1}");
}

/// Losses of the first steps, and the gradients' sums after each.
fn steps(task: &mut NerTask<f64>, engine: &mut dyn Engine<f64>, numbers: &[u64]) -> Vec<f64> {
    let mut scratch = Scratch::default();
    let per_epoch = Task::<f64>::steps_per_epoch(task) as u64;
    let mut seen = Vec::new();
    for &number in numbers {
        let step = Step {
            number,
            epoch: (number / per_epoch) as usize,
            index: (number % per_epoch) as usize,
            redraw: None,
        };
        let mut run = Run {
            engine: &mut *engine,
            scratch: &mut scratch,
            policy: Policy::Packed,
            time_steps: TimeSteps::Separate,
        };
        let dropout = DropoutConfig::at(&Site::ALL, 0.5, Case::III);
        let loss = task.gradients(&mut run, step, &dropout, 7).unwrap();
        let mut sum = 0.0;
        task.visit_mut(&mut |parameter| {
            sum += parameter.grad().iter().map(|x| x * x).sum::<f64>();
            parameter.grad_mut().fill(0.0);
        });
        seen.extend([loss.sum, loss.items as f64, sum]);
    }
    seen
}

/// A step depends on its number and nothing that came before it: a run can be resumed
/// anywhere.
#[test]
fn steps_need_no_history() {
    let corpus = corpus(false);
    let engine = &mut CpuEngine::new();
    let mut one = task::<f64>(&corpus, 32);
    let all = steps(&mut one, engine, &[0, 1, 2, 3, 4, 5, 6, 7]);
    let mut other = task::<f64>(&corpus, 32);
    assert_eq!(
        steps(&mut other, engine, &[6, 2, 3]),
        [&all[18..21], &all[6..12]].concat()
    );
    // Another epoch has another order and other masks.
    assert_ne!(all[0..3], all[12..15]);
}

#[test]
fn an_epoch_reads_every_sentence_once() {
    let corpus = corpus(false);
    let tokens: usize = corpus
        .train
        .iter()
        .map(|sentence| sentence.words.len())
        .sum();
    let mut task = task::<f64>(&corpus, 32);
    assert_eq!(Task::<f64>::steps_per_epoch(&task), 4);
    let seen = steps(&mut task, &mut CpuEngine::new(), &[0, 1, 2, 3]);
    let items: f64 = seen.chunks(3).map(|step| step[1]).sum();
    assert_eq!(items as usize, tokens);
}

/// Padding changes nothing: the loss of a part is the same in batches of one.
#[test]
fn evaluation_does_not_depend_on_the_batch() {
    let corpus = corpus(false);
    let score = |eval_batch: usize| {
        let model = NerModel::<f64>::new(NerConfig::default(), &corpus, 3).unwrap();
        let batches = NerBatches {
            eval_batch,
            ..NerBatches::default()
        };
        let mut task = NerTask::new(model, &corpus, batches).unwrap();
        let mut run = Run {
            engine: &mut CpuEngine::new(),
            scratch: &mut Scratch::default(),
            policy: Policy::Dense,
            time_steps: TimeSteps::Merged,
        };
        task.evaluate(&mut run, Part::Test, true).unwrap()
    };
    let (one, many) = (score(1), score(16));
    assert!((one.loss - many.loss).abs() < 1e-9 * one.loss);
    assert_eq!(one.f1, many.f1);
}

/// The sites of the jobs, and which dimension their masks are on.
#[test]
fn jobs_are_labelled_by_site() {
    let corpus = corpus(false);
    let mut task = task::<f64>(&corpus, 8);
    let mut watch = Watch::new(NaiveEngine);
    steps(&mut task, &mut watch, &[0]);
    let count = |layer: usize, site: &str, masked: [bool; 3]| {
        let seen = watch.seen.iter();
        seen.filter(|s| s.label.layer == layer && s.label.site == site && s.masked == masked)
            .count()
    };
    let (m, k, n) = (
        [true, false, false],
        [false, true, false],
        [false, false, true],
    );
    let times = count(0, "nr", k);
    assert!(times > 3);
    for layer in [0, 1] {
        for masked in [m, k, n] {
            assert_eq!(count(layer, "nr", masked), times);
        }
        assert_eq!(count(layer, "rh", k), times);
        assert_eq!(count(layer, "rh", n), times - 1);
        assert_eq!(count(layer, "rh", m), times);
    }
    for masked in [m, k, n] {
        assert_eq!(count(1, "out", masked), times);
    }
    assert_eq!(count(0, "char-cnn", [false; 3]), 3);
    assert_eq!(watch.seen.len(), 2 * (6 * times - 1) + 3 * times + 3);
}

#[test]
fn settings_out_of_range_are_named() {
    let corpus = corpus(false);
    let refusal = |config: NerConfig| {
        NerModel::<f32>::new(config, &corpus, 1)
            .unwrap_err()
            .to_string()
    };
    let default = NerConfig::default;
    assert!(refusal(NerConfig {
        hidden: 0,
        ..default()
    })
    .contains("hidden units is 0"));
    assert!(refusal(NerConfig {
        width: 4,
        ..default()
    })
    .contains("filters is 4"));
    assert!(refusal(NerConfig {
        layers: 33,
        ..default()
    })
    .contains("layers is 33"));
    assert!(refusal(NerConfig {
        init: 0.0,
        ..default()
    })
    .contains("initial values is 0"));
    let other = NerModel::<f32>::of_sizes(default(), [5, 5, 5], 1).unwrap();
    let error = NerTask::new(other, &corpus, NerBatches::default()).unwrap_err();
    assert!(error.to_string().contains("words of the model"));
    let model = NerModel::<f32>::new(default(), &corpus, 1).unwrap();
    let batches = NerBatches {
        batch: 0,
        ..NerBatches::default()
    };
    assert!(NerTask::new(model, &corpus, batches).is_err());
}
