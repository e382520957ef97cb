//! Values by row with means and intervals, on scales of their own: what many runs found,
//! and how their differences lie to a margin.

use super::canvas::{tick, Canvas, FAINT, INK, MUTED};
use super::Picture;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use std::io;

/// One row of dots.
#[derive(Clone, Debug, PartialEq)]
pub struct IntervalRow {
    /// What stands at its left.
    pub name: String,
    /// What stands at its right.
    pub note: String,
    /// The single values.
    pub dots: Vec<f64>,
    /// Their mean.
    pub mean: f64,
    /// The mean's interval.
    pub interval: Option<(f64, f64)>,
}

/// An upright line through all rows.
#[derive(Clone, Debug, PartialEq)]
pub struct IntervalMark {
    /// Where.
    pub at: f64,
    /// What stands above it.
    pub name: String,
    /// Whether it is a limit.
    pub strong: bool,
}

/// Rows on one scale.
#[derive(Clone, Debug, PartialEq)]
pub struct IntervalPanel {
    /// What the scale shows.
    pub axis: String,
    /// The rows, from the top.
    pub rows: Vec<IntervalRow>,
    /// The lines.
    pub marks: Vec<IntervalMark>,
    /// Whether the i-th dots of neighbouring rows belong together.
    pub joined: bool,
}

/// Panels one below the other.
#[derive(Clone, Debug, PartialEq)]
pub struct IntervalChart {
    /// The first line.
    pub title: String,
    /// The second line.
    pub subtitle: String,
    /// The panels.
    pub panels: Vec<IntervalPanel>,
}

const WIDTH: i32 = 1000;
const LEFT: i32 = 270;
const RIGHT: i32 = WIDTH - 200;
const ROW: i32 = 40;
/// Above the rows of a panel for its title, for the names of its marks, and below for its
/// scale.
const HEAD: i32 = 32;
const MARKS: i32 = 24;
const FOOT: i32 = 46;
const TOP: i32 = 84;

const DOT: RGBColor = RGBColor(112, 160, 184);
const THREAD: RGBColor = RGBColor(206, 216, 222);
const MEAN: RGBColor = RGBColor(20, 96, 130);
const LIMIT: RGBColor = RGBColor(196, 84, 72);

impl IntervalPanel {
    fn head(&self) -> i32 {
        HEAD + if self.marks.is_empty() { 0 } else { MARKS }
    }

    fn height(&self) -> i32 {
        self.head() + ROW * self.rows.len() as i32 + FOOT
    }

    /// From the least to the greatest of all that is drawn, with some room.
    fn range(&self) -> (f64, f64) {
        let mut values: Vec<f64> = self.marks.iter().map(|mark| mark.at).collect();
        for row in &self.rows {
            values.extend(&row.dots);
            values.push(row.mean);
            values.extend(row.interval.iter().flat_map(|&(low, high)| [low, high]));
        }
        let finite = || values.iter().copied().filter(|value| value.is_finite());
        let low = finite().fold(f64::INFINITY, f64::min);
        let high = finite().fold(f64::NEG_INFINITY, f64::max);
        if low > high {
            return (0.0, 1.0);
        }
        let room = match 0.05 * (high - low) {
            0.0 => 0.05 * high.abs().max(1.0),
            room => room,
        };
        (low - room, high + room)
    }

