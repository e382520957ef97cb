//! Column files: what is read, what is written, what is refused.

use heddle_lstm::*;
use proptest::prelude::*;
use std::path::Path;

fn tags(sentence: &TaggedSentence) -> String {
    let tags: Vec<String> = sentence.tags.iter().map(Tag::to_string).collect();
    tags.join(" ")
}

fn read_all(text: &str) -> Vec<TaggedSentence> {
    read_conll("a.conll", text, 200).unwrap()
}

fn refusal(text: &str) -> String {
    read_conll("a.conll", text, 4).unwrap_err().to_string()
}

#[test]
fn columns_blank_lines_and_document_starts() {
    let text = "-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\n\n \t\n\
                Peter\tNNP\tB-NP\tB-PER\r\nBlackburn  I-PER  \n-DOCSTART- O\nBrussels B-LOC";
    let sentences = read_all(text);
    assert_eq!(sentences.len(), 3);
    assert_eq!(sentences[0].words, ["EU", "rejects"]);
    assert_eq!(tags(&sentences[0]), "B-ORG O");
    assert_eq!(sentences[1].words, ["Peter", "Blackburn"]);
    assert_eq!(tags(&sentences[1]), "B-PER I-PER");
    assert_eq!(tags(&sentences[2]), "B-LOC");
    assert_eq!([3, 7, 10], [0, 1, 2].map(|i| sentences[i].line));
}

#[test]
fn odd_blanks_are_words_or_at_the_end_of_a_line() {
    let text = "\u{feff}-DOCSTART-\u{a0}\n\n10\u{a0}000  B-NUM\u{a0}\n\u{a0} O\n \u{3000}\n\u{feff}b\t \tI-NUM\u{2003}\r\n";
    let sentences = read_all(text);
    assert_eq!(sentences.len(), 2);
    assert_eq!(sentences[0].words, ["10\u{a0}000", "\u{a0}"]);
    assert_eq!(sentences[1].words, ["b"]);
    assert_eq!(
        tags(&sentences[0]) + " " + &tags(&sentences[1]),
        "B-NUM O B-NUM"
    );
}

#[test]
fn both_schemes_are_read_and_iob2_is_written() {
    // IOB1: B- only where an entity touches another of its kind.
    let iob1 = read_all("a I-PER\nb I-PER\nc B-PER\nd I-LOC\ne O\nf I-LOC\n");
    assert_eq!(tags(&iob1[0]), "B-PER I-PER B-PER B-LOC O B-LOC");
    let text = write_conll(&iob1);
    assert_eq!(text, "a B-PER\nb I-PER\nc B-PER\nd B-LOC\ne O\nf B-LOC\n\n");
    assert_eq!(read_all(&text), iob1);
}

#[test]
fn a_kind_may_have_a_hyphen() {
    assert_eq!(tags(&read_all("a B-A-B\nb I-A-B")[0]), "B-A-B I-A-B");
}

#[test]
fn refusals_name_line_and_cause() {
    assert_eq!(
        refusal("a O\nb\n"),
        "a.conll:2: there is one column, 'b', but two are needed: the word first and its tag last"
    );
    for tag in [
        "X-PER", "B", "B-", "I-", "PER", "o", "S-PER", "E-PER", "B_PER",
    ] {
        let message = refusal(&format!("a O\n\nb {tag}\n"));
        assert!(message.starts_with("a.conll:3: the tag '"), "{message}");
        assert!(message.contains(tag), "{message}");
    }
    for empty in ["", "\n \n", "-DOCSTART- O\n"] {
        assert!(refusal(empty).starts_with("a.conll:1: there is no sentence"));
    }
    let message = refusal("x O\n\na O\nb O\nc O\nd O\ne O\n");
    assert!(
        message.starts_with("a.conll:7: the sentence that begins at line 3 has more than 4 words"),
        "{message}"
    );
}

/// The tags of a sentence in IOB1, from IOB2.
fn iob1(tags: &[Tag]) -> Vec<Tag> {
    let touches = |t: usize| t > 0 && tags[t - 1].kind() == tags[t].kind();
    (0..tags.len())
        .map(|t| match &tags[t] {
            Tag::Begin(kind) if !touches(t) => Tag::Inside(kind.clone()),
            other => other.clone(),
        })
        .collect()
}

