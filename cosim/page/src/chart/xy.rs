//! Points over two scales: sweeps with their front, rooflines, curves of a training.

use super::scale::Scale;
use super::{at, figure, mark, COLOURS};
use crate::number::short;
use maud::{html, Markup};

/// One of the two scales.
#[derive(Clone, Debug, Default)]
pub struct Axis {
    /// What is along it, with its unit.
    pub name: String,
    /// Whether it is logarithmic.
    pub log: bool,
}

/// A point.
#[derive(Clone, Debug, Default)]
pub struct Point {
    /// Along both scales.
    pub at: (f64, f64),
    /// What its mark says.
    pub tip: String,
    /// The anchor that it leads to.
    pub to: Option<String>,
    /// Drawn full, not hollow.
    pub strong: bool,
}

/// Points of one colour.
#[derive(Clone, Debug, Default)]
pub struct Series {
    /// Its name in the legend.
    pub name: String,
    /// Its colour.
    pub colour: usize,
    /// Its points.
    pub points: Vec<Point>,
    /// Whether a line joins them.
    pub joined: bool,
    /// Whether they are drawn small, for there are many.
    pub small: bool,
}

/// A line that is no series: a front, a roof.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// From the left.
    pub points: Vec<(f64, f64)>,
}

/// A plot.
#[derive(Clone, Debug, Default)]
pub struct Xy {
    /// Above it.
    pub caption: String,
    /// Horizontal.
    pub x: Axis,
    /// Vertical.
    pub y: Axis,
    /// The points.
    pub series: Vec<Series>,
    /// Lines.
    pub lines: Vec<Line>,
    /// What the lines are.
    pub line: Option<String>,
}

const WIDTH: f64 = 520.0;
const HEIGHT: f64 = 330.0;
const LEFT: f64 = 66.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 46.0;

/// The plot; nothing where there is no point.
pub fn xy(plot: &Xy) -> Markup {
    let points = || plot.series.iter().flat_map(|series| &series.points);
    let fits = |(x, y): (f64, f64)| {
        let fit = |value: f64, log: bool| value.is_finite() && (!log || value > 0.0);
        fit(x, plot.x.log) && fit(y, plot.y.log)
    };
    if !points().any(|point| fits(point.at)) {
        return html! {};
    }
    let lines = || {
        plot.lines
            .iter()
            .flat_map(|line| line.points.iter().copied())
    };
    let all = || {
        points()
            .map(|point| point.at)
            .chain(lines())
            .filter(|of| fits(*of))
    };
    let x = Scale::around(all().map(|of| of.0), plot.x.log, LEFT, WIDTH - RIGHT);
    let y = Scale::around(all().map(|of| of.1), plot.y.log, HEIGHT - BOTTOM, TOP);
    let place = |of: (f64, f64)| Some((x.at(of.0)?, y.at(of.1)?));
    let path = |of: &mut dyn Iterator<Item = (f64, f64)>| -> String {
        let places = of
            .filter_map(place)
            .map(|(x, y)| format!("{},{}", at(x), at(y)));
        places.collect::<Vec<_>>().join(" ")
    };
    let svg = html! {
        svg viewBox={ "0 0 " (at(WIDTH)) " " (at(HEIGHT)) } role="img" aria-label=(plot.caption) style={ "max-width:" (at(WIDTH)) "px" } {
            @for tick in x.ticks() {
                @if let Some(place) = x.at(tick) {
                    line.grid x1=(at(place)) x2=(at(place)) y1=(at(TOP)) y2=(at(HEIGHT - BOTTOM)) {}
                    text.tick x=(at(place)) y=(at(HEIGHT - BOTTOM + 16.0)) text-anchor="middle" { (short(tick)) }
                }
            }
            @for tick in y.ticks() {
                @if let Some(place) = y.at(tick) {
                    line.grid x1=(at(LEFT)) x2=(at(WIDTH - RIGHT)) y1=(at(place)) y2=(at(place)) {}
                    text.tick x=(at(LEFT - 6.0)) y=(at(place + 4.0)) text-anchor="end" { (short(tick)) }
                }
            }
            text.tick x=(at((LEFT + WIDTH - RIGHT) / 2.0)) y=(at(HEIGHT - 10.0)) text-anchor="middle" { (plot.x.name) }
            text.tick transform={ "translate(13 " (at((TOP + HEIGHT - BOTTOM) / 2.0)) ") rotate(-90)" } text-anchor="middle" { (plot.y.name) }
            line.axis x1=(at(LEFT)) x2=(at(LEFT)) y1=(at(TOP)) y2=(at(HEIGHT - BOTTOM)) {}
            line.axis x1=(at(LEFT)) x2=(at(WIDTH - RIGHT)) y1=(at(HEIGHT - BOTTOM)) y2=(at(HEIGHT - BOTTOM)) {}
            @for line in &plot.lines { polyline.limit points=(path(&mut line.points.iter().copied())) {} }
            @for series in &plot.series {
                @if series.joined {
                    polyline class={ "curve c" (series.colour % COLOURS) (if series.small { " fine" } else { "" }) } points=(path(&mut series.points.iter().map(|point| point.at))) {}
                }
            }
            @for series in &plot.series {
                @for point in &series.points {
                    @if let Some((x, y)) = place(point.at) { (dot(series, point, x, y)) }
                }
            }
        }
    };
    let legend: Vec<_> = plot
        .series
        .iter()
        .map(|series| (series.name.clone(), series.colour))
        .collect();
    figure(&plot.caption, &legend, plot.line.as_deref(), svg)
}

fn dot(series: &Series, point: &Point, x: f64, y: f64) -> Markup {
    let colour = series.colour % COLOURS;
    let kind = if point.strong { "s" } else { "o" };
    let radius = if series.small { 1.6 } else { 4.5 };
    let shape = html! { circle class={ (kind) (colour) } cx=(at(x)) cy=(at(y)) r=(at(radius)) {} };
    mark(&point.tip, point.to.as_deref(), shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_lie_where_they_belong() {
        let point = |x: f64, y: f64| Point {
            at: (x, y),
            tip: format!("{x}; {y}"),
            ..Point::default()
        };
        let plot = Xy {
            series: vec![Series {
                points: vec![point(1.0, 10.0), point(10.0, 100.0), point(0.0, 1.0)],
                joined: true,
                ..Series::default()
            }],
            x: Axis {
                log: true,
                ..Axis::default()
            },
            ..Xy::default()
        };
        let text = xy(&plot).into_string();
        let of = |name: &str| -> Vec<f64> {
            let name = format!(" {name}=\"");
            let parts = text.split(&name).skip(1);
            parts
                .map(|rest| rest.split('"').next().unwrap().parse().unwrap())
                .collect()
        };
        assert_eq!(of("cx").len(), 2, "a logarithm has no 0: {text}");
        assert!(of("cx")[0] < of("cx")[1] && of("cy")[0] > of("cy")[1]);
        assert!(text.contains("<title>10; 100</title>") && text.contains("<polyline"));
        assert_eq!(xy(&Xy::default()).into_string(), "");
    }
}
