//! Signals that end the program: 128 and the signal's number, and no temporary files.

use super::{heddle, with_environment};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
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

/// The program as a terminal starts it, whatever the tests were started with: under nohup it
/// would ignore SIGHUP, as it should.
pub(super) fn at_a_terminal(arguments: &str) -> Command {
    let program = heddle(arguments);
    let mut command = Command::new("env");
    command
        .arg("--default-signal=HUP,INT,TERM")
        .arg(program.get_program())
        .args(program.get_args());
    with_environment(&mut command, &program);
    command
}

/// Sends a signal to a running program.
pub(super) fn send(signal: &str, child: &Child) {
    let killed = Command::new("kill")
        .args([&format!("-{signal}"), &child.id().to_string()])
        .status()
        .unwrap();
    assert!(killed.success(), "it ended before it got SIG{signal}");
}

/// Waits for the end of a program that was told to stop.
pub(super) fn ended(mut child: Child) -> Output {
    let start = Instant::now();
    loop {
        if child.try_wait().unwrap().is_some() {
            return child.wait_with_output().unwrap();
        }
        if start.elapsed() > Duration::from_secs(30) {
            let _ = child.kill();
            panic!("it does not stop");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Waits until a file is there.
fn appears(path: &Path) {
    let start = Instant::now();
    while !path.exists() {
        assert!(start.elapsed() < Duration::from_secs(60), "no {path:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Starts the program, interrupts it after `delay`, and checks how it ends.
fn interrupted(arguments: &str, delay: Duration) {
    let temporary = tempfile::tempdir().unwrap();
    let child = at_a_terminal(arguments)
        .env("TMPDIR", temporary.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(delay);
    send("INT", &child);
    let output = ended(child);
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

#[test]
fn each_signal_has_its_code_and_leaves_a_checkpoint_to_go_on_from() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let child =
            at_a_terminal("train --hidden 16 --epochs 1000 --checkpoint-every 1 --checkpoint")
                .arg(&path)
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
        appears(&path);
        send(signal, &child);
        let output = ended(child);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{errors}");
        assert!(errors.contains("goes on"), "{errors}");
        assert_eq!(entries(folder.path()), [path.as_path()], "left behind");
        std::fs::remove_file(&path).unwrap();
    }
}

#[test]
fn a_signal_that_was_ignored_at_the_start_stays_ignored() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run");
    let program = heddle("");
    let child = Command::new("sh")
        .args(["-c", "trap '' HUP INT; exec \"$0\" \"$@\""])
        .arg(program.get_program())
        .args("train --hidden 16 --epochs 1000 --checkpoint-every 1 --checkpoint".split(' '))
        .arg(&path)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    appears(&path);
    for signal in ["HUP", "INT", "HUP"] {
        send(signal, &child);
    }
    // it goes on: another checkpoint comes
    std::fs::remove_file(&path).unwrap();
    appears(&path);
    send("TERM", &child);
    assert_eq!(ended(child).status.code(), Some(143));
}

/// A pipe that nobody writes to must not keep the program.
#[test]
fn while_it_waits_for_input_or_for_a_reader() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    super::files::fifo(&pipe);
    let pipe = pipe.display().to_string();
    let text = format!("train --train-text {pipe} --valid-text {pipe} --test-text {pipe}");
    for arguments in [
        format!("cycles --phase fp --m 1 --k 1 --n 1 --config {pipe}"),
        format!("synth --target liberty --manifest {pipe}"),
        format!("train --hidden 4 --resume {pipe}"),
        format!("cycles --phase fp --m 1 --k 1 --n 1 --report {pipe}"),
        text,
    ] {
        let child = at_a_terminal(&arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(700));
        send("TERM", &child);
        let output = ended(child);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(143), "{arguments}: {errors}");
    }
}
