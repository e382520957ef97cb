//! Curves over a common axis, in panels one below the other: how a training went.

use super::canvas::{tick, Canvas, FAINT, INK, MUTED};
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
        let x = Linear::new((LEFT + 12, RIGHT - 12), points().map(|point| point.0), true);
        for (number, (name, curves)) in self.panels.iter().enumerate() {
            let top = TOP + number as i32 * (PANEL.0 + PANEL.1);
            let bottom = top + PANEL.0;
            canvas.text(name, (24, top - 16), 12, MUTED, HPos::Left)?;
            let values = curves.iter().flat_map(|curve| finite(&curve.points));
            let y = Linear::new((bottom - 8, top + 8), values.map(|point| point.1), false).steep();
            for value in y.ticks() {
                let height = y.at(value);
                canvas.line((LEFT, height), (RIGHT, height), FAINT, 1)?;
                canvas.text(
                    &number_text(value),
                    (LEFT - 8, height),
                    12,
                    MUTED,
                    HPos::Right,
                )?;
            }
            canvas.line((LEFT, bottom), (RIGHT, bottom), INK, 1)?;
            for value in x.ticks() {
                let at = x.at(value);
                canvas.text(
                    &number_text(value),
                    (at, bottom + 14),
                    12,
                    MUTED,
                    HPos::Center,
                )?;
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

fn number_text(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A scale over `frame`, linear unless it is [steep](Linear::steep).
struct Linear {
    frame: (i32, i32),
    low: f64,
    high: f64,
    /// Whether ticks are whole numbers.
    whole: bool,
    /// Whether it is logarithmic.
    log: bool,
}

impl Linear {
    /// The same, logarithmic if the values are of several sizes: a perplexity begins at the
    /// vocabulary's size, and its end is what one wants to see.
    fn steep(mut self) -> Self {
        self.log = self.low > 0.0 && self.high / self.low > 8.0;
        self
    }

    fn new(frame: (i32, i32), values: impl Iterator<Item = f64>, whole: bool) -> Self {
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        // No value, or one alone, stands in the middle.
        let (low, high) = match (low.is_finite(), low < high) {
            (false, _) => (0.0, 1.0),
            (true, false) => (low - 0.5, high + 0.5),
            (true, true) => (low, high),
        };
        Self {
            frame,
            low,
            high,
            whole,
            log: false,
        }
    }

    fn at(&self, value: f64) -> i32 {
        let share = match self.log {
            false => (value - self.low) / (self.high - self.low),
            true => (value / self.low).ln() / (self.high / self.low).ln(),
        };
        self.frame.0 + (f64::from(self.frame.1 - self.frame.0) * share).round() as i32
    }

    fn ticks(&self) -> Vec<f64> {
        if self.log {
            let powers = self.low.log10().floor() as i32..=self.high.log10().ceil() as i32;
            let all = powers.flat_map(|power| [1.0, 2.0, 5.0].map(|x| x * 10f64.powi(power)));
            return all.filter(|v| (self.low..=self.high).contains(v)).collect();
        }
        let step = tick(self.high - self.low);
        let step = if self.whole {
            step.max(1.0).round()
        } else {
            step
        };
        let first = (self.low / step).ceil() as i64;
        let last = (self.high / step).floor() as i64;
        (first..=last).map(|i| i as f64 * step).collect()
    }
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

    #[test]
    fn scales_hold_their_values() {
        let scale = Linear::new((0, 100), [1.0, 5.0].into_iter(), true);
        assert_eq!([1.0, 3.0, 5.0].map(|v| scale.at(v)), [0, 50, 100]);
        assert_eq!(scale.ticks(), [1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(Linear::new((0, 100), [7.0].into_iter(), false).at(7.0), 50);
        let steep = |values: [f64; 2]| Linear::new((0, 100), values.into_iter(), false).steep();
        assert_eq!(steep([10.0, 1000.0]).at(100.0), 50);
        assert_eq!(steep([10.0, 1000.0]).ticks()[..3], [10.0, 20.0, 50.0]);
        assert_eq!(steep([50.0, 150.0]).at(100.0), 50, "linear");
        assert_eq!(steep([0.0, 90.0]).at(45.0), 50, "linear");
    }
}
