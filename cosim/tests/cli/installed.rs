//! The program where it is installed: away from the checkout, which may be gone.

use super::{cache, run};
use serde_json::Value;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The checkout, as sources name it when they ask for it.
fn checkout() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn holds(file: &Path, text: &OsStr) -> bool {
    let (bytes, text) = (std::fs::read(file).unwrap(), text.as_encoded_bytes());
    let first = text[0];
    let starts = bytes.iter().enumerate().filter(|(_, byte)| **byte == first);
    let mut starts = starts.map(|(at, _)| at);
    starts.any(|at| bytes[at..].starts_with(text))
}

/// What is not in the program cannot be looked for: neither sources nor data of the checkout.
#[test]
fn the_program_does_not_know_where_it_was_built() {
    let checkout = checkout().as_os_str();
    assert!(!holds(Path::new(env!("CARGO_BIN_EXE_heddle")), checkout));
    // The control: these tests do.
    assert!(holds(&std::env::current_exe().unwrap(), checkout));
}

struct Installed {
    program: PathBuf,
    folder: PathBuf,
}

impl Installed {
    /// A command in an empty folder, with the system's own tools.
    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(arguments.split_whitespace())
            .current_dir(&self.folder)
            .env_clear()
            .envs([cache()])
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", &self.folder)
            .stdin(Stdio::null());
        if let Some(tool) = std::env::var_os("HEDDLE_VERILATOR") {
            command.env("HEDDLE_VERILATOR", tool);
        }
        command
    }
}

#[test]
fn a_copy_of_the_program_does_its_work_in_an_empty_folder() {
    let place = tempfile::tempdir().unwrap();
    let installed = Installed {
        program: place.path().join("bin/heddle"),
        folder: place.path().join("empty"),
    };
    std::fs::create_dir_all(place.path().join("bin")).unwrap();
    std::fs::create_dir(&installed.folder).unwrap();
    std::fs::copy(env!("CARGO_BIN_EXE_heddle"), &installed.program).unwrap();
    for command in [
        "generate --rows 2 --cols 2 --format int8 --out rtl",
        "generate --engine --rows 2 --cols 2 --format int8 --out engine",
        "network show zaremba-medium",
        "network schema",
        "schema --out schemas",
        "man --out man",
        "completions bash",
        "farm example",
        "cycles --network awd-lstm-ptb --report cycles.json --plot cycles.svg",
        "explore --network ner-conll --rows 2,4 --dataflow ws --p .5 --format int8 --report explore.json",
        "train --hidden 4 --batch 2 --window 3 --vocabulary 20 --epochs 1 --report train.json",
        "train --task nmt --hidden 4 --epochs 1",
        "trace record --hidden 4 --batch 2 --window 2 --vocabulary 20 --after 1 --record-times 1 --out t.safetensors",
        "trace check t.safetensors",
        "cosim --random 3 --max-dim 4 --rows 2 --cols 2 --format int8 --report cosim.json",
        "report cycles.json explore.json train.json cosim.json --html page.html",
    ] {
        let output = run(&mut installed.command(command));
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command}: {errors}");
    }
    let page = std::fs::read_to_string(installed.folder.join("page.html")).unwrap();
    assert!(page.contains("<style>") && page.contains("<svg"));
    // What it says of missing tools is how to get them, not where a script lies.
    let output = run(installed
        .command("doctor --json")
        .env("PATH", "/nonexistent"));
    assert_eq!(output.status.code(), Some(1));
    let health: Value = serde_json::from_slice(&output.stdout).unwrap();
    let install = health["install"].as_str().unwrap();
    assert!(
        install.starts_with("apt-get install") && !install.contains("scripts/"),
        "{install}"
    );
}

#[test]
fn the_container_has_the_rust_that_the_workspace_names() {
    let read = |name: &str| std::fs::read_to_string(checkout().join(name)).unwrap();
    let after = |text: &str, start: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(start));
        line.unwrap_or_else(|| panic!("no line begins with {start}"))
            .to_owned()
    };
    let wanted = after(&read("Cargo.toml"), "rust-version = ");
    let image = after(&read("Containerfile"), "FROM docker.io/library/rust:");
    assert_eq!(image, format!("{}-slim-bookworm", wanted.trim_matches('"')));
}
