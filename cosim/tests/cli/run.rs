//! `heddle run` and `heddle train`, as small as they go.

use super::{heddle, json, stdout};
use heddle_hdl::engine::{engine_design, EngineConfig};
use heddle_hdl::{ArrayConfig, Dataflow, Prefix};

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

const ON_THE_ENGINE: &str = "--target engine --rows 4 --cols 4 --format bf16 --bus-bits 64";

/// What there must be none of.
const NONE: [&str; 5] = [
    "mismatches",
    "wrong_bytes",
    "cycle_model_differences",
    "guard_violations",
    "hangs",
];

/// Through memory, and what adds up is written once, however many products there are.
#[test]
fn a_training_step_runs_on_the_engine() {
    let run = |times: &str| {
        let to_record = format!("--record-times {times} --latency 20 --json");
        json(&mut heddle(&format!(
            "run {SMALL} {ON_THE_ENGINE} {to_record}"
        )))
    };
    let (one, two) = (run("1"), run("1,4"));
    assert_eq!(two["target"], "engine");
    assert_eq!(two["latency"], 20);
    assert!(two["train"]["test_perplexity"].as_f64().unwrap() < 60.0);
    for policy in ["dense", "gated", "packed"] {
        let all = &two["policies"][policy];
        for none in NONE {
            assert_eq!(all[none], 0, "{policy}: {none}");
        }
        let number = |report: &serde_json::Value, phase: &str, field: &str| {
            report["phases"][phase][policy][field].as_u64().unwrap()
        };
        let phases = ["fp", "bp", "wg"];
        let cycles: u64 = phases
            .map(|phase| number(&two, phase, "cycles"))
            .iter()
            .sum();
        assert_eq!(all["cycles"], cycles);
        for phase in phases {
            let [once, twice] = [&one, &two].map(|of| number(of, phase, "bytes_written"));
            match (phase, policy) {
                ("wg", "dense") => assert_eq!(twice, once),
                // Rows of dW that no step keeps are not written.
                ("wg", _) => assert!(once < twice && twice < 2 * once, "{policy}"),
                _ => assert_eq!(twice, 2 * once, "{policy}, {phase}"),
            }
            assert_eq!(number(&two, phase, "macs"), 2 * number(&one, phase, "macs"));
        }
    }
    // FP: x W and h U of each layer in the same sums, and the softmax, each of 4 rows.
    let fp = two["phases"]["fp"]["dense"]["bytes_written"]
        .as_u64()
        .unwrap();
    assert!(fp < 2 * 4 * 4 * (4 * 4 * 12 + 60), "{fp} bytes");
    assert!(two["speedup"]["all"].as_f64().unwrap() > 1.0);
}

/// A fault in the engine's Verilog does not go unnoticed.
#[test]
fn a_wrong_engine_fails_a_training_step() {
    let config = ArrayConfig {
        dataflow: Dataflow::Both,
        engine: Some(EngineConfig {
            bus_bits: 64,
            ..EngineConfig::default()
        }),
        ..ArrayConfig::new(4, 4, "bf16".parse().unwrap())
    };
    let mut design = engine_design(&config, &Prefix::default()).unwrap();
    let store = design.modules.iter_mut();
    let store = store
        .into_iter()
        .find(|of| of.name == "heddle_engine_store");
    let store = store.expect("a store stage");
    let right = "order_zeros_o = masked & !job_c0_q";
    assert!(store.text.contains(right));
    store.text = store.text.replace(right, "order_zeros_o = 1'b0");
    let folder = tempfile::tempdir().unwrap();
    design.write(folder.path()).unwrap();
    let command = format!("run {SMALL} {ON_THE_ENGINE} --record-times 1 --json --verilog");
    let output = super::run(heddle(&command).arg(folder.path()));
    assert_eq!(output.status.code(), Some(1));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(report["first_problem"]
        .as_str()
        .unwrap()
        .starts_with("bp, "));
    assert!(report["policies"]["gated"]["mismatches"].as_u64().unwrap() > 0);
    assert_eq!(report["phases"]["fp"]["gated"]["mismatches"], 0);
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
