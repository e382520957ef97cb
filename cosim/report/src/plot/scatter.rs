//! The trade-off of a sweep: cycles against PEs, both logarithmic, and below it the
//! utilisation, in a facet for each group that is compared.

use super::canvas::{Canvas, INK, MUTED};
use super::frame::Frame;
use super::legend::Legend;
use super::scale::Scale;
use super::Picture;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use std::io;

/// One array.
#[derive(Clone, Debug, PartialEq)]
pub struct Dot {
    /// Its number of PEs.
    pub pes: u64,
    /// Its cycles.
    pub cycles: u64,
    /// Its utilisation, 0 to 1.
    pub utilisation: f64,
    /// Nothing with as few PEs is faster.
    pub front: bool,
    /// What it is called where there is room.
    pub name: String,
}

impl Dot {
    /// Its place on a logarithmic scale of PEs.
    pub(super) fn x(&self) -> f64 {
        self.pes.max(1) as f64
    }

    /// Its place on one of cycles.
    pub(super) fn y(&self) -> f64 {
        self.cycles.max(1) as f64
    }
}

/// Dots of one colour.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What the legend calls it.
    pub name: String,
    /// Which colour it has, by number.
    pub hue: usize,
    /// The arrays.
    pub dots: Vec<Dot>,
}

/// What is compared with each other: a panel of cycles, and below it one of utilisation.
#[derive(Clone, Debug, PartialEq)]
pub struct Facet {
    /// What stands above.
    pub name: String,
    /// The series.
    pub series: Vec<Series>,
}

/// Facets side by side, on the same scales.
#[derive(Clone, Debug, PartialEq)]
pub struct ScatterChart {
    /// The first line.
    pub title: String,
    /// The second line.
    pub subtitle: String,
    /// The facets.
    pub facets: Vec<Facet>,
}

const WIDTH: i32 = 1080;
const LEFT: i32 = 76;
const RIGHT: i32 = WIDTH - 24;
/// Heights of the two panels of a facet, and what is between them.
const PANEL: (i32, i32, i32) = (300, 150, 36);
/// Facets in a row, what is between two, and above and below a row.
const ROW: usize = 3;
const GAP: i32 = 26;
const HEAD: i32 = 30;
const FOOT: i32 = 62;
/// Where the legend is, and where the first row begins.
const LEGEND: i32 = 86;
const TOP: i32 = 112;
/// With more dots in a facet only the front has lines, and what is behind it is small.
const MANY: usize = 36;

const COLOURS: [RGBColor; 5] = [
    RGBColor(196, 84, 72),
    RGBColor(206, 140, 30),
    RGBColor(20, 96, 130),
    RGBColor(120, 88, 160),
    RGBColor(92, 158, 88),
];

/// The colour of a series.
pub(super) fn colour(hue: usize) -> RGBColor {
    COLOURS[hue % COLOURS.len()]
}

impl Facet {
    fn dots(&self) -> impl Iterator<Item = &Dot> {
        self.series.iter().flat_map(|series| &series.dots)
    }

    /// Whether only its front is joined and named.
    pub(super) fn is_crowded(&self) -> bool {
        self.dots().count() > MANY
    }

    /// The dots of the front, by PEs.
    pub(super) fn front(&self) -> Vec<&Dot> {
        let mut front: Vec<_> = self.dots().filter(|dot| dot.front).collect();
        front.sort_by_key(|dot| dot.pes);
        front
    }
}

impl ScatterChart {
    /// Each series once, with its colour.
    fn names(&self) -> Vec<(&str, usize)> {
        let mut names: Vec<(&str, usize)> = Vec::new();
        for series in self.facets.iter().flat_map(|facet| &facet.series) {
            if !names.contains(&(&series.name, series.hue)) {
                names.push((&series.name, series.hue));
            }
        }
        names
    }

    fn legend<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>) -> io::Result<()> {
        let mut legend = Legend::at(canvas, LEGEND);
        for (name, hue) in self.names() {
            legend.line(name, colour(hue))?;
        }
        let crowded = self.facets.iter().any(Facet::is_crowded);
        for (front, name) in [(true, "on the Pareto front"), (false, "behind it")] {
            legend.mark(name, |at| match (front, crowded) {
                (false, true) => canvas.dot(at, 2, MUTED, true),
                _ => canvas.dot(at, 5, MUTED, front),
            })?;
        }
        Ok(())
    }

    fn columns(&self) -> usize {
        self.facets.len().clamp(1, ROW)
    }
}

