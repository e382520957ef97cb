//! Flags: what they used to be called is still understood, and means the same.

use super::{heddle, json, stdout};
use serde_json::Value;
use std::path::Path;

/// A report without what differs from run to run.
fn lasting(arguments: &str) -> Value {
    let mut report = json(&mut heddle(arguments));
    let object = report.as_object_mut().unwrap();
    for name in ["command", "epochs"] {
        object.remove(name);
    }
    report
}

const LM: &str = "--hidden 4 --batch 2 --window 3 --vocabulary 20";

#[test]
fn the_seed_of_a_training_run() {
    let of = |flag: &str| lasting(&format!("train {LM} --epochs 1 --json {flag} 7"));
    assert_eq!(of("--train-seed"), of("--seed"));
}

#[test]
fn files_and_folders() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let written = |command: String, file: &str| {
        stdout(&mut heddle(&format!("{command} {}", at(file).display())));
        std::fs::metadata(at(file)).unwrap_or_else(|_| panic!("{command} {file}"))
    };
    for flag in ["--csv", "--curves"] {
        written(format!("train {LM} --epochs 1 {flag}"), &format!("x{flag}"));
    }
    for flag in ["--out", "--output"] {
        written(
            format!("generate --rows 2 --cols 2 {flag}"),
            &format!("g{flag}"),
        );
    }
    for flag in ["--report", "--output"] {
        let bench = "bench train --preset small --hidden 4 --vocabulary 50 --corpus-words 1000 \
                     --batch 2 --window 3 --rounds 1 --steps 1";
        written(format!("{bench} {flag}"), &format!("b{flag}"));
    }
}

#[test]
fn what_is_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let record = |flags: &str, name: &str| {
        let file = folder.path().join(name);
        stdout(&mut heddle(&format!(
            "trace record {LM} --after 1 {flags} {}",
            file.display()
        )));
        std::fs::read(&file).unwrap()
    };
    let now = record("--steps 2 --record-times 1 --record-phases wg --out", "now");
    let then = record("--record 2 --times 1 --phases wg --output", "then");
    assert!(now == then);
    let file = folder.path().join("now").display().to_string();
    let list = |flag: &str| stdout(&mut heddle(&format!("trace inspect {file} {flag}")));
    assert_eq!(list("--list"), list("--jobs"));
    assert_ne!(list("--list"), list(""));
    let run = |flag: &str| {
        let small = "--rows 2 --cols 2 --format int8 --epochs 1 --json";
        lasting(&format!("run {LM} {small} {flag} 1"))["policies"].clone()
    };
    assert_eq!(run("--record-times"), run("--times"));
}

#[test]
fn the_settings_of_a_measurement() {
    let settings = |flags: &str| {
        let tiny = "--hidden 4 --vocabulary 50 --corpus-words 1000 --batch 2 --rounds 1 --steps 1";
        lasting(&format!("bench train {tiny} {flags} --json"))["settings"].clone()
    };
    let now = settings("--preset small --window 3 --sites nr,rh,out");
    assert_eq!(
        settings("--preset zaremba-small --time-steps 3 --sites nr+rh"),
        now
    );
    assert_eq!(settings("--preset small --window 3"), now);
    let without = settings("--preset small --window 3 --sites nr,rh");
    assert_ne!(without, now);
    let then = "--preset zaremba-small --time-steps 3 --sites nr+rh --mask-output false";
    assert_eq!(settings(then), without);
    assert_eq!(
        settings("--preset small --window 3 --sites nr --mask-output true")["sites"],
        serde_json::json!(["nr", "out"])
    );
}

/// `parity --jobs` is in `parity.rs`, where its runs are; here that it is understood.
#[test]
fn runs_side_by_side() {
    for flag in ["--threads", "--jobs"] {
        let never = Path::new("/nonexistent/parity").display().to_string();
        let command = format!("parity {flag} 0 --out {never}");
        super::fails(&mut heddle(&command), 2, &["'0' for '--threads", "from 1"]);
    }
    // `synth` and `power` wrote to --output; a wrong target ends both before they begin.
    for flag in ["--out", "--output"] {
        let command = format!("synth --target nothing {flag} x");
        super::fails(&mut heddle(&command), 2, &["'nothing'", "ecp5"]);
        let command = format!("power --policy nothing {flag} x");
        super::fails(&mut heddle(&command), 2, &["'nothing'", "kept"]);
    }
}

/// The names of `nn.LSTM` and of OpenNMT-py, which help tells.
#[test]
fn sizes_have_the_names_of_other_programs() {
    let model = |flags: &str| {
        let train = "train --batch 2 --window 3 --vocabulary 20 --epochs 1 --json";
        lasting(&format!("{train} {flags}"))["model"].clone()
    };
    let ours = model("--hidden 6 --embedding 5 --layers 3");
    assert_eq!(ours["hidden"], 6);
    for theirs in [
        "--hidden-size 6 --input-size 5 --num-layers 3",
        "--hidden_size 6 --input_size 5 --num_layers 3",
        "--rnn_size 6 --word_vec_size 5 --layers 3",
        "--rnn-size 6 --word-vec-size 5 --layers 3",
    ] {
        assert_eq!(model(theirs), ours, "{theirs}");
    }
    for command in ["train", "parity", "trace record"] {
        let help = stdout(&mut heddle(&format!("{command} --help")));
        for name in [
            "--hidden-size",
            "--rnn-size",
            "--input-size",
            "--word-vec-size",
            "--num-layers",
        ] {
            assert!(help.contains(name), "{command}: {name}");
        }
    }
    // once is enough, whatever it is called
    super::fails(
        &mut heddle("train --hidden 4 --rnn-size 4"),
        2,
        &["--hidden", "multiple times"],
    );
    super::fails(
        &mut heddle("train --hidden-size 0"),
        2,
        &["'0' for '--hidden", "from 1"],
    );
}
