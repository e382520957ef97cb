//! Plots as SVG within the page: colours come from the page's style, each mark has a title that tells its values, so
//! they can be read without a script, and a mark may lead to its row.

mod bars;
mod intervals;
mod scale;
mod xy;

pub use bars::{bars, Bar, Bars, Group};
pub use intervals::{intervals, Interval, Intervals};
pub use xy::{xy, Axis, Line, Point, Series, Xy};

use heddle_files::shown;
use maud::{html, Markup};

/// Colours that series may have: `s0` is faint, for what others are compared with.
pub const COLOURS: usize = 8;

/// A figure: its caption, the picture, and what its colours mean.
fn figure(caption: &str, legend: &[(String, usize)], line: Option<&str>, svg: Markup) -> Markup {
    html! {
        figure {
            figcaption { (shown(caption)) }
            @if legend.len() > 1 || line.is_some() {
                ul.legend {
                    @for (name, colour) in legend { li { span class={ "swatch s" (colour % COLOURS) } {} (shown(name)) } }
                    @if let Some(line) = line { li { span.swatch.limit {} (shown(line)) } }
                }
            }
            (svg)
        }
    }
}

/// A coordinate with one digit after the point.
fn at(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// A text of at most so many characters.
pub(crate) fn cut(text: &str, most: usize) -> String {
    let text = shown(text);
    match text.chars().count() > most {
        true => text
            .chars()
            .take(most.saturating_sub(1))
            .chain(['\u{2026}'])
            .collect(),
        false => text.into_owned(),
    }
}

/// A mark with its title, which leads to an anchor if it has one.
fn mark(tip: &str, to: Option<&str>, shape: Markup) -> Markup {
    let group = html! { g.mark { title { (heddle_files::shown_lines(tip)) } (shape) } };
    match to {
        Some(to) => html! { a href={ "#" (to) } { (group) } },
        None => group,
    }
}
