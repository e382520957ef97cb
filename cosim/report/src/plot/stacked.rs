//! Stacked bars: where the cycles go, beside the limit. What is lost is a few percent of
//! what is spent, so that it has a panel of its own, enlarged.

use super::canvas::{short, tick, Canvas, FAINT, INK, MUTED};
use super::Picture;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use std::io;

/// One bar, in cycles.
#[derive(Clone, Debug, PartialEq)]
pub struct StackedBar {
    /// What stands below it.
    pub name: String,
    /// The limit: cycles in which every PE does useful work.
    pub limit: f64,
    /// Cycles on top of the limit, in the order of [`StackedChart::parts`].
    pub lost: Vec<f64>,
    /// A word below its height, such as `1.95x`.
    pub note: String,
}

impl StackedBar {
    fn cycles(&self) -> f64 {
        self.limit + self.lost.iter().sum::<f64>()
    }
}

/// Bars that stand together.
#[derive(Clone, Debug, PartialEq)]
pub struct StackedGroup {
    /// What stands below them.
    pub name: String,
    /// The bars, from left to right.
    pub bars: Vec<StackedBar>,
}

/// A chart of stacked bars in groups, in two panels.
#[derive(Clone, Debug, PartialEq)]
pub struct StackedChart {
    /// The first line.
    pub title: String,
    /// The second line.
    pub subtitle: String,
    /// What the legend calls the parts of what is lost.
    pub parts: Vec<String>,
    /// Groups of bars, from left to right.
    pub groups: Vec<StackedGroup>,
}

const SIZE: (i32, i32) = (980, 730);
const LEFT: i32 = 92;
const RIGHT: i32 = SIZE.0 - 24;
/// Top and bottom of the frames of the two panels.
const ALL: (i32, i32) = (158, 380);
const LOST: (i32, i32) = (456, 650);

const USEFUL: RGBColor = RGBColor(196, 204, 212);
/// Colours of the parts.
const COLOURS: [RGBColor; 5] = [
    RGBColor(38, 120, 150),
    RGBColor(229, 168, 75),
    RGBColor(120, 88, 160),
    RGBColor(92, 158, 88),
    RGBColor(196, 84, 72),
];

impl Picture for StackedChart {
    fn size(&self) -> (i32, i32) {
        SIZE
    }

    fn draw<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>) -> io::Result<()> {
        canvas.title(&self.title, &self.subtitle)?;
        self.legend(canvas)?;
        let bars = || self.groups.iter().flat_map(|group| &group.bars);
        let highest = bars().map(StackedBar::cycles).fold(1.0, f64::max);
        let percent = |bar: &StackedBar, cycles: f64| 100.0 * cycles / bar.limit.max(1.0);
        let most = bars()
            .map(|bar| percent(bar, bar.cycles() - bar.limit))
            .fold(0.1, f64::max);

        let all = Scale::new(ALL, highest);
        all.draw(canvas, "cycles", short)?;
        let lost = Scale::new(LOST, most);
        lost.draw(canvas, "lost, in % of the limit", |value| {
            format!("{}", (value * 1e6).round() / 1e6)
        })?;
        self.each_bar(|bar, x, width| {
            let middle = x + width / 2;
            let mut from = bar.limit;
            canvas.rectangle((x, all.y(from)), (x + width, ALL.1), USEFUL)?;
            for (i, part) in bar.lost.iter().enumerate() {
                stack(canvas, &all, (x, width), &mut from, *part, i)?;
            }
            let limit = all.y(bar.limit);
            canvas.line((x - 4, limit), (x + width + 4, limit), INK, 2)?;
            let head = all.y(bar.cycles()).min(limit);
            // no line of the scale runs through the numbers
            canvas.rectangle((middle - 28, head - 35), (middle + 28, head - 4), WHITE)?;
            canvas.text(
                &short(bar.cycles()),
                (middle, head - 27),
                12,
                INK,
                HPos::Center,
            )?;
            canvas.text(&bar.note, (middle, head - 12), 12, MUTED, HPos::Center)?;

            let mut from = 0.0;
            for (i, part) in bar.lost.iter().enumerate() {
                stack(canvas, &lost, (x, width), &mut from, percent(bar, *part), i)?;
            }
            let head = lost.y(from);
            canvas.rectangle((middle - 22, head - 18), (middle + 22, head - 3), WHITE)?;
            canvas.text(
                &format!("{from:.1} %"),
                (middle, head - 10),
                12,
                INK,
                HPos::Center,
            )?;
            canvas.text(&bar.name, (middle, ALL.1 + 14), 12, INK, HPos::Center)?;
            canvas.text(&bar.name, (middle, LOST.1 + 14), 12, INK, HPos::Center)
        })?;
        for (i, group) in self.groups.iter().enumerate() {
            let middle = LEFT + self.share() * i as i32 + self.share() / 2;
            canvas.text(&group.name, (middle, LOST.1 + 42), 14, INK, HPos::Center)?;
            canvas.text(&group.name, (middle, ALL.1 + 34), 13, INK, HPos::Center)?;
        }
        Ok(())
    }
}

