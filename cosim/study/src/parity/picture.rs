//! The report as a chart.

use super::report::{shown, Comparison, ParityReport, Question};
use super::table::verdict;
use heddle_report::{IntervalChart, IntervalMark, IntervalPanel, IntervalRow};

impl ParityReport {
    /// The test metric of every run, the paired differences with their intervals against
    /// zero and the margin, and those against no dropout.
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
        let row = |comparison: &Comparison| {
            let differences = comparison.differences.iter();
            IntervalRow {
                name: format!("{} - {}", comparison.of, comparison.minus),
                note: verdict(comparison),
                dots: differences.map(|&d| shown(d, task)).collect(),
                mean: comparison.mean,
                interval: Some((comparison.lower, comparison.upper)),
            }
        };
        // What helps is far from what is equal: each on a scale of its own.
        let rows = |help: bool| {
            let comparisons = self.comparisons.iter();
            let wanted = comparisons.filter(|c| (c.question == Question::Help) == help);
            wanted.map(row).collect::<Vec<_>>()
        };
        let margin = IntervalMark {
            at: self.margin(),
            name: format!("margin {:+}{}", self.margin(), self.unit()),
            strong: true,
        };
        let zero = IntervalMark {
            at: 0.0,
            name: "0".into(),
            strong: false,
        };
        let (more, unit) = if task.more_is_better() {
            ("more is better", "points of F1")
        } else {
            ("less is better", "percent of perplexity")
        };
        let seeds = self.protocol.seeds.len();
        let sites = self.protocol.trained["sites"].as_array();
        let sites: Vec<_> = sites
            .into_iter()
            .flatten()
            .filter_map(|site| site.as_str())
            .collect();
        let sites = match sites.is_empty() {
            true => String::new(),
            false => format!("; masks at {}", sites.join(", ")),
        };
        IntervalChart {
            title: format!("{task}: dropout masks shared by the batch against one mask per sample"),
            subtitle: format!(
                "{seeds} seeds, paired in initial values and order of the data; p chosen on the validation data{sites}"
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
                        "is it as good? paired differences in {unit}, by seed below their mean and 90 % interval (its ends are the one-sided 95 % bounds)"
                    ),
                    rows: rows(false),
                    marks: vec![zero.clone(), margin],
                    joined: false,
                },
                IntervalPanel {
                    axis: format!("does dropout help? the same against no dropout, in {unit} ({more})"),
                    rows: rows(true),
                    marks: vec![zero],
                    joined: false,
                },
            ],
        }
    }
}
