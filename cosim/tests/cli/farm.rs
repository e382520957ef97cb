//! `heddle farm`: the same results whatever the number of tasks, only what is missing again, and
//! nothing merged that does not go together.

use super::{fails, heddle, json, run, stdout};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// Where tests keep models: a run's own folder would have each built anew.
fn models() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("models")
}

/// Writes a plan of so many tasks into a folder; `rest` is its work.
fn plan(folder: &Path, name: &str, tasks: u64, rest: &str) -> PathBuf {
    let path = folder.join(format!("{name}.toml"));
    let models = models();
    let text = format!(
        "name = '{name}'\nfolder = '{name}'\ntasks = {tasks}\ncache = '{}'\n{rest}\n",
        models.display()
    );
    fs::write(&path, text).unwrap();
    path
}

/// A file of results without its header and its timings.
fn payload(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    let lines = text
        .lines()
        .skip(1)
        .map(|line| match line.find(",\"run\":{") {
            Some(at) => format!("{}}}\n", &line[..at]),
            None => format!("{line}\n"),
        });
    lines.collect()
}

fn merged(plan: &Path) -> Value {
    json(heddle("farm merge --json").arg(plan))
}

/// What a run that does not end well prints as its report.
fn report(command: &mut std::process::Command, code: i32) -> Value {
    let output = run(command);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{command:?}\n{errors}");
    let value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    super::reports::check(command, &value);
    value
}

/// The payload of `command` with all pieces in one process, and of plans with 1, 3 and 7 tasks.
fn is_the_same_whatever_the_tasks(command: &str, pieces: u64) {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole.jsonl");
    stdout(heddle(command).arg("--pieces").arg(&whole));
    let expected = payload(&whole);
    assert_eq!(expected.lines().count() as u64, pieces);
    let words: Vec<String> = command
        .split_whitespace()
        .map(|word| format!("'{word}'"))
        .collect();
    let work = format!("heddle = [{}]", words.join(", "));
    for tasks in [1, 3, 7] {
        let plan = plan(folder.path(), &format!("n{tasks}"), tasks, &work);
        stdout(heddle("farm submit --local --workers 2").arg(&plan));
        let merged = merged(&plan);
        assert_eq!(merged["pieces"], pieces);
        for none in ["failed", "missing", "mismatches"] {
            assert_eq!(merged[none], 0, "{none}");
        }
        let file = folder.path().join(format!("n{tasks}/n{tasks}.jsonl"));
        assert_eq!(payload(&file), expected, "{tasks} tasks");
        if tasks > 1 {
            let first = folder.path().join(format!("n{tasks}/pieces/1.jsonl"));
            assert_ne!(
                payload(&first),
                expected,
                "the control: a task has some only"
            );
        }
    }
    // what is whole is not computed again, and neither is what is merged
    let again = json(heddle(command).arg("--json").arg("--pieces").arg(&whole));
    assert!(again["computed"]
        .as_u64()
        .is_none_or(|computed| computed == 0));
    let other = command.replace("--rows 2", "--rows 3");
    let file = whole.display().to_string();
    fails(
        heddle(&other).arg("--pieces").arg(&whole),
        2,
        &[&file, "configuration"],
    );
}

#[test]
fn a_sweep_gives_the_same_in_any_number_of_tasks() {
    is_the_same_whatever_the_tasks(
        "explore --network ner-conll --rows 2,4 --dataflow ws,both --p .3,.5",
        8,
    );
}

#[test]
fn random_jobs_give_the_same_in_any_number_of_tasks() {
    is_the_same_whatever_the_tasks(
        "cosim --random 23 --batch 2 --seed 5 --max-dim 6 --rows 2 --cols 2 --format int8 --disturb",
        12,
    );
}

#[test]
fn all_points_are_reported_as_without_pieces() {
    let folder = tempfile::tempdir().unwrap();
    let sweep = "explore --network ner-conll --rows 2,4 --dataflow ws --p .3,.5 --json";
    let file = folder.path().join("a.jsonl");
    let with = json(heddle(sweep).arg("--pieces").arg(&file));
    assert_eq!(with["points"], json(&mut heddle(sweep))["points"]);
    let again = json(heddle(sweep).arg("--pieces").arg(&file));
    assert_eq!(again["points"], with["points"]);
}

