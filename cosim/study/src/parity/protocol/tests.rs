//! Settings that are worked out, and those that are refused.

use super::*;

fn settings() -> Settings {
    Settings {
        task: TaskKind::Lm,
        cases: vec![Case::I, Case::III],
        grid: vec![0.5, 0.2],
        seeds: 10,
        rates: vec![],
        learning_rate: 1.0,
        selection_epochs: None,
        finalists: None,
        selection_seeds: 2,
        first_seed: 1,
        arithmetic_seeds: 0,
        mask_groups: None,
        margin: 2.0,
    }
}

#[test]
fn seeds_are_disjoint_and_the_grid_ascends() {
    let protocol = settings().protocol(Value::Null).unwrap();
    assert_eq!(protocol.seeds, (1..=10).collect::<Vec<_>>());
    assert_eq!(protocol.selection_seeds, [1001, 1002]);
    assert_eq!(protocol.grid, [0.2, 0.5]);
    assert!((protocol.margin.in_difference - 1.02f64.ln()).abs() < 1e-15);
    let ner = Settings {
        task: TaskKind::Ner,
        margin: 1.0,
        ..settings()
    };
    assert_eq!(ner.protocol(Value::Null).unwrap().margin.in_difference, 1.0);
}

#[test]
fn bad_settings_are_named_with_a_remedy() {
    let s = settings;
    for (settings, name, remedy) in [
        (Settings { seeds: 1, ..s() }, "--seeds = 1", "at least 2"),
        (
            Settings {
                cases: vec![Case::I, Case::II],
                mask_groups: Some(4),
                ..s()
            },
            "--mask-groups = 4",
            "add III",
        ),
        (Settings { seeds: 1001, ..s() }, "--seeds = 1001", "at most"),
        (
            Settings {
                selection_seeds: 0,
                ..s()
            },
            "--selection-seeds = 0",
            "give 1",
        ),
        (
            Settings {
                grid: vec![0.2, 1.0],
                ..s()
            },
            "--grid = 1",
            "less than 1",
        ),
        (
            Settings {
                grid: vec![f64::NAN],
                ..s()
            },
            "--grid = NaN",
            "less than 1",
        ),
        (
            Settings {
                grid: vec![0.2, 0.2],
                ..s()
            },
            "--grid = 0.2,0.2",
            "once",
        ),
        (
            Settings {
                grid: vec![],
                ..s()
            },
            "--grid",
            "at least one",
        ),
        (
            Settings {
                cases: vec![Case::III],
                ..s()
            },
            "--cases = III",
            "add I",
        ),
        (
            Settings {
                cases: vec![Case::I],
                ..s()
            },
            "--cases = I",
            "I,III",
        ),
        (
            Settings {
                cases: vec![Case::I, Case::II, Case::II],
                ..s()
            },
            "--cases = I,II,II",
            "twice",
        ),
        (
            Settings {
                cases: vec![Case::I, Case::IV],
                arithmetic_seeds: 2,
                ..s()
            },
            "--cases = I,IV",
            "add III",
        ),
        (
            Settings {
                arithmetic_seeds: 11,
                ..s()
            },
            "--arithmetic = 11",
            "at most as many",
        ),
        (
            Settings {
                rates: vec![1.0, 0.0],
                ..s()
            },
            "--rates = 0",
            "positive",
        ),
        (
            Settings {
                rates: vec![1.0, 1.0],
                ..s()
            },
            "--rates = 1,1",
            "once",
        ),
        (
            Settings {
                finalists: Some(2),
                selection_seeds: 1,
                ..s()
            },
            "--finalists = 2",
            "--selection-seeds 2",
        ),
        (Settings { margin: 0.0, ..s() }, "--margin = 0", "positive"),
        (
            Settings {
                margin: f64::INFINITY,
                ..s()
            },
            "--margin = inf",
            "positive",
        ),
        (
            Settings {
                first_seed: u64::MAX,
                ..s()
            },
            "--seed",
            "smaller",
        ),
    ] {
        let error = settings.protocol(Value::Null).unwrap_err();
        assert!(error.is_bad_input());
        let text = error.to_string();
        assert!(text.starts_with(name) && text.contains(remedy), "{text}");
    }
}
