//! Numbers out of range, memory that is not there, training that diverges, flags without effect.

use super::{fails, heddle, json, run};
use std::path::Path;
use std::process::Command;

const TINY: &str = "--hidden 4 --batch 2 --window 2 --vocabulary 20";

/// Every flag that takes a number answers one out of its range with the range, whatever the
/// number looks like.
#[test]
fn numbers_are_answered_with_their_range() {
    let product = "cycles --phase fp --m 20 --k 650 --n 2600";
    for (command, flag, range, values) in [
        (
            product,
            "--rows",
            "from 1 to 256",
            &["-1", "0", "257", "1e9", "1.5", "x"][..],
        ),
        (product, "--times", "from 1 to", &["0", "-3", "99999"]),
        (
            "cycles --network ner-conll",
            "--steps",
            "from 1 to",
            &["0", "-1", "1e6"],
        ),
        (
            "cycles --network ner-conll",
            "--p",
            "less than 1",
            &["1", "-0.5", "nan", "inf"],
        ),
        (
            "explore --network ner-conll",
            "--rows",
            "from 1 to 256",
            &["0", "8,-1", "8,1e9"],
        ),
        (
            "explore --network ner-conll",
            "--p",
            "less than 1",
            &["0.5,1", "nan"],
        ),
        (
            "cosim --random 1",
            "--batch",
            "from 1 to 1000",
            &["0", "-1", "1001"],
        ),
        (
            "train",
            "--hidden",
            "from 1 to 16384",
            &["0", "-1", "16385", "1e3"],
        ),
        (
            "train",
            "--threads",
            "from 1 to 1024",
            &["0", "100000", "-1"],
        ),
        ("train", "--layers", "from 1 to 64", &["0", "65"]),
        (
            "train",
            "--learning-rate",
            "above 0",
            &["0", "-1", "nan", "inf", "x"],
        ),
        ("train", "--decay", "above 0", &["0", "nan"]),
        ("train", "--clip", "above 0", &["0", "-5", "inf"]),
        ("train", "--init", "above 0", &["0", "nan"]),
        ("train", "--epochs", "from 1 to", &["0", "1e2"]),
        ("train", "--full-epochs", "from 1 to", &["0"]),
        ("train", "--seed", "from 0 to", &["-1", "1e9"]),
        (
            "train --task nmt",
            "--max-length",
            "from 1 to",
            &["0", "-1"],
        ),
        ("run", "--epochs", "from 1 to", &["0"]),
        ("run", "--window", "from 1 to", &["0"]),
        ("bench train", "--warm-up", "from 0 to", &["-1", "99999999"]),
        (
            "bench train",
            "--corpus-words",
            "to 1000000000",
            &["-1", "3000000000000"],
        ),
        (
            "trace record --out t",
            "--steps",
            "from 1 to",
            &["0", "3000000000000"],
        ),
        (
            "trace record --out t",
            "--after",
            "from 0 to",
            &["-1", "3000000000000"],
        ),
        ("trace record --out t", "--max-jobs", "from 1 to", &["0"]),
        (
            "parity --out p",
            "--selection-seeds",
            "from 1 to",
            &["0", "1001"],
        ),
        ("power", "--jobs", "from 1 to", &["0", "-2"]),
        ("power", "--macs", "from 1 to", &["0"]),
        ("synth --target ecp5", "--seeds", "from 1 to", &["0"]),
    ] {
        for value in values {
            let mut command = heddle(command);
            fails(command.args([flag, value]), 2, &[flag, range]);
        }
    }
    let steps = "cycles --network zaremba-medium --steps 3000000000000";
    fails(
        &mut heddle(steps),
        2,
        &["--steps = 3000000000000", "64 bits"],
    );
    json(&mut heddle(
        "cycles --network zaremba-medium --steps 1000000 --json",
    ));
}

/// The program under a limit of its address space, in KiB.
fn limited(kibibytes: u64, arguments: &str) -> Command {
    let mut command = Command::new("bash");
    let program = env!("CARGO_BIN_EXE_heddle");
    let line = format!("ulimit -v {kibibytes} && exec \"$0\" {arguments}");
    command.args(["-c", &line, program]);
    command
}

#[test]
fn memory_that_is_not_there_is_told_before_it_is_taken() {
    const GIB: u64 = 1 << 20;
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().display();
    for (limit, arguments, words) in [
        (
            GIB,
            "train --hidden 16384".to_owned(),
            &[
                "training this model takes about",
                "GiB",
                "ulimit -v",
                "--hidden",
            ][..],
        ),
        (
            GIB,
            "train --task nmt --hidden 8192".into(),
            &["GiB", "--max-length"],
        ),
        (
            GIB,
            "train --task ner --hidden 16384".into(),
            &["GiB", "ulimit -v"],
        ),
        (GIB, "run --hidden 16384".into(), &["GiB", "ulimit -v"]),
        (GIB, "power --hidden 16384".into(), &["GiB", "ulimit -v"]),
        (
            GIB,
            "trace record --out t --hidden 16384".into(),
            &["GiB", "ulimit -v"],
        ),
        (
            GIB,
            "bench train --hidden 8192".into(),
            &["GiB", "ulimit -v"],
        ),
        (
            GIB,
            "bench train --corpus-words 1000000000".into(),
            &["--corpus-words"],
        ),
        (
            GIB,
            format!("parity --out {out} --hidden 1024 --threads 64"),
            &["64 such models side by side", "fewer"],
        ),
        (
            GIB,
            "cosim --random 1 --max-dim 4096 --batch 100".into(),
            &["--max-dim", "--batch"],
        ),
        (
            GIB,
            format!("train {TINY} --threads 1024"),
            &["1024 threads", "--threads"],
        ),
    ] {
        fails(&mut limited(limit, arguments.as_str()), 2, words);
    }
    // and what fits is done
    let mut fits = limited(GIB, &format!("train {TINY} --epochs 1 --threads 2"));
    let output = run(&mut fits);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
}

