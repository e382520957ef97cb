//! Ctrl-C: exit code 130 and no temporary files.

use super::heddle;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Files and folders in `folder`, at any depth.
fn entries(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            all.extend(entries(&entry.path()));
        }
        all.push(entry.path());
    }
    all
}

/// Starts the program, interrupts it after `delay`, and checks how it ends.
fn interrupted(arguments: &str, delay: Duration) {
    let temporary = tempfile::tempdir().unwrap();
    let mut child = heddle(arguments)
        .env("TMPDIR", temporary.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(delay);
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(
        killed.success(),
        "'heddle {arguments}' ended before it was interrupted"
    );
    let start = Instant::now();
    let output = loop {
        if child.try_wait().unwrap().is_some() {
            break child.wait_with_output().unwrap();
        }
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "'heddle {arguments}' does not stop"
        );
        std::thread::sleep(Duration::from_millis(20));
    };
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{errors}");
    assert!(errors.contains("cancelled"), "{errors}");
    assert_eq!(
        entries(temporary.path()),
        Vec::<std::path::PathBuf>::new(),
        "left behind"
    );
}

#[test]
fn in_the_middle_of_a_co_simulation() {
    // builds the model, so that what is interrupted is the simulation
    super::stdout(&mut heddle(
        "cosim --random 1 --max-dim 4 --rows 2 --cols 2 --format bf16",
    ));
    interrupted(
        "cosim --random 10000000 --max-dim 80 --rows 2 --cols 2 --format bf16",
        Duration::from_millis(1500),
    );
}

#[test]
fn in_the_middle_of_training() {
    interrupted(
        "train --hidden 512 --epochs 1000",
        Duration::from_millis(1500),
    );
}
