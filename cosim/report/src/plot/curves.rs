//! Curves over a common axis, in panels one below the other: how a training went.

use super::canvas::{plain, Canvas, FAINT, INK, MUTED};
use super::scale::Scale;
use super::Picture;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use std::io;

/// One curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// What the legend calls it.
    pub name: String,
    /// (x, y) in the order in which they are joined; what is not finite is left out.
    pub points: Vec<(f64, f64)>,
}

/// Panels of curves over one axis.
#[derive(Clone, Debug, PartialEq)]
pub struct CurveChart {
    /// The first line.
    pub title: String,
    /// The second line.
    pub subtitle: String,
    /// What is on the axis.
    pub x: String,
    /// What each panel shows, and its curves.
    pub panels: Vec<(String, Vec<Curve>)>,
}

const WIDTH: i32 = 860;
const LEFT: i32 = 76;
const RIGHT: i32 = WIDTH - 150;
const TOP: i32 = 106;
/// Height of a panel, and what is between two.
const PANEL: (i32, i32) = (250, 52);

const COLOURS: [RGBColor; 4] = [
    RGBColor(20, 96, 130),
    RGBColor(196, 84, 72),
    RGBColor(92, 158, 88),
    RGBColor(206, 140, 30),
];

impl Picture for CurveChart {
    fn size(&self) -> (i32, i32) {
        let panels = self.panels.len() as i32;
        (WIDTH, TOP + panels * (PANEL.0 + PANEL.1) + 20)
    }

    fn draw<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>) -> io::Result<()> {
        canvas.text(&self.title, (24, 28), 16, INK, HPos::Left)?;
        canvas.text(&self.subtitle, (24, 50), 12, MUTED, HPos::Left)?;
        let points = || {
            let curves = self.panels.iter().flat_map(|(_, curves)| curves);
            curves.flat_map(|curve| finite(&curve.points))
        };
        let x = Scale::linear((LEFT + 12, RIGHT - 12), points().map(|point| point.0));
        for (number, (name, curves)) in self.panels.iter().enumerate() {
            let top = TOP + number as i32 * (PANEL.0 + PANEL.1);
            let bottom = top + PANEL.0;
            canvas.text(name, (24, top - 16), 12, MUTED, HPos::Left)?;
            let values = curves.iter().flat_map(|curve| finite(&curve.points));
            let y = Scale::linear((bottom - 8, top + 8), values.map(|point| point.1)).steep();
            for value in y.ticks(false) {
                let height = y.at(value);
                canvas.line((LEFT, height), (RIGHT, height), FAINT, 1)?;
                canvas.text(&plain(value), (LEFT - 8, height), 12, MUTED, HPos::Right)?;
            }
            canvas.line((LEFT, bottom), (RIGHT, bottom), INK, 1)?;
            for value in x.ticks(true) {
                let at = x.at(value);
                canvas.text(&plain(value), (at, bottom + 14), 12, MUTED, HPos::Center)?;
            }
            for (i, curve) in curves.iter().enumerate() {
                let colour = COLOURS[i % COLOURS.len()];
                let at = |point: (f64, f64)| (x.at(point.0), y.at(point.1));
                let places: Vec<_> = finite(&curve.points).map(at).collect();
                for pair in places.windows(2) {
                    canvas.line(pair[0], pair[1], colour, 2)?;
                }
                for &place in &places {
                    canvas.dot(place, 3, colour, true)?;
                }
                let legend = top + 12 + 20 * i as i32;
                canvas.line((RIGHT + 10, legend), (RIGHT + 26, legend), colour, 2)?;
                canvas.text(&curve.name, (RIGHT + 32, legend), 12, INK, HPos::Left)?;
            }
        }
        let (_, height) = self.size();
        let middle = (LEFT + RIGHT) / 2;
        canvas.text(&self.x, (middle, height - 34), 13, INK, HPos::Center)
    }
}

fn finite(points: &[(f64, f64)]) -> impl Iterator<Item = (f64, f64)> + '_ {
    let all = points.iter().copied();
    all.filter(|(x, y)| x.is_finite() && y.is_finite())
}

#[cfg(test)]
mod tests {
    use super::super::svg;
    use super::*;

    #[test]
    fn curves_are_drawn_with_their_names() {
        let chart = CurveChart {
            title: "lm: test perplexity 90.1".into(),
            subtitle: "2 x 8 units".into(),
            x: "epoch".into(),
            panels: vec![(
                "loss".into(),
                vec![
                    Curve {
                        name: "train".into(),
                        points: vec![(1.0, 6.5), (2.0, 5.5), (3.0, f64::NAN)],
                    },
                    Curve {
                        name: "valid".into(),
                        points: vec![(1.0, 6.0), (2.0, 5.2)],
                    },
                ],
            )],
        };
        let text = svg(&chart).unwrap();
        for word in ["train", "valid", "epoch", "loss", "5.4", "90.1"] {
            assert!(text.contains(word), "{word}");
        }
        let empty = CurveChart {
            panels: vec![("loss".into(), vec![])],
            ..chart
        };
        svg(&empty).unwrap();
    }
}