/// Height of a row of facets.
const ROW_HEIGHT: i32 = HEAD + PANEL.0 + PANEL.2 + PANEL.1 + FOOT;

impl Picture for ScatterChart {
    fn size(&self) -> (i32, i32) {
        let rows = self.facets.len().div_ceil(ROW).max(1) as i32;
        (WIDTH, TOP + rows * ROW_HEIGHT + 8)
    }

    fn draw<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>) -> io::Result<()> {
        canvas.title(&self.title, &self.subtitle)?;
        self.legend(canvas)?;
        let dots = || self.facets.iter().flat_map(Facet::dots);
        let mut sizes: Vec<u64> = dots().map(|dot| dot.pes).collect();
        sizes.sort_unstable();
        sizes.dedup();
        let columns = self.columns() as i32;
        let width = (RIGHT - LEFT - GAP * (columns - 1)) / columns;
        for (i, facet) in self.facets.iter().enumerate() {
            let (row, column) = ((i / ROW) as i32, (i % ROW) as i32);
            let left = LEFT + column * (width + GAP);
            let top = TOP + row * ROW_HEIGHT + HEAD;
            let cycles = (top, top + PANEL.0);
            let utilisation = (cycles.1 + PANEL.2, cycles.1 + PANEL.2 + PANEL.1);
            let frame = Frame {
                left,
                right: left + width,
                cycles,
                utilisation,
                x: Scale::logarithmic((left + 14, left + width - 14), dots().map(Dot::x)),
                // room for the name below the lowest one
                y: Scale::logarithmic((cycles.1 - 26, cycles.0 + 24), dots().map(Dot::y)),
            };
            let first = column == 0;
            if first {
                canvas.text("packed cycles", (24, top - 14), 12, MUTED, HPos::Left)?;
                let place = (24, utilisation.0 - 18);
                canvas.text("utilisation", place, 12, MUTED, HPos::Left)?;
            }
            let middle = left + width / 2;
            canvas.text(&facet.name, (middle, top - 14), 13, INK, HPos::Center)?;
            frame.scales(canvas, &sizes, first)?;
            frame.draw(canvas, facet)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::svg;
    use super::*;

    fn dot(pes: u64, cycles: u64) -> Dot {
        Dot {
            pes,
            cycles,
            utilisation: 0.9,
            front: true,
            name: format!("{pes} PEs"),
        }
    }

    fn chart(facets: Vec<Vec<Dot>>) -> ScatterChart {
        let facet = |(i, dots)| Facet {
            name: format!("p 0.{i}"),
            series: vec![Series {
                name: "both".into(),
                hue: 2,
                dots,
            }],
        };
        ScatterChart {
            title: "Cycles against PEs".into(),
            subtitle: "bf16".into(),
            facets: facets.into_iter().enumerate().map(facet).collect(),
        }
    }

    #[test]
    fn a_sweep_is_drawn_with_its_names() {
        let text = svg(&chart(vec![
            vec![dot(64, 4_000_000), dot(256, 1_000_000)];
            5
        ]))
        .unwrap();
        for word in [
            "both", "p 0.4", "64", "256", "2 M", "75 %", "Pareto", "256 PEs",
        ] {
            assert!(text.contains(word), "{word}");
        }
        svg(&chart(Vec::new())).unwrap();
    }

    #[test]
    fn one_array_alone_says_its_figures() {
        let text = svg(&chart(vec![vec![dot(256, 28_669_146)]])).unwrap();
        for word in ["256 PEs", "28.7 M cycles", "90.0 %"] {
            assert!(text.contains(word), "{word}");
        }
    }

    /// Behind the front of a crowd are small dots without lines and without names.
    #[test]
    fn a_crowd_shows_its_front() {
        let crowd = |count: u64| {
            let dots = (0..count).map(|i| Dot {
                front: i % 10 == 0,
                ..dot(64 + i, 4_000_000 - i * 1000)
            });
            svg(&chart(vec![dots.collect()])).unwrap()
        };
        let lines = |text: &str| text.matches("<polyline").count();
        let circles = |text: &str| text.matches("<circle").count();
        let (few, many) = (crowd(MANY as u64), crowd(MANY as u64 + 100));
        assert!(circles(&many) > circles(&few) + 100);
        assert!(
            lines(&many) < lines(&few),
            "{} {}",
            lines(&many),
            lines(&few)
        );
        assert!(!many.contains("64 PEs") && few.contains("64 PEs"));
    }
}
