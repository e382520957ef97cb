//! Stacked bars of shares of an energy, in groups.

use super::canvas::{Canvas, FAINT, INK, MUTED};
use super::Picture;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use std::io;

/// One bar: the shares that it is made of, in the order of [`EnergyChart::parts`].
#[derive(Clone, Debug, PartialEq)]
pub struct EnergyBar {
    /// What stands below it.
    pub name: String,
    /// Heights of its parts, 1 being what all are measured by.
    pub shares: Vec<f64>,
    /// A word above it.
    pub note: String,
}

/// Bars that stand together.
#[derive(Clone, Debug, PartialEq)]
pub struct EnergyGroup {
    /// What stands below them.
    pub name: String,
    /// The bars, from left to right.
    pub bars: Vec<EnergyBar>,
}

/// A chart of where energy goes.
#[derive(Clone, Debug, PartialEq)]
pub struct EnergyChart {
    /// The first line.
    pub title: String,
    /// The second line.
    pub subtitle: String,
    /// What the legend calls the parts, the lowest first.
    pub parts: Vec<String>,
    /// Groups of bars, from left to right.
    pub groups: Vec<EnergyGroup>,
    /// What the names of bars mean, a line each, below all.
    pub notes: Vec<String>,
}

/// Without notes.
const SIZE: (i32, i32) = (980, 560);
/// Between notes.
const LINE: i32 = 18;
/// Left, right, top and bottom of the frame in which bars stand.
const FRAME: (i32, i32, i32, i32) = (64, 790, 96, 486);
/// Colours of the parts.
const COLOURS: [RGBColor; 11] = [
    RGBColor(38, 120, 150),
    RGBColor(229, 168, 75),
    RGBColor(120, 88, 160),
    RGBColor(92, 158, 88),
    RGBColor(196, 84, 72),
    RGBColor(86, 176, 196),
    RGBColor(150, 118, 84),
    RGBColor(214, 140, 176),
    RGBColor(96, 104, 112),
    RGBColor(190, 190, 90),
    RGBColor(205, 211, 217),
];

impl Picture for EnergyChart {
    fn size(&self) -> (i32, i32) {
        (SIZE.0, SIZE.1 + LINE * self.notes.len() as i32)
    }

    fn draw<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>) -> io::Result<()> {
        canvas.title(&self.title, &self.subtitle)?;
        let (left, right, top, bottom) = FRAME;
        let bars = self.groups.iter().flat_map(|group| &group.bars);
        let heights = bars.map(|bar| bar.shares.iter().sum::<f64>());
        let highest = (heights.fold(1.0, f64::max) * 5.0).ceil() / 5.0;
        let y = |share: f64| bottom - (f64::from(bottom - top) * share / highest).round() as i32;
        for line in 0..=(highest * 5.0).round() as i32 {
            let share = f64::from(line) / 5.0;
            let colour = if line % 5 == 0 { INK } else { FAINT };
            canvas.line((left, y(share)), (right, y(share)), colour, 1)?;
            let text = format!("{share:.1}");
            canvas.text(&text, (left - 8, y(share)), 12, MUTED, HPos::Right)?;
        }
        for (part, name) in self.parts.iter().enumerate().rev() {
            let row = top + 10 + 24 * (self.parts.len() - 1 - part) as i32;
            let colour = COLOURS[part % COLOURS.len()];
            canvas.rectangle((right + 24, row - 6), (right + 36, row + 6), colour)?;
            canvas.text(name, (right + 44, row), 13, INK, HPos::Left)?;
        }
        for (line, note) in self.notes.iter().enumerate() {
            let row = bottom + 78 + LINE * line as i32;
            canvas.text(note, (left, row), 12, MUTED, HPos::Left)?;
        }
        let share = (right - left) / self.groups.len().max(1) as i32;
        for (i, group) in self.groups.iter().enumerate() {
            let from = left + share * i as i32;
            let middle = from + share / 2;
            canvas.text(&group.name, (middle, bottom + 48), 14, INK, HPos::Center)?;
            let count = group.bars.len().max(1) as i32;
            let (gap, width) = (10, (share - 30) / count - 10);
            let all = (width + gap) * count - gap;
            for (j, bar) in group.bars.iter().enumerate() {
                let x = from + (share - all) / 2 + (width + gap) * j as i32;
                let mut below = 0.0;
                for (part, height) in bar.shares.iter().enumerate() {
                    let (foot, head) = (y(below), y(below + height));
                    below += height;
                    if head < foot {
                        let colour = COLOURS[part % COLOURS.len()];
                        canvas.rectangle((x, head), (x + width, foot), colour)?;
                    }
                }
                let middle = x + width / 2;
                canvas.rectangle(
                    (middle - 20, y(below) - 19),
                    (middle + 20, y(below) - 4),
                    WHITE,
                )?;
                canvas.text(&bar.note, (middle, y(below) - 11), 12, INK, HPos::Center)?;
                canvas.text(&bar.name, (middle, bottom + 18), 12, MUTED, HPos::Center)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::svg;
    use super::*;

    #[test]
    fn an_svg_holds_every_bar_and_part() {
        let chart = EnergyChart {
            title: "Energy".into(),
            subtitle: "2 x 2".into(),
            parts: vec!["multiplier".into(), "clock".into()],
            groups: vec![EnergyGroup {
                name: "forward".into(),
                bars: vec![EnergyBar {
                    name: "gated".into(),
                    shares: vec![0.4, 0.6],
                    note: "0.71".into(),
                }],
            }],
            notes: vec!["gated: switched off".into()],
        };
        let text = svg(&chart).unwrap();
        for word in [
            "Energy",
            "2 x 2",
            "multiplier",
            "clock",
            "forward",
            "gated",
            "0.71",
            "gated: switched off",
        ] {
            assert!(text.contains(word), "{word}");
        }
    }
}
