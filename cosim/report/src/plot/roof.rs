//! One facet of a roofline: its scales, roofs, points.

use super::canvas::{plain, Canvas, FAINT, INK, MUTED};
use super::roofline::{RoofBus, RoofFacet, RoofMark};
use super::scale::Scale;
use super::scatter::colour;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use std::io;

/// Pixels from one name at the foot of a panel to the next, at least.
const FOOT: i32 = 70;

/// Where a facet is drawn, and its scales.
pub struct Roof {
    /// The left edge of both panels.
    pub left: i32,
    /// Their right edge.
    pub right: i32,
    /// Top and bottom of the panel of multiply-accumulates per cycle.
    pub rates: (i32, i32),
    /// Those of the panel of shares.
    pub shares: (i32, i32),
    /// The scale of multiply-accumulates per byte.
    pub x: Scale,
    /// That of those per cycle.
    pub y: Scale,
    /// That of shares.
    pub share: Scale,
}

impl Roof {
    /// Lines of the scales; names of the heights only for the first facet of a row.
    pub fn scales<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<'_, DB>,
        named: bool,
    ) -> io::Result<()> {
        let rates = self.y.ticks(false).into_iter();
        let rates = rates.map(|value| (self.y.at(value), plain(value)));
        let shares = self.share.ticks(false).into_iter();
        let shares = shares.map(|value| (self.share.at(value), format!("{:.0} %", 100.0 * value)));
        for (height, name) in rates.chain(shares) {
            canvas.line((self.left, height), (self.right, height), FAINT, 1)?;
            if named {
                canvas.text(&name, (self.left - 8, height), 12, MUTED, HPos::Right)?;
            }
        }
        let mut last = i32::MIN / 2;
        for value in self.x.ticks(false) {
            let x = self.x.at(value);
            for (top, bottom) in [self.rates, self.shares] {
                canvas.line((x, top), (x, bottom), FAINT, 1)?;
            }
            // Names that would run into each other are left out.
            if x - last >= 32 {
                let below = (x, self.shares.1 + 16);
                canvas.text(&plain(value), below, 12, MUTED, HPos::Center)?;
                last = x;
            }
        }
        for (_, bottom) in [self.rates, self.shares] {
            canvas.line((self.left, bottom), (self.right, bottom), INK, 1)?;
        }
        let below = ((self.left + self.right) / 2, self.shares.1 + 38);
        canvas.text("MACs per byte", below, 13, INK, HPos::Center)
    }

    /// Its roofs and points.
    pub fn draw<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<'_, DB>,
        facet: &RoofFacet,
    ) -> io::Result<()> {
        let highest = facet.arrays.iter().copied().fold(0.0, f64::max);
        for bus in &facet.buses {
            self.bus(canvas, bus, highest)?;
        }
        for &array in &facet.arrays {
            let height = self.y.at(array);
            canvas.line((self.left, height), (self.right, height), MUTED, 2)?;
            let name = format!("array: {}", plain(array));
            canvas.text(&name, (self.right - 4, height - 10), 12, INK, HPos::Right)?;
        }
        let (mut before, mut line) = (i32::MIN / 2, 0);
        for (value, name) in &facet.feet {
            let x = self.x.at(*value);
            // Names that would touch stand one above the other.
            line = if (x - before).abs() < FOOT {
                line + 1
            } else {
                0
            };
            before = x;
            let at = (x, self.rates.1 - 10 - 14 * line);
            canvas.text(name, at, 12, MUTED, HPos::Center)?;
        }
        for mark in RoofMark::ALL {
            for point in facet.drawn().filter(|point| point.mark == mark) {
                let x = self.x.at(point.macs_per_byte);
                for y in [
                    self.y.at(point.macs_per_cycle),
                    self.share.at(point.of_limit),
                ] {
                    mark.draw(canvas, (x, y), colour(point.hue))?;
                }
            }
        }
        Ok(())
    }

    /// The roof of a bus, within the panel, up to that of the largest array.
    fn bus<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<'_, DB>,
        bus: &RoofBus,
        highest: f64,
    ) -> io::Result<()> {
        let (x, y) = (self.x.ends(), self.y.ends());
        let bytes = bus.bytes_per_cycle;
        let from = x.0.max(y.0 / bytes);
        let to = x.1.min(highest / bytes);
        if from >= to {
            return Ok(());
        }
        let at = |value: f64| (self.x.at(value), self.y.at(value * bytes));
        let line = bus.hue.map_or(MUTED, colour);
        canvas.line(at(from), at(to), line, 2)?;
        // Beside its middle, below the line.
        let (x, y) = at((from * to).sqrt());
        canvas.text(&bus.name, (x + 10, y + 8), 12, INK, HPos::Left)
    }
}
