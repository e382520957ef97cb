//! `heddle run` and `heddle train`, as small as they go.

use super::{heddle, json, stdout};

const SMALL: &str = "--hidden 12 --batch 4 --window 6 --vocabulary 60 --epochs 1";

#[test]
fn the_main_job_proves_itself() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let mut command = heddle(&format!(
        "run {SMALL} --rows 3 --cols 4 --format int8 --record-times 1,4 --json"
    ));
    command
        .arg("--trace")
        .arg(file("jobs.safetensors"))
        .arg("--plot")
        .arg(file("run.png"));
    let report = json(&mut command);
    assert_eq!(report["mismatches"], 0);
    assert_eq!(report["cycle_model_differences"], 0);
    assert_eq!(
        report["jobs"], 30,
        "2 layers x 2 sites and the softmax, 3 phases, 2 time steps"
    );
    assert!(report["train"]["test_perplexity"].as_f64().unwrap() < 60.0);
    for phase in ["fp", "bp", "wg", "all"] {
        let bounds = &report["bounds"][phase];
        let number = |key: &str| bounds[key].as_f64().unwrap();
        assert!(number("speedup") > 1.2, "{phase}: {bounds}");
        assert!(
            number("speedup_limit") <= 2.0 + 1e-9
                && number("speedup_bound") <= number("speedup_limit")
        );
    }
    let packed = &report["policies"]["packed"];
    assert_eq!(packed["phases"]["wg"]["jobs"], 10);
    // what was recorded replays to the same numbers
    let mut replay = heddle("cosim --rows 3 --cols 4 --format int8 --json --trace");
    let replayed = json(replay.arg(file("jobs.safetensors")));
    assert_eq!(replayed["policies"], report["policies"]);
    assert!(file("run.png").exists());
}

/// Chains of sums that are longer than a tile's beats: the table says what the cycles wait for.
#[test]
fn the_table_names_what_cycles_are_lost_to() {
    let text = stdout(&mut heddle(
        "run --quick --hidden 24 --batch 2 --window 4 --vocabulary 60 --rows 4 --cols 4 --format bf16",
    ));
    assert!(text.contains("| cycles lost"), "{text}");
    assert!(text.contains("waits for sums "), "{text}");
    assert!(text.contains("drain "), "{text}");
}

#[test]
fn training_is_reproducible_and_learns() {
    let train = || json(&mut heddle(&format!("train {SMALL} --json")));
    let (first, second) = (train(), train());
    assert_eq!(first["losses"], second["losses"]);
    let losses: Vec<f64> = first["losses"]
        .as_array()
        .unwrap()
        .iter()
        .map(|loss| loss.as_f64().unwrap())
        .collect();
    let last = losses.iter().rev().take(50).sum::<f64>() / 50.0;
    assert!(last < losses[0] - 1.0, "from {} to {last}", losses[0]);
    assert_eq!(first["dropout"]["case"], "III");
}

#[test]
fn help_is_there_for_everything() {
    for command in [
        "",
        "run",
        "generate",
        "train",
        "trace record",
        "trace inspect",
        "trace check",
        "cosim",
        "cycles",
        "completions",
    ] {
        let help = stdout(&mut heddle(&format!("{command} --help")));
        assert!(help.contains("Usage: heddle"), "{command}: {help}");
    }
}

#[test]
fn nothing_but_results_is_printed_when_piped() {
    let output = super::run(&mut heddle(&format!("train {SMALL}")));
    assert!(output.status.success());
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
