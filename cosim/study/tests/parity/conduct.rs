//! What is trained, chosen and concluded.

use crate::synthetic::*;
use heddle_lstm::{Case, TaskKind};
use heddle_study::parity::*;

fn parity(report: &ParityReport) -> &Comparison {
    let asked = |c: &&Comparison| c.question == Question::Parity;
    report.comparisons.iter().find(asked).unwrap()
}

#[test]
fn every_verdict_is_reached_for_every_task() {
    // gains of cases I and III at their best p; ln 1.02 = 0.0198
    for (task, one, three, expected) in [
        (TaskKind::Lm, 0.1, 0.1, Verdict::NonInferior),
        (TaskKind::Lm, 0.1, 0.15, Verdict::NonInferior),
        (TaskKind::Lm, 0.1, 0.02, Verdict::Inferior),
        (TaskKind::Lm, 0.1, 0.08, Verdict::Inconclusive),
        (TaskKind::Lm, -0.1, -0.1, Verdict::DropoutDoesNotHelp),
        (TaskKind::Lm, -0.1, -0.3, Verdict::Inferior),
        (TaskKind::Nmt, 0.1, 0.1, Verdict::NonInferior),
        (TaskKind::Ner, 2.0, 2.0, Verdict::NonInferior),
        (TaskKind::Ner, 2.0, 1.5, Verdict::NonInferior),
        (TaskKind::Ner, 2.0, 0.5, Verdict::Inferior),
        (TaskKind::Ner, 2.0, 1.0, Verdict::Inconclusive),
        (TaskKind::Ner, -2.0, -2.0, Verdict::DropoutDoesNotHelp),
    ] {
        let report = report(
            &Synthetic::new(task, [one, 0.0, three, 0.0]),
            &settings(task),
        );
        let found = parity(&report);
        assert_eq!(
            found.verdict,
            Some(expected),
            "{task} {one} {three}: {found:?}"
        );
        assert_eq!(report.dropout_helps, one > 0.0);
        assert!(report.verdicts().contains(expected.name()));
    }
}

#[test]
fn the_difference_is_what_was_put_in() {
    let runner = Synthetic {
        noise: 0.0,
        ..Synthetic::new(TaskKind::Lm, [0.10, 0.0, 0.07, 0.0])
    };
    let report = report(&runner, &settings(TaskKind::Lm));
    let found = parity(&report);
    assert_eq!((found.statistics.n, found.statistics.df), (10, 9));
    assert!((found.statistics.mean - 0.03).abs() < 1e-12, "{found:?}");
    assert!(
        found.statistics.sd < 1e-12,
        "the seeds' own level is paired away"
    );
    assert!((found.mean - 100.0 * 0.03f64.exp_m1()).abs() < 1e-9);
    let help = &report.comparisons[1];
    assert_eq!(
        (help.of.as_str(), help.minus.as_str()),
        ("case I, p 0.35", "no dropout")
    );
    assert!((help.statistics.mean + 0.10).abs() < 1e-12);
    assert_eq!((help.helps, help.verdict), (Some(true), None));
}

#[test]
fn p_is_chosen_on_the_validation_data_by_other_seeds() {
    let runner = Synthetic::new(TaskKind::Lm, [0.1, 0.0, 0.1, 0.0]);
    let report = report(&runner, &settings(TaskKind::Lm));
    for choice in &report.selection {
        assert_eq!(choice.p, 0.35, "{choice:?}");
        assert_eq!(choice.grid.len(), 3);
    }
    let protocol = &report.protocol;
    let mut trained = runner.trained.into_inner().unwrap();
    assert_eq!(trained.len(), 2 * 3 * 2 + 3 * 10);
    trained.retain(|run| match run.purpose {
        Purpose::Selection => !protocol.selection_seeds.contains(&run.seed),
        Purpose::Reported => !protocol.seeds.contains(&run.seed) || ![0.0, 0.35].contains(&run.p),
    });
    assert_eq!(trained, [], "runs that the protocol does not know");
    assert!(protocol
        .seeds
        .iter()
        .all(|seed| !protocol.selection_seeds.contains(seed)));
}

/// Where dropout only harms, p = 0 may win the selection; such a case is the same run as
/// no dropout, trained once, and nothing is proven by it.
#[test]
fn a_choice_of_no_dropout_is_no_proof() {
    let runner = Synthetic::new(TaskKind::Lm, [-0.5, 0.0, -0.5, 0.0]);
    let settings = Settings {
        grid: vec![0.0, 0.35],
        ..settings(TaskKind::Lm)
    };
    let report = report(&runner, &settings);
    assert!(report.selection.iter().all(|choice| choice.p == 0.0));
    assert_eq!(parity(&report).verdict, Some(Verdict::DropoutDoesNotHelp));
    assert_eq!(parity(&report).by_margin, Some(Verdict::NonInferior));
    assert_eq!(runner.trained.into_inner().unwrap().len(), 3 * 2 + 10);
}

