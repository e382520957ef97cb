//! A toy translation, learnt: copying sentences of a few words.

mod common;
use common::*;
use heddle_gemm::{CpuEngine, Engine, Phase, Policy, Scratch};
use heddle_lstm::*;

/// Sentences of 1 to 5 of six words with themselves as translation; or, as a control,
/// with another sentence of the same length.
fn toy(copy: bool) -> NmtCorpus {
    let mut state = 12345u64;
    let mut below = |bound: u64| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1);
        (state >> 33) % bound
    };
    let mut part = |pairs: usize| {
        let mut text = String::new();
        for _ in 0..pairs {
            let length = 1 + below(5);
            let mut sentence = || {
                let words: Vec<_> = (0..length).map(|_| format!("w{}", below(6))).collect();
                words.join(" ")
            };
            let (source, other) = (sentence(), sentence());
            let target = if copy { &source } else { &other };
            text += &format!("{source}\t{target}\n");
        }
        text
    };
    let (train, valid, test) = (part(400), part(40), part(40));
    let texts = [("train", &train[..]), ("valid", &valid), ("test", &test)];
    NmtCorpus::from_tsv(texts, &NmtLimits::default()).unwrap()
}

const TINY: NmtConfig = NmtConfig {
    embedding: 12,
    hidden: 24,
    layers: 1,
    bidirectional: true,
    init: 0.1,
};

fn task<T: Scalar>(corpus: &NmtCorpus, config: NmtConfig, beam: usize) -> NmtTask<T> {
    let (source, target) = (corpus.source.len(), corpus.target.len());
    let model = NmtModel::new(config, source, target, 3).unwrap();
    let settings = NmtSettings {
        batch: 16,
        eval_batch: 16,
        beam,
        ..NmtSettings::default()
    };
    NmtTask::new(model, corpus, settings).unwrap()
}

/// Adam for some epochs; the losses per token of all steps.
fn train<T: Scalar>(
    task: &mut NmtTask<T>,
    engine: &mut dyn Engine<T>,
    dropout: &DropoutConfig,
    epochs: usize,
) -> Vec<f64> {
    let optimiser = Optimiser {
        method: Method::Adam,
        learning_rate: 0.01,
        ..Optimiser::default()
    };
    let mut moments = Moments::default();
    let mut scratch = Scratch::default();
    let mut losses = Vec::new();
    let steps = task.steps_per_epoch();
    for number in 0..epochs * steps {
        let step = Step {
            number: number as u64,
            epoch: number / steps,
            index: number % steps,
            redraw: None,
        };
        let mut run = run(engine, &mut scratch);
        let loss = task.gradients(&mut run, step, dropout, 5).unwrap();
        losses.push(loss.mean());
        let team = heddle_gemm::Team::default();
        optimiser.update(0.01, &mut moments, task, &team).unwrap();
    }
    losses
}

fn run<'a, T: Scalar>(engine: &'a mut dyn Engine<T>, scratch: &'a mut Scratch) -> Run<'a, T> {
    Run {
        engine,
        scratch,
        policy: Policy::Packed,
        time_steps: TimeSteps::Merged,
    }
}

fn light() -> DropoutConfig {
    DropoutConfig::at(&Site::ALL, 0.1, Case::III)
}

#[test]
fn copying_is_learnt_and_the_impossible_is_not() {
    let mut scores = [true, false].map(|copy| {
        let mut task = task::<f32>(&toy(copy), TINY, 3);
        let mut engine = CpuEngine::new();
        train(&mut task, &mut engine, &light(), 20);
        let mut scratch = Scratch::default();
        let mut run = run(&mut engine, &mut scratch);
        task.evaluate(&mut run, Part::Test, true).unwrap()
    });
    for score in &mut scores {
        println!("{score:?}");
        assert!(score.f1.is_none());
    }
    let [copied, control] = scores;
    assert!(copied.loss < 0.15, "{copied:?}");
    assert!(copied.bleu.unwrap().score > 90.0, "{copied:?}");
    // Of six equally likely words, those and the end: the length alone can be learnt.
    assert!(control.loss > 1.0, "{control:?}");
    assert!(control.bleu.unwrap().score < 30.0, "{control:?}");
}

