//! Interrupted and resumed, on one thread and on several, in the wrong folder.

use crate::synthetic::*;
use heddle_lstm::TaskKind;
use heddle_study::parity::*;
use heddle_study::StudyError;
use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

fn runner() -> Synthetic {
    Synthetic::new(TaskKind::Lm, [0.1, 0.0, 0.1, 0.0])
}

fn small() -> Settings {
    Settings {
        seeds: 3,
        arithmetic_seeds: 2,
        ..settings(TaskKind::Lm)
    }
}

fn report_file(folder: &Path) -> String {
    fs::read_to_string(folder.join("parity.json")).unwrap()
}

fn runs(folder: &Path) -> usize {
    fs::read_dir(folder.join("runs")).unwrap().count()
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let folders: Vec<_> = [1, 2, 3, 7]
        .into_iter()
        .map(|jobs| {
            let folder = tempfile::tempdir().unwrap();
            run(&runner(), &small(), folder.path(), jobs).unwrap();
            folder
        })
        .collect();
    let one = report_file(folders[0].path());
    for folder in &folders[1..] {
        assert_eq!(report_file(folder.path()), one);
    }
}

#[test]
fn what_is_finished_is_not_done_again() {
    let whole = tempfile::tempdir().unwrap();
    run(&runner(), &small(), whole.path(), 1).unwrap();
    let all = runs(whole.path());
    assert_eq!(all, 2 * 3 * 2 + 3 * 3 + 2);
    // in the selection, in the reported runs, in the last run
    for fails_at in [0, 5, 15, all - 1] {
        let folder = tempfile::tempdir().unwrap();
        let broken = Synthetic {
            fails_at,
            ..runner()
        };
        let error = run(&broken, &small(), folder.path(), 1).unwrap_err();
        assert!(
            error.to_string().contains("seed"),
            "says which run: {error}"
        );
        assert_eq!(runs(folder.path()), fails_at);
        assert!(!folder.path().join("parity.json").exists());

        let second = runner();
        run(&second, &small(), folder.path(), 2).unwrap();
        assert_eq!(second.trained.into_inner().unwrap().len(), all - fails_at);
        assert_eq!(report_file(folder.path()), report_file(whole.path()));
    }
}

#[test]
fn an_interrupt_leaves_the_finished_runs() {
    let folder = tempfile::tempdir().unwrap();
    let (runner, settings) = (runner(), small());
    let protocol = settings.protocol(runner.describe()).unwrap();
    let store = Store::open(folder.path(), &protocol).unwrap();
    let cancel = AtomicBool::new(false);
    let after_four = |told: Told<'_>| {
        if matches!(told, Told::Done { .. }) && runs(folder.path()) >= 4 {
            cancel.store(true, std::sync::atomic::Ordering::SeqCst);
        }
    };
    let error = conduct(&runner, &protocol, &store, 2, &cancel, &after_four).unwrap_err();
    assert!(matches!(error, StudyError::Cancelled), "{error}");
    assert!(matches!(error, StudyError::Cancelled));
    let left = runs(folder.path());
    assert!((4..=5).contains(&left), "{left} runs are left");
}

#[test]
fn a_selection_run_holds_no_test_score() {
    let folder = tempfile::tempdir().unwrap();
    run(&runner(), &small(), folder.path(), 1).unwrap();
    let mut seen = [0, 0];
    for file in fs::read_dir(folder.path().join("runs")).unwrap() {
        let text = fs::read_to_string(file.unwrap().path()).unwrap();
        let selection = text.contains("\"purpose\": \"selection\"");
        assert_eq!(selection, !text.contains("\"test\""));
        seen[usize::from(selection)] += 1;
    }
    assert_eq!(seen, [11, 12]);
}

#[test]
fn a_folder_of_another_protocol_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    run(&runner(), &small(), folder.path(), 1).unwrap();
    let before = report_file(folder.path());
    let other = Settings {
        margin: 5.0,
        ..small()
    };
    let error = run(&runner(), &other, folder.path(), 1).unwrap_err();
    assert!(error.is_bad_input());
    let text = error.to_string();
    assert!(text.starts_with("--out = "), "{text}");
    assert!(
        text.contains("margin.given is 2.0 there and 5.0 here"),
        "{text}"
    );
    assert_eq!(report_file(folder.path()), before);

    fs::remove_file(folder.path().join("protocol.json")).unwrap();
    let error = run(&runner(), &small(), folder.path(), 1).unwrap_err();
    assert!(error.to_string().contains("no protocol.json"), "{error}");
}

#[test]
fn a_damaged_run_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    run(&runner(), &small(), folder.path(), 1).unwrap();
    let file = fs::read_dir(folder.path().join("runs")).unwrap().next();
    let path = file.unwrap().unwrap().path();
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, &text[..text.len() / 2]).unwrap();
    let error = run(&runner(), &small(), folder.path(), 1).unwrap_err();
    assert!(error.is_bad_input());
    let message = error.to_string();
    let name = path.file_name().unwrap().to_str().unwrap();
    assert!(
        message.contains(name) && message.contains("delete the file"),
        "{message}"
    );

    // the record of another run under this name
    let other = fs::read_dir(folder.path().join("runs")).unwrap();
    let other = other
        .map(|file| file.unwrap().path())
        .find(|other| *other != path);
    fs::copy(other.unwrap(), &path).unwrap();
    let error = run(&runner(), &small(), folder.path(), 1).unwrap_err();
    assert!(error.to_string().contains("another run"), "{error}");
}
