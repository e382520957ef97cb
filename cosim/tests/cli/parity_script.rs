//! `scripts/parity.sh` on files that have the names and the form of the papers' sets.

use super::heddle;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn script(arguments: &[&str], results: &Path) -> Output {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let program = heddle("");
    Command::new("bash")
        .arg(root.join("scripts/parity.sh"))
        .args(arguments)
        .env("HEDDLE", program.get_program())
        .envs([("TRIAL", "1"), ("JOBS", "2")])
        .env("RESULTS", results)
        .output()
        .unwrap()
}

fn right(arguments: &[&str], results: &Path) -> String {
    let output = script(arguments, results);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn report(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The words of some sentences.
fn words(count: usize, prefix: &str) -> Vec<Vec<String>> {
    let word = |i: usize, j: usize| format!("{prefix}{}", (i * 7 + j * (i % 3 + 1)) % 9);
    let sentence = |i: usize| (0..4 + i % 3).map(|j| word(i, j)).collect();
    (0..count).map(sentence).collect()
}

fn lines(count: usize, prefix: &str) -> String {
    let sentences = words(count, prefix).into_iter();
    sentences.map(|words| words.join(" ") + "\n").collect()
}

#[test]
fn ptb_trains_each_arm_once_and_goes_on_from_its_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let (data, results) = (folder.path().join("data"), folder.path().join("results"));
    fs::create_dir(&data).unwrap();
    for (part, count) in [("train", 60), ("valid", 30), ("test", 30)] {
        fs::write(data.join(format!("ptb.{part}.txt")), lines(count, "w")).unwrap();
    }
    let arguments = ["ptb", data.to_str().unwrap()];
    right(&arguments, &results);
    let of = |arm: &str| results.join("parity-ptb").join(arm.to_owned() + ".json");
    for (arm, case, rh) in [
        ("case-i", "I", 0.0),
        ("case-iii", "III", 0.0),
        ("case-iii-rh", "III", 0.5),
    ] {
        let found = report(&of(arm));
        assert_eq!(found["dropout"]["case"], case, "{arm}");
        assert_eq!(found["dropout"]["rh"], rh, "{arm}");
        let files = found["data"]["data_files"].as_array().unwrap();
        assert_eq!(files.len(), 3);
        assert_eq!(files[0]["flag"], "--train-text");
        assert_eq!(files[0]["sha256"].as_str().unwrap().len(), 64);
        assert_ne!(files[0]["sha256"], files[1]["sha256"]);
    }
    // what is there is not done again; what is missing goes on from its checkpoint
    let before = report(&of("case-iii"));
    fs::remove_file(of("case-iii")).unwrap();
    let told = right(&arguments, &results);
    assert_eq!(told.matches("is there already").count(), 2, "{told}");
    let after = report(&of("case-iii"));
    assert!(after["command"].to_string().contains("--resume"));
    assert_eq!(
        (&after["test"], &after["losses"]),
        (&before["test"], &before["losses"])
    );
}

#[test]
fn comparisons_choose_p_and_rate_and_keep_the_hashes_of_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let (data, results) = (folder.path().join("data"), folder.path().join("results"));
    fs::create_dir(&data).unwrap();
    for (part, count) in [("train", 60), ("testa", 20), ("testb", 20)] {
        let sentence = |words: Vec<String>| {
            let row = |word: &String| match word.as_str() {
                "w1" | "w2" => format!("{word} NNP I-NP I-PER\n"),
                _ => format!("{word} NN I-NP O\n"),
            };
            words.iter().map(row).collect::<String>() + "\n"
        };
        let text: String = words(count, "w").into_iter().map(sentence).collect();
        let text = "-DOCSTART- -X- O O\n\n".to_owned() + &text;
        fs::write(data.join(format!("eng.{part}")), text).unwrap();
    }
    for (part, count) in [("train", 60), ("val", 20), ("test_2016_flickr", 20)] {
        for side in ["de", "en"] {
            let name = format!("{part}.lc.norm.tok.{side}");
            fs::write(data.join(name), lines(count, side)).unwrap();
        }
    }
    for (part, count) in [("train", 60), ("valid", 30), ("test", 30)] {
        fs::write(data.join(format!("ptb.{part}.txt")), lines(count, "w")).unwrap();
    }
    let vectors = data.join("vectors").display().to_string();
    let row = |i: usize| format!("w{i}{}\n", format!(" 0.{i}").repeat(100));
    fs::write(&vectors, (0..9).map(row).collect::<String>()).unwrap();
    let data = data.to_str().unwrap();
    for (arguments, files, sites) in [
        (vec!["conll", data], 3, 2),
        (vec!["conll-vectors", data, &vectors], 4, 2),
        (vec!["ptb-small-rh", data], 3, 3),
        (vec!["multi30k", data], 6, 3),
        (vec!["multi30k-opennmt", data], 6, 2),
        (vec!["multi30k-groups4", data], 6, 3),
    ] {
        right(&arguments, &results);
        let name = arguments[0];
        let found = report(&results.join(format!("parity-{name}/parity.json")));
        let trained = &found["protocol"]["trained"];
        assert_eq!(
            trained["data_files"].as_array().unwrap().len(),
            files,
            "{name}"
        );
        assert_eq!(trained["sites"].as_array().unwrap().len(), sites, "{name}");
        assert_eq!(found["protocol"]["finalists"], 2, "{name}");
        let selection = found["selection"].as_array().unwrap();
        assert!(
            selection[0]["case"].is_null(),
            "no dropout has a rate of its own: {name}"
        );
        for case in &selection[1..] {
            assert!(
                case["learning_rate"].is_number() && case["at_edge"].is_boolean(),
                "{name}"
            );
        }
    }
}

#[test]
fn names_and_folders_that_are_not_there() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, words) in [
        (vec!["iwslt"], ["'iwslt'", "multi30k"]),
        (
            vec!["ptb", "/nonexistent/ptb"],
            ["/nonexistent/ptb", "give the one"],
        ),
        (
            vec!["conll", folder.path().to_str().unwrap()],
            ["eng.train", "give the path"],
        ),
    ] {
        let output = script(&arguments, folder.path());
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {errors}");
        for word in words {
            assert!(errors.contains(word), "'{word}' not in {errors}");
        }
    }
    assert!(!folder.path().join("parity-conll").exists());
}