#[test]
fn other_cases_and_the_arithmetic_are_compared_on_request() {
    let mut runner = Synthetic::new(TaskKind::Lm, [0.1, 0.12, 0.1, 0.01]);
    let settings = Settings {
        cases: vec![Case::I, Case::II, Case::III, Case::IV],
        arithmetic_seeds: 4,
        ..settings(TaskKind::Lm)
    };
    let verdicts = |report: &ParityReport| -> Vec<_> {
        let lines = report.comparisons.iter();
        lines.filter_map(|c| c.verdict).collect()
    };
    use Verdict::*;
    let expected = [NonInferior, NonInferior, Inferior, NonInferior];
    let report_ = report(&runner, &settings);
    assert_eq!(verdicts(&report_), expected);
    let last = report_.comparisons.last().unwrap();
    assert_eq!(last.question, Question::Arithmetic);
    assert_eq!(last.statistics.n, 4, "over the seeds that both have");
    assert!(last.minus.starts_with("case III") && last.of.ends_with("bf16"));

    runner.rounding = 0.05;
    let found = report(&runner, &settings);
    assert_eq!(verdicts(&found)[3], Inferior, "rounding that costs is seen");
}

#[test]
fn tables_and_chart_hold_every_sample() {
    let runner = Synthetic::new(TaskKind::Ner, [2.0, 0.0, 2.0, 0.0]);
    let report = report(&runner, &settings(TaskKind::Ner));
    let samples = report.sample_table();
    for name in ["no dropout", "case I, p 0.35", "case III, p 0.35"] {
        assert!(samples.contains(name), "{samples}");
    }
    assert_eq!(report.selection_table().matches('*').count(), 2);
    assert!(report.comparison_table().contains("-1 F1"));
    let chart = report.chart();
    assert_eq!(chart.panels[0].rows.len(), 3);
    // Case III against I; both against no dropout
    assert_eq!(chart.panels[1].rows.len(), 1);
    assert_eq!(chart.panels[2].rows.len(), 2);
    assert_eq!(chart.panels[1].marks[1].at, -1.0, "worse is less for F1");
}

/// A run that diverged is in no mean and in no difference, and what is left proves no parity.
#[test]
fn a_run_that_diverges_is_reported_and_left_out() {
    let runner = Synthetic {
        diverges: |run| {
            let reported = run.purpose == Purpose::Reported;
            // the best p in the selection of Case III, and two of its pairs
            (!reported && run.case == Case::III && run.p == 0.35 && run.seed % 2 == 0)
                || (reported && run.case == Case::III && [2, 5].contains(&run.seed))
        },
        ..Synthetic::new(TaskKind::Lm, [0.1, 0.0, 0.1, 0.0])
    };
    let settings = settings(TaskKind::Lm);
    let report = report(&runner, &settings);
    let three = &report.selection[1];
    assert_ne!(three.p, 0.35);
    let point = three.grid.iter().find(|point| point.p == 0.35).unwrap();
    assert_eq!(
        (point.mean, point.from_case_i, point.valid.len()),
        (None, None, 1)
    );
    let sample = report
        .samples
        .iter()
        .find(|s| s.case == Some(Case::III))
        .unwrap();
    assert_eq!(sample.diverged, [2, 5]);
    assert_eq!((sample.seeds.len(), sample.test.len()), (8, 8));
    let found = parity(&report);
    assert_eq!((found.statistics.n, found.left_out), (8, 2));
    assert_ne!(found.verdict, Some(Verdict::NonInferior));
    assert_eq!(report.diverged.len(), 3);
    let words = report.verdicts() + &report.sample_table() + &report.selection_table();
    for expected in [
        "seed 5",
        "the loss became NaN",
        "8 (2 diverged)",
        "diverged",
    ] {
        assert!(words.contains(expected), "{expected}: {words}");
    }
    report.chart();
}

#[test]
fn a_case_that_diverges_everywhere_ends_the_comparison() {
    for (diverges, words) in [
        (
            (|run| run.case == Case::III) as fn(&RunKey) -> bool,
            "Case III at every p",
        ),
        (
            |run| run.purpose == Purpose::Reported && run.case == Case::III && run.seed > 1,
            "9 of 10 pairs",
        ),
    ] {
        let runner = Synthetic {
            diverges,
            ..Synthetic::new(TaskKind::Lm, [0.1, 0.0, 0.1, 0.0])
        };
        let error = {
            let folder = tempfile::tempdir().unwrap();
            run(&runner, &settings(TaskKind::Lm), folder.path(), 2).unwrap_err()
        };
        assert!(!error.is_bad_input());
        assert!(error.to_string().contains(words), "{error}");
    }
}

