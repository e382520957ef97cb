//! The trade-off of a sweep: cycles against PEs, both logarithmic, and below it the
//! utilisation.

use super::canvas::{short, Canvas, FAINT, INK, MUTED};
use super::Picture;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use std::io;

/// One array.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dot {
    /// Its number of PEs.
    pub pes: u64,
    /// Its cycles.
    pub cycles: u64,
    /// Its utilisation, 0 to 1.
    pub utilisation: f64,
    /// Nothing with as few PEs is faster.
    pub front: bool,
}

/// Dots of one colour. A line joins the fastest of each number of PEs.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What the legend calls it.
    pub name: String,
    /// Which colour it has, by number.
    pub hue: usize,
    /// How strong the colour is, above 0 and at most 1.
    pub shade: f64,
    /// The arrays.
    pub dots: Vec<Dot>,
}

/// A chart in two panels over one axis of PEs.
#[derive(Clone, Debug, PartialEq)]
pub struct ScatterChart {
    /// The first line.
    pub title: String,
    /// The second line.
    pub subtitle: String,
    /// The series, in the order of the legend.
    pub series: Vec<Series>,
}

const WIDTH: i32 = 980;
const LEFT: i32 = 92;
const RIGHT: i32 = WIDTH - 40;
/// Heights of the two panels, and what is between them.
const PANEL: (i32, i32, i32) = (330, 170, 56);
/// Where the legend begins, and the height of one line of it.
const LEGEND: (i32, i32) = (88, 22);
/// Width of one name in the legend.
const NAME: i32 = 190;

const COLOURS: [RGBColor; 5] = [
    RGBColor(196, 84, 72),
    RGBColor(206, 140, 30),
    RGBColor(20, 96, 130),
    RGBColor(120, 88, 160),
    RGBColor(92, 158, 88),
];

impl Series {
    fn colour(&self) -> RGBColor {
        let RGBColor(r, g, b) = COLOURS[self.hue % COLOURS.len()];
        let mix = |part: u8| (255.0 - (255.0 - f64::from(part)) * self.shade).round() as u8;
        RGBColor(mix(r), mix(g), mix(b))
    }
}

impl ScatterChart {
    /// Top of the upper panel.
    fn top(&self) -> i32 {
        let lines = self.series.len().div_ceil(self.hues()).max(2) as i32;
        LEGEND.0 + LEGEND.1 * lines + 26
    }

    /// Names on one line of the legend.
    fn hues(&self) -> usize {
        let last = self.series.iter().map(|series| series.hue).max();
        last.map_or(1, |last| last + 1).min(4)
    }

    fn legend<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>) -> io::Result<()> {
        let hues = self.hues();
        let place = |line: usize, column: usize| {
            let (line, column) = (line as i32, column as i32);
            (24 + NAME * column, LEGEND.0 + LEGEND.1 * line)
        };
        for (i, series) in self.series.iter().enumerate() {
            let (x, y) = place(i / hues, i % hues);
            canvas.line((x, y), (x + 20, y), series.colour(), 2)?;
            canvas.text(&series.name, (x + 28, y), 13, INK, HPos::Left)?;
        }
        let keys = [(true, "on the Pareto front"), (false, "behind it")];
        for (i, (front, name)) in keys.into_iter().enumerate() {
            let (x, y) = place(i, hues);
            canvas.dot((x + 10, y), 5, MUTED, front)?;
            canvas.text(name, (x + 28, y), 13, INK, HPos::Left)?;
        }
        Ok(())
    }
}

impl Picture for ScatterChart {
    fn size(&self) -> (i32, i32) {
        (WIDTH, self.top() + PANEL.0 + PANEL.2 + PANEL.1 + 62)
    }

