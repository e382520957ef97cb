//! Corpus BLEU against sacrebleu's own (`scripts/sacrebleu_fixture.py`).

use heddle_lstm::*;
use serde::Deserialize;

const FIXTURE: &str = include_str!("fixtures/sacrebleu.json");

#[derive(Deserialize)]
struct Fixture {
    signature: String,
    sets: Vec<Set>,
    text_signature: String,
    coded: Vec<Coded>,
}

/// Sentences in pieces.
#[derive(Deserialize)]
struct Coded {
    subwords: Subwords,
    #[serde(flatten)]
    set: Set,
}

#[derive(Deserialize)]
struct Set {
    name: String,
    hypotheses: Vec<String>,
    references: Vec<String>,
    score: f64,
}

fn fixture() -> Fixture {
    serde_json::from_str(FIXTURE).unwrap()
}

#[test]
fn every_set_scores_as_in_sacrebleu() {
    let fixture = fixture();
    assert!(fixture.signature.contains("tok:none|smooth:exp"));
    assert!(fixture.sets.len() > 10);
    for set in fixture.sets {
        let ours = Bleu::of(&set.hypotheses, &set.references, 1).unwrap();
        assert!(
            (ours.score - set.score).abs() < 1e-9,
            "{}: {} here, {} in sacrebleu",
            set.name,
            ours.score,
            set.score
        );
    }
}

#[test]
fn text_in_pieces_scores_as_what_it_is_decoded_to() {
    let fixture = fixture();
    assert!(fixture.text_signature.contains("tok:13a|smooth:exp"));
    for kind in [Subwords::SentencePiece, Subwords::Bpe] {
        assert!(
            fixture
                .coded
                .iter()
                .filter(|coded| coded.subwords == kind)
                .count()
                > 2
        );
    }
    for Coded { subwords, set } in fixture.coded {
        let ours = Bleu::detokenised(&set.hypotheses, &set.references, subwords, 1).unwrap();
        let (score, name) = (set.score, &set.name);
        assert!(
            (ours.score - score).abs() < 1e-9,
            "{name}: {} here, {score} in sacrebleu",
            ours.score
        );
        // controls: neither the pieces nor the other decoder give that, but where all is right
        let pieces = Bleu::of(&set.hypotheses, &set.references, 1).unwrap();
        let other = match subwords {
            Subwords::Bpe => Subwords::SentencePiece,
            _ => Subwords::Bpe,
        };
        let other = Bleu::detokenised(&set.hypotheses, &set.references, other, 1).unwrap();
        for wrong in [pieces, other] {
            assert_eq!(
                (wrong.score - score).abs() < 1e-3,
                name.contains("perfect"),
                "{name}"
            );
        }
    }
}

#[test]
fn the_interval_holds_the_score_and_follows_the_seed() {
    let set = fixture().sets.into_iter();
    let set = set.last().unwrap();
    let bleu = |seed| Bleu::of(&set.hypotheses, &set.references, seed).unwrap();
    let one = bleu(1);
    assert!(one.low < one.score && one.score < one.high, "{one:?}");
    assert_eq!(one, bleu(1));
    assert_ne!((one.low, one.high), (bleu(2).low, bleu(2).high));
    // Nothing to resample differently: the interval is a point.
    let point = Bleu::of(&["a b c d"], &["a b c d e"], 1).unwrap();
    assert_eq!((point.low, point.high), (point.score, point.score));
}

#[test]
fn nothing_to_score_is_no_panic_and_a_missing_sentence_is_told() {
    let none = Bleu::of::<&str, &str>(&[], &[], 1).unwrap();
    assert_eq!((none.score, none.low, none.high), (0.0, 0.0, 0.0));
    let error = Bleu::of(&["a"], &["a", "b"], 1).unwrap_err().to_string();
    assert_eq!(error, "translations of the references: got 1, expected 2");
}

/// sacrebleu 2.6.0, tokenize none: Python's split takes U+001C to U+001F for white space, too.
#[test]
fn words_are_separated_as_python_separates_them() {
    let bleu =
        |hypothesis: &str, reference: &str| Bleu::of(&[hypothesis], &[reference], 1).unwrap().score;
    for blank in [
        "\u{1c}", "\u{1d}", "\u{1e}", "\u{1f}", "\u{85}", "\u{a0}", "\u{3000}", "\u{2028}",
    ] {
        let hypothesis = format!("a{blank}b c d e f");
        assert!(
            (bleu(&hypothesis, "a b c d e f") - 100.0).abs() < 1e-9,
            "{blank:?}"
        );
    }
    // none of these is white space there: zero width space, word joiner, byte order mark
    for other in ["\u{200b}", "\u{2060}", "\u{feff}", "\u{1b}", "_"] {
        assert!(
            bleu(&format!("a{other}b c d e f"), "a b c d e f") < 70.0,
            "{other:?}"
        );
    }
}
