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