    fn draw<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>, top: i32) -> io::Result<()> {
        let (low, high) = self.range();
        let x = |value: f64| {
            let share = ((value - low) / (high - low)).clamp(0.0, 1.0);
            LEFT + ((RIGHT - LEFT) as f64 * share).round() as i32
        };
        let first = top + self.head();
        let bottom = first + ROW * self.rows.len() as i32;
        let y = |row: usize| first + ROW * row as i32 + ROW / 2;

        canvas.text(&self.axis, (24, top + 12), 13, INK, HPos::Left)?;
        let step = tick(high - low);
        let decimals = (-step.log10().floor()).clamp(0.0, 6.0) as usize;
        // 2.5 needs one digit more than its size says.
        let fine = (step * 10f64.powi(decimals as i32)).fract().abs() > 1e-6;
        let decimals = decimals + usize::from(fine);
        let mut count = (low / step).ceil() as i64;
        while count as f64 * step <= high {
            let value = count as f64 * step;
            canvas.line((x(value), first), (x(value), bottom), FAINT, 1)?;
            let name = format!("{value:.decimals$}");
            canvas.text(&name, (x(value), bottom + 16), 12, MUTED, HPos::Center)?;
            count += 1;
        }
        canvas.line((LEFT, bottom), (RIGHT, bottom), INK, 1)?;
        for mark in &self.marks {
            let colour = if mark.strong { LIMIT } else { INK };
            let (from, to) = ((x(mark.at), first - 4), (x(mark.at), bottom));
            canvas.line(from, to, colour, if mark.strong { 2 } else { 1 })?;
            canvas.text(
                &mark.name,
                (x(mark.at), first - 14),
                12,
                colour,
                HPos::Center,
            )?;
        }
        if self.joined {
            for (i, pair) in self.rows.windows(2).enumerate() {
                for (one, other) in pair[0].dots.iter().zip(&pair[1].dots) {
                    canvas.line((x(*one), y(i)), (x(*other), y(i + 1)), THREAD, 1)?;
                }
            }
        }
        for (i, row) in self.rows.iter().enumerate() {
            let y = y(i);
            canvas.text(&row.name, (LEFT - 14, y), 12, INK, HPos::Right)?;
            canvas.text(&row.note, (RIGHT + 14, y), 12, INK, HPos::Left)?;
            // An interval stands above the dots, which would hide it.
            let (above, below) = match row.interval {
                Some(_) => (y - 7, y + 9),
                None => (y, y),
            };
            for &dot in &row.dots {
                canvas.dot((x(dot), below), 4, DOT, true)?;
            }
            if let Some((low, high)) = row.interval {
                canvas.line((x(low), above), (x(high), above), MEAN, 2)?;
                for end in [low, high] {
                    canvas.line((x(end), above - 5), (x(end), above + 5), MEAN, 2)?;
                }
            }
            let mean = x(row.mean);
            canvas.rectangle((mean - 2, above - 8), (mean + 2, above + 8), MEAN)?;
        }
        Ok(())
    }
}

impl Picture for IntervalChart {
    fn size(&self) -> (i32, i32) {
        let panels = self.panels.iter().map(IntervalPanel::height);
        (WIDTH, TOP + panels.sum::<i32>() + 16)
    }

    fn draw<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>) -> io::Result<()> {
        canvas.title(&self.title, &self.subtitle)?;
        let mut top = TOP;
        for panel in &self.panels {
            panel.draw(canvas, top)?;
            top += panel.height();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::svg;
    use super::*;

    fn chart() -> IntervalChart {
        let row = |name: &str, dots: &[f64], interval| IntervalRow {
            name: name.into(),
            note: "non-inferior".into(),
            dots: dots.to_vec(),
            mean: dots.iter().sum::<f64>() / dots.len() as f64,
            interval,
        };
        IntervalChart {
            title: "lm".into(),
            subtitle: "2 seeds".into(),
            panels: vec![IntervalPanel {
                axis: "percent".into(),
                rows: vec![row("III - I", &[-0.5, 0.7], Some((-0.3, 0.4)))],
                marks: vec![IntervalMark {
                    at: 2.0,
                    name: "margin +2 %".into(),
                    strong: true,
                }],
                joined: true,
            }],
        }
    }

    #[test]
    fn rows_marks_and_scale_are_drawn() {
        let text = svg(&chart()).unwrap();
        for word in ["III - I", "non-inferior", "margin +2 %", "0.5", "percent"] {
            assert!(text.contains(word), "{word}");
        }
    }

    #[test]
    fn equal_values_and_none_are_drawn() {
        let mut equal = chart();
        equal.panels[0].marks.clear();
        equal.panels[0].rows[0].dots = vec![3.0, 3.0];
        equal.panels[0].rows[0].mean = 3.0;
        equal.panels[0].rows[0].interval = Some((3.0, 3.0));
        svg(&equal).unwrap();
        equal.panels[0].rows.clear();
        svg(&equal).unwrap();
    }

    #[test]
    fn the_range_holds_dots_intervals_and_marks() {
        let (low, high) = chart().panels[0].range();
        assert!(low < -0.5 && high > 2.0 && high < 2.3, "{low} {high}");
    }
}