#[test]
fn a_trace_whose_result_has_no_room_is_refused() {
    // A column times a row: two million elements and a result of 10^12.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outer.safetensors");
    let size = 1usize << 20;
    let jobs = serde_json::json!([{
        "name": "x", "phase": "fp", "m": size, "k": 1, "n": size, "format": "int8"
    }]);
    let tensor = |shape: [usize; 2], first: usize| {
        serde_json::json!({
            "dtype": "I8", "shape": shape, "data_offsets": [first, first + size]
        })
    };
    let header = serde_json::json!({
        "__metadata__": { "heddle.trace": "1", "heddle.jobs": jobs.to_string() },
        "x/a": tensor([size, 1], 0),
        "x/b": tensor([1, size], size),
    });
    let header = header.to_string();
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.resize(bytes.len() + 2 * size, 1);
    std::fs::write(&path, bytes).unwrap();
    let mut check = heddle("trace check");
    assert!(run(check.arg(&path)).status.success());
    let mut replay = heddle("cosim --rows 2 --cols 2 --format int8 --trace");
    fails(replay.arg(&path), 2, &["'x'", "TiB"]);
}

#[test]
fn training_that_diverges_ends_with_1_and_keeps_the_last_good_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.safetensors");
    for task in [
        "--task lm --hidden 8 --batch 4 --window 5 --vocabulary 60",
        "--task nmt --languages en-vi --hidden 8 --batch 16 --vocabulary 60",
        "--task ner --hidden 4 --embedding 8 --vocabulary 200",
    ] {
        for engine in ["cpu", "golden"] {
            let train = format!("train {task} --engine {engine} --optimiser sgd");
            let mut good = heddle(&format!("{train} --epochs 1 --checkpoint"));
            let output = run(good.arg(&file));
            assert!(output.status.success(), "{task} {engine}");
            let before = std::fs::read(&file).unwrap();
            let mut bad = heddle(&format!(
                "{train} --epochs 2 --learning-rate 1e6 --clip 1e30 --checkpoint"
            ));
            let words = [
                "diverged in epoch 1",
                "at training step",
                "lower the learning rate",
            ];
            fails(bad.arg(&file), 1, &words);
            let after = std::fs::read(&file).unwrap();
            assert!(before == after, "{task} {engine}: nothing good was saved");
        }
    }
    let diverges = "--learning-rate 1e6 --clip 1e30 --optimiser sgd --init 1000";
    for command in [
        format!("run {TINY} {diverges} --epochs 1"),
        format!("trace record {TINY} {diverges} --after 300 --out never"),
        format!("power {TINY} {diverges} --rows 2 --cols 2 --format int8 --after 300"),
    ] {
        fails(&mut heddle(&command), 1, &["diverged"]);
    }
}

/// What a command has no use for is refused, not ignored.
#[test]
fn flags_without_effect_are_refused() {
    for (command, words) in [
        ("train --beam 3", &["--beam = 3", "--task nmt"][..]),
        ("train --encoder bi", &["--encoder = bi", "--task nmt"]),
        (
            "train --languages en-vi",
            &["--languages = en-vi", "--task nmt"],
        ),
        (
            "train --max-length 50",
            &["--max-length = 50", "--task nmt or --task ner"],
        ),
        (
            "train --task nmt --window 5",
            &["--window = 5", "--task lm"],
        ),
        (
            "train --task ner --window 5",
            &["--window = 5", "--task lm"],
        ),
        ("train --task ner --beam 5", &["--beam = 5", "--task nmt"]),
        ("train --p 0.5 --sites none", &["--p = 0.5", "--sites none"]),
        (
            "train --engine golden --threads 2",
            &["--threads = 2", "golden"],
        ),
        ("run --beam 3", &["--beam"]),
        ("parity --beam 3 --out never", &["--beam"]),
        ("trace record --beam 3 --out never", &["--beam"]),
        (
            "trace record --rows 4 --out never",
            &["--rows = 4", "--format"],
        ),
        ("power --window 5 --task ner", &["--window"]),
        ("power --trace t --hidden 8", &["--trace", "--hidden"]),
        ("power --trace t --after 8", &["--trace", "--after"]),
        ("power --manifest m --skew ram", &["--manifest", "--skew"]),
        ("cosim --trace t --seed 2", &["--seed = 2", "--disturb"]),
        ("cosim --trace t --max-dim 2", &["--max-dim", "--trace"]),
        (
            "cycles --network ner-conll --seed 2",
            &["--seed = 2", "bernoulli"],
        ),
        (
            "cycles --network ner-conll --policy packed",
            &["--policy", "--network"],
        ),
        (
            "cycles --phase fp --m 1 --k 1 --n 1 --p 0.5",
            &["--p", "--phase"],
        ),
    ] {
        fails(&mut heddle(command), 2, words);
    }
    assert!(!Path::new("never").exists());
}
