//! The program from the outside: output, exit codes, files.

mod bad_input;
mod bench;
mod bound;
mod completions;
mod cosim;
mod cosim_engine;
mod cycles;
mod doctor;
mod explore;
mod explore_engine;
mod farm;
mod files;
mod flags;
mod generate;
mod hostile;
mod installed;
mod interrupt;
mod limits;
mod man;
mod mapping;
mod network;
mod parity;
mod parity_script;
mod power;
mod report;
mod reports;
mod run;
mod schemas;
mod synth;
mod terminal;
mod texts;
mod trace;
mod train;
mod words;

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The environment that has these tests' simulators kept: a variable and its value.
fn cache() -> (&'static str, PathBuf) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("models");
    ("HEDDLE_CACHE", folder)
}

/// The program with arguments, separated by blanks. Models are cached between tests.
fn heddle(arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heddle"));
    command.args(arguments.split_whitespace()).envs([cache()]);
    // what decides on colours is said by the test: the machine's own wishes are not asked
    // (CI: a terminal called dumb has colours all the same, for the log's reader)
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "CI", "TERM"] {
        command.env_remove(name);
    }
    command
}

/// Gives another command, which starts the program, the environment that `program` has here.
fn with_environment<'a>(command: &'a mut Command, program: &Command) -> &'a mut Command {
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

fn run(command: &mut Command) -> Output {
    command.output().expect("the program starts")
}

/// Standard output of a run that ends well.
fn stdout(command: &mut Command) -> String {
    let output = run(command);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{command:?}: {:?}\n{errors}",
        output.status
    );
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The one JSON object that a run prints.
fn json(command: &mut Command) -> Value {
    let text = stdout(command);
    let value: Value = serde_json::from_str(&text).expect("one JSON object and nothing else");
    reports::check(command, &value);
    value
}

/// Checks that a run fails with this exit code and a message that holds all of `words`, and
/// that it prints nothing else.
fn fails(command: &mut Command, code: i32, words: &[&str]) {
    let output = run(command);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{command:?}\n{errors}");
    assert!(
        output.stdout.is_empty(),
        "{command:?} prints {}",
        String::from_utf8_lossy(&output.stdout)
    );
    for word in words {
        assert!(
            errors.contains(word),
            "{command:?}: '{word}' not in: {errors}"
        );
    }
    assert!(!errors.contains("panicked"), "{command:?}: {errors}");
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../testbenches/fixtures")
        .join(name)
}
