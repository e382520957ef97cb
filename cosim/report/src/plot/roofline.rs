//! Rooflines: multiply-accumulates per cycle against those per byte, below what array and bus let them be, and the
//! share of that limit, in a facet for each group that is compared.

use super::canvas::{Canvas, INK, MUTED};
use super::legend::Legend;
use super::roof::Roof;
use super::scale::Scale;
use super::scatter::colour;
use super::Picture;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use std::io;

/// How a point is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoofMark {
    /// A ring.
    Ring,
    /// A dot, which fits into the ring.
    Dot,
    /// A small dot.
    Speck,
}

impl RoofMark {
    /// From the bottom to the top.
    pub(super) const ALL: [Self; 3] = [Self::Ring, Self::Dot, Self::Speck];

    /// Draws one.
    pub(super) fn draw<DB: DrawingBackend>(
        self,
        canvas: &Canvas<'_, DB>,
        at: (i32, i32),
        colour: RGBColor,
    ) -> io::Result<()> {
        match self {
            Self::Ring => canvas.dot(at, 7, colour, false),
            Self::Dot => canvas.dot(at, 4, colour, true),
            Self::Speck => canvas.dot(at, 2, colour, true),
        }
    }
}

/// One count.
#[derive(Clone, Debug, PartialEq)]
pub struct RoofPoint {
    /// Multiply-accumulates per byte.
    pub macs_per_byte: f64,
    /// Multiply-accumulates per cycle.
    pub macs_per_cycle: f64,
    /// Its share of the limit there, 0 to 1.
    pub of_limit: f64,
    /// Which colour it has, by number.
    pub hue: usize,
    /// How it is marked.
    pub mark: RoofMark,
}

impl RoofPoint {
    /// Whether it has a place on logarithmic scales: a product of which nothing is kept has none.
    pub(super) fn is_drawn(&self) -> bool {
        let all = [self.macs_per_byte, self.macs_per_cycle, self.of_limit];
        all.iter().all(|value| value.is_finite() && *value > 0.0)
    }
}

/// A bus: the slope of a roof.
#[derive(Clone, Debug, PartialEq)]
pub struct RoofBus {
    /// What is written at it.
    pub name: String,
    /// Bytes per cycle.
    pub bytes_per_cycle: f64,
    /// Its colour, by number; none where there is one bus alone.
    pub hue: Option<usize>,
}

/// What is compared with each other: a panel of the roofs, and below it one of the shares.
#[derive(Clone, Debug, PartialEq)]
pub struct RoofFacet {
    /// What stands above.
    pub name: String,
    /// Multiply-accumulates per cycle of the whole array; several where arrays of several sizes are compared.
    pub arrays: Vec<f64>,
    /// The buses.
    pub buses: Vec<RoofBus>,
    /// The counts.
    pub points: Vec<RoofPoint>,
    /// What stands at the foot, and over which value of the axis.
    pub feet: Vec<(f64, String)>,
}

impl RoofFacet {
    pub(super) fn drawn(&self) -> impl Iterator<Item = &RoofPoint> {
        self.points.iter().filter(|point| point.is_drawn())
    }

    /// Where the roofs of a bus and of an array meet.
    fn ridges(&self) -> impl Iterator<Item = f64> + '_ {
        let buses = self.buses.iter().map(|bus| bus.bytes_per_cycle);
        buses.flat_map(|bytes| self.arrays.iter().map(move |array| array / bytes))
    }
}

/// Facets side by side, on the same scales.
#[derive(Clone, Debug, PartialEq)]
pub struct RooflineChart {
    /// The first line.
    pub title: String,
    /// The second line.
    pub subtitle: String,
    /// What colours mean.
    pub hues: Vec<(String, usize)>,
    /// What marks mean.
    pub marks: Vec<(String, RoofMark)>,
    /// The facets.
    pub facets: Vec<RoofFacet>,
    /// Lines below.
    pub notes: Vec<String>,
}

