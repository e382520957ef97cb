//! Missing, broken, old and complaining tools give messages that help.

mod common;

use heddle_verilator::{Builder, VerilatorError, OLDEST_VERILATOR};
use std::fs;

/// The error of building the counter with a fake Verilator.
fn with_fake(body: &str) -> VerilatorError {
    let folder = tempfile::tempdir().unwrap();
    let fake = folder.path().join("fake-verilator");
    common::script(&fake, body);
    common::builder("counter")
        .verilator(fake)
        .build()
        .unwrap_err()
}

#[test]
fn a_missing_verilator_is_named_with_the_remedy() {
    let error = common::builder("counter")
        .verilator("/nowhere/verilator")
        .build()
        .unwrap_err();
    assert!(
        matches!(error, VerilatorError::MissingTool { .. }),
        "{error}"
    );
    let error = error.to_string();
    assert!(error.contains("/nowhere/verilator"), "{error}");
    assert!(error.contains("apt-get install verilator"), "{error}");
}

#[test]
fn a_verilator_that_fails_is_broken() {
    let error = with_fake("echo \"perl: not found\" >&2; exit 127");
    assert!(
        matches!(error, VerilatorError::BrokenTool { .. }),
        "{error}"
    );
    assert!(error.to_string().contains("perl: not found"), "{error}");
    // A file that is no program.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("verilator");
    fs::write(&file, "text").unwrap();
    let error = common::builder("counter")
        .verilator(file)
        .build()
        .unwrap_err();
    assert!(
        matches!(error, VerilatorError::BrokenTool { .. }),
        "{error}"
    );
}

#[test]
fn an_old_verilator_is_too_old() {
    let error = with_fake("echo 'Verilator 4.038 2020-07-11 rev v4.036-114-g0cd4a57ad'");
    assert!(matches!(error, VerilatorError::TooOld { .. }), "{error}");
    let error = error.to_string();
    assert!(
        error.contains("4.038") && error.contains("5.006"),
        "{error}"
    );
}

#[test]
fn a_program_that_is_no_verilator_is_broken() {
    let error = with_fake("echo 'GNU coreutils'");
    assert!(
        matches!(error, VerilatorError::BrokenTool { .. }),
        "{error}"
    );
    assert!(error.to_string().contains("GNU coreutils"), "{error}");
}

#[test]
fn the_first_errors_and_the_log_of_bad_verilog_are_given() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("broken.v");
    fs::write(
        &path,
        "module broken (input a);\n assign b = ;\nendmodule\n",
    )
    .unwrap();
    let error = Builder::new("broken")
        .file(&path)
        .cache_dir(folder.path().join("cache"))
        .build()
        .unwrap_err();
    let VerilatorError::Build { stage, log, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(*stage, "verilator");
    assert!(fs::read_to_string(log).unwrap().contains("broken.v:2"));
    assert!(error.to_string().contains("broken.v:2"), "{error}");
    let left: Vec<_> = fs::read_dir(folder.path().join("cache"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_missing_source_is_named() {
    let error = Builder::new("t")
        .file("/nowhere/t.v")
        .cache_dir(common::shared_cache())
        .build()
        .unwrap_err();
    assert!(matches!(error, VerilatorError::Source { .. }), "{error}");
    assert!(error.to_string().contains("/nowhere/t.v"), "{error}");
}

#[test]
fn a_port_that_cannot_be_driven_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pad.v");
    fs::write(
        &path,
        "module pad (input e, inout [3:0] p);\n assign p = e ? 4'd1 : 4'bz;\nendmodule\n",
    )
    .unwrap();
    let error = Builder::new("pad")
        .file(&path)
        .cache_dir(common::shared_cache())
        .build()
        .unwrap_err();
    assert!(
        matches!(error, VerilatorError::UnsupportedPort { .. }),
        "{error}"
    );
}

#[test]
fn another_root_in_the_environment_changes_nothing() {
    let said = child_with("VERILATOR_ROOT", "/nowhere/root");
    assert!(said.contains("model.so"), "{said}");
}

/// What this program says when it builds the counter with an environment variable.
fn child_with(variable: &str, value: &str) -> String {
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "child_builds_the_counter",
            "--ignored",
            "--nocapture",
        ])
        .env(variable, value)
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Both Verilators, where both are there, build models that behave the same.
#[test]
fn every_verilator_at_hand_gives_the_same_counts() {
    let mut versions = Vec::new();
    for program in [common::verilator(), "/usr/bin/verilator".into()] {
        if program.is_absolute() && !program.exists() {
            continue;
        }
        let library = common::builder("counter")
            .verilator(program)
            .build()
            .unwrap();
        assert!(library.verilator_version() >= OLDEST_VERILATOR);
        versions.push(library.verilator_version());
        let mut model = library.model().unwrap();
        let [rst_ni, en_i, count_o] =
            ["rst_ni", "en_i", "count_o"].map(|name| model.port(name).unwrap());
        model.cycle().unwrap();
        model.set(rst_ni, 1);
        model.set(en_i, 1);
        let counts: Vec<u64> = (0..5)
            .map(|_| {
                model.cycle().unwrap();
                model.get(count_o)
            })
            .collect();
        assert_eq!(counts, [1, 2, 3, 4, 5]);
    }
    assert!(!versions.is_empty());
    eprintln!("tested with Verilator {versions:?}");
}

#[test]
fn without_a_compiler_or_make_the_message_says_what_to_install() {
    // The variables are read by the child only: this program runs itself.
    for (variable, remedy) in [
        ("CXX", "apt-get install g++"),
        ("MAKE", "apt-get install make"),
    ] {
        let said = child_with(variable, "/nowhere/tool");
        assert!(
            said.contains("/nowhere/tool") && said.contains(remedy),
            "{said}"
        );
    }
}

#[test]
#[ignore = "run by other tests, with their environment"]
fn child_builds_the_counter() {
    match common::builder("counter").build() {
        Ok(library) => println!("{}", library.path().display()),
        Err(error) => println!("{error}"),
    }
}
