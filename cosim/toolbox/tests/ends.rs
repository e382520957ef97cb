//! A tool and what it starts end with the program that runs it, however that ends.

use heddle_toolbox::{query, run_logged, Cancel, Ended, Log, ToolboxError};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// A shell with a child of its own that tells a named pipe that it has begun and, if it
/// is let live, that it has.
fn tool(pipe: &Path) -> Command {
    let mut command = Command::new("sh");
    command
        .args([
            "-c",
            "(echo begun; sleep 60; echo survived) >\"$PIPE\" & wait",
        ])
        .env("PIPE", pipe);
    command
}

fn make_pipe(pipe: &Path) {
    let made = Command::new("mkfifo").arg(pipe).status().unwrap();
    assert!(made.success());
}

/// Does something once the tool's child has begun, and gives what else that told until it
/// was gone.
fn told_after(pipe: &Path, act: impl FnOnce()) -> String {
    let mut pipe = BufReader::new(File::open(pipe).unwrap());
    let mut line = String::new();
    pipe.read_line(&mut line).unwrap();
    assert_eq!(line, "begun\n");
    act();
    let mut rest = String::new();
    pipe.read_to_string(&mut rest).unwrap();
    rest
}

#[test]
fn a_killed_program_takes_its_tools_and_their_children_with_it() {
    for child in ["child_runs_a_tool", "child_asks_a_tool"] {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        make_pipe(&pipe);
        let mut program = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", child, "--ignored", "--nocapture"])
            .env("HEDDLE_PIPE", &pipe)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // SIGKILL, which nobody can see coming
        let rest = told_after(&pipe, || program.kill().unwrap());
        program.wait().unwrap();
        assert_eq!(rest, "", "{child}");
    }
}

#[test]
#[ignore = "run and killed by another test"]
fn child_runs_a_tool() {
    let Some(pipe) = std::env::var_os("HEDDLE_PIPE") else {
        return;
    };
    let log = Path::new(&pipe).with_file_name("log");
    let _ = run_logged(&mut tool(pipe.as_ref()), (&log, Log::New), None, None);
}

#[test]
#[ignore = "run and killed by another test"]
fn child_asks_a_tool() {
    let Some(pipe) = std::env::var_os("HEDDLE_PIPE") else {
        return;
    };
    let _ = query(&mut tool(pipe.as_ref()), None);
}

#[test]
fn a_cancelled_tool_and_one_whose_time_is_over_end_with_their_children() {
    let folder = tempfile::tempdir().unwrap();
    let (pipe, log) = (folder.path().join("pipe"), folder.path().join("log"));
    make_pipe(&pipe);
    for limit in [None, Some(Duration::from_millis(500))] {
        let cancel = Cancel::default();
        std::thread::scope(|scope| {
            let run = || run_logged(&mut tool(&pipe), (&log, Log::New), limit, Some(&cancel));
            let run = scope.spawn(run);
            let rest = told_after(&pipe, || {
                cancel.store(limit.is_none(), Ordering::Relaxed);
            });
            assert_eq!(rest, "");
            match (limit, run.join().unwrap()) {
                (None, Err(ToolboxError::Cancelled)) => {}
                (Some(_), Ok(Ended::TimedOut)) => {}
                (limit, ended) => panic!("{limit:?}: {ended:?}"),
            }
        });
    }
}

#[test]
fn what_a_tool_leaves_running_ends_when_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let (pipe, log) = (folder.path().join("pipe"), folder.path().join("log"));
    make_pipe(&pipe);
    let mut command = Command::new("sh");
    let script = "(echo begun; sleep 60; echo survived) >\"$PIPE\" & exec 3<\"$PIPE.go\"";
    command.args(["-c", script]).env("PIPE", &pipe);
    let go = folder.path().join("pipe.go");
    make_pipe(&go);
    std::thread::scope(|scope| {
        let run = scope.spawn(|| run_logged(&mut command, (&log, Log::New), None, None));
        let rest = told_after(&pipe, || {
            drop(File::options().write(true).open(&go).unwrap())
        });
        assert_eq!(rest, "");
        assert!(matches!(run.join().unwrap(), Ok(Ended::With(status)) if status.success()));
    });
}

#[test]
fn a_log_holds_both_outputs_and_grows_or_begins_anew() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let mut said = Vec::new();
    for how in [Log::New, Log::Append, Log::New] {
        let mut command = Command::new("sh");
        command.args(["-c", "echo out; echo err >&2; exit 3"]);
        let ended = run_logged(&mut command, (&log, how), None, None).unwrap();
        assert!(matches!(ended, Ended::With(status) if status.code() == Some(3)));
        said.push(std::fs::read_to_string(&log).unwrap());
    }
    assert_eq!(said, ["out\nerr\n", "out\nerr\nout\nerr\n", "out\nerr\n"]);
    let mut missing = Command::new("/nowhere/tool");
    let error = run_logged(&mut missing, (&log, Log::New), None, None).unwrap_err();
    assert!(matches!(error, ToolboxError::MissingTool { .. }), "{error}");
}
