//! One facet of a trade-off: its scales, dots, lines and names.

use super::canvas::{short, Canvas, FAINT, INK, MUTED};
use super::scale::Scale;
use super::scatter::{colour, Dot, Facet};
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use std::io;

/// So many dots on the front are named.
const NAMED: usize = 6;

/// The same colour, nearer to white.
fn pale(RGBColor(r, g, b): RGBColor) -> RGBColor {
    let mix = |part: u8| (f64::from(part) * 0.4 + 255.0 * 0.6).round() as u8;
    RGBColor(mix(r), mix(g), mix(b))
}

/// Where a facet is drawn, and its scales.
pub struct Frame {
    /// The left edge of both panels.
    pub left: i32,
    /// Their right edge.
    pub right: i32,
    /// Top and bottom of the panel of cycles.
    pub cycles: (i32, i32),
    /// Those of the panel of utilisation.
    pub utilisation: (i32, i32),
    /// The scale of PEs.
    pub x: Scale,
    /// That of cycles.
    pub y: Scale,
}

impl Frame {
    fn share(&self, value: f64) -> i32 {
        let (top, bottom) = self.utilisation;
        bottom - (f64::from(bottom - top) * value).round() as i32
    }

    /// Where a dot is in the panel of cycles and in that of utilisation.
    fn at(&self, dot: &Dot) -> [(i32, i32); 2] {
        let x = self.x.at(dot.x());
        [(x, self.y.at(dot.y())), (x, self.share(dot.utilisation))]
    }

    /// Lines of the scales; names of the heights only for the first facet of a row.
    pub fn scales<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<'_, DB>,
        sizes: &[u64],
        named: bool,
    ) -> io::Result<()> {
        let mut ticks = self.y.ticks(false);
        if ticks.len() < 4 {
            ticks = self.y.by_powers(&[1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0]);
        }
        let heights = ticks
            .into_iter()
            .map(|value| (self.y.at(value), short(value)));
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
            let x = self.x.at(pes.max(1) as f64);
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

    /// Its dots, the front on top, with their lines and names.
    pub fn draw<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<'_, DB>,
        facet: &Facet,
    ) -> io::Result<()> {
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

/// The fastest dot of each number of PEs, by PEs.
fn fastest(dots: &[Dot]) -> Vec<Dot> {
    let mut dots = dots.to_vec();
    dots.sort_by_key(|dot| (dot.pes, dot.cycles));
    dots.dedup_by_key(|dot| dot.pes);
    dots
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_join_the_fastest() {
        let dot = |pes, cycles| Dot {
            pes,
            cycles,
            utilisation: 0.9,
            front: true,
            name: String::new(),
        };
        let dots = [dot(256, 9), dot(64, 40), dot(256, 8)];
        assert_eq!(fastest(&dots), [dot(64, 40), dot(256, 8)]);
    }
}
