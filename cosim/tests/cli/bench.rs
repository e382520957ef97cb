//! `heddle bench`: what it prints and what it refuses; never how fast it is.

use super::{fails, heddle, json, stdout};
use serde_json::Value;
#[cfg(unix)]
use std::path::Path;
use std::process::Command;

const ROUNDS: &str = "--rounds 3 --steps 2 --warm-up 1";

/// A measurement of a blink.
fn tiny(rest: &str) -> Command {
    heddle(&format!(
        "bench train --preset small --hidden 8 --vocabulary 50 --corpus-words 2000 \
         --batch 4 --window 5 {ROUNDS} {rest}"
    ))
}

fn positive(value: &Value) -> f64 {
    let number = value.as_f64().unwrap_or_else(|| panic!("{value}"));
    assert!(number.is_finite() && number > 0.0, "{number}");
    number
}

#[test]
fn the_report_has_both_sides_and_every_phase() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bench.json");
    let report = json(tiny("--p 0.5 --threads 2 --json --report").arg(&file));
    let written: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(written, report);
    for key in ["dense_tokens_per_s", "packed_tokens_per_s", "speedup"] {
        let median = positive(&report[key]);
        let spread = &report["spread"][key];
        assert_eq!(positive(&spread["median"]), median);
        assert!(positive(&spread["min"]) <= median && median <= positive(&spread["max"]));
    }
    for side in ["dense_ms", "packed_ms", "speedup"] {
        for phase in ["fp", "bp", "wg"] {
            positive(&report["phases"][phase][side]);
        }
        for part in ["lstm", "out", "other", "masks", "step"] {
            positive(&report[part][side]);
        }
    }
    for side in ["dense_ms", "packed_ms"] {
        let lstm = positive(&report["lstm"][side]);
        assert!(lstm < positive(&report["step"][side]));
        assert!(positive(&report["phases"]["bp"][side]) < lstm);
    }
    // what is spent on masks is part of the rest, and less of it for shared ones
    let masks = |side: &str| positive(&report["masks"][side]);
    assert!(masks("packed_ms") < masks("dense_ms"));
    positive(&report["speedup_without_masks"]);
    assert_eq!(report["threads"], 2);
    assert_eq!(report["settings"]["batch"], 4);
    assert_eq!(
        report["settings"]["sites"],
        serde_json::json!(["nr", "rh", "out"])
    );
    assert!(report.get("pytorch_tokens_per_s").is_none());
    if cfg!(target_os = "linux") {
        positive(&report["peak_memory_bytes"]);
    }
}

#[test]
fn sites_and_kernels_are_those_asked_for() {
    let report = json(&mut tiny("--sites nr --kernel portable --json"));
    assert_eq!(report["settings"]["sites"], serde_json::json!(["nr"]));
    assert_eq!(report["kernel"], "portable");
    assert_eq!(report["settings"]["kind"], "exact");
    positive(&json(&mut tiny("--p 0 --json"))["speedup"]);
    let table = stdout(&mut tiny("--kind bernoulli"));
    for word in ["dense, Case I", "packed, Case III", "fp", "other", "epoch"] {
        assert!(table.contains(word), "'{word}' not in: {table}");
    }
}

#[test]
fn settings_that_cannot_be() {
    for (rest, words) in [
        ("--p 1", &["probability", "1", "less than 1"][..]),
        ("--p nan", &["probability", "less than 1"]),
        ("--sites nr,rx", &["'rx'", "nr, rh, out"]),
        ("--threads 0", &["'0' for '--threads", "from 1 to"]),
        ("--kernel sse", &["'sse'", "avx512"]),
        ("--pytorch /no/python", &["/no/python", "cannot be started"]),
        ("--report /no/folder/x.json", &["/no/folder"]),
    ] {
        fails(&mut tiny(rest), 2, words);
    }
    for flag in ["--rounds", "--steps", "--batch", "--window"] {
        let message = format!("'0' for '{flag}");
        let command = format!("bench train {flag} 0");
        fails(&mut heddle(&command), 2, &[&message, "from 1 to"]);
    }
    let preset = "bench train --preset zaremba-huge";
    fails(
        &mut heddle(preset),
        2,
        &["zaremba-huge", "small, medium, large"],
    );
    let text = "bench train --corpus-words 100";
    fails(&mut heddle(text), 2, &["100", "twice the vocabulary"]);
    let words = "bench train --vocabulary 2";
    fails(&mut heddle(words), 2, &["--vocabulary", "'2'", "from 3 to"]);
}

/// Pretenders stand in for a Python: one without PyTorch, one that is none, one that dies
/// at its first step, and one that does as it is told.
#[cfg(unix)]
#[test]
fn pytorch_is_told_what_to_do_and_believed_what_it_took() {
    let folder = tempfile::tempdir().unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/pretender.sh");
    let python = |name: &str| {
        let path = folder.path().join(name);
        std::os::unix::fs::symlink(&script, &path).unwrap();
        path
    };
    let with = |path: &std::path::Path| {
        let mut command = tiny("--json --pytorch");
        command.arg(path);
        command
    };
    fails(
        &mut with(&python("none")),
        2,
        &["none", "pip install torch"],
    );
    fails(&mut with(&python("other")), 2, &["other", "hello"]);
    fails(
        &mut with(&python("dies")),
        1,
        &["PyTorch in", "dies", "failed"],
    );
    let report = json(&mut with(&python("good")));
    assert_eq!(report["pytorch_version"], "9.9");
    assert_eq!(report["pytorch_tokens_per_s"], 50.0);
    assert_eq!(report["pytorch_sites"], serde_json::json!(["nr", "out"]));
    let ratio = positive(&report["dense_over_pytorch"]);
    let rate = positive(&report["dense_tokens_per_s"]);
    assert!((ratio / (rate / 50.0) - 1.0).abs() < 1e-9);
    positive(&report["packed_over_pytorch"]);
}
