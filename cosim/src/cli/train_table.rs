//! What `heddle train` says of each epoch: table, CSV, curves.

use super::task_args::TaskArgs;
use super::train::test_line;
use heddle_lstm::{EpochReport, GradientNorms, Site, TaskKind, TrainReport};
use heddle_report::{fixed, grouped, Columns, Curve, CurveChart};

/// One line per epoch.
pub fn table(kind: TaskKind, report: &TrainReport) -> String {
    let metric = format!("valid {}", kind.metric());
    let columns = Columns::of(&report.epochs)
        .number("epoch", |it| it.epoch + 1)
        .number("learning rate", |it| fixed(3, it.learning_rate))
        .number("train loss", |it| fixed(3, it.train_loss))
        .number("train perplexity", |it| fixed(1, it.train_perplexity()))
        .number(metric, |it| fixed(1, it.valid.metric(kind)))
        .number("gradient norm", |it| norm(it, |it| fixed(2, it.median)))
        .number("95 %", |it| norm(it, |it| fixed(2, it.p95)))
        .number("clipped %", |it| {
            norm(it, |it| fixed(0, 100.0 * it.clipped))
        })
        .number("tokens/s", |it| grouped(it.tokens_per_s.round() as u64));
    let columns = noisy(report).into_iter().fold(columns, |columns, site| {
        columns.number(format!("noise {site}"), move |it| {
            noise(it, site).map_or(String::new(), |ratio| fixed(3, ratio))
        })
    });
    columns.table()
}

/// Of the gradients' norms of an epoch, what `shown` shows; nothing where they are not known.
fn norm(epoch: &EpochReport, shown: impl Fn(&GradientNorms) -> String) -> String {
    epoch.norms.as_ref().map_or_else(String::new, shown)
}

/// Noise of the masks of a site after an epoch, where it is known.
fn noise(epoch: &EpochReport, site: Site) -> Option<f64> {
    epoch.mask_noise?.at(site)
}

/// The sites of which some epoch knows the noise.
fn noisy(report: &TrainReport) -> Vec<Site> {
    let known = |site: &Site| report.epochs.iter().any(|it| noise(it, *site).is_some());
    Site::ALL.into_iter().filter(known).collect()
}

/// One line per epoch for other programs.
pub(super) fn csv(report: &TrainReport) -> String {
    let columns = Columns::of(&report.epochs)
        .number("epoch", |it| it.epoch + 1)
        .number("learning_rate", |it| it.learning_rate)
        .number("train_loss", |it| it.train_loss)
        .number("valid_loss", |it| it.valid.loss)
        .number("valid_f1", |it| {
            it.valid.f1.map_or(String::new(), |f1| f1.f1.to_string())
        })
        .number("tokens_per_s", |it| it.tokens_per_s)
        .number("seconds", |it| it.seconds)
        .number("norm_median", |it| norm(it, |it| it.median.to_string()))
        .number("norm_p95", |it| norm(it, |it| it.p95.to_string()))
        .number("clipped", |it| norm(it, |it| it.clipped.to_string()));
    let columns = noisy(report).into_iter().fold(columns, |columns, site| {
        columns.number(format!("noise_{site}"), move |it| {
            noise(it, site).map_or(String::new(), |ratio| ratio.to_string())
        })
    });
    columns.csv()
}

/// What the table says by epoch: perplexity, or for ner the loss, and F1 below; then the
/// gradients.
pub(super) fn chart(task: &TaskArgs, report: &TrainReport) -> CurveChart {
    let kind = task.task;
    let curve = |name: &str, value: &dyn Fn(usize) -> f64| Curve {
        name: name.to_owned(),
        points: (0..report.epochs.len())
            .map(|epoch| (epoch as f64 + 1.0, value(epoch)))
            .collect(),
    };
    let epochs = &report.epochs;
    let mut panels = match kind {
        TaskKind::Lm | TaskKind::Nmt => vec![(
            "perplexity".to_owned(),
            vec![
                curve("train, with dropout", &|e| epochs[e].train_perplexity()),
                curve("valid", &|e| epochs[e].valid.perplexity()),
            ],
        )],
        TaskKind::Ner => vec![
            (
                "loss per word, nats".to_owned(),
                vec![
                    curve("train, with dropout", &|e| epochs[e].train_loss),
                    curve("valid", &|e| epochs[e].valid.loss),
                ],
            ),
            (
                "F1, percent".to_owned(),
                vec![curve("valid", &|e| epochs[e].valid.metric(kind))],
            ),
        ],
    };
    // What is not known is left out of a curve.
    let of = |e: usize, value: fn(&GradientNorms) -> f64| {
        epochs[e].norms.as_ref().map_or(f64::NAN, value)
    };
    panels.push((
        "gradient norm before clipping".to_owned(),
        vec![
            curve("median", &|e| of(e, |norms| norms.median)),
            curve("95th percentile", &|e| of(e, |norms| norms.p95)),
        ],
    ));
    panels.push((
        "clipped steps, percent".to_owned(),
        vec![curve("clipped", &|e| of(e, |norms| 100.0 * norms.clipped))],
    ));
    let sites = noisy(report);
    if !sites.is_empty() {
        let of = |site| move |e: usize| noise(&epochs[e], site).unwrap_or(f64::NAN);
        let curves = sites.iter().map(|&site| curve(site.name(), &of(site)));
        panels.push((
            "mask noise, variance over squared mean".to_owned(),
            curves.collect(),
        ));
    }
    CurveChart {
        title: format!("{kind}: {}", test_line(kind, report)),
        subtitle: task.about(),
        x: "epoch".to_owned(),
        panels,
    }
}
