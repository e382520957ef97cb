//! Bad input: exit code 2, the offending value and what would be right, no panic, no file.

use super::{fails, fixture, heddle};

#[test]
fn values_out_of_range() {
    let product = "cycles --phase fp --m 20 --k 650 --n 2600";
    for (arguments, words) in [
        (
            format!("{product} --rows 0"),
            ["'0' for '--rows", "from 1 to 256"],
        ),
        (
            format!("{product} --cols 257"),
            ["'257' for '--cols", "from 1 to 256"],
        ),
        (format!("{product} --rows=-1"), ["'-1'", "--rows"]),
        (
            format!("{product} --format fp8"),
            ["'fp8'", "int8, int16, bf16"],
        ),
        (
            format!("{product} --format int8 --acc-bits 17"),
            ["acc_bits = 17", "16, 20, 24, 28, 32"],
        ),
        (
            format!("{product} --overflow saturate"),
            ["overflow = saturate", "bf16"],
        ),
        (
            format!("{product} --add-stages 7"),
            ["'7' for '--add-stages", "from 1 to 6"],
        ),
        (
            format!("{product} --reset hard"),
            ["'hard'", "none, sync, async"],
        ),
        (
            format!("{product} --policy lazy"),
            ["'lazy'", "dense, gated, packed"],
        ),
        (format!("{product} --keep 651"), ["keep = 651", "0 to 650"]),
        (
            "cycles --phase fp --m 0 --k 1 --n 1".into(),
            ["'0' for '--m", "from 1 to"],
        ),
        (
            "cycles --phase fp --m 1 --k 99999999 --n 1".into(),
            ["'99999999' for '--k", "from 1 to"],
        ),
        (
            "cycles --phase up --m 1 --k 1 --n 1".into(),
            ["'up'", "fp, bp, wg"],
        ),
        ("cycles --phase fp --m 1 --k 1".into(), ["--n", "required"]),
        (
            "cycles --network alexnet".into(),
            ["alexnet", "zaremba-medium"],
        ),
        (
            "cycles --network ner-conll --epoch".into(),
            ["ner-conll", "tokens = "],
        ),
        (
            "cycles --network ner-conll --p 1".into(),
            ["1", "less than 1"],
        ),
        (
            "cycles --network ner-conll --plot x.jpg".into(),
            ["x.jpg", ".svg or .png"],
        ),
        ("cosim --rows 4".into(), ["--trace", "--random"]),
        ("cosim --random 0".into(), ["'0' for '--random", "from 1"]),
        (
            "cosim --random 1 --max-dim 5000".into(),
            ["'5000' for '--max-dim", "from 1 to 4096"],
        ),
        (
            "cosim --random 1 --plot x.pdf".into(),
            ["x.pdf", ".svg or .png"],
        ),
        (
            "cosim --random 1 --errors 1".into(),
            ["--errors = 1", "--target engine"],
        ),
        (
            "cosim --random 1 --bus-bits 64".into(),
            ["--bus-bits = 64", "--target engine"],
        ),
        (
            "cosim --phase fp --m 1 --k 1 --n 1".into(),
            ["--phase = fp", "--target engine"],
        ),
        (
            "cosim --target engine --phase fp --m 1 --k 1".into(),
            ["--n", "required"],
        ),
        (
            "cosim --target engine --phase fp --m 1 --k 1 --n 1 --keep 2".into(),
            ["2", "keep 0 to 1"],
        ),
        (
            "cosim --target engine --random 1 --bus-bits 48".into(),
            ["engine.bus_bits", "32, 64, 128, 256 or 512"],
        ),
        (
            "cosim --target engine --random 1 --latency 0".into(),
            ["'0' for '--latency", "from 1 to 10000"],
        ),
        (
            format!("{product} --latency 3"),
            ["--latency = 3", "--target engine"],
        ),
        (
            format!("{product} --seed 3"),
            ["--seed = 3", "--target engine"],
        ),
        (
            format!("{product} --target engine --explain"),
            ["--explain", "leave it out with --target engine"],
        ),
        (
            "cycles --target engine --network ner-conll --steps 2".into(),
            ["--steps = 2", "leave it out with --target engine"],
        ),
        (
            "cycles --trace nowhere.safetensors".into(),
            ["nowhere.safetensors", "cannot read"],
        ),
        (
            format!("{product} --trace t.safetensors"),
            ["--trace", "cannot be used with"],
        ),
        (
            "cycles --target engine --trace t.safetensors".into(),
            [
                "--trace = t.safetensors",
                "leave it out with --target engine",
            ],
        ),
        (
            format!("{product} --target engine --keep 651"),
            ["keep = 651", "0 to 650"],
        ),
        (
            format!("{product} --target engine --dataflow os"),
            ["layout NN", "dataflow = both"],
        ),
        (
            "cycles --target engine --phase fp --m 1 --k 99999999 --n 1".into(),
            ["'99999999' for '--k", "from 1 to"],
        ),
        (
            "run --bus-bits 64".into(),
            ["--bus-bits = 64", "--target engine"],
        ),
        (
            "run --target engine --plot cycles.svg".into(),
            ["--plot = cycles.svg", "--target engine"],
        ),
        (
            "cosim --target engine --random 1 --flow ws".into(),
            ["--flow = ws", "--target engine"],
        ),
        (
            "cosim --target engine --random 1 --waveform-of random.1.0".into(),
            [
                "--waveform-of = random.1.0",
                "leave it out with --target engine",
            ],
        ),
        (
            "cosim --target engine --random 1 --text emitted".into(),
            ["--text = emitted", "leave it out with --target engine"],
        ),
        (
            "cosim --target engine --random 1 --model-threads 2".into(),
            ["--model-threads = 2", "leave it out with --target engine"],
        ),
        (
            "cosim --target engine --random 1 --batch 2".into(),
            ["--batch = 2", "--trace"],
        ),
        (
            "run --target engine --waveform x.txt".into(),
            ["--waveform = x.txt", ".vcd or .fst"],
        ),
        (
            format!("{product} --plot x.svg"),
            ["--plot = x.svg", "--target engine"],
        ),
        (
            format!("{product} --target engine --plot x.jpg"),
            ["x.jpg", ".svg or .png"],
        ),
        ("train --p 1.0".into(), ["1", "less than 1"]),
        (
            "train --hidden 0 --embedding 8".into(),
            ["'0' for '--hidden", "from 1 to 16384"],
        ),
        ("train --sites nr,xy".into(), ["'xy'", "nr, rh, out"]),
        ("train --case V".into(), ["'V'", "I, II, III, IV"]),
        ("train --train-text a".into(), ["--valid-text", "required"]),
        ("run --plot run.gif".into(), ["run.gif", ".svg or .png"]),
        ("completions tcsh".into(), ["tcsh", "bash"]),
    ] {
        fails(&mut heddle(&arguments), 2, &words);
    }
}

