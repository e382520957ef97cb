//! Entity F1 against seqeval (`scripts/seqeval_fixture.py` writes the fixture).

use heddle_lstm::{entity_f1, EntityCounts, Tag};
use serde_json::Value;

const TOLERANCE: f64 = 1e-12;

fn tags(line: &str) -> Vec<Tag> {
    line.split(' ').map(|tag| tag.parse().unwrap()).collect()
}

fn cases() -> Vec<Value> {
    serde_json::from_str(include_str!("fixtures/seqeval.json")).unwrap()
}

fn sequences(case: &Value, which: &str) -> Vec<Vec<Tag>> {
    let lines = case[which].as_array().unwrap();
    lines
        .iter()
        .map(|line| tags(line.as_str().unwrap()))
        .collect()
}

fn number(case: &Value, which: &str) -> f64 {
    case[which].as_f64().unwrap()
}

#[test]
fn equal_to_seqeval_on_valid_and_messy_tags() {
    let cases = cases();
    assert!(cases.len() >= 100);
    for (i, case) in cases.iter().enumerate() {
        let ours = entity_f1(&sequences(case, "wanted"), &sequences(case, "found")).unwrap();
        for (what, ours) in [
            ("precision", ours.precision),
            ("recall", ours.recall),
            ("f1", ours.f1),
        ] {
            let theirs = number(case, what);
            assert!(
                (ours / 100.0 - theirs).abs() <= TOLERANCE,
                "case {i}, {what}: {ours} % here, {theirs} in seqeval"
            );
        }
    }
}

/// Negative control: reading `I-X` after another kind as a continuation is seen, so the
/// fixture has what the rules differ on.
#[test]
fn a_looser_rule_would_differ() {
    let loosen = |sequences: Vec<Vec<Tag>>| -> Vec<Vec<Tag>> {
        sequences
            .into_iter()
            .map(|mut tags| {
                for t in 1..tags.len() {
                    if let (Tag::Inside(_), Some(kind)) = (&tags[t], tags[t - 1].kind()) {
                        tags[t] = Tag::Inside(kind.to_owned());
                    }
                }
                tags
            })
            .collect()
    };
    let differing = cases().into_iter().filter(|case| {
        let [wanted, found] = ["wanted", "found"].map(|which| loosen(sequences(case, which)));
        let ours = entity_f1(&wanted, &found).unwrap().f1;
        (ours / 100.0 - number(case, "f1")).abs() > TOLERANCE
    });
    assert!(differing.count() > 20);
}

#[test]
fn entities_are_counted_whole() {
    let count = |wanted: &str, found: &str| {
        let (wanted, found) = (tags(wanted), tags(found));
        let mut counts = EntityCounts::default();
        let [wanted, found] = [&wanted, &found].map(|tags| tags.iter().collect::<Vec<_>>());
        counts.add(&wanted, &found).unwrap();
        (counts.wanted, counts.found, counts.right)
    };
    assert_eq!(count("B-A I-A O B-B", "B-A I-A O B-B"), (2, 2, 2));
    // Cut short, too long, of another kind, split.
    assert_eq!(count("B-A I-A I-A", "B-A I-A O"), (1, 1, 0));
    assert_eq!(count("B-A I-A O", "B-A I-A I-A"), (1, 1, 0));
    assert_eq!(count("B-A I-A", "B-B I-B"), (1, 1, 0));
    assert_eq!(count("B-A I-A", "B-A B-A"), (1, 2, 0));
    assert_eq!(count("O B-A", "I-A I-A"), (1, 1, 0));
    // Without a beginning, and touching.
    assert_eq!(count("B-A I-A", "I-A I-A"), (1, 1, 1));
    assert_eq!(count("B-A B-A I-B", "B-A I-A I-B"), (3, 2, 1));
    assert_eq!(count("O O", "O O"), (0, 0, 0));
}

#[test]
fn unequal_lengths_are_refused() {
    let one = vec![tags("O O")];
    assert!(entity_f1(&one, &[tags("O")]).is_err());
    assert!(entity_f1(&one, &[]).is_err());
}