/// Case III learns best at half of the rate of the others, which the selection finds.
#[test]
fn the_rate_is_chosen_by_case_after_p() {
    let runner = Synthetic::new(TaskKind::Lm, [0.1, 0.0, 0.1, 0.0]);
    let settings = Settings {
        rates: vec![1.0, 0.25, 0.5],
        selection_epochs: Some(3),
        ..settings(TaskKind::Lm)
    };
    let report = report(&runner, &settings);
    let chosen: Vec<_> = report
        .selection
        .iter()
        .map(|it| (it.case, it.p, it.learning_rate))
        .collect();
    assert_eq!(
        chosen,
        [
            (None, 0.0, Some(1.0)),
            (Some(Case::I), 0.35, Some(1.0)),
            (Some(Case::III), 0.35, Some(0.5)),
        ]
    );
    let three = report.selection.last().unwrap();
    let rates: Vec<f64> = three
        .rates
        .iter()
        .map(|point| point.learning_rate)
        .collect();
    assert_eq!(rates, [0.25, 0.5, 1.0]);
    assert_eq!(
        report.samples[2].name,
        "case III, p 0.35, learning rate 0.5"
    );
    assert!(report.rate_table().contains("no dropout"));
    let trained = runner.trained.into_inner().unwrap();
    // p: 2 cases, 3 values; rates: no dropout and 2 cases, of which 1 is known at p; 2 seeds
    assert_eq!(trained.len(), 2 * 3 * 2 + (3 + 2 * 2) * 2 + 3 * 10);
    for run in trained {
        let short = run.purpose == Purpose::Selection;
        assert_eq!(run.epochs, short.then_some(3), "{run}");
    }
}

#[test]
fn finalists_are_trained_with_every_selection_seed() {
    let runner = Synthetic::new(TaskKind::Ner, [2.0, 0.0, 2.0, 0.0]);
    let settings = Settings {
        rates: vec![0.5, 1.0],
        finalists: Some(2),
        selection_seeds: 3,
        ..settings(TaskKind::Ner)
    };
    let report = report(&runner, &settings);
    for choice in &report.selection {
        assert!(choice.rates.iter().all(|point| point.valid.len() == 1));
        assert_eq!(choice.finalists.len(), 2);
        assert!(choice
            .finalists
            .iter()
            .all(|finalist| finalist.valid.len() == 3));
        let best = &choice.finalists;
        let best = if best[0].mean >= best[1].mean {
            &best[0]
        } else {
            &best[1]
        };
        assert_eq!(
            (choice.p, choice.learning_rate),
            (best.p, best.learning_rate)
        );
    }
    let text = report.rate_table();
    assert!(
        text.contains("learning rate") && text.contains('*'),
        "{text}"
    );
    // without finalists or rates there is no such table
    let plain = self::report(&runner, &self::settings(TaskKind::Ner));
    assert_eq!(plain.rate_table(), "");
}

#[test]
fn a_p_at_the_edge_of_the_grid_is_warned_of() {
    let runner = Synthetic::new(TaskKind::Lm, [0.1, 0.0, 0.1, 0.0]);
    let inside = report(&runner, &settings(TaskKind::Lm));
    assert_eq!(inside.edges(), None);
    let settings = Settings {
        grid: vec![0.1, 0.2, 0.3],
        ..settings(TaskKind::Lm)
    };
    let warning = report(&runner, &settings).edges().unwrap();
    assert!(
        warning.contains("case III, p 0.3") && warning.contains("--grid"),
        "{warning}"
    );
}

/// What is told adds up: a run that several stages ask for is done once.
#[test]
fn as_many_runs_are_done_as_were_planned() {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    let runner = Synthetic::new(TaskKind::Lm, [0.1, 0.0, 0.1, 0.0]);
    let settings = Settings {
        rates: vec![0.5, 1.0],
        finalists: Some(2),
        ..settings(TaskKind::Lm)
    };
    let protocol = settings.protocol(runner.describe()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), &protocol).unwrap();
    let (planned, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let tell = |told: Told<'_>| {
        match told {
            Told::Planned(runs) => planned.store(runs, Ordering::SeqCst),
            Told::Done { .. } => _ = done.fetch_add(1, Ordering::SeqCst),
        };
    };
    conduct(
        &runner,
        &protocol,
        &store,
        2,
        &AtomicBool::new(false),
        &tell,
    )
    .unwrap();
    let trained = runner.trained.into_inner().unwrap().len();
    assert_eq!(done.into_inner(), trained);
    assert_eq!(planned.into_inner(), trained);
}
