//! `heddle doctor`, and commands that lack several tools.

use super::{fails, heddle, run};
use serde_json::Value;

#[test]
fn all_that_is_missing_is_named_with_one_command() {
    let empty = tempfile::tempdir().unwrap();
    let mut command = heddle("doctor");
    let output = run(command.env("PATH", empty.path()));
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    for word in [
        "C++ compiler",
        "make",
        "sta",
        "apt-get install -y",
        "opensta",
        "g++",
        "rm -r",
    ] {
        assert!(text.contains(word), "{word} is not in {text}");
    }
    // a command says the same before it begins, and no more than it needs
    let mut command = heddle("power --rows 1 --cols 1 --format int8 --hidden 8 --after 0");
    let needs = [
        "cannot find sta",
        "make",
        "of the tools are missing",
        "apt-get install -y",
        "opensta",
    ];
    fails(command.env("PATH", empty.path()), 2, &needs);
}

#[test]
fn what_is_there_has_its_version_and_caches_their_sizes() {
    let mut command = heddle("doctor --json");
    let output = run(&mut command);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let items = report["items"].as_array().unwrap();
    let missing = |item: &&Value| item["found"].is_null() && item["optional"] == false;
    let code = i32::from(items.iter().filter(missing).count() > 0);
    assert_eq!(output.status.code(), Some(code));
    assert_eq!(report["ready"], code == 0);
    let found = |name: &str| {
        let item = items.iter().find(|item| item["name"] == name).unwrap();
        item["found"].as_str().unwrap_or_default().to_owned()
    };
    assert!(found("verilator").starts_with("Verilator 5."), "{items:?}");
    assert!(found("zlib").contains("zlib.h"));
    let caches = report["caches"].as_array().unwrap();
    assert!(caches.iter().all(|cache| cache["bytes"].is_u64()) && !caches.is_empty());
}
