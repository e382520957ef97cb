//! A training: losses and scores by epoch, the loss of every step, the settings.

use super::{number, section as titled};
use crate::chart::{xy, Axis, Point, Series, Xy};
use crate::flat::{leaves, take};
use crate::grid::{Entry, Grid};
use crate::table::{facts, Cell};
use maud::{html, Markup};
use serde_json::{Map, Value};

/// Most points of a curve; more would be drawn over each other.
const MOST: usize = 600;

/// The sections of a training, whose fields they take.
pub fn section(fields: &mut Map<String, Value>, anchor: &str) -> Markup {
    let mut list = |name: &str| match fields.shift_remove(name) {
        Some(Value::Array(values)) => values,
        Some(other) => {
            fields.insert(name.to_owned(), other);
            Vec::new()
        }
        None => Vec::new(),
    };
    let epochs = list("epochs");
    let losses = list("losses");
    let scores = take(
        fields,
        &[
            "best_epoch",
            "test_perplexity",
            "test_f1",
            "test_bleu",
            "test",
        ],
    );
    let settings = take(
        fields,
        &[
            "task",
            "policy",
            "engine",
            "kernel",
            "threads",
            "model",
            "batches",
            "optimiser",
            "dropout",
            "time_steps",
            "data",
            "steps",
            "seed",
        ],
    );
    let entries = epochs.iter().enumerate().map(|(at, of)| {
        let key = of
            .get("epoch")
            .map_or(Cell::None, |epoch| Cell::Value(epoch.clone()));
        Entry::new(format!("{anchor}-epoch-{at}"), vec![key], of)
    });
    let grid = Grid {
        keys: &["epoch"],
        entries: entries.collect(),
        elsewhere: &["epoch"],
    };
    let body = html! {
        (facts(&leaves(&Value::Object(scores))))
        div.plots {
            (by_epoch(anchor, &epochs))
            (by_step(&losses))
        }
        (grid.render(&[("Epochs", &["learning_rate", "train_loss", "valid.loss", "valid.f1", "valid.bleu.score", "tokens_per_s", "seconds"])]))
    };
    html! {
        (titled("Epochs", body))
        (titled("Settings", facts(&leaves(&Value::Object(settings)))))
    }
}

fn by_epoch(anchor: &str, epochs: &[Value]) -> Markup {
    let curve = |(name, path, colour): (&str, &str, usize)| {
        let point = |(at, of): (usize, &Value)| {
            let (epoch, loss) = (number(of, "epoch")?, number(of, path)?);
            Some(Point {
                at: (epoch, loss),
                tip: format!("epoch {epoch}: {name} {loss:.4} nats per token"),
                to: Some(format!("{anchor}-epoch-{at}")),
                strong: true,
            })
        };
        Series {
            name: name.to_owned(),
            colour,
            points: epochs.iter().enumerate().filter_map(point).collect(),
            joined: true,
            small: false,
        }
    };
    let series = [
        ("training", "train_loss", 1),
        ("validation", "valid.loss", 2),
    ]
    .map(curve);
    xy(&Xy {
        caption: "Loss by epoch".into(),
        x: Axis {
            name: "epoch".into(),
            log: false,
        },
        y: Axis {
            name: "nats per token".into(),
            log: false,
        },
        series: series
            .into_iter()
            .filter(|of| !of.points.is_empty())
            .collect(),
        ..Xy::default()
    })
}

fn by_step(losses: &[Value]) -> Markup {
    let every = losses.len().div_ceil(MOST).max(1);
    let points = losses
        .iter()
        .enumerate()
        .step_by(every)
        .filter_map(|(at, of)| {
            let (step, loss) = (at + 1, of.as_f64()?);
            Some(Point {
                at: (step as f64, loss),
                tip: format!("step {step}: {loss:.4} nats per token"),
                to: None,
                strong: true,
            })
        });
    let caption = match every {
        1 => "Loss of every step".to_owned(),
        _ => format!("Loss of every {every}th of {} steps", losses.len()),
    };
    xy(&Xy {
        caption,
        x: Axis {
            name: "step".into(),
            log: false,
        },
        y: Axis {
            name: "nats per token".into(),
            log: false,
        },
        series: vec![Series {
            name: "training".into(),
            colour: 1,
            points: points.collect(),
            joined: true,
            small: true,
        }],
        ..Xy::default()
    })
}