const WIDTH: i32 = 1080;
const LEFT: i32 = 76;
const RIGHT: i32 = WIDTH - 24;
/// Heights of the two panels of a facet, and what is between them.
const PANEL: (i32, i32, i32) = (300, 170, 40);
/// Facets in a row, what is between two, and above and below a row.
const ROW: usize = 3;
const GAP: i32 = 26;
const HEAD: i32 = 34;
const FOOT: i32 = 62;
/// Where the legend is, and where the first row begins.
const LEGEND: i32 = 86;
const TOP: i32 = 112;
const ROW_HEIGHT: i32 = HEAD + PANEL.0 + PANEL.2 + PANEL.1 + FOOT;
/// Height of a note.
const NOTE: i32 = 20;

impl RooflineChart {
    fn legend<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>) -> io::Result<()> {
        let mut legend = Legend::at(canvas, LEGEND);
        for (name, hue) in &self.hues {
            legend.line(name, colour(*hue))?;
        }
        for (name, mark) in &self.marks {
            legend.mark(name, |at| mark.draw(canvas, at, MUTED))?;
        }
        Ok(())
    }

    fn rows(&self) -> i32 {
        self.facets.len().div_ceil(ROW).max(1) as i32
    }

    /// Multiply-accumulates per byte that are shown: those of all points and ridges, and a margin.
    fn x(&self, frame: (i32, i32)) -> Scale {
        let points = |of: &RoofFacet| {
            of.drawn()
                .map(|point| point.macs_per_byte)
                .collect::<Vec<f64>>()
        };
        let values: Vec<f64> = self
            .facets
            .iter()
            .flat_map(|of| [points(of), of.ridges().collect::<Vec<f64>>()].concat())
            .collect();
        let least = values.iter().copied().min_by(f64::total_cmp);
        let most = values.iter().copied().max_by(f64::total_cmp);
        let (least, most) = (least.unwrap_or(1.0), most.unwrap_or(1.0));
        // A factor of ten at least, so that slopes are seen.
        let margin = (10.0 * least / most).sqrt().max(1.5);
        Scale::logarithmic(frame, [least / margin, most * margin].into_iter())
    }

    /// Multiply-accumulates per cycle that are shown.
    fn y(&self, frame: (i32, i32)) -> Scale {
        let facets = || self.facets.iter();
        let points = facets().flat_map(RoofFacet::drawn);
        let points = points.map(|point| point.macs_per_cycle / 1.8);
        // Of a roof one sees the slope, too.
        let arrays =
            facets().flat_map(|of| of.arrays.iter().flat_map(|array| [array / 6.0, *array]));
        Scale::logarithmic(frame, points.chain(arrays))
    }

    /// The least share that is shown: a multiple of 10 %.
    fn least_share(&self) -> f64 {
        let points = self.facets.iter().flat_map(RoofFacet::drawn);
        let least = points.map(|point| point.of_limit).fold(0.9, f64::min);
        (10.0 * least - 0.1).floor().max(0.0) / 10.0
    }
}

impl Picture for RooflineChart {
    fn size(&self) -> (i32, i32) {
        let notes = NOTE * self.notes.len() as i32;
        (WIDTH, TOP + self.rows() * ROW_HEIGHT + 8 + notes)
    }

