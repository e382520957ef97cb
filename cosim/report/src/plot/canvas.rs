//! What charts are drawn with: text, shapes, scales.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{register_font, FontStyle};
use std::io;
use std::sync::OnceLock;

const FONT: &str = "sans-serif";

/// Text and axes.
pub const INK: RGBColor = RGBColor(38, 44, 52);
/// Lines of the scale.
pub const FAINT: RGBColor = RGBColor(222, 226, 230);
/// Text that is read second.
pub const MUTED: RGBColor = RGBColor(105, 113, 122);
/// Draws text and shapes at a scale.
pub struct Canvas<'a, DB: DrawingBackend> {
    pub(super) area: &'a DrawingArea<DB, Shift>,
    pub(super) scale: i32,
}

impl<DB: DrawingBackend> Canvas<'_, DB> {
    /// Text with its middle at `at`.
    pub fn text(
        &self,
        text: &str,
        at: (i32, i32),
        size: i32,
        colour: RGBColor,
        anchor: HPos,
    ) -> io::Result<()> {
        let style = TextStyle::from((FONT, size * self.scale).into_font())
            .color(&colour)
            .pos(Pos::new(anchor, VPos::Center));
        let element = Text::new(text.to_owned(), self.at(at), style);
        self.area.draw(&element).map_err(failed)
    }

    /// A filled rectangle.
    pub fn rectangle(&self, from: (i32, i32), to: (i32, i32), colour: RGBColor) -> io::Result<()> {
        let element = Rectangle::new([self.at(from), self.at(to)], colour.filled());
        self.area.draw(&element).map_err(failed)
    }

    /// A straight line.
    pub fn line(
        &self,
        from: (i32, i32),
        to: (i32, i32),
        colour: RGBColor,
        width: i32,
    ) -> io::Result<()> {
        let stroke = colour.stroke_width((width * self.scale) as u32);
        let element = PathElement::new([self.at(from), self.at(to)], stroke);
        self.area.draw(&element).map_err(failed)
    }

    /// A dot, filled or as a ring.
    pub fn dot(
        &self,
        at: (i32, i32),
        radius: i32,
        colour: RGBColor,
        filled: bool,
    ) -> io::Result<()> {
        let radius = radius * self.scale;
        let disc = Circle::new(self.at(at), radius, colour.filled());
        self.area.draw(&disc).map_err(failed)?;
        if filled {
            return Ok(());
        }
        let hole = Circle::new(self.at(at), radius - 2 * self.scale, WHITE.filled());
        self.area.draw(&hole).map_err(failed)
    }

    /// The two lines above a chart.
    pub fn title(&self, title: &str, subtitle: &str) -> io::Result<()> {
        self.text(title, (24, 28), 20, INK, HPos::Left)?;
        self.text(subtitle, (24, 52), 13, MUTED, HPos::Left)
    }

    fn at(&self, (x, y): (i32, i32)) -> (i32, i32) {
        (x * self.scale, y * self.scale)
    }
}

pub(super) fn failed(error: impl std::fmt::Display) -> io::Error {
    io::Error::other(format!("the plot cannot be drawn: {error}"))
}

/// The font is in the program, so that no font of the system is needed.
pub(super) fn font() -> io::Result<()> {
    static DONE: OnceLock<bool> = OnceLock::new();
    let done = DONE
        .get_or_init(|| register_font(FONT, FontStyle::Normal, dejavu::sans::regular()).is_ok());
    if *done {
        Ok(())
    } else {
        Err(io::Error::other("the built-in font cannot be read"))
    }
}

/// A round step of the scale that gives four to eight lines.
pub fn tick(highest: f64) -> f64 {
    let power = 10f64.powf((highest / 5.0).log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0];
    let fits = |step: &&f64| highest / (*step * power) <= 7.0;
    steps
        .iter()
        .find(fits)
        .map_or(10.0 * power, |step| step * power)
}

/// A number with at most four digits: `132 k`, `1.95 M`.
pub fn short(value: f64) -> String {
    let (scaled, unit) = match value {
        v if v >= 1e9 => (v / 1e9, " G"),
        v if v >= 1e6 => (v / 1e6, " M"),
        v if v >= 1e4 => (v / 1e3, " k"),
        v => (v, ""),
    };
    let decimals = match scaled {
        s if unit.is_empty() || s >= 100.0 || s == s.trunc() => 0,
        s if s >= 10.0 => 1,
        _ => 2,
    };
    format!("{scaled:.decimals$}{unit}")
}

/// A number with at most three digits behind the point.
pub fn plain(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_short() {
        for (value, text) in [
            (0.0, "0"),
            (950.0, "950"),
            (20_000.0, "20 k"),
            (133_741.0, "134 k"),
            (68_541.0, "68.5 k"),
            (1.95e6, "1.95 M"),
        ] {
            assert_eq!(short(value), text);
        }
    }

    #[test]
    fn ticks_are_round_and_few() {
        for highest in [1.0, 7.0, 99.0, 133_741.0, 2.1e9] {
            let lines = highest / tick(highest);
            assert!((2.0..=8.0).contains(&lines), "{lines} lines for {highest}");
        }
    }
}