/// Greedy decoding by the loss of every continuation alone: nothing of the beam search.
fn greedy(model: &NmtModel<f64>, source: &[u32]) -> Vec<u32> {
    let (_, vocabulary) = model.vocabularies();
    let mut work = model.workspace(source.len(), 50, 1);
    let masks = WindowMasks::off(model.config().lstm_layers());
    let (mut engine, mut scratch) = (NaiveEngine, Scratch::default());
    let mut run = run::<f64>(&mut engine, &mut scratch);
    let mut exec = run.executor(1, 0);
    let mut tokens: Vec<u32> = Vec::new();
    while tokens.len() < 2 * source.len() + 10 {
        let mut loss_of = |next: u32| {
            let inputs: Vec<u32> = [2].iter().chain(&tokens).copied().collect();
            let mut targets = vec![Softmax::<f64>::IGNORE; inputs.len()];
            targets[inputs.len() - 1] = next;
            let batch = NmtBatch {
                source: source.to_vec(),
                source_lengths: vec![source.len() as u32],
                inputs,
                targets,
            };
            model.forward(&mut exec, &masks, &batch, &mut work).unwrap()
        };
        // Not <blank> and <s>.
        let words = [0].into_iter().chain(3..vocabulary as u32);
        let losses: Vec<(u32, f64)> = words.map(|next| (next, loss_of(next))).collect();
        let best = losses.iter().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap().0;
        if best == 3 {
            break;
        }
        tokens.push(best);
    }
    tokens
}

#[test]
fn a_beam_of_one_is_greedy_and_a_wider_one_no_worse() {
    let corpus = toy(true);
    // Half learnt, so that there is something to search.
    let mut task = task::<f64>(&corpus, TINY, 1);
    train(&mut task, &mut NaiveEngine, &DropoutConfig::off(), 4);
    let model = task.model();
    let (mut engine, mut scratch) = (NaiveEngine, Scratch::default());
    let mut beams = [1, 4].map(|width| BeamWork::new(model, 5, width));
    let (mut better, mut sums) = (0, [0.0; 2]);
    for pair in &corpus.test {
        let mut run = run::<f64>(&mut engine, &mut scratch);
        let [one, four] = [0, 1].map(|i| {
            let found = model.translate(&mut run, &pair.source, &mut beams[i]);
            found.unwrap()
        });
        assert_eq!(one.tokens, greedy(model, &pair.source));
        assert!(four.score >= one.score - 1e-12, "{one:?} {four:?}");
        better += usize::from(four.tokens != one.tokens);
        sums[0] += one.score;
        sums[1] += four.score;
    }
    println!("{better} of {} differ, scores {sums:?}", corpus.test.len());
    assert!(better > 0, "the search never mattered");
}

#[test]
fn a_sentence_beyond_the_room_is_refused() {
    let corpus = toy(true);
    let task = task::<f32>(&corpus, TINY, 1);
    let mut work = BeamWork::new(task.model(), 2, 2);
    let (mut engine, mut scratch) = (CpuEngine::new(), Scratch::default());
    for (source, given, fitting) in [(&[4, 5, 6][..], 3, 2), (&[], 0, 1)] {
        let mut run = run::<f32>(&mut engine, &mut scratch);
        let error = task.model().translate(&mut run, source, &mut work);
        assert_eq!(
            error.unwrap_err().to_string(),
            format!("tokens of the sentence: got {given}, expected {fitting}")
        );
    }
}

#[test]
fn the_same_seed_gives_the_same_bits() {
    let corpus = toy(true);
    let once = |seed_of_masks: f64| {
        let mut task = task::<f32>(&corpus, TINY, 1);
        let dropout = DropoutConfig::at(&Site::ALL, seed_of_masks, Case::III);
        let losses = train(&mut task, &mut CpuEngine::new(), &dropout, 1);
        let parameters = task.parameters().into_iter();
        let values: Vec<f32> = parameters.flat_map(|p| p.data().to_vec()).collect();
        (losses, values)
    };
    assert!(once(0.3) == once(0.3));
    assert!(once(0.3) != once(0.4));
}

/// What a sentence costs does not depend on the sentences beside it.
#[test]
fn padding_changes_nothing_but_rounding() {
    let corpus = toy(true);
    for bidirectional in [false, true] {
        let config = NmtConfig {
            bidirectional,
            layers: 2,
            ..TINY
        };
        let model = NmtModel::<f64>::new(config, 10, 10, 1).unwrap();
        let masks = WindowMasks::off(config.lstm_layers());
        let mut work = model.workspace(20, 20, 4);
        let (mut engine, mut scratch) = (CpuEngine::new(), Scratch::default());
        let mut loss = |pairs: &[&SentencePair]| {
            let batch = NmtBatch::of(pairs.iter().copied());
            let mut run = run::<f64>(&mut engine, &mut scratch);
            let mut exec = run.executor(batch.len(), 0);
            model.forward(&mut exec, &masks, &batch, &mut work).unwrap()
        };
        let long = SentencePair {
            source: vec![4; 20],
            target: vec![5; 19],
            reference: String::new(),
        };
        let (a, b) = (&corpus.train[0], &corpus.train[1]);
        let apart = loss(&[a]) + loss(&[b]) + loss(&[&long]);
        let together = loss(&[a, &long, b]);
        assert!(
            (apart - together).abs() < 1e-9 * apart,
            "{apart} {together}"
        );
    }
}

