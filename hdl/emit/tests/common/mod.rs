//! Tools that the tests of the Verilog call.
#![allow(dead_code)] // each test file uses some of it

use heddle_emit::Design;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Whether `program` can be run; says so if not, so that a test that skips is seen.
pub fn has(program: &str) -> bool {
    let found = Command::new(program).arg("-V").output().is_ok();
    if !found {
        eprintln!("SKIPPED: {program} is not installed, so what it would check is not checked");
    }
    found
}

/// The Verilators to lint with: that of `$HEDDLE_VERILATOR` and that of the path.
pub fn verilators() -> Vec<String> {
    let named = std::env::var("HEDDLE_VERILATOR").ok();
    named
        .into_iter()
        .chain(["verilator".to_owned()])
        .filter(|program| has(program))
        .collect()
}

/// Runs a command in `dir`; its output, and whether it said nothing wrong.
pub fn run(dir: &Path, program: &str, args: &[&str]) -> (Output, String) {
    let output = Command::new(program)
        .args(args)
        .current_dir(dir)
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    (output, text)
}

/// Writes every module of `design` to `dir`; the file names, in order.
pub fn write(design: &Design, dir: &Path) -> Vec<String> {
    let names = design.modules.iter().map(|module| {
        let name = format!("{}.v", module.name);
        std::fs::write(dir.join(&name), &module.text).expect("a temporary folder can be written");
        name
    });
    names.collect()
}

/// A folder of its own that goes away.
pub fn folder() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().to_owned();
    (dir, path)
}

/// Every tool's complaints about `design`, empty if there are none: Verilator with all
/// warnings, Icarus as Verilog-2001, yosys for latches, loops and undriven nets.
pub fn complaints(design: &Design) -> String {
    let (_guard, dir) = folder();
    let files = write(design, &dir);
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let top = &design.top().expect("a top").name;
    let mut said = String::new();
    for verilator in verilators() {
        let args = [&["--lint-only", "-Wall", "--top-module", top], &files[..]].concat();
        let (output, text) = run(&dir, &verilator, &args);
        let wrong = text.lines().any(|line| line.starts_with('%'));
        if !output.status.success() || wrong {
            said += &format!("{verilator}:\n{text}");
        }
    }
    if has("iverilog") {
        let args = [
            &["-g2001", "-Wall", "-o", "/dev/null", "-s", top],
            &files[..],
        ]
        .concat();
        let (output, text) = run(&dir, "iverilog", &args);
        if !output.status.success() || !text.is_empty() {
            said += &format!("iverilog:\n{text}");
        }
    }
    if has("yosys") {
        let script = format!(
            "read_verilog {}; hierarchy -check -top {top}; proc; \
             select -assert-none t:$dlatch t:$adlatch t:$dlatchsr; check -assert",
            files.join(" ")
        );
        let (output, text) = run(&dir, "yosys", &["-q", "-p", &script]);
        if !output.status.success() || text.contains("Warning") {
            said += &format!("yosys:\n{text}");
        }
    }
    said
}
