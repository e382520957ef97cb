//! Word vectors from a file: which words get them, and what training makes of them.

use heddle_gemm::{CpuEngine, Policy};
use heddle_lstm::*;
use std::path::Path;
use std::sync::atomic::AtomicBool;

const TRAIN: &str =
    "Ann B-PER\nlives O\nin O\nRome B-LOC\n. O\n\nBob B-PER\nwas O\nin O\n1984 O\n. O\n\n\
    Ann B-PER\nwas O\nin O\nKyiv B-LOC\n. O\n\n";
const OTHER: &str =
    "Ann B-PER\nlives O\nin O\nOslo B-LOC\n. O\n\nEva B-PER\nwas O\nin O\nRome B-LOC\n. O\n\n";

/// `ann` as it is, `Rome` for rome, a year for 0000; `oslo` is in no training data, `lima` nowhere.
const VECTORS: &str =
    "ann 0.5 -1.25 2\nRome 1 2 3\n1984 4 5 6\nin 7 8 9\noslo -1 -2 -3\nlima 9 9 9\nann 3 3 3\n";

fn corpus(folder: &Path, vectors: Option<&str>) -> Result<NerCorpus, LstmError> {
    let path = folder.join("vectors.txt");
    std::fs::write(&path, vectors.unwrap_or_default()).unwrap();
    let file = VectorFile {
        path: &path,
        width: 3,
    };
    let reading = NerReading {
        vectors: vectors.map(|_| file),
        ..NerReading::default()
    };
    NerCorpus::from_texts(
        [("train", TRAIN), ("valid", OTHER), ("test", OTHER)],
        reading,
    )
}

fn config(freeze_words: bool) -> NerConfig {
    NerConfig {
        embedding: 3,
        char_embedding: 3,
        filters: 3,
        hidden: 4,
        freeze_words,
        ..NerConfig::default()
    }
}

fn row<'a>(model: &'a NerModel<f32>, corpus: &NerCorpus, word: &str) -> &'a [f32] {
    let token = corpus.vocabulary.token(word);
    assert_ne!(token, Vocabulary::UNKNOWN, "{word}");
    &model.words.vectors.data()[token as usize * 3..][..3]
}

#[test]
fn words_get_their_vectors_and_the_others_stay_random() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = corpus(folder.path(), Some(VECTORS)).unwrap();
    let plain = self::corpus(folder.path(), None).unwrap();
    let model = NerModel::<f32>::new(config(false), &corpus, 3).unwrap();
    let random = NerModel::<f32>::new(config(false), &plain, 3).unwrap();
    for (word, expected) in [
        ("ann", [0.5, -1.25, 2.0]),
        ("rome", [1.0, 2.0, 3.0]),
        ("0000", [4.0, 5.0, 6.0]),
        ("oslo", [-1.0, -2.0, -3.0]),
    ] {
        assert_eq!(row(&model, &corpus, word), expected, "{word}");
    }
    for word in ["was", "bob", "kyiv"] {
        assert_eq!(
            row(&model, &corpus, word),
            row(&random, &plain, word),
            "{word}"
        );
    }
    // a word of other data without a vector is unknown, one of the file alone as well
    for word in ["eva", "lima"] {
        assert_eq!(corpus.vocabulary.token(word), Vocabulary::UNKNOWN, "{word}");
    }
    assert_eq!(plain.vocabulary.token("oslo"), Vocabulary::UNKNOWN);
    let found = &corpus.vectors.as_ref().unwrap().found;
    assert_eq!((found.vectors, found.duplicates, found.added), (7, 1, 1));
    // ann lives in rome . bob was 0000 kyiv: ann, rome, in and 0000 of them
    assert_eq!(
        (found.types, found.types_found, found.types_normalised),
        (9, 4, 2)
    );
    assert_eq!((found.tokens, found.tokens_found), (15, 7));
    assert_ne!(corpus.hash(), plain.hash());
}

/// The model after three epochs, and the norms of the steps' gradients.
fn trained(corpus: &NerCorpus, freeze: bool, method: Method) -> (Vec<f32>, Vec<f64>) {
    let model = NerModel::new(config(freeze), corpus, 3).unwrap();
    let batches = NerBatches {
        batch: 2,
        ..NerBatches::default()
    };
    let task = NerTask::<f32>::new(model, corpus, batches).unwrap();
    let config = TrainConfig {
        epochs: 3,
        optimiser: Optimiser {
            method,
            learning_rate: 0.05,
            ..Optimiser::default()
        },
        ..TrainConfig::default()
    };
    let mut trainer = Trainer::new(Box::new(task), config).unwrap();
    let (mut norms, cancel) = (Vec::new(), AtomicBool::new(false));
    let mut engine = CpuEngine::new();
    let told = &mut |_: &mut Trainer<f32>, now: Progress| norms.push(now.step.norm);
    trainer
        .train(&mut engine, Policy::Packed, &cancel, told)
        .unwrap();
    let words = trainer.task().parameters()[0];
    assert_eq!(words.name(), "words.embedding");
    (words.data().to_vec(), norms)
}

#[test]
fn frozen_words_keep_every_bit_and_have_no_part_in_the_norm() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = corpus(folder.path(), Some(VECTORS)).unwrap();
    let start = NerModel::<f32>::new(config(true), &corpus, 3).unwrap();
    let bits = |values: &[f32]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    for method in [Method::Sgd, Method::Adam] {
        let (frozen, frozen_norms) = trained(&corpus, true, method);
        assert_eq!(bits(&frozen), bits(start.words.vectors.data()), "{method}");
        // control: trained, the same words move
        let (free, norms) = trained(&corpus, false, method);
        for word in ["ann", "was", "in"] {
            let at = corpus.vocabulary.token(word) as usize * 3;
            assert_ne!(
                bits(&free[at..][..3]),
                bits(&frozen[at..][..3]),
                "{method} {word}"
            );
        }
        // the first gradients are the same but for those of the words
        assert!(frozen_norms[0] < norms[0], "{frozen_norms:?} {norms:?}");
        assert!(frozen_norms[0] > 0.0);
    }
}

#[test]
fn a_file_that_cannot_be_used_is_told() {
    let folder = tempfile::tempdir().unwrap();
    for (text, expected) in [
        (
            "ann 1 2\n",
            "1: the vectors here have 2 numbers, and those of the model 3",
        ),
        (
            "ann 1 2 3\nin 1 2\n",
            "2: there are 2 numbers after the word",
        ),
        (
            "lima 1 2 3\n",
            "1: none of the 9 words of the training data has a vector",
        ),
        ("", "1: there is no word vector"),
    ] {
        let message = corpus(folder.path(), Some(text)).unwrap_err().to_string();
        let cause = message.split_once("vectors.txt:").unwrap().1;
        assert!(cause.starts_with(expected), "{message}");
    }
    let corpus = corpus(folder.path(), Some(VECTORS)).unwrap();
    let wide = NerConfig {
        embedding: 4,
        ..config(false)
    };
    let error = NerModel::<f32>::new(wide, &corpus, 3)
        .unwrap_err()
        .to_string();
    assert_eq!(error, "numbers of a word vector: got 3, expected 4");
}
