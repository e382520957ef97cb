//! The trade-off of a sweep: cycles against PEs, both logarithmic, and below it the
//! utilisation, in a facet for each group that is compared.

use super::canvas::{short, Canvas, FAINT, INK, MUTED};
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
/// So many dots on the front are named.
const NAMED: usize = 6;

const COLOURS: [RGBColor; 5] = [
    RGBColor(196, 84, 72),
    RGBColor(206, 140, 30),
    RGBColor(20, 96, 130),
    RGBColor(120, 88, 160),
    RGBColor(92, 158, 88),
];

fn colour(hue: usize) -> RGBColor {
    COLOURS[hue % COLOURS.len()]
}

/// The same colour, nearer to white.
fn pale(RGBColor(r, g, b): RGBColor) -> RGBColor {
    let mix = |part: u8| (f64::from(part) * 0.4 + 255.0 * 0.6).round() as u8;
    RGBColor(mix(r), mix(g), mix(b))
}

impl Facet {
    fn dots(&self) -> impl Iterator<Item = &Dot> {
        self.series.iter().flat_map(|series| &series.dots)
    }

    fn is_crowded(&self) -> bool {
        self.dots().count() > MANY
    }

    /// The dots of the front, by PEs.
    fn front(&self) -> Vec<&Dot> {
        let mut front: Vec<_> = self.dots().filter(|dot| dot.front).collect();
        front.sort_by_key(|dot| dot.pes);
        front
    }
}

/// Where a facet is drawn, and its scales.
struct Frame {
    left: i32,
    right: i32,
    cycles: (i32, i32),
    utilisation: (i32, i32),
    x: Log,
    y: Log,
}

impl Frame {
    fn share(&self, value: f64) -> i32 {
        let (top, bottom) = self.utilisation;
        bottom - (f64::from(bottom - top) * value).round() as i32
    }

    /// Where a dot is in the panel of cycles and in that of utilisation.
    fn at(&self, dot: &Dot) -> [(i32, i32); 2] {
        let x = self.x.at(dot.pes as f64);
        [
            (x, self.y.at(dot.cycles as f64)),
            (x, self.share(dot.utilisation)),
        ]
    }

    /// Lines of the scales; names of the heights only for the first facet of a row.
    fn scales<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<'_, DB>,
        sizes: &[u64],
        named: bool,
    ) -> io::Result<()> {
        let heights = self
            .y
            .ticks()
            .into_iter()
            .map(|(v, name)| (self.y.at(v), name));
        let shares = [0, 25, 50, 75, 100].map(|percent| {
            let name = format!("{percent} %");
            (self.share(f64::from(percent) / 100.0), name)
        });
        for (height, name) in heights.chain(shares) {
            canvas.line((self.left, height), (self.right, height), FAINT, 1)?;
            if named {
                canvas.text(&name, (self.left - 8, height), 12, MUTED, HPos::Right)?;
            }
        }
        let mut last = i32::MIN / 2;
        for &pes in sizes {
            let x = self.x.at(pes as f64);
            // Names that would run into each other are left out, and their lines.
            if x - last < 48 {
                continue;
            }
            for (top, bottom) in [self.cycles, self.utilisation] {
                canvas.line((x, top), (x, bottom), FAINT, 1)?;
            }
            let below = (x, self.utilisation.1 + 16);
            canvas.text(&short(pes as f64), below, 12, MUTED, HPos::Center)?;
            last = x;
        }
        for (_, bottom) in [self.cycles, self.utilisation] {
            canvas.line((self.left, bottom), (self.right, bottom), INK, 1)?;
        }
        let middle = (self.left + self.right) / 2;
        canvas.text(
            "PEs",
            (middle, self.utilisation.1 + 38),
            13,
            INK,
            HPos::Center,
        )
    }

    fn draw<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>, facet: &Facet) -> io::Result<()> {
        let crowded = facet.is_crowded();
        let front = facet.front();
        for panel in 0..2 {
            let at = |dot: &Dot| self.at(dot)[panel];
            if crowded {
                for pair in front.windows(2) {
                    canvas.line(at(pair[0]), at(pair[1]), MUTED, 1)?;
                }
            } else {
                for series in &facet.series {
                    for pair in fastest(&series.dots).windows(2) {
                        canvas.line(at(&pair[0]), at(&pair[1]), colour(series.hue), 2)?;
                    }
                }
            }
            // The front lies on top.
            for on_front in [false, true] {
                for series in &facet.series {
                    let colour = colour(series.hue);
                    for dot in series.dots.iter().filter(|dot| dot.front == on_front) {
                        match (crowded, on_front) {
                            (true, false) => canvas.dot(at(dot), 2, pale(colour), true)?,
                            _ => canvas.dot(at(dot), 5, colour, on_front)?,
                        }
                    }
                }
            }
        }
        // A front is the lowest there is: there is room below it, but for what an array alone
        // has to say there.
        let alone = front.len() == 1;
        for dot in front.iter().filter(|_| front.len() <= NAMED) {
            let [(x, y), (_, share)] = self.at(dot);
            let (x, anchor) = match x < self.left + 60 || alone {
                true => (x - 8, HPos::Left),
                false => (x - 6, HPos::Right),
            };
            let height = if alone { y - 16 } else { y + 15 };
            canvas.text(&dot.name, (x, height), 12, INK, anchor)?;
            if alone {
                let cycles = format!("{} cycles", short(dot.cycles as f64));
                canvas.text(&cycles, (x, y + 16), 12, INK, anchor)?;
                let percent = format!("{:.1} %", 100.0 * dot.utilisation);
                canvas.text(&percent, (x, share + 16), 12, INK, anchor)?;
            }
        }
        Ok(())
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
        let mut x = 24;
        let mut place = |name: &str| {
            let here = x;
            x += 44 + 8 * name.chars().count() as i32;
            here
        };
        for (name, hue) in self.names() {
            let x = place(name);
            canvas.line((x, LEGEND), (x + 20, LEGEND), colour(hue), 3)?;
            canvas.text(name, (x + 28, LEGEND), 13, INK, HPos::Left)?;
        }
        let crowded = self.facets.iter().any(Facet::is_crowded);
        for (front, name) in [(true, "on the Pareto front"), (false, "behind it")] {
            let x = place(name);
            match (front, crowded) {
                (false, true) => canvas.dot((x + 10, LEGEND), 2, MUTED, true)?,
                _ => canvas.dot((x + 10, LEGEND), 5, MUTED, front)?,
            }
            canvas.text(name, (x + 28, LEGEND), 13, INK, HPos::Left)?;
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
                x: Log::new(
                    (left + 14, left + width - 14),
                    dots().map(|dot| dot.pes as f64),
                ),
                // room for the name below the lowest one
                y: Log::new(
                    (cycles.1 - 26, cycles.0 + 24),
                    dots().map(|dot| dot.cycles as f64),
                ),
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
