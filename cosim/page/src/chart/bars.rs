//! Horizontal bars in groups, of one part or of several, with a line at a limit.

use super::scale::Scale;
use super::{at, cut, figure, mark, COLOURS};
use crate::number::short;
use maud::{html, Markup};

/// A bar.
#[derive(Clone, Debug, Default)]
pub struct Bar {
    /// Its name, at the left.
    pub name: String,
    /// Its parts from the left: colour, value, what a mark says.
    pub parts: Vec<(usize, f64, String)>,
    /// Where the line across it is.
    pub limit: Option<f64>,
    /// What stands at its end.
    pub note: String,
    /// The anchor that it leads to.
    pub to: Option<String>,
}

/// Bars that stand together.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// Above them; may be empty.
    pub name: String,
    /// From the top.
    pub bars: Vec<Bar>,
}

/// A plot of bars.
#[derive(Clone, Debug, Default)]
pub struct Bars {
    /// Above it.
    pub caption: String,
    /// What the values are.
    pub quantity: String,
    /// What colours mean.
    pub legend: Vec<(String, usize)>,
    /// What the line across a bar is.
    pub limit: Option<String>,
    /// From the top.
    pub groups: Vec<Group>,
}

const WIDTH: f64 = 820.0;
const ROW: f64 = 20.0;
const THICK: f64 = 13.0;
const NAME: f64 = 22.0;
const GAP: f64 = 8.0;
const NOTE: f64 = 130.0;
/// Mean width of a letter.
const LETTER: f64 = 7.2;

/// The plot; nothing where no bar has a value.
pub fn bars(plot: &Bars) -> Markup {
    let all = || plot.groups.iter().flat_map(|group| &group.bars);
    let total = |bar: &Bar| bar.parts.iter().map(|part| part.1).sum::<f64>();
    let largest = all()
        .flat_map(|bar| [total(bar), bar.limit.unwrap_or(0.0)])
        .filter(|value| value.is_finite())
        .fold(0.0, f64::max);
    if largest <= 0.0 {
        return html! {};
    }
    let letters = all().map(|bar| bar.name.chars().count()).max().unwrap_or(0);
    let left = (LETTER * letters.min(34) as f64 + 14.0).max(60.0);
    let x = Scale::from_zero(largest, left, WIDTH - NOTE);
    let mut y = 6.0;
    let mut rows = Vec::new();
    for group in &plot.groups {
        if group.bars.is_empty() {
            continue;
        }
        if !group.name.is_empty() {
            rows.push(html! { text.group x="0" y=(at(y + 14.0)) { (cut(&group.name, 60)) } });
            y += NAME;
        }
        for bar in &group.bars {
            rows.push(row(bar, &x, left, y));
            y += ROW;
        }
        y += GAP;
    }
    let bottom = y;
    let svg = html! {
        svg viewBox={ "0 0 " (at(WIDTH)) " " (at(bottom + 36.0)) } role="img" aria-label=(plot.caption) style={ "max-width:" (at(WIDTH)) "px" } {
            @for tick in x.ticks() {
                @if let Some(place) = x.at(tick) {
                    line.grid x1=(at(place)) x2=(at(place)) y1="4" y2=(at(bottom)) {}
                    text.tick x=(at(place)) y=(at(bottom + 14.0)) text-anchor="middle" { (short(tick)) }
                }
            }
            text.tick x=(at((left + WIDTH - NOTE) / 2.0)) y=(at(bottom + 30.0)) text-anchor="middle" { (plot.quantity) }
            line.axis x1=(at(left)) x2=(at(left)) y1="4" y2=(at(bottom)) {}
            @for row in &rows { (row) }
        }
    };
    figure(&plot.caption, &plot.legend, plot.limit.as_deref(), svg)
}

fn row(bar: &Bar, x: &Scale, left: f64, y: f64) -> Markup {
    let top = y + (ROW - THICK) / 2.0;
    let mut from = left;
    let mut sum = 0.0;
    let mut parts = Vec::new();
    for (colour, value, tip) in &bar.parts {
        sum += value;
        let Some(to) = x.at(sum) else { continue };
        let shape = html! {
            rect class={ "s" (colour % COLOURS) } x=(at(from)) y=(at(top)) width=(at((to - from).max(0.0))) height=(at(THICK)) {}
        };
        if to > from {
            parts.push(mark(tip, bar.to.as_deref(), shape));
        }
        from = to;
    }
    let limit = bar.limit.and_then(|limit| x.at(limit));
    let end = from.max(limit.unwrap_or(from));
    html! {
        text.name x=(at(left - 8.0)) y=(at(y + 14.0)) text-anchor="end" { (cut(&bar.name, 34)) }
        @for part in &parts { (part) }
        @if let Some(limit) = limit { line.limit x1=(at(limit)) x2=(at(limit)) y1=(at(top - 3.0)) y2=(at(top + THICK + 3.0)) {} }
        text.note x=(at(end + 6.0)) y=(at(y + 14.0)) { (cut(&bar.note, 22)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_value_and_says_it() {
        let bar = |value: f64| Bar {
            name: "packed".into(),
            parts: vec![(2, value, format!("{value} cycles"))],
            limit: Some(value / 2.0),
            note: "1.33\u{d7}".into(),
            to: Some("r1".into()),
        };
        let plot = Bars {
            caption: "C".into(),
            groups: vec![Group {
                name: "FP".into(),
                bars: vec![bar(100.0), bar(50.0)],
            }],
            ..Bars::default()
        };
        let text = bars(&plot).into_string();
        let widths: Vec<f64> = text
            .split("width=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap().parse().unwrap())
            .collect();
        assert_eq!(widths.len(), 2);
        assert!((widths[0] - 2.0 * widths[1]).abs() < 0.2, "{widths:?}");
        assert!(text.contains("<title>100 cycles</title>") && text.contains(r##"href="#r1""##));
        assert_eq!(bars(&Bars::default()).into_string(), "");
    }
}
