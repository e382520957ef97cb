//! The report as tables for people.

use super::choice::Choice;
use super::report::{Comparison, ParityReport, Question, Sample};
use super::runner::arm;
use super::CONFIDENCE;
use heddle_lstm::TaskKind;
use heddle_report::{align_right, plain};

impl ParityReport {
    /// What stands before the tables and after: the verdicts in words.
    pub fn verdicts(&self) -> String {
        let lines: Vec<_> = self
            .comparisons
            .iter()
            .filter_map(|c| self.line(c))
            .chain(
                self.diverged
                    .iter()
                    .map(|run| format!("left out, as it diverged: {}\n  {}", run.run, run.what)),
            )
            .collect();
        lines.join("\n")
    }

    /// Unit of the differences.
    pub(super) fn unit(&self) -> &'static str {
        match self.protocol.task {
            TaskKind::Lm | TaskKind::Nmt => " %",
            TaskKind::Ner => " F1",
        }
    }

    /// The margin with the sign of "worse".
    pub(super) fn margin(&self) -> f64 {
        let given = self.protocol.margin.given;
        if self.protocol.task.more_is_better() {
            -given
        } else {
            given
        }
    }

    fn line(&self, comparison: &Comparison) -> Option<String> {
        let verdict = comparison.verdict?;
        let Comparison { of, minus, .. } = comparison;
        let unit = self.unit();
        let (side, bound) = if self.protocol.task.more_is_better() {
            ("lower", comparison.lower)
        } else {
            ("upper", comparison.upper)
        };
        let alone = match comparison.by_margin {
            Some(alone) if alone != verdict => format!(" (by the margin alone: {alone})"),
            _ => String::new(),
        };
        Some(format!(
            "{of} against {minus}: {verdict}{alone}\n  mean difference {:+.2}{unit}, {side} one-sided {:.0} % bound {bound:+.2}{unit}, margin {:+}{unit}, n {}, df {}",
            comparison.mean,
            100.0 * CONFIDENCE,
            self.margin(),
            comparison.statistics.n,
            comparison.statistics.df,
        ))
    }

    fn arm(&self, choice: &Choice) -> String {
        choice.case.map_or("no dropout".into(), |case| {
            arm(case, self.protocol.groups_of(Some(case)))
        })
    }

    /// The validation metric by case and p.
    pub fn selection_table(&self) -> String {
        let metric = format!("valid {}", self.protocol.metric);
        let seeds = format!("by seed ({})", self.protocol.selection_seeds.len());
        let mut table = plain(&[
            "case",
            "p",
            &metric,
            "from case I at this p",
            &seeds,
            "chosen",
        ]);
        for choice in &self.selection {
            for point in &choice.grid {
                table.add_row(vec![
                    self.arm(choice),
                    point.p.to_string(),
                    point
                        .mean
                        .map_or("diverged".into(), |mean| format!("{mean:.2}")),
                    point.from_case_i.map_or(String::new(), |difference| {
                        format!("{difference:+.2}{}", self.unit())
                    }),
                    list(&point.valid),
                    if point.p == choice.p { "*" } else { "" }.to_owned(),
                ]);
            }
        }
        align_right(&mut table, 1);
        table.to_string()
    }

    /// The validation metric by case and learning rate, then of the finalists; empty where
    /// neither was asked for.
    pub fn rate_table(&self) -> String {
        let metric = format!("valid {}", self.protocol.metric);
        let mut table = plain(&["case", "p", "learning rate", &metric, "by seed", "chosen"]);
        let mut rows = 0;
        for choice in &self.selection {
            let chosen = |p: f64, rate: Option<f64>| match (p, rate) {
                it if it == (choice.p, choice.learning_rate) => "*",
                _ => "",
            };
            let rates = choice.rates.iter();
            let rates = rates.map(|it| (choice.p, Some(it.learning_rate), &it.valid, it.mean));
            let finalists = choice.finalists.iter();
            let finalists = finalists.map(|it| (it.p, it.learning_rate, &it.valid, it.mean));
            for (p, rate, valid, mean) in rates.chain(finalists) {
                rows += 1;
                table.add_row(vec![
                    self.arm(choice),
                    p.to_string(),
                    rate.map_or(String::new(), |rate| rate.to_string()),
                    mean.map_or("diverged".into(), |mean| format!("{mean:.2}")),
                    list(valid),
                    chosen(p, rate).to_owned(),
                ]);
            }
        }
        match rows {
            0 => String::new(),
            _ => table.to_string(),
        }
    }

    /// A warning of cases whose p lies at an edge of the grid, if there are any.
    pub fn edges(&self) -> Option<String> {
        let at_edge = self.selection.iter().filter(|choice| choice.at_edge);
        let names: Vec<_> = at_edge
            .map(|choice| format!("case {}, p {}", self.arm(choice), choice.p))
            .collect();
        (!names.is_empty()).then(|| {
            format!(
                "the best p lies at an edge of the grid ({}): one beyond it may be better, so \
                 choose a wider --grid",
                names.join("; ")
            )
        })
    }

    /// The reported runs.
    pub fn sample_table(&self) -> String {
        let metric = format!("test {}", self.protocol.metric);
        let bleu = self.samples.iter().any(|sample| sample.bleu.is_some());
        let mut header = vec!["trained with", "seeds", &metric, "by seed"];
        if bleu {
            header.extend(["test BLEU", "mean of bootstrap intervals"]);
        }
        let decoded = |sample: &Sample| sample.bleu_detokenised.is_some();
        let decoded = self.samples.iter().any(decoded);
        if decoded {
            header.extend(["detokenised", "mean of intervals"]);
        }
        let mut table = plain(&header);
        for sample in &self.samples {
            let mut row = vec![
                sample.name.clone(),
                match sample.diverged.len() {
                    0 => sample.seeds.len().to_string(),
                    lost => format!("{} ({lost} diverged)", sample.seeds.len()),
                },
                format!("{:.2}", sample.mean),
                list(&sample.test),
            ];
            for bleu in [&sample.bleu, &sample.bleu_detokenised]
                .into_iter()
                .flatten()
            {
                let n = bleu.seeds.len() as f64;
                let low = bleu.seeds.iter().map(|b| b.low).sum::<f64>() / n;
                let high = bleu.seeds.iter().map(|b| b.high).sum::<f64>() / n;
                row.push(format!("{:.2}", bleu.mean));
                row.push(format!("{low:.2} to {high:.2}"));
            }
            table.add_row(row);
        }
        align_right(&mut table, 1);
        table.to_string()
    }

    /// The paired differences.
    pub fn comparison_table(&self) -> String {
        let bleu = self.comparisons.iter().any(|c| c.bleu.is_some());
        let mut header = vec![
            "difference",
            "n",
            "df",
            "mean",
            "95 % lower",
            "95 % upper",
            "margin",
            "verdict",
        ];
        if bleu {
            header.push("BLEU, 90 % interval");
        }
        let decoded = |c: &Comparison| c.bleu_detokenised.is_some();
        if self.comparisons.iter().any(decoded) {
            header.push("detokenised");
        }
        let mut table = plain(&header);
        let unit = self.unit();
        for comparison in &self.comparisons {
            let mut row = vec![
                format!("{} - {}", comparison.of, comparison.minus),
                comparison.statistics.n.to_string(),
                comparison.statistics.df.to_string(),
                format!("{:+.2}{unit}", comparison.mean),
                format!("{:+.2}{unit}", comparison.lower),
                format!("{:+.2}{unit}", comparison.upper),
                match comparison.question {
                    Question::Help => "0".into(),
                    _ => format!("{:+}{unit}", self.margin()),
                },
                verdict(comparison),
            ];
            let both = [&comparison.bleu, &comparison.bleu_detokenised];
            for bleu in both.into_iter().flatten() {
                row.push(format!(
                    "{:+.2} ({:+.2} to {:+.2})",
                    bleu.mean, bleu.lower, bleu.upper
                ));
            }
            table.add_row(row);
        }
        align_right(&mut table, 1);
        table.to_string()
    }
}

/// The verdict in a word or two.
pub(super) fn verdict(comparison: &Comparison) -> String {
    match (comparison.verdict, comparison.helps) {
        (Some(verdict), _) => verdict.to_string(),
        (None, Some(true)) => "helps".into(),
        _ => "not shown to help".into(),
    }
}

fn list(values: &[f64]) -> String {
    let all: Vec<_> = values.iter().map(|value| format!("{value:.2}")).collect();
    all.join(" ")
}
