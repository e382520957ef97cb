//! Comparisons of dropout cases, trained for real on a toy text.

use super::interrupt::{at_a_terminal, ended, send};
use super::{fails, heddle, json, stdout};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// A model of a few units on a text of a few lines: seconds for all runs.
fn toy(folder: &Path) -> String {
    let lines = |from: usize, count: usize| -> String {
        let line = |i: usize| {
            let (a, b) = (i * 7 % 5, i * 11 % 3);
            format!("the w{a} of w{b} is a w{}\n", (a + b) % 5)
        };
        (from..from + count).map(line).collect()
    };
    for (name, from, count) in [("train", 0, 60), ("valid", 100, 30), ("test", 200, 30)] {
        fs::write(folder.join(name), lines(from, count)).unwrap();
    }
    let file = |name: &str| folder.join(name).display().to_string();
    format!(
        "parity --hidden 12 --layers 1 --batch 4 --window 5 --epochs 2 --train-text {} --valid-text {} --test-text {} --seeds 3 --selection-seeds 2 --grid 0.1,0.3 --out {}",
        file("train"),
        file("valid"),
        file("test"),
        file("out"),
    )
}

/// The report but for the command that wrote it.
fn report(folder: &Path) -> Value {
    let text = fs::read_to_string(folder.join("out/parity.json")).unwrap();
    let mut report: Value = serde_json::from_str(&text).unwrap();
    report.as_object_mut().unwrap().remove("command");
    report
}

#[test]
fn a_comparison_is_done_once_and_reported_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let toy = toy(folder.path()) + " --arithmetic=2";
    let plot = folder.path().join("plot.svg").display().to_string();
    let found = json(&mut heddle(&format!(
        "{toy} --threads 2 --json --plot {plot}"
    )));
    let runs = 2 * 2 * 2 + 3 * 3 + 2;
    let count = || {
        fs::read_dir(folder.path().join("out/runs"))
            .unwrap()
            .count()
    };
    assert_eq!(count(), runs);
    assert_eq!(found["protocol"]["task"], "lm");
    assert_eq!(
        found["protocol"]["selection_seeds"],
        serde_json::json!([1001, 1002])
    );
    assert_eq!(found["samples"].as_array().unwrap().len(), 4);
    let asked: Vec<_> = found["comparisons"].as_array().unwrap().iter().collect();
    let questions: Vec<_> = asked
        .iter()
        .map(|c| c["question"].as_str().unwrap())
        .collect();
    assert_eq!(questions, ["parity", "help", "help", "arithmetic"]);
    assert!(asked[0]["verdict"].is_string());
    let differences = asked[0]["differences"].as_array().unwrap();
    assert!(
        differences.iter().any(|d| d.as_f64().unwrap().abs() > 1e-4),
        "the cases draw other masks"
    );
    let rounding = asked[3]["differences"].as_array().unwrap();
    assert!(
        rounding.iter().all(|d| d.as_f64().unwrap().abs() < 0.1),
        "{rounding:?}"
    );
    assert!(rounding.iter().any(|d| d != 0.0), "bf16 is not f32");
    assert!(fs::read_to_string(plot).unwrap().contains("margin +2 %"));

    // a second time from the folder, in words
    let first = report(folder.path());
    let text = stdout(&mut heddle(&toy));
    for word in ["case III, p 0.", "margin +2 %", "df 2", "no dropout"] {
        assert!(text.contains(word), "'{word}' not in\n{text}");
    }
    assert_eq!(report(folder.path()), first);
    assert_eq!(count(), runs);

    // some runs lost, on one thread
    let files = fs::read_dir(folder.path().join("out/runs")).unwrap();
    for file in files.take(5) {
        fs::remove_file(file.unwrap().path()).unwrap();
    }
    stdout(&mut heddle(&format!("{toy} --jobs 1")));
    assert_eq!(
        report(folder.path()),
        first,
        "from other runs, or another number of threads"
    );
    assert_eq!(count(), runs);

    // the same folder for something else
    let other = toy.replace("--hidden 12", "--hidden 13");
    fails(
        &mut heddle(&other),
        2,
        &["--out = ", "trained.model.model", "is 12 there and 13 here"],
    );
    assert_eq!(report(folder.path()), first);
}

/// SIGTERM in the middle leaves finished runs whole, and nothing of the others; the same command
/// goes on, to the report of a comparison that nothing interrupted.
#[test]
fn a_comparison_that_was_interrupted_ends_in_the_same_report() {
    let folder = tempfile::tempdir().unwrap();
    let toy = toy(folder.path()).replace("--epochs 2", "--epochs 40")
        + " --rates 0.5,1 --finalists 2 --selection-epochs 20";
    let runs = folder.path().join("out/runs");
    let count = || fs::read_dir(&runs).map_or(0, Iterator::count);
    let whole = {
        stdout(&mut heddle(&toy));
        report(folder.path())
    };
    let all = count();
    fs::remove_dir_all(folder.path().join("out")).unwrap();

    // twice: while it chooses, and among the reported runs
    let mut left = 0;
    for wanted in [2, all - 6] {
        let child = at_a_terminal(&toy)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let start = Instant::now();
        while count() < wanted {
            assert!(
                start.elapsed() < Duration::from_secs(120),
                "{} of {all} runs",
                count()
            );
            std::thread::sleep(Duration::from_millis(2));
        }
        send("TERM", &child);
        let output = ended(child);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(143), "{errors}");
        assert!(
            (left + 1..all).contains(&count()),
            "{} of {all} runs",
            count()
        );
        left = count();
        assert!(!folder.path().join("out/parity.json").exists());
        for run in fs::read_dir(&runs).unwrap() {
            let text = fs::read_to_string(run.unwrap().path()).unwrap();
            serde_json::from_str::<Value>(&text).unwrap();
        }
    }
    stdout(&mut heddle(&toy));
    assert_eq!(report(folder.path()), whole);
    assert_eq!(count(), all);
    // control: what is compared tells other runs apart
    let other = toy.replace("--seeds 3", "--seeds 3 --seed 7");
    fs::remove_dir_all(folder.path().join("out")).unwrap();
    stdout(&mut heddle(&other));
    assert_ne!(report(folder.path())["samples"], whole["samples"]);
}

