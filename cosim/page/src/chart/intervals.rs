//! Differences with their intervals, against a margin.

use super::scale::Scale;
use super::{at, cut, figure, mark, COLOURS};
use crate::number::short;
use maud::{html, Markup};

/// A difference.
#[derive(Clone, Debug, Default)]
pub struct Interval {
    /// Its name, at the left.
    pub name: String,
    /// Its lower end, middle and upper end.
    pub ends: (f64, f64, f64),
    /// Its colour.
    pub colour: usize,
    /// What its mark says.
    pub tip: String,
    /// What stands at the right.
    pub note: String,
    /// The anchor that it leads to.
    pub to: Option<String>,
}

/// A plot of differences.
#[derive(Clone, Debug, Default)]
pub struct Intervals {
    /// Above it.
    pub caption: String,
    /// What the differences are of.
    pub quantity: String,
    /// From the top.
    pub rows: Vec<Interval>,
    /// Where the margin is.
    pub margin: Option<f64>,
    /// What the line is.
    pub line: String,
}

const WIDTH: f64 = 820.0;
const ROW: f64 = 26.0;
const NOTE: f64 = 110.0;

/// The plot; nothing where there is no row.
pub fn intervals(plot: &Intervals) -> Markup {
    if plot.rows.is_empty() {
        return html! {};
    }
    let letters = plot.rows.iter().map(|row| row.name.chars().count()).max();
    let left = 7.2 * letters.unwrap_or(0).min(46) as f64 + 14.0;
    let ends = plot.rows.iter().flat_map(|row| [row.ends.0, row.ends.2]);
    let values = ends.chain(plot.margin).chain([0.0]);
    let x = Scale::around(values, false, left, WIDTH - NOTE);
    let bottom = ROW * plot.rows.len() as f64 + 8.0;
    let vertical = |kind: &str, value: f64| {
        let place = x.at(value);
        html! { @if let Some(place) = place { line class=(kind) x1=(at(place)) x2=(at(place)) y1="4" y2=(at(bottom)) {} } }
    };
    let svg = html! {
        svg viewBox={ "0 0 " (at(WIDTH)) " " (at(bottom + 36.0)) } role="img" aria-label=(plot.caption) style={ "max-width:" (at(WIDTH)) "px" } {
            @for tick in x.ticks() {
                (vertical("grid", tick))
                @if let Some(place) = x.at(tick) { text.tick x=(at(place)) y=(at(bottom + 14.0)) text-anchor="middle" { (short(tick)) } }
            }
            text.tick x=(at((left + WIDTH - NOTE) / 2.0)) y=(at(bottom + 30.0)) text-anchor="middle" { (plot.quantity) }
            (vertical("axis", 0.0))
            @if let Some(margin) = plot.margin { (vertical("limit", margin)) }
            @for (index, row) in plot.rows.iter().enumerate() { (line(row, &x, left, 4.0 + ROW * (index as f64 + 0.5))) }
        }
    };
    let line = plot.margin.map(|_| plot.line.as_str());
    figure(&plot.caption, &[], line, svg)
}

fn line(row: &Interval, x: &Scale, left: f64, y: f64) -> Markup {
    let (low, middle, high) = row.ends;
    let name = html! { text.name x=(at(left - 8.0)) y=(at(y + 4.0)) text-anchor="end" { (cut(&row.name, 46)) } };
    let (Some(low), Some(middle), Some(high)) = (x.at(low), x.at(middle), x.at(high)) else {
        return name;
    };
    let colour = row.colour % COLOURS;
    let shape = html! {
        rect class={ "s" (colour) } x=(at(low)) y=(at(y - 2.0)) width=(at((high - low).max(1.0))) height="4" {}
        circle class={ "s" (colour) } cx=(at(middle)) cy=(at(y)) r="5" {}
    };
    html! {
        (name)
        (mark(&row.tip, row.to.as_deref(), shape))
        text.note x=(at(WIDTH - NOTE + 8.0)) y=(at(y + 4.0)) { (cut(&row.note, 18)) }
    }
}
