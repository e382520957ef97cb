//! Reading parallel text, and the errors of bad text.

use heddle_lstm::*;
use std::path::{Path, PathBuf};

const VALID: (&str, &str) = ("valid.tsv", "a b\tx y\n");
const TEST: (&str, &str) = ("test.tsv", "b\ty\n");

fn corpus(train: &str, limits: &NmtLimits) -> Result<NmtCorpus, LstmError> {
    NmtCorpus::from_tsv([("train.tsv", train), VALID, TEST], limits)
}

fn refusal(train: &str, limits: &NmtLimits) -> String {
    corpus(train, limits).unwrap_err().to_string()
}

#[test]
fn the_embedded_texts_are_in_order() {
    let de = NmtCorpus::gnome_en_de();
    let sizes = |c: &NmtCorpus| [c.train.len(), c.valid.len(), c.test.len()];
    assert_eq!(sizes(&de), [975, 97, 97]);
    assert_eq!(sizes(&NmtCorpus::gnome_en_vi()), [383, 50, 50]);
    let first = &de.train[0];
    assert_eq!(first.reference, "live-unterstützung im irc erhalten .");
    assert_eq!(de.words(&first.target), first.reference);
    let source: Vec<_> = first.source.iter().map(|&t| de.source.word(t)).collect();
    let words = ["get", "live", "support", "on", "irc", "."].map(Some);
    assert_eq!(source, words);
}

#[test]
fn the_vocabularies_are_cut_by_frequency_each_on_its_own() {
    let limits = NmtLimits {
        source_words: Some(5),
        ..NmtLimits::default()
    };
    let corpus = corpus("b a\tx\nb b\tx y\n", &limits).unwrap();
    let words = |vocabulary: &Vocabulary| {
        let words = (0..vocabulary.len() as u32).map(|t| vocabulary.word(t).unwrap().to_owned());
        words.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(words(&corpus.source), "<unk> <blank> <s> </s> b");
    assert_eq!(words(&corpus.target), "<unk> <blank> <s> </s> x y");
    assert_eq!(corpus.train[0].source, [4, 0]);
    assert_eq!(corpus.words(&[5, 0, 4, 3, 5]), "y <unk> x");
    // The reference keeps what the vocabulary does not know.
    let unknown = NmtCorpus::from_tsv(
        [("train.tsv", "a b\ty\n"), VALID, TEST],
        &NmtLimits::default(),
    )
    .unwrap();
    assert_eq!(unknown.valid[0].target, [0, 4]);
    assert_eq!(unknown.valid[0].reference, "x y");
}

#[test]
fn two_files_are_the_same_as_one() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let tsv = write("train.tsv", "a b\tx y\nc\tz z\n");
    let (source, target) = (
        write("train.en", "a b\nc\n"),
        write("train.de", "x y\nz z\n"),
    );
    let read = |part| NmtCorpus::from_files([part; 3], &NmtLimits::default()).unwrap();
    let files = Parallel::Files {
        source: &source,
        target: &target,
    };
    assert_eq!(read(Parallel::Tsv(&tsv)), read(files));
}

#[test]
fn faulty_lines_are_located() {
    let limits = NmtLimits {
        sentence: 3,
        ..NmtLimits::default()
    };
    for (train, expected) in [
        (" \n", "train.tsv:1: there is no word in the file"),
        (
            "a\tx\nb y\n",
            "train.tsv:2: the line has 0 TABs, but must have exactly one",
        ),
        ("a\tx\ty\n", "train.tsv:1: the line has 2 TABs"),
        (
            "\ty\na\tx x x x\n",
            "train.tsv:1: none of the 2 pairs is left to train on: 1 have a side of more than 3 \
             tokens and 1 an empty one",
        ),
    ] {
        let message = refusal(train, &limits);
        assert!(message.starts_with(expected), "{message}");
    }
    let longest = corpus("a b\tx y y\n", &limits).unwrap();
    assert_eq!(longest.train[0].target.len(), 3);
}

#[test]
fn long_and_empty_pairs_leave_the_training_set_alone() {
    let limits = NmtLimits {
        sentence: 3,
        ..NmtLimits::default()
    };
    let text = "a b\tx y y\na a a a\tx\n\nb\t\u{a0}\n\tx x x x\nb\ty y y y\n";
    let valid = "a\tx\n\tx y\nb\t\na a a a\tz z z z z\n";
    let texts = [
        ("train.tsv", text),
        ("valid.tsv", valid),
        ("test.tsv", valid),
    ];
    let corpus = NmtCorpus::from_tsv(texts, &limits).unwrap();
    assert_eq!(corpus.train.len(), 1);
    assert_eq!(corpus.dropped, Dropped { long: 2, empty: 3 });
    // words of what is dropped are no words of the vocabulary
    let all = NmtCorpus::from_tsv(texts, &NmtLimits::default()).unwrap();
    assert_eq!((corpus.target.len(), all.dropped.long), (6, 0));
    let kept: Vec<_> = corpus
        .valid
        .iter()
        .map(|pair| (pair.source.len(), pair.target.len()))
        .collect();
    assert_eq!(kept, [(1, 1), (1, 2), (1, 0), (4, 5)]);
    assert_eq!(
        corpus.valid[1].source,
        [1],
        "an empty sentence is read as <blank>"
    );
    assert_eq!(corpus.valid[3].reference, "z z z z z");
    // a blank line is no pair to evaluate on
    let message = NmtCorpus::from_tsv([texts[0], ("v.tsv", "a\tx\n\n"), texts[2]], &limits);
    let message = message.unwrap_err().to_string();
    assert!(
        message.starts_with("v.tsv:2: the line has 0 TABs"),
        "{message}"
    );
}

