//! Where words come from: vectors of a file, pieces of words.

use super::{fails, heddle, json, stdout};
use serde_json::Value;
use std::path::Path;

/// Vectors eight wide of the words `names`.
fn vectors(folder: &Path, name: &str, names: &[&str]) -> String {
    let row = |(i, word): (usize, &&str)| {
        let numbers = (0..8).map(|j| format!(" {}", (i + 1) as f64 * 0.01 + j as f64 * 0.1));
        format!("{word}{}\n", numbers.collect::<String>())
    };
    let path = folder.join(name);
    let rows: String = names.iter().enumerate().map(row).collect();
    std::fs::write(&path, rows).unwrap();
    path.display().to_string()
}

const NER: &str = "train --task ner --hidden 4 --embedding 8 --vocabulary 200";

fn losses(report: &Value) -> &Value {
    &report["losses"]
}

#[test]
fn word_vectors_are_counted_and_a_resumed_run_has_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let file = vectors(
        folder.path(),
        "v",
        &["the", "of", "and", "America", "zebra"],
    );
    let plain = json(&mut heddle(&format!("{NER} --epochs 2 --json")));
    for flags in ["", " --freeze-words"] {
        let command = format!("{NER} --word-vectors {file}{flags}");
        let whole = json(&mut heddle(&format!("{command} --epochs 2 --json")));
        let found = &whole["data"]["word_vectors"];
        assert_eq!(
            (&found["vectors"], &found["types_found"]),
            (&5.into(), &4.into())
        );
        assert_eq!(found["types_normalised"], 1, "America");
        assert_eq!(found["sha256"].as_str().unwrap().len(), 64);
        assert_ne!(losses(&whole), losses(&plain));
        let freeze = whole["model"].get("freeze_words").is_some();
        assert_eq!(freeze, !flags.is_empty());

        let saved = folder.path().join("run").display().to_string();
        let told = stdout(&mut heddle(&format!(
            "{command} --epochs 1 --checkpoint {saved}"
        )));
        assert!(told.contains("word vectors: 4 of 198 words"), "{told}");
        let on = format!("{command} --epochs 2 --json --resume {saved}");
        assert_eq!(losses(&json(&mut heddle(&on))), losses(&whole), "{flags}");
        // with other vectors, and with none, it is another run
        let other = vectors(folder.path(), "w", &["the", "of", "zebra"]);
        fails(
            &mut heddle(&on.replace(&file, &other)),
            2,
            &["other word vectors"],
        );
    }
    let on = format!(
        "{NER} --word-vectors {file} --resume {}",
        folder.path().join("run").display()
    );
    fails(
        &mut heddle(&on),
        2,
        &["freeze_words is true there and null here"],
    );
}

#[test]
fn word_vectors_that_cannot_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let file = vectors(folder.path(), "v", &["the", "of"]);
    let cut = folder.path().join("cut").display().to_string();
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&cut, text.trim_end().rsplit_once(' ').unwrap().0).unwrap();
    for (flags, words) in [
        (
            format!("--word-vectors {file} --embedding 9"),
            vec!["v:1", "--embedding 8"],
        ),
        (
            format!("--word-vectors {cut} --embedding 8"),
            vec!["cut:2", "8 are needed"],
        ),
        ("--word-vectors missing".into(), vec!["missing"]),
        ("--freeze-words".into(), vec!["--word-vectors"]),
        (
            format!("--word-vectors {file} --report {file}"),
            vec!["--report", "another name"],
        ),
    ] {
        fails(
            &mut heddle(&format!("train --task ner --hidden 4 {flags}")),
            2,
            &words,
        );
    }
    let lm = format!("train --hidden 4 --word-vectors {file}");
    fails(&mut heddle(&lm), 2, &["--word-vectors", "--task ner"]);
}

#[test]
fn text_in_pieces_has_a_bleu_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    // the last word of the test data is in no training data, so that nothing is perfect
    let text = |last: &str| -> String {
        let line = |i: usize| {
            let (a, b) = (i % 3, i % 2);
            let words = format!("\u{2581}w{a} en \u{2581}v{b} on \u{2581}x{a} es \u{2581}y{b} um");
            format!("a{a} b{b}\t{words} \u{2581}{last}\n")
        };
        (0..40).map(line).collect()
    };
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (file, other) = (path("train.tsv"), path("other.tsv"));
    std::fs::write(&file, text("zu")).unwrap();
    std::fs::write(&other, text("neu es")).unwrap();
    let train = format!(
        "train --task nmt --hidden 16 --batch 4 --epochs 60 --p 0 --optimiser adam --learning-rate 0.02 \
         --train-text {file} --valid-text {file} --test-text {other}"
    );
    let of = |flags: &str| json(&mut heddle(&format!("{train} --json {flags}")));
    let (plain, pieces) = (of(""), of("--subwords sentencepiece"));
    assert_eq!(plain["test_bleu"], pieces["test_bleu"]);
    assert_eq!(plain["losses"], pieces["losses"]);
    assert!(plain["test"].get("bleu_detokenised").is_none());
    let score = &pieces["test"]["bleu_detokenised"]["score"];
    assert_eq!(&pieces["test_bleu_detokenised"], score);
    assert!(score.as_f64().unwrap() > 1.0, "{score}");
    assert_ne!(score, &pieces["test_bleu"]);
    let told = stdout(&mut heddle(&format!("{train} --subwords sentencepiece")));
    assert!(told.contains("BLEU detokenised"), "{told}");
    fails(
        &mut heddle("train --subwords bpe"),
        2,
        &["--subwords = bpe", "--task nmt"],
    );
    fails(
        &mut heddle("train --task nmt --subwords wordpiece"),
        2,
        &["wordpiece", "sentencepiece, bpe"],
    );
}