    fn draw<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>) -> io::Result<()> {
        canvas.title(&self.title, &self.subtitle)?;
        self.legend(canvas)?;
        let dots = || self.series.iter().flat_map(|series| &series.dots);
        let top = self.top();
        let cycles = (top, top + PANEL.0);
        let utilisation = (cycles.1 + PANEL.2, cycles.1 + PANEL.2 + PANEL.1);
        let x = Log::new((LEFT + 24, RIGHT - 24), dots().map(|dot| dot.pes as f64));
        let y = Log::new(
            (cycles.1 - 12, cycles.0 + 12),
            dots().map(|dot| dot.cycles as f64),
        );
        let share = |value: f64| {
            utilisation.1 - ((utilisation.1 - utilisation.0) as f64 * value).round() as i32
        };

        for (value, name) in y.ticks() {
            let y = y.at(value);
            canvas.line((LEFT, y), (RIGHT, y), FAINT, 1)?;
            canvas.text(&name, (LEFT - 8, y), 12, MUTED, HPos::Right)?;
        }
        for percent in [0, 25, 50, 75, 100] {
            let y = share(f64::from(percent) / 100.0);
            canvas.line((LEFT, y), (RIGHT, y), FAINT, 1)?;
            canvas.text(
                &format!("{percent} %"),
                (LEFT - 8, y),
                12,
                MUTED,
                HPos::Right,
            )?;
        }
        let mut sizes: Vec<u64> = dots().map(|dot| dot.pes).collect();
        sizes.sort_unstable();
        sizes.dedup();
        let mut last = 0;
        for pes in sizes {
            let x = x.at(pes as f64);
            for (top, bottom) in [cycles, utilisation] {
                canvas.line((x, top), (x, bottom), FAINT, 1)?;
            }
            // Names that would run into each other are left out.
            if x - last > 44 {
                canvas.text(
                    &short(pes as f64),
                    (x, utilisation.1 + 16),
                    12,
                    MUTED,
                    HPos::Center,
                )?;
                last = x;
            }
        }
        for (_, bottom) in [cycles, utilisation] {
            canvas.line((LEFT, bottom), (RIGHT, bottom), INK, 1)?;
        }
        canvas.text("packed cycles", (24, cycles.0 - 14), 12, MUTED, HPos::Left)?;
        canvas.text(
            "utilisation",
            (24, utilisation.0 - 16),
            12,
            MUTED,
            HPos::Left,
        )?;
        let middle = (LEFT + RIGHT) / 2;
        canvas.text("PEs", (middle, utilisation.1 + 40), 13, INK, HPos::Center)?;

        for panel in 0..2 {
            let at = |dot: &Dot| {
                let height = [y.at(dot.cycles as f64), share(dot.utilisation)][panel];
                (x.at(dot.pes as f64), height)
            };
            for series in &self.series {
                for pair in fastest(&series.dots).windows(2) {
                    canvas.line(at(&pair[0]), at(&pair[1]), series.colour(), 2)?;
                }
            }
            // The front lies on top.
            for front in [false, true] {
                for series in &self.series {
                    for dot in series.dots.iter().filter(|dot| dot.front == front) {
                        canvas.dot(at(dot), 5, series.colour(), front)?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// The fastest dot of each number of PEs, by PEs.
fn fastest(dots: &[Dot]) -> Vec<Dot> {
    let mut dots = dots.to_vec();
    dots.sort_by_key(|dot| (dot.pes, dot.cycles));
    dots.dedup_by_key(|dot| dot.pes);
    dots
}

/// A logarithmic scale over `frame`, with a margin around the values.
struct Log {
    frame: (i32, i32),
    low: f64,
    high: f64,
}

impl Log {
    fn new(frame: (i32, i32), values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = values
            .map(|value| value.max(1.0))
            .fold((f64::MAX, 1.0f64), |(low, high), value| {
                (low.min(value), high.max(value))
            });
        let low = low.min(high);
        // One value alone stands in the middle.
        let (low, high) = if low == high {
            (low / 2.0, high * 2.0)
        } else {
            (low, high)
        };
        Self { frame, low, high }
    }

    fn at(&self, value: f64) -> i32 {
        let share = (value.max(1.0) / self.low).ln() / (self.high / self.low).ln();
        self.frame.0 + ((self.frame.1 - self.frame.0) as f64 * share).round() as i32
    }

    /// 1, 2 and 5 times the powers of ten in range; more digits where these are few.
    fn ticks(&self) -> Vec<(f64, String)> {
        let all = |digits: &[f64]| {
            let powers = self.low.log10().floor() as i32..=self.high.log10().ceil() as i32;
            powers
                .flat_map(|power| digits.iter().map(move |digit| digit * 10f64.powi(power)))
                .filter(|value| (self.low..=self.high).contains(value))
                .map(|value| (value, short(value)))
                .collect::<Vec<_>>()
        };
        let few = all(&[1.0, 2.0, 5.0]);
        if few.len() < 4 {
            all(&[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0])
        } else {
            few
        }
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
        }
    }

    #[test]
    fn a_sweep_is_drawn_with_its_names() {
        let chart = ScatterChart {
            title: "Cycles against PEs".into(),
            subtitle: "bf16".into(),
            series: vec![Series {
                name: "both, p 0.5".into(),
                hue: 2,
                shade: 0.5,
                dots: vec![dot(64, 4_000_000), dot(256, 1_000_000)],
            }],
        };
        let text = svg(&chart).unwrap();
        for word in ["both, p 0.5", "64", "256", "2 M", "75 %", "Pareto"] {
            assert!(text.contains(word), "{word}");
        }
        let empty = ScatterChart {
            series: Vec::new(),
            ..chart
        };
        svg(&empty).unwrap();
    }

    #[test]
    fn lines_join_the_fastest() {
        let dots = [dot(256, 9), dot(64, 40), dot(256, 8)];
        assert_eq!(fastest(&dots), [dot(64, 40), dot(256, 8)]);
    }

    #[test]
    fn scales_hold_their_values() {
        let scale = Log::new((0, 100), [10.0, 1000.0].into_iter());
        assert_eq!([10.0, 100.0, 1000.0].map(|v| scale.at(v)), [0, 50, 100]);
        let names: Vec<_> = scale.ticks().into_iter().map(|(value, _)| value).collect();
        assert_eq!(names, [10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0]);
        assert_eq!(Log::new((0, 100), [7.0].into_iter()).at(7.0), 50);
    }
}