#[test]
fn configuration_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("array.toml");
    for (text, words) in [
        ("rows = 8\ncolumns = 8\n", ["columns", "array.toml"]),
        ("rows = \"many\"\n", ["many", "array.toml"]),
        (
            "format = \"int8\"\nacc_bits = 48\n",
            ["acc_bits = 48", "16, 20, 24, 28, 32"],
        ),
        ("rows = [\n", ["array.toml", "line"]),
    ] {
        std::fs::write(&path, text).unwrap();
        let mut command = heddle("cycles --phase fp --m 1 --k 1 --n 1 --config");
        fails(command.arg(&path), 2, &words);
    }
    std::fs::remove_file(&path).unwrap();
    let mut command = heddle("cycles --phase fp --m 1 --k 1 --n 1 --config");
    fails(command.arg(&path), 2, &["array.toml", "cannot read"]);
}

#[test]
fn flags_override_the_configuration_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("array.toml");
    std::fs::write(
        &path,
        "rows = 8\ncols = 4\nformat = \"int8\"\nacc_bits = 24\n",
    )
    .unwrap();
    let mut command = heddle("cycles --phase fp --m 1 --k 1 --n 1 --rows 2 --json --config");
    let array = &super::json(command.arg(&path))["array"];
    assert_eq!(
        (&array["rows"], &array["cols"], &array["acc_bits"]),
        (&2.into(), &4.into(), &24.into())
    );
}

#[test]
fn traces_that_cannot_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.safetensors");
    let bytes = std::fs::read(fixture("pytorch.safetensors")).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    for command in ["trace check", "trace inspect", "cosim --trace"] {
        fails(
            heddle(command).arg(&path),
            2,
            &["cut.safetensors", "truncated"],
        );
    }
    fails(
        heddle("trace check").arg("/nonexistent.safetensors"),
        2,
        &["/nonexistent.safetensors"],
    );
    // another format than the array's, said before a model is built
    let mut command = heddle("cosim --rows 3 --cols 4 --format int16 --trace");
    fails(
        command.arg(fixture("pytorch.safetensors")),
        2,
        &["bf16", "int16"],
    );
    let mut command =
        heddle("cosim --rows 3 --cols 4 --format int8 --verilog /nonexistent --trace");
    fails(
        command.arg(fixture("pytorch-int8.safetensors")),
        2,
        &["/nonexistent"],
    );
}

#[test]
fn texts_that_cannot_be_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("text");
    let train = || {
        let mut command = heddle("train");
        for flag in ["--train-text", "--valid-text", "--test-text"] {
            command.arg(flag).arg(&path);
        }
        command
    };
    fails(&mut train(), 2, &["text"]);
    std::fs::write(&path, b"fine\nnot \xff fine\n").unwrap();
    fails(&mut train(), 2, &["text:2", "UTF-8"]);
}

#[test]
fn output_that_cannot_be_written() {
    let mut command = heddle("trace record --after 0 --hidden 4 --batch 2 --window 2 --vocabulary 20 --out /nonexistent/t");
    fails(&mut command, 2, &["cannot write /nonexistent/t"]);
    let mut command = heddle("generate --rows 2 --cols 2 --out /dev/null/array");
    fails(&mut command, 2, &["cannot write /dev/null/array"]);
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = heddle("cycles --phase fp --m 1 --k 1 --n 1")
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("No space left"));
}

#[test]
fn a_selection_that_takes_nothing() {
    let mut command = heddle("trace record --after 0 --hidden 4 --batch 2 --window 2 --vocabulary 20 --record-times 7 --out never.safetensors");
    fails(&mut command, 2, &["--record-times", "0 to 1"]);
    assert!(!std::path::Path::new("never.safetensors").exists());
}
