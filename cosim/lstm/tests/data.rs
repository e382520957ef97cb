//! Reading text, and the errors of bad text.

use heddle_lstm::*;
use std::path::PathBuf;

#[test]
fn the_embedded_text_is_in_order() {
    let corpus = Corpus::moby();
    assert_eq!(corpus.vocabulary.len(), 2001); // 1,999 words, <unk>, <eos>
                                               // Tokens and line ends, as the data's README counts them.
    assert_eq!(corpus.train.len(), 38_748 + 1_628);
    assert_eq!(corpus.valid.len(), 3_662 + 130);
    assert_eq!(corpus.test.len(), 8_504 + 380);
    let words: Vec<_> = corpus.train[..5]
        .iter()
        .map(|&token| corpus.vocabulary.word(token).unwrap())
        .collect();
    assert_eq!(words, ["call", "me", "ishmael", ".", "<eos>"]);
}

#[test]
fn the_vocabulary_is_cut_by_frequency() {
    let text = "b a a c\nc c <unk>\n";
    let all = Vocabulary::of(text, None);
    let words: Vec<_> = (0..all.len() as u32)
        .map(|token| all.word(token).unwrap())
        .collect();
    assert_eq!(words, [UNKNOWN, END_OF_SENTENCE, "c", "a", "b"]);
    let cut = Vocabulary::of(text, Some(4));
    assert_eq!(cut.encode("b a\nnew c"), [0, 3, 1, 0, 2, 1]);
}

fn texts<'a>(train: &'a str, test: &'a str) -> [(&'a str, &'a str); 3] {
    [
        ("train.txt", train),
        ("valid.txt", "a b\n"),
        ("test.txt", test),
    ]
}

#[test]
fn empty_and_foreign_texts_are_refused() {
    let message = |texts, limit| Corpus::from_texts(texts, limit).unwrap_err().to_string();
    let empty = message(texts("a b\n", " \n\n"), None);
    assert!(empty.starts_with("test.txt:1: there is no word"), "{empty}");
    let foreign = message(texts("a b\n", "x y\n"), None);
    assert!(
        foreign.starts_with("test.txt:1: every word is unknown"),
        "{foreign}"
    );
    let cut = message(texts("a b\n", "a\n"), Some(2));
    assert!(
        cut.starts_with("train.txt:1: every word is unknown"),
        "{cut}"
    );
}

#[test]
fn files_are_read_and_their_faults_located() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| -> PathBuf {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let good = write("good.txt", b"a b\nb a\n");
    let corpus = Corpus::from_files(&good, &good, &good, None).unwrap();
    assert_eq!(corpus.train, [2, 3, 1, 3, 2, 1]);

    let latin = write("latin.txt", b"a b\nb\nna\xefve a\n");
    let message = Corpus::from_files(&good, &latin, &good, None)
        .unwrap_err()
        .to_string();
    assert!(
        message.contains("latin.txt:3: byte 0xef is not UTF-8"),
        "{message}"
    );

    let missing = folder.path().join("missing.txt");
    let message = Corpus::from_files(&missing, &good, &good, None)
        .unwrap_err()
        .to_string();
    assert!(message.contains("missing.txt: "), "{message}");
}

#[test]
fn rows_are_read_side_by_side() {
    let tokens: Vec<u32> = (0..11).collect();
    let batcher = Batcher::new(&tokens, 2, 3).unwrap(); // rows 0..5 and 5..10
    assert_eq!((batcher.windows(), batcher.tokens()), (2, 8));
    let window = batcher.window(0);
    assert_eq!(window.inputs, [0, 5, 1, 6, 2, 7]);
    assert_eq!(window.targets, [1, 6, 2, 7, 3, 8]);
    let window = batcher.window(1); // the rest, one step
    assert_eq!(window.inputs, [3, 8]);
    assert_eq!(window.targets, [4, 9]);
    let endless = Batcher::new(&tokens, 2, usize::MAX).unwrap();
    assert_eq!((endless.windows(), endless.longest()), (1, 4));
    assert_eq!(endless.window(0).inputs.len(), 8);
}

#[test]
fn impossible_batches_are_refused() {
    for (batch, steps) in [(0, 3), (2, 0), (6, 3)] {
        assert!(
            Batcher::new(&[1; 11], batch, steps).is_err(),
            "{batch} x {steps}"
        );
    }
    let message = Batcher::new(&[1; 11], 6, 3).unwrap_err().to_string();
    assert!(message.contains("6 for a text of 11 tokens"), "{message}");
}

#[test]
fn byte_order_marks_are_no_part_of_words() {
    let folder = tempfile::tempdir().unwrap();
    let read = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        Corpus::from_files(&path, &path, &path, None).unwrap()
    };
    let marked = read("bom.txt", "\u{feff}the cat\nthe dog\n\u{feff}the end\n");
    assert_eq!(marked, read("plain.txt", "the cat\nthe dog\nthe end\n"));
}

#[test]
fn eos_in_the_text_is_refused_and_unk_is_not() {
    let message = Corpus::from_texts(texts("a b\n", "a b\nb <eos>\n"), None).unwrap_err();
    let message = message.to_string();
    assert!(
        message.starts_with("test.txt:2: the line has the word '<eos>'"),
        "{message}"
    );
    let corpus = Corpus::from_texts(texts("a b <unk>\n", "a <unk> </s>\n"), None).unwrap();
    assert_eq!(corpus.train[2], Vocabulary::UNKNOWN);
    assert_eq!(corpus.vocabulary.len(), 4);
}