#[test]
fn a_shard_that_is_none_is_bad_input() {
    let folder = tempfile::tempdir().unwrap();
    let sweep = "explore --network ner-conll --rows 2 --dataflow ws --p .5 --pieces";
    for (shard, word) in [
        ("0/3", "I from 1 to N"),
        ("4/3", "I from 1 to N"),
        ("3", "I/N"),
        ("x/3", "I/N"),
        ("auto", "SLURM_ARRAY_TASK_ID"),
        ("auto/0", "auto/N"),
    ] {
        let mut command = heddle(sweep);
        command.arg(folder.path().join("a.jsonl"));
        for variable in heddle_farm::VARIABLES {
            command.env_remove(variable);
        }
        fails(command.args(["--shard", shard]), 2, &[word]);
    }
    fails(
        &mut heddle("explore --network ner-conll --shard 1/2"),
        2,
        &["--pieces"],
    );
    fails(
        heddle("cosim --trace x.safetensors --rows 2 --cols 2 --format int8 --pieces")
            .arg(folder.path().join("b.jsonl")),
        2,
        &["--random"],
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let mut command = heddle(sweep);
    command.arg(folder.path().join("a.jsonl"));
    command.env("SLURM_ARRAY_TASK_ID", "0");
    command.env("SLURM_ARRAY_TASK_MIN", "0");
    command.env("SLURM_ARRAY_TASK_MAX", "1");
    stdout(command.args(["--shard", "auto", "--json"]));
}

/// Commands whose pieces are a to f: each says in a file that it ran.
const COMMANDS: &str = r#"
list = ["printf", "a\nb\nc\nd\ne\nf\n"]
run = ["sh", "-c", """
echo {piece} >>ran
if [ {piece} = c ] && [ ! -e killed ]; then touch killed; kill -KILL $PPID; sleep 30; fi
if [ {piece} = d ] && [ ! -e repaired ]; then echo broken >&2; exit 3; fi
if [ {piece} = e ] && [ ! -e repaired ]; then sleep 30; fi
if [ {piece} = f ] && [ ! -e repaired ]; then kill -SEGV $$; fi
echo '{"piece": "{piece}", "seed": {seed}}'
"""]
[limits]
piece_seconds = 1
"#;

#[test]
fn a_killed_task_goes_on_with_what_is_missing_and_failures_are_verdicts() {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan(folder.path(), "c", 2, COMMANDS);
    let ran = || {
        let text = fs::read_to_string(folder.path().join("ran")).unwrap();
        let _ = fs::remove_file(folder.path().join("ran"));
        let mut ran: Vec<String> = text.lines().map(str::to_owned).collect();
        ran.sort();
        ran
    };
    let first = report(heddle("farm submit --local --json").arg(&plan), 1);
    assert_eq!(first["pieces"], 6);
    assert_eq!(first["unfinished"][0]["state"], "lost");
    let mut once = ran();
    let half = report(heddle("farm merge --json").arg(&plan), 1);
    assert!(half["missing"].as_u64().unwrap() > 0 && half["file"].is_null());
    assert_eq!(half["missing_tasks"].as_array().unwrap().len(), 1);
    report(heddle("farm resume --local --json").arg(&plan), 1);
    once.extend(ran());
    let times = |name: &str| once.iter().filter(|ran| *ran == name).count();
    assert_eq!(["a", "b", "c"].map(times), [1, 1, 2], "{once:?}");
    let failed = report(heddle("farm merge --json").arg(&plan), 1);
    assert_eq!(
        (&failed["missing"], &failed["failed"]),
        (&0.into(), &3.into())
    );
    let verdicts: Vec<(&str, &str)> = failed["failed_pieces"]
        .as_array()
        .unwrap()
        .iter()
        .map(|of| {
            (
                of["piece"].as_str().unwrap(),
                of["verdict"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        verdicts,
        [("d", "failed"), ("e", "timed-out"), ("f", "crashed")]
    );
    let log = failed["failed_pieces"][0]["log"].as_str().unwrap();
    assert_eq!(fs::read_to_string(log).unwrap(), "broken\n");
    let command = &failed["failed_pieces"][0]["command"];
    assert!(command[2].as_str().unwrap().contains("[ d = d ]"));
    fs::write(folder.path().join("repaired"), "").unwrap();
    let ended = report(heddle("farm resume --local --json").arg(&plan), 0);
    assert_eq!(
        (&ended["computed"], &ended["failed"]),
        (&6.into(), &0.into())
    );
    assert_eq!(ran(), ["d", "e", "f"], "what is right is not run again");
    let all = merged(&plan);
    assert_eq!((&all["pieces"], &all["failed"]), (&6.into(), &0.into()));
    // nothing is left to do
    stdout(heddle("farm resume --local").arg(&plan));
    assert!(!folder.path().join("ran").exists());
}

#[test]
fn nothing_is_merged_that_does_not_go_together() {
    let folder = tempfile::tempdir().unwrap();
    let work = "list = ['seq', '20']\nrun = ['echo', '{piece}.{seed}']\nseed = 3";
    let plan = plan(folder.path(), "m", 3, work);
    stdout(heddle("farm submit --local").arg(&plan));
    let whole = merged(&plan);
    assert_eq!(whole["pieces"], 20);
    let at = |name: &str| folder.path().join("m").join(name);
    let expected = fs::read(at("m.jsonl")).unwrap();
    let second = fs::read_to_string(at("pieces/2.jsonl")).unwrap();
    let spoiled = |text: &str| {
        fs::remove_file(at("m.jsonl")).unwrap();
        fs::write(at("pieces/2.jsonl"), text).unwrap();
        let found = report(heddle("farm merge --json").arg(&plan), 1);
        assert!(found["file"].is_null() && !at("m.jsonl").exists());
        fs::write(at("pieces/2.jsonl"), &second).unwrap();
        assert_eq!(merged(&plan)["missing"], 0, "the control");
        assert_eq!(fs::read(at("m.jsonl")).unwrap(), expected);
        found
    };
    let header = second.lines().next().unwrap();
    let mixed = spoiled(&second.replace("\"seed\":3,\"pieces\"", "\"seed\":4,\"pieces\""));
    assert_eq!(mixed["unfit"][0]["reason"], "mixed");
    assert_eq!(mixed["unfit"][0]["field"], "seed");
    let first = fs::read_to_string(at("pieces/1.jsonl")).unwrap();
    let double = spoiled(&format!("{second}{}\n", first.lines().nth(1).unwrap()));
    assert_eq!(double["unfit"][0]["reason"], "double");
    let missing = spoiled(&format!("{header}\n"));
    let count = second.lines().count() as u64 - 1;
    assert!(missing["missing"] == count && count > 0);
    let broken = spoiled(&second[..second.len() - 10]);
    assert_eq!(broken["unfit"][0]["reason"], "broken");
    // without the plan, by the files alone
    let files: Vec<PathBuf> = (1..=3)
        .map(|task| at(&format!("pieces/{task}.jsonl")))
        .collect();
    let out = folder.path().join("all.jsonl");
    stdout(heddle("farm merge --out").arg(&out).args(&files));
    assert_eq!(payload(&out), payload(&at("m.jsonl")));
    report(
        heddle("farm merge --json --out")
            .arg(&out)
            .args(&files[1..]),
        1,
    );
}

#[test]
fn a_plan_is_submitted_once_and_says_what_it_lacks() {
    let folder = tempfile::tempdir().unwrap();
    let good = plan(
        folder.path(),
        "p",
        1,
        "list = ['echo', 'a']\nrun = ['echo', '{piece}']",
    );
    fails(heddle("farm status").arg(&good), 2, &["submit"]);
    stdout(heddle("farm submit --local").arg(&good));
    fails(
        heddle("farm submit --local").arg(&good),
        2,
        &["a run already", "resume"],
    );
    let bad = plan(folder.path(), "q", 1, "list = ['echo', 'a']");
    fails(heddle("farm submit --local").arg(&bad), 2, &["no work"]);
    let builds = "list = ['echo', 'a']\nrun = ['echo', '{piece}']\nbuild = ['sh', '-c', 'echo why >&2; exit 1']";
    let unbuilt = plan(folder.path(), "r", 1, builds);
    fails(
        heddle("farm submit --local").arg(&unbuilt),
        1,
        &["why", "log"],
    );
    fails(heddle("farm status").arg(&unbuilt), 2, &["submit"]);
    // without Slurm
    let mut command = heddle("farm submit");
    command.arg(&unbuilt).env("PATH", folder.path());
    fails(&mut command, 2, &["sbatch", "--local"]);
}

#[test]
fn the_example_runs() {
    let folder = tempfile::tempdir().unwrap();
    let text = stdout(&mut heddle("farm example"));
    let path = folder.path().join("plan.toml");
    let cache = format!("tasks = 4\ncache = '{}'", models().display());
    fs::write(&path, text.replace("tasks = 4", &cache)).unwrap();
    stdout(heddle("farm submit --local").arg(&path));
    let found = merged(&path);
    assert_eq!(
        (&found["pieces"], &found["failed"]),
        (&200.into(), &0.into())
    );
    let scaling = json(heddle("farm scaling --json --tasks 1,100").arg(&path));
    let efficiency = |at: usize| scaling["scaling"][at]["efficiency"].as_f64().unwrap();
    assert!(efficiency(0) > efficiency(1) && efficiency(1) > 0.0);
}