/// Every trained matrix is multiplied through the engine in all three phases, masks where
/// they belong.
#[test]
fn every_product_is_a_labelled_job() {
    let corpus = toy(true);
    let config = NmtConfig { layers: 2, ..TINY };
    let mut task = task::<f32>(&corpus, config, 1);
    let mut engine = Watch::new(CpuEngine::new());
    let mut scratch = Scratch::default();
    let step = Step {
        number: 7,
        epoch: 0,
        index: 7,
        redraw: None,
    };
    let dropout = DropoutConfig::at(&Site::ALL, 0.5, Case::III);
    task.gradients(&mut run(&mut engine, &mut scratch), step, &dropout, 1)
        .unwrap();
    assert!(engine.seen.iter().all(|job| job.label.step == 7));
    for phase in Phase::ALL {
        let masked = Phase::ALL.iter().position(|&p| p == phase).unwrap();
        // The masked dimension: k forward, n backward, m of weight gradients.
        let masked = [1, 2, 0][masked];
        let mut places: Vec<(usize, &str)> = Vec::new();
        for job in engine.seen.iter().filter(|job| job.label.phase == phase) {
            let site = job.label.site;
            assert_eq!(job.masked[masked], site != "attention", "{job:?}");
            places.push((job.label.layer, site));
        }
        places.sort_unstable();
        places.dedup();
        let mut expected: Vec<_> = (0..6).flat_map(|l| [(l, "nr"), (l, "rh")]).collect();
        expected.extend([(5, "attention"), (5, "out")]);
        expected.sort_unstable();
        assert_eq!(places, expected, "{phase}");
    }
}

#[test]
fn an_epoch_reads_every_pair_once_in_an_order_of_its_own() {
    let corpus = toy(true);
    let mut task = task::<f64>(&corpus, TINY, 1);
    let (mut engine, mut scratch) = (CpuEngine::new(), Scratch::default());
    let steps = task.steps_per_epoch();
    assert_eq!(steps, 25);
    let mut items = |epoch: usize, seed: u64| -> Vec<usize> {
        let mut tokens = |index: usize| {
            let step = Step {
                number: index as u64,
                epoch,
                index,
                redraw: None,
            };
            let mut run = run(&mut engine, &mut scratch);
            let off = DropoutConfig::off();
            task.gradients(&mut run, step, &off, seed).unwrap().items
        };
        (0..steps).map(&mut tokens).collect()
    };
    let all: usize = corpus.train.iter().map(|pair| pair.target.len() + 1).sum();
    let first = items(0, 1);
    assert_eq!(first.iter().sum::<usize>(), all);
    assert_eq!(first, items(0, 1));
    assert_ne!(first, items(1, 1));
    assert_ne!(first, items(0, 2));
}

/// Without sentences that are longer than those trained on, evaluation is what it was; with
/// them it is the same per token, whatever stands beside them.
#[test]
fn long_and_empty_sentences_are_evaluated() {
    let long = format!("{}\t{}\n", "a ".repeat(40), "b ".repeat(30));
    let pairs = format!("a b\tb a\n{long}\tb\nb\t\n");
    let limits = NmtLimits {
        sentence: 4,
        ..NmtLimits::default()
    };
    let texts = [
        ("train", "a b\tb a\nb a a\ta b b\n"),
        ("valid", &pairs),
        ("test", &pairs),
    ];
    let corpus = NmtCorpus::from_tsv(texts, &limits).unwrap();
    let config = NmtConfig {
        hidden: 6,
        embedding: 5,
        ..NmtConfig::default()
    };
    let loss = |eval_batch| {
        let model = NmtModel::<f64>::new(config, corpus.source.len(), corpus.target.len(), 1);
        let settings = NmtSettings {
            eval_batch,
            beam: 2,
            ..NmtSettings::default()
        };
        let mut task = NmtTask::new(model.unwrap(), &corpus, settings).unwrap();
        let (mut engine, mut scratch) = (CpuEngine::new(), Scratch::default());
        let score = task.evaluate(&mut run(&mut engine, &mut scratch), Part::Test, true);
        let score = score.unwrap();
        assert!(score.bleu.unwrap().score.is_finite());
        score.loss
    };
    assert!(
        (loss(1) - loss(32)).abs() < 1e-12,
        "{} {}",
        loss(1),
        loss(32)
    );
}