proptest! {
    /// IOB2, written as IOB1 by this test, is read as the IOB2 that it was.
    #[test]
    fn iob1_becomes_the_iob2_that_it_came_from(
        entities in prop::collection::vec((0usize..3, 1usize..4), 1..20)
    ) {
        let mut tags = Vec::new();
        for (kind, length) in entities {
            match ["", "PER", "LOC"][kind] {
                "" => tags.push(Tag::Outside),
                kind => {
                    tags.push(Tag::Begin(kind.to_owned()));
                    tags.extend((1..length).map(|_| Tag::Inside(kind.to_owned())));
                }
            }
        }
        let sentence = |tags: Vec<Tag>| TaggedSentence {
            words: tags.iter().map(|_| "w".to_owned()).collect(),
            tags,
            line: 1,
        };
        let wanted = vec![sentence(tags.clone())];
        let as_iob1 = write_conll(&[sentence(iob1(&tags))]);
        prop_assert_eq!(&read_all(&as_iob1), &wanted);
        prop_assert_eq!(&read_all(&write_conll(&wanted)), &wanted);
    }
}

const TRAIN: &str = "Ann B-PER\nis O\nhere O\n\nin O\nRome B-LOC\n";

fn corpus(train: &str, valid: &str, test: &str, limit: Option<usize>) -> Result<NerCorpus, String> {
    let reading = NerReading {
        limit,
        ..NerReading::default()
    };
    let texts = [("train", train), ("valid", valid), ("test", test)];
    NerCorpus::from_texts(texts, reading).map_err(|error| error.to_string())
}

#[test]
fn words_are_in_lower_case_with_zeros_for_digits() {
    let text = "In O\n1984 O\nIN O\n2001 O\nin O\nRome B-LOC\n";
    let corpus = corpus(text, text, text, None).unwrap();
    assert!(["in", "0000", "rome"]
        .iter()
        .all(|w| corpus.vocabulary.token(w) > 1));
    assert_eq!(corpus.vocabulary.len(), 5);
    let sentence = &corpus.train[0];
    assert_eq!(sentence.words[0], sentence.words[2]);
    assert_eq!(sentence.words[1], sentence.words[3]);
    // The characters are those of the file.
    assert_ne!(sentence.characters[0], sentence.characters[12]);
    assert_eq!(sentence.ends, [2, 6, 8, 12, 14, 18]);
}

#[test]
fn what_does_not_fit_the_training_part_is_refused() {
    assert!(corpus(TRAIN, TRAIN, TRAIN, None).is_ok());
    // A kind that only the test has; an I-PER is of a kind that training has.
    assert!(corpus(TRAIN, TRAIN, "Ann B-PER\nLee I-PER\n", None).is_ok());
    let message = corpus(TRAIN, TRAIN, "Ann B-PER\nat O\nBell B-ORG\n", None).unwrap_err();
    assert!(
        message.starts_with("test:3: the tag B-ORG is of a kind of entity that train does not"),
        "{message}"
    );
    let message = corpus("a O\nb O\n", TRAIN, TRAIN, None).unwrap_err();
    assert!(
        message.starts_with("train:1: no word has a tag but O"),
        "{message}"
    );
    let message = corpus(TRAIN, "xx O\nyy O\n", TRAIN, None).unwrap_err();
    assert!(
        message.starts_with("valid:1: every word is unknown"),
        "{message}"
    );
    let message = corpus(TRAIN, TRAIN, TRAIN, Some(2)).unwrap_err();
    assert!(
        message.starts_with("train:1: every word is unknown"),
        "{message}"
    );
}

#[test]
fn files_are_refused_by_name_and_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let good = file("good", TRAIN.as_bytes());
    let read = |train: &Path| {
        NerCorpus::from_files(train, &good, &good, NerReading::default())
            .map_err(|error| error.to_string())
    };
    assert!(read(&good).is_ok());
    let message = read(&folder.path().join("none")).unwrap_err();
    assert!(message.contains("none: "), "{message}");
    let message = read(&file("latin", b"a O\ncaf\xe9 O\n")).unwrap_err();
    assert!(
        message.contains("latin:2: byte 0xe9 is not UTF-8"),
        "{message}"
    );
    let message = read(&file("empty", b"")).unwrap_err();
    assert!(
        message.contains("empty:1: there is no sentence"),
        "{message}"
    );
}

#[test]
fn the_embedded_sentences_are_in_order() {
    let corpus = NerCorpus::sotu();
    let sizes = [&corpus.train, &corpus.valid, &corpus.test].map(Vec::len);
    assert_eq!(sizes, [1500, 250, 400]);
    assert_eq!(corpus.tags.len(), 7);
    let all = |part: &[NerSentence], number| part.iter().any(|s| s.tags.contains(&number));
    for part in [&corpus.train, &corpus.valid, &corpus.test] {
        assert!((0..7).all(|tag| all(part, tag)));
    }
}

#[test]
fn the_hash_tells_words_characters_and_tags_apart() {
    let hash = |text: &str| corpus(text, text, text, None).unwrap().hash();
    assert_eq!(hash(TRAIN), hash(TRAIN));
    let others = [TRAIN.replace("here", "there"), TRAIN.replace("PER", "ORG")];
    assert_ne!(hash(&others[0]), hash(TRAIN));
    assert_ne!(hash(&others[1]), hash(TRAIN));
}
