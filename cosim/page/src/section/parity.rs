//! Parity: paired differences with their intervals, the runs, and how p was chosen.

use super::{number, section as titled, text, Part};
use crate::chart::{intervals, Interval, Intervals};
use crate::flat::leaves;
use crate::grid::{Entry, Grid};
use crate::table::{facts, Cell};
use heddle_files::shown;
use maud::{html, Markup};
use serde_json::Value;

/// Comparisons, samples, selection and protocol.
pub fn section(part: &mut Part<'_>) -> Markup {
    let comparisons = part.take_list("comparisons");
    let samples = part.take_list("samples");
    let selection = part.take_list("selection");
    let protocol = part.take("protocol");
    let helps = part.take("dropout_helps");
    let anchor = part.anchor;
    let id = |at: usize| format!("{anchor}-comparison-{at}");
    let entries = comparisons.iter().enumerate().map(|(at, of)| {
        let key = |name: &str| Cell::text(text(of, name).unwrap_or("?"));
        Entry::new(id(at), vec![key("question"), key("of"), key("minus")], of)
    });
    let grid = Grid {
        keys: &["question", "of", "minus"],
        entries: entries.collect(),
        elsewhere: &["question", "of", "minus"],
    };
    let rows = samples.iter().enumerate().map(|(at, of)| {
        Entry::new(
            format!("{anchor}-sample-{at}"),
            vec![Cell::text(text(of, "name").unwrap_or("?"))],
            of,
        )
    });
    let runs = Grid {
        keys: &["sample"],
        entries: rows.collect(),
        elsewhere: &["name"],
    };
    let rules = protocol
        .as_ref()
        .and_then(|of| of["rules"].as_array())
        .cloned()
        .unwrap_or_default();
    let plan = protocol.map(|of| {
        let mut fields = of.as_object().cloned().unwrap_or_default();
        fields.shift_remove("rules");
        html! {
            (facts(&leaves(&Value::Object(fields))))
            @if !rules.is_empty() { h4 { "Rules" } ul.notes { @for rule in rules.iter().filter_map(Value::as_str) { li { (shown(rule)) } } } }
        }
    });
    let differences = html! {
        (plot(part, &comparisons, &id))
        (grid.render(&[("Paired differences", &["mean", "lower", "upper", "verdict", "by_margin", "helps", "statistics.n"])]))
        @if let Some(helps) = helps { (facts(&[("dropout_helps".to_owned(), helps)])) }
    };
    html! {
        (titled("Comparisons", differences))
        (titled("Samples", runs.render(&[("Runs by case", &["p", "arithmetic", "mean", "test", "best_epochs"])])))
        (titled("Selection of p", chosen(anchor, &selection)))
        (titled("Protocol", plan.unwrap_or_default()))
    }
}

/// Each case at each p of the grid.
fn chosen(anchor: &str, selection: &[Value]) -> Markup {
    let entries = selection.iter().enumerate().flat_map(|(at, of)| {
        let key = |name: &str| {
            of.get(name)
                .map_or(Cell::None, |value| Cell::Value(value.clone()))
        };
        let grid = of["grid"].as_array().into_iter().flatten().enumerate();
        grid.map(move |(row, point)| {
            Entry::new(
                format!("{anchor}-selection-{at}-{row}"),
                vec![key("case"), key("p")],
                point,
            )
        })
    });
    let grid = Grid {
        keys: &["case", "chosen p"],
        entries: entries.collect(),
        elsewhere: &[],
    };
    grid.render(&[(
        "Each case at each p",
        &["p", "mean", "from_case_i", "valid"],
    )])
}

fn plot(part: &Part<'_>, comparisons: &[Value], id: &dyn Fn(usize) -> String) -> Markup {
    let unit = part
        .report
        .text("protocol.margin.unit")
        .unwrap_or("units of the metric")
        .to_owned();
    let margin = part
        .report
        .get("protocol.margin.given")
        .and_then(Value::as_f64);
    // more F1 is better, less perplexity is
    let margin = margin.map(|margin| if unit.contains("F1") { -margin } else { margin });
    let rows = comparisons.iter().enumerate().filter_map(|(at, of)| {
        let ends = (
            number(of, "lower")?,
            number(of, "mean")?,
            number(of, "upper")?,
        );
        let verdict =
            text(of, "verdict")
                .map(str::to_owned)
                .or_else(|| match of["helps"].as_bool()? {
                    true => Some("helps".to_owned()),
                    false => Some("does not help".to_owned()),
                });
        let verdict = verdict.unwrap_or_default();
        let name = format!("{} \u{2212} {}", text(of, "of")?, text(of, "minus")?);
        let tip = format!(
            "{name}: {:.3} {unit} ({:.3} to {:.3})\n{verdict}",
            ends.1, ends.0, ends.2
        );
        let colour = match &*verdict {
            "inferior" | "does not help" => 4,
            "inconclusive" => 3,
            _ => 2,
        };
        Some(Interval {
            name,
            ends,
            colour,
            tip,
            note: verdict,
            to: Some(id(at)),
        })
    });
    intervals(&Intervals {
        caption: "Differences with their 95 % intervals".into(),
        quantity: unit.clone(),
        rows: rows.collect(),
        margin,
        line: "margin".into(),
    })
}
