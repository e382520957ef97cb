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
            "a\tx\n\ty\n",
            "train.tsv:2: the sentence is empty: remove the pair",
        ),
        ("a\tx\nb\t \n", "train.tsv:2: the translation is empty"),
        (
            "a\tx\nb\ty y y y\n",
            "train.tsv:2: the translation has 4 tokens, more than the limit of 3",
        ),
    ] {
        let message = refusal(train, &limits);
        assert!(message.starts_with(expected), "{message}");
    }
    let longest = corpus("a b\tx y y\n", &limits).unwrap();
    assert_eq!(longest.train[0].target.len(), 3);
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
    assert!(message.starts_with("missing.de: "), "{message}");
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