/// The words that the vocabulary has for itself may stand in a text about HTML: a corpus with
/// other words in their places gives the same numbers.
#[test]
fn special_words_in_the_text_are_words_like_any_other() {
    let text = "a z1 b z2\tx z3 y\nz1 z1\tz2 z2 x\n";
    let valid = "z3 a z1\tz1 x z2\n";
    let read = |names: [&str; 3]| {
        let fill = |text: &str| {
            let pairs = ["z1", "z2", "z3"].into_iter().zip(names);
            pairs.fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
        };
        let (train, valid) = (fill(text), fill(valid));
        let texts = [("t.tsv", &train[..]), ("v.tsv", &valid), ("w.tsv", &valid)];
        NmtCorpus::from_tsv(texts, &NmtLimits::default()).unwrap()
    };
    let (special, plain) = (read(["</s>", "<blank>", "<s>"]), read(["z1", "z2", "z3"]));
    let lengths = |corpus: &NmtCorpus| [corpus.source.len(), corpus.target.len()];
    assert_eq!(lengths(&special), lengths(&plain));
    for (special, plain) in special.train.iter().zip(&plain.train) {
        assert!(special
            .source
            .iter()
            .chain(&special.target)
            .all(|&token| token > 3));
        assert_eq!(special.target.len(), plain.target.len());
    }
    // <s> is not in the source's training data, </s> not in the target's
    assert_eq!(special.valid[0].source[0], 0);
    assert_eq!(special.valid[0].target[0], 0);
    let target = &special.valid[0].target;
    assert_eq!(
        special.words(target),
        "<unk> x <blank>",
        "and no word ends the sentence"
    );
    // <unk> is what others have put there for rare words
    assert_eq!(read(["<unk>", "b", "x"]).train[0].source[1], 0);
}

#[test]
fn byte_order_marks_are_no_part_of_words() {
    let folder = tempfile::tempdir().unwrap();
    let read = |name: &str, mark: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, format!("{mark}a b\tx y\n{mark}c\tz\n")).unwrap();
        let corpus = NmtCorpus::from_files([Parallel::Tsv(&path); 3], &NmtLimits::default());
        corpus.unwrap()
    };
    assert_eq!(read("bom.tsv", "\u{feff}"), read("plain.tsv", ""));
}

#[test]
fn a_vocabulary_that_leaves_only_unknown_words_is_refused() {
    let cut = NmtLimits {
        target_words: Some(4),
        ..NmtLimits::default()
    };
    let message = refusal("a b\tx y\n", &cut);
    let expected = "train.tsv:1: every word is unknown to the target vocabulary of 4 words";
    assert!(message.starts_with(expected), "{message}");
    let message = refusal("c d\tx y\n", &NmtLimits::default());
    let expected = "valid.tsv:1: every word is unknown to the source vocabulary of 6 words \
                    (from train.tsv)";
    assert!(message.starts_with(expected), "{message}");
}

#[test]
fn faulty_files_are_located() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &[u8]| -> PathBuf {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let good = write("good.en", b"a\nb\n");
    let refusal = |source: &Path, target: &Path| {
        let part = Parallel::Files { source, target };
        let error = NmtCorpus::from_files([part; 3], &NmtLimits::default());
        let message = error.unwrap_err().to_string();
        let folder = format!("{}/", folder.path().display());
        message.replace(&folder, "")
    };
    let long = write("long.de", b"x\ny\nz\n");
    let unequal = "line n of one must be the translation of line n of the other";
    assert_eq!(
        refusal(&good, &long),
        format!("good.en:2: good.en has 2 lines and long.de has 3: {unequal}")
    );
    assert_eq!(
        refusal(&long, &good),
        format!("good.en:2: long.de has 3 lines and good.en has 2: {unequal}")
    );
    let latin = write("latin.de", b"x\n\xfcber\n");
    let message = refusal(&good, &latin);
    assert!(
        message.starts_with("latin.de:2: byte 0xfc is not UTF-8"),
        "{message}"
    );
    let empty = write("empty.de", b"");
    let message = refusal(&good, &empty);
    assert!(
        message.starts_with("empty.de:1: there is no word"),
        "{message}"
    );
    let message = refusal(&good, &folder.path().join("missing.de"));
    assert!(message.starts_with("cannot read missing.de: "), "{message}");
}

#[test]
fn settings_out_of_range_are_named() {
    let message = |config: NmtConfig| config.check().unwrap_err().to_string();
    let odd = message(NmtConfig {
        hidden: 5,
        ..NmtConfig::default()
    });
    assert!(
        odd.starts_with("the number of hidden units is 5, but must be even"),
        "{odd}"
    );
    let none = message(NmtConfig {
        layers: 0,
        ..NmtConfig::default()
    });
    assert_eq!(none, "the number of layers is 0, but must be in 1 to 32");
    let settings = NmtSettings {
        beam: 0,
        ..NmtSettings::default()
    };
    let beam = settings.check().unwrap_err().to_string();
    assert_eq!(beam, "the width of the beam is 0, but must be in 1 to 1024");
}