/// One part on top of what is there.
fn stack<DB: DrawingBackend>(
    canvas: &Canvas<'_, DB>,
    scale: &Scale,
    (x, width): (i32, i32),
    from: &mut f64,
    part: f64,
    index: usize,
) -> io::Result<()> {
    let (low, high) = (scale.y(*from), scale.y(*from + part));
    *from += part;
    if high < low {
        canvas.rectangle((x, high), (x + width, low), COLOURS[index % COLOURS.len()])?;
    }
    Ok(())
}

impl StackedChart {
    fn share(&self) -> i32 {
        (RIGHT - LEFT) / self.groups.len().max(1) as i32
    }

    /// Calls `draw` with every bar, its left side and its width.
    fn each_bar(
        &self,
        mut draw: impl FnMut(&StackedBar, i32, i32) -> io::Result<()>,
    ) -> io::Result<()> {
        let share = self.share();
        for (i, group) in self.groups.iter().enumerate() {
            let gap = 12;
            let bars = group.bars.len().max(1) as i32;
            let width = (share * 4 / 5 / bars - gap).clamp(6, 84);
            let left = LEFT + share * i as i32 + (share - (width + gap) * bars + gap) / 2;
            for (j, bar) in group.bars.iter().enumerate() {
                draw(bar, left + (width + gap) * j as i32, width)?;
            }
        }
        Ok(())
    }

    fn legend<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>) -> io::Result<()> {
        let limit = "limit: every PE busy in every cycle";
        let mut x = 24;
        let y = 88;
        canvas.line((x, y), (x + 18, y), INK, 2)?;
        canvas.text(limit, (x + 24, y), 13, INK, HPos::Left)?;
        x += 54 + 13 * limit.len() as i32 / 2;
        canvas.rectangle((x, y - 6), (x + 12, y + 6), USEFUL)?;
        canvas.text("useful", (x + 18, y), 13, INK, HPos::Left)?;
        canvas.text("lost:", (24, y + 24), 13, MUTED, HPos::Left)?;
        x = 70;
        for (i, name) in self.parts.iter().enumerate() {
            let colour = COLOURS[i % COLOURS.len()];
            canvas.rectangle((x, y + 18), (x + 12, y + 30), colour)?;
            canvas.text(name, (x + 18, y + 24), 13, INK, HPos::Left)?;
            x += 44 + 13 * name.chars().count() as i32 / 2;
        }
        Ok(())
    }
}

/// The vertical scale of a panel.
struct Scale {
    frame: (i32, i32),
    step: f64,
    top: f64,
}

impl Scale {
    fn new(frame: (i32, i32), highest: f64) -> Self {
        let step = tick(highest);
        Self {
            frame,
            step,
            top: (highest / step).ceil() * step,
        }
    }

    fn y(&self, value: f64) -> i32 {
        let (top, bottom) = self.frame;
        bottom - ((bottom - top) as f64 * value / self.top).round() as i32
    }

    fn draw<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<'_, DB>,
        name: &str,
        text: impl Fn(f64) -> String,
    ) -> io::Result<()> {
        let steps = (self.top / self.step).round() as u32;
        for i in 0..=steps {
            let value = f64::from(i) * self.step;
            let y = self.y(value);
            let colour = if i == 0 { INK } else { FAINT };
            canvas.line((LEFT, y), (RIGHT, y), colour, 1)?;
            canvas.text(&text(value), (LEFT - 8, y), 12, MUTED, HPos::Right)?;
        }
        canvas.text(name, (24, self.frame.0 - 20), 12, MUTED, HPos::Left)
    }
}

#[cfg(test)]
mod tests {
    use super::super::svg;
    use super::*;

    #[test]
    fn every_bar_and_part_is_named() {
        let bar = |name: &str, limit, lost: [f64; 2]| StackedBar {
            name: name.into(),
            limit,
            lost: lost.to_vec(),
            note: "1.95x".into(),
        };
        let chart = StackedChart {
            title: "Where the cycles go".into(),
            subtitle: "int8".into(),
            parts: vec!["ragged".into(), "drain".into()],
            groups: vec![StackedGroup {
                name: "forward".into(),
                bars: vec![
                    bar("dense", 132_000.0, [1_600.0, 33.0]),
                    bar("packed", 66_000.0, [2_500.0, 0.0]),
                ],
            }],
        };
        let text = svg(&chart).unwrap();
        for word in [
            "dense", "packed", "134 k", "68.5 k", "ragged", "drain", "1.2 %", "3.8 %",
        ] {
            assert!(text.contains(word), "{word}");
        }
    }
}