    fn draw<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>) -> io::Result<()> {
        canvas.title(&self.title, &self.subtitle)?;
        self.legend(canvas)?;
        let columns = self.facets.len().clamp(1, ROW) as i32;
        let width = (RIGHT - LEFT - GAP * (columns - 1)) / columns;
        for (i, facet) in self.facets.iter().enumerate() {
            let (row, column) = ((i / ROW) as i32, (i % ROW) as i32);
            let left = LEFT + column * (width + GAP);
            let top = TOP + row * ROW_HEIGHT + HEAD;
            let rates = (top, top + PANEL.0);
            let shares = (rates.1 + PANEL.2, rates.1 + PANEL.2 + PANEL.1);
            let roof = Roof {
                left,
                right: left + width,
                rates,
                shares,
                x: self.x((left, left + width)),
                y: self.y((rates.1, rates.0 + 18)),
                share: Scale::linear(
                    (shares.1 - 8, shares.0 + 8),
                    [self.least_share(), 1.0].into_iter(),
                ),
            };
            let first = column == 0;
            if first {
                canvas.text("MACs per cycle", (24, top - 16), 12, MUTED, HPos::Left)?;
                let place = (24, shares.0 - 16);
                canvas.text("of the limit", place, 12, MUTED, HPos::Left)?;
            }
            let middle = left + width / 2;
            canvas.text(&facet.name, (middle, top - 16), 13, INK, HPos::Center)?;
            roof.scales(canvas, first)?;
            roof.draw(canvas, facet)?;
        }
        let mut height = TOP + self.rows() * ROW_HEIGHT;
        for note in &self.notes {
            canvas.text(note, (24, height), 12, INK, HPos::Left)?;
            height += NOTE;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::svg;
    use super::*;

    fn chart(points: Vec<RoofPoint>) -> RooflineChart {
        RooflineChart {
            title: "A roofline".into(),
            subtitle: "bf16".into(),
            hues: vec![("forward".into(), 1)],
            marks: vec![("dense".into(), RoofMark::Ring)],
            facets: vec![RoofFacet {
                name: "fp".into(),
                arrays: vec![256.0],
                buses: vec![RoofBus {
                    name: "16 bytes per cycle".into(),
                    bytes_per_cycle: 16.0,
                    hue: None,
                }],
                points,
                feet: vec![(10.0, "batch 20".into())],
            }],
            notes: vec!["fp dense: 96.5 % of the bus".into()],
        }
    }

    fn point(macs_per_cycle: f64) -> RoofPoint {
        RoofPoint {
            macs_per_byte: 10.0,
            macs_per_cycle,
            of_limit: macs_per_cycle / 160.0,
            hue: 1,
            mark: RoofMark::Ring,
        }
    }

    /// Where the circles of the panels are: the legend's are first.
    fn circles(text: &str) -> Vec<(i32, i32)> {
        let number = |text: &str, name: &str| {
            let from = text.split_once(&format!("{name}=\"")).expect("the field").1;
            from.split('"').next().unwrap().parse::<i32>().unwrap()
        };
        let all = text.split("<circle ").skip(1);
        let all = all.map(|circle| (number(circle, "cx"), number(circle, "cy")));
        all.collect()
    }

    #[test]
    fn a_roofline_says_what_it_shows() {
        let text = svg(&chart(vec![point(150.0)])).unwrap();
        for word in [
            "forward",
            "dense",
            "256",
            "16 bytes per cycle",
            "batch 20",
            "MACs per byte",
            "of the limit",
            "96.5 % of the bus",
        ] {
            assert!(text.contains(word), "{word}");
        }
        svg(&RooflineChart {
            facets: Vec::new(),
            ..chart(Vec::new())
        })
        .unwrap();
    }

    /// A ring is two circles, in the legend and in each of the panels.
    #[test]
    fn points_stand_where_they_are_counted_and_what_has_no_place_is_left_out() {
        let of = |points| circles(&svg(&chart(points)).unwrap());
        assert_eq!(of(Vec::new()).len(), 2);
        assert_eq!(of(vec![point(0.0)]).len(), 2, "nothing was kept");
        let (low, high) = (of(vec![point(120.0)]), of(vec![point(120.0), point(150.0)]));
        assert_eq!((low.len(), high.len()), (6, 10));
        let rates = |all: &[(i32, i32)]| all[2..].iter().map(|at| at.1).min().unwrap();
        assert!(rates(&high) < rates(&low), "more is higher");
        assert!(
            high[2..].iter().all(|at| at.0 == high[2].0),
            "one intensity"
        );
    }
}
