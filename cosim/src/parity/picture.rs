//! The report as a chart.

use super::report::{shown, ParityReport, Question};
use super::table::verdict;
use crate::report::{IntervalChart, IntervalMark, IntervalPanel, IntervalRow};

impl ParityReport {
    /// The test metric of every run, and the paired differences with their intervals
    /// against zero and the margin.
    pub fn chart(&self) -> IntervalChart {
        let task = self.protocol.task;
        let metric = self.protocol.metric;
        let samples = self.samples.iter().map(|sample| IntervalRow {
            name: sample.name.clone(),
            note: format!("mean {:.2}", sample.mean),
            dots: sample.test.clone(),
            mean: sample.mean,
            interval: None,
        });
        let differences = self.comparisons.iter().map(|comparison| {
            let differences = comparison.differences.iter();
            IntervalRow {
                name: format!("{} - {}", comparison.of, comparison.minus),
                note: verdict(comparison),
                dots: differences.map(|&d| shown(d, task)).collect(),
                mean: comparison.mean,
                interval: Some((comparison.lower, comparison.upper)),
            }
        });
        let margin = IntervalMark {
            at: self.margin(),
            name: format!("margin {:+}{}", self.margin(), self.unit()),
            strong: true,
        };
        let zero = IntervalMark {
            at: 0.0,
            name: String::new(),
            strong: false,
        };
        let (more, unit) = if task.more_is_better() {
            ("more is better", "points of F1")
        } else {
            ("less is better", "percent of perplexity")
        };
        let judged = |c: &&super::Comparison| c.question == Question::Parity;
        let seeds = self
            .comparisons
            .iter()
            .find(judged)
            .map_or(0, |c| c.statistics.n);
        IntervalChart {
            title: format!("{task}: dropout masks shared by the batch against one mask per sample"),
            subtitle: format!(
                "{seeds} seeds, paired in initial values and order of the data; p chosen on the validation data"
            ),
            panels: vec![
                IntervalPanel {
                    axis: format!("test {metric} by seed, one line per seed ({more})"),
                    rows: samples.collect(),
                    marks: Vec::new(),
                    joined: true,
                },
                IntervalPanel {
                    axis: format!(
                        "paired differences in {unit}, with mean and 90 % interval (its ends are the one-sided 95 % bounds)"
                    ),
                    rows: differences.collect(),
                    marks: vec![zero, margin],
                    joined: false,
                },
            ],
        }
    }
}