/// A batch in groups is an arm of its own, and never called Case III alone; Case I and no dropout are the runs that they
/// were in the comparison before, and not done again. The control: other data are other runs.
#[test]
fn groups_of_masks_are_an_arm_of_their_own_beside_runs_taken_over() {
    let folder = tempfile::tempdir().unwrap();
    let toy = toy(folder.path());
    let first = json(&mut heddle(&format!("{toy} --json")));
    let of = |rest: &str, out: &str| {
        let before = folder.path().join("out").display().to_string();
        let there = folder.path().join(out).display().to_string();
        let command = toy.replace(&format!("--out {before}"), &format!("--out {there}"));
        let mut command = heddle(&format!("{command} {rest} --reuse {before} --json"));
        let output = command.output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        let found: Value = serde_json::from_slice(&output.stdout).expect(&errors);
        (found, errors)
    };
    let (found, told) = of("--mask-groups 2", "groups");
    assert_eq!(found["protocol"]["mask_groups"], 2);
    let samples = |report: &Value| report["samples"].as_array().unwrap().clone();
    let (one, two) = (samples(&first), samples(&found));
    assert_eq!(one[..2], two[..2], "no dropout and Case I");
    assert_eq!(two[2]["mask_groups"], 2);
    assert_ne!(one[2]["test"], two[2]["test"], "other masks");
    let name = two[2]["name"].as_str().unwrap();
    assert!(name.starts_with("2 groups (as III), p"), "{name}");
    assert!(!told.contains("case III"), "{told}");
    let trained = |told: &str| told.matches("valid loss").count();
    assert_eq!(trained(&told), 2 * 2 + 3, "only the arm's own: {told}");
    // taken over: they are here now
    let (again, told) = of("--mask-groups 2", "groups");
    assert_eq!((samples(&again), trained(&told)), (two, 0));
    let (_, told) = of("--mask-groups 2 --learning-rate 0.5", "other");
    assert_eq!(trained(&told), 2 * 2 * 2 + 3 * 3, "{told}");
    let nowhere = folder.path().join("train").display().to_string();
    let words = ["--reuse", nowhere.as_str(), "--out of another"];
    fails(&mut heddle(&format!("{toy} --reuse {nowhere}")), 2, &words);
}

/// Runs of one seed are a pair: they differ in their masks and in nothing else, so that
/// masks that keep everything make no difference but for the order of summation.
#[test]
fn runs_of_a_seed_are_a_pair() {
    let folder = tempfile::tempdir().unwrap();
    let toy = toy(folder.path()).replace("--grid 0.1,0.3", "--grid 0.04");
    // 4 % of 12 units is none
    let found = json(&mut heddle(&format!("{toy} --json")));
    for comparison in found["comparisons"].as_array().unwrap() {
        let differences = comparison["differences"].as_array().unwrap();
        let same = |d: &Value| d.as_f64().unwrap().abs() < 1e-5;
        assert!(differences.iter().all(same), "{comparison}");
    }
    let test = found["samples"][0]["test"].as_array().unwrap();
    let apart = test[0].as_f64().unwrap() - test[1].as_f64().unwrap();
    assert!(apart.abs() > 1e-3, "seeds differ: {test:?}");
}

#[test]
fn bad_settings_leave_no_folder() {
    let folder = tempfile::tempdir().unwrap();
    let toy = toy(folder.path());
    for (arguments, words) in [
        ("--seeds 1", ["'1' for '--seeds", "from 2 to"]),
        ("--grid 0.2,1.5", ["'1.5' for '--grid", "less than 1"]),
        ("--grid 0.2,many", ["'many'", "--grid"]),
        ("--cases III", ["--cases = III", "add I"]),
        ("--cases I,V", ["'V'", "I, II, III, IV"]),
        ("--margin 0", ["'0' for '--margin", "above 0"]),
        ("--threads 0", ["'0' for '--threads", "from 1"]),
        ("--epochs 0", ["'0' for '--epochs", "from 1"]),
        ("--sites none", ["--sites = none", "nr, rh, out"]),
        ("--p 0.5", ["--p = 0.5", "--grid"]),
        ("--case II", ["--case", "cannot be used"]),
        ("--arithmetic=9", ["--arithmetic = 9", "at most as many"]),
        ("--plot plot.pdf", ["plot.pdf", ".svg or .png"]),
        ("--hidden 0", ["'0' for '--hidden", "from 1"]),
    ] {
        let mut all: Vec<&str> = toy.split(' ').collect();
        let given: Vec<&str> = arguments.split(' ').collect();
        // what is given twice would be refused for that
        let flag = given[0].split('=').next().unwrap();
        if let Some(at) = all.iter().position(|word| *word == flag) {
            all.drain(at..at + 2);
        }
        let line = format!("{} {arguments}", all.join(" "));
        fails(&mut heddle(&line), 2, &words);
        assert!(!folder.path().join("out").exists(), "{arguments}");
    }
}
