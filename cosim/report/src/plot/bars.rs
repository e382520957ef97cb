//! Bar charts: cycles by phase and policy against the limit.

use super::canvas::{short, tick, Canvas, FAINT, INK, MUTED};
use super::Picture;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use std::io;

/// One bar, in cycles.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// What the legend calls it; bars of one name share a colour.
    pub name: String,
    /// Height.
    pub cycles: u64,
    /// The limit, drawn as a line across the bar.
    pub limit: f64,
    /// A word above the bar, such as `1.95x`.
    pub note: String,
}

/// Bars that stand together.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// What stands below them.
    pub name: String,
    /// The bars, from left to right.
    pub bars: Vec<Bar>,
}

/// A chart of grouped bars.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// The first line.
    pub title: String,
    /// The second line.
    pub subtitle: String,
    /// Groups of bars, from left to right.
    pub groups: Vec<Group>,
}

/// Colours of the bars, in the order in which their names first appear.
const COLOURS: [RGBColor; 4] = [
    RGBColor(166, 174, 184),
    RGBColor(229, 168, 75),
    RGBColor(38, 120, 150),
    RGBColor(120, 88, 160),
];

/// Size of the chart in its own units.
const SIZE: (i32, i32) = (900, 520);

impl Picture for Chart {
    fn size(&self) -> (i32, i32) {
        SIZE
    }

    fn draw<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>) -> io::Result<()> {
        canvas.title(&self.title, &self.subtitle)?;

        // the frame in which the bars stand
        let (left, right, top, bottom) = (86, SIZE.0 - 24, 142, SIZE.1 - 46);
        let bars = || self.groups.iter().flat_map(|group| &group.bars);
        let highest = bars()
            .map(|bar| bar.limit.max(bar.cycles as f64))
            .fold(1.0, f64::max);
        let step = tick(highest);
        let top_value = (highest / step).ceil() * step;
        let y = |cycles: f64| bottom - ((bottom - top) as f64 * cycles / top_value).round() as i32;

        let mut value = 0.0;
        while value <= top_value {
            canvas.line(
                (left, y(value)),
                (right, y(value)),
                if value == 0.0 { INK } else { FAINT },
                1,
            )?;
            canvas.text(&short(value), (left - 8, y(value)), 12, MUTED, HPos::Right)?;
            value += step;
        }
        canvas.text("cycles", (left - 8, top - 22), 12, MUTED, HPos::Right)?;

        let mut names: Vec<&str> = Vec::new();
        for bar in bars() {
            if !names.contains(&bar.name.as_str()) {
                names.push(&bar.name);
            }
        }
        let colour = |name: &str| {
            let index = names.iter().position(|known| *known == name).unwrap_or(0);
            COLOURS[index % COLOURS.len()]
        };
        legend(canvas, &names, &colour, right)?;

        let share = (right - left) / self.groups.len().max(1) as i32;
        for (i, group) in self.groups.iter().enumerate() {
            let from = left + share * i as i32;
            canvas.text(
                &group.name,
                (from + share / 2, bottom + 22),
                14,
                INK,
                HPos::Center,
            )?;
            let gap = 8;
            let width = ((share * 3 / 4) / group.bars.len().max(1) as i32 - gap).clamp(6, 90);
            let all = (width + gap) * group.bars.len() as i32 - gap;
            for (j, bar) in group.bars.iter().enumerate() {
                let x = from + (share - all) / 2 + (width + gap) * j as i32;
                let head = y(bar.cycles as f64);
                canvas.rectangle((x, head), (x + width, bottom), colour(&bar.name))?;
                let limit = y(bar.limit);
                canvas.line((x - 3, limit), (x + width + 3, limit), INK, 2)?;
                let middle = x + width / 2;
                let over = head.min(limit);
                // no line of the scale runs through the numbers
                canvas.rectangle((middle - 26, over - 33), (middle + 26, over - 3), WHITE)?;
                canvas.text(
                    &short(bar.cycles as f64),
                    (middle, over - 10),
                    12,
                    INK,
                    HPos::Center,
                )?;
                canvas.text(&bar.note, (middle, over - 25), 12, MUTED, HPos::Center)?;
            }
        }
        Ok(())
    }
}

/// Names and colours, right-aligned above the bars.
fn legend<DB: DrawingBackend>(
    canvas: &Canvas<'_, DB>,
    names: &[&str],
    colour: &impl Fn(&str) -> RGBColor,
    right: i32,
) -> io::Result<()> {
    let y = 80;
    let widths = names.iter().map(|name| 34 + 8 * name.len() as i32);
    let limit = "limit: every PE busy in every cycle";
    let mut x = right - widths.sum::<i32>() - 34 - 7 * limit.len() as i32;
    for name in names {
        canvas.rectangle((x, y - 6), (x + 12, y + 6), colour(name))?;
        canvas.text(name, (x + 18, y), 13, INK, HPos::Left)?;
        x += 34 + 8 * name.len() as i32;
    }
    canvas.line((x, y), (x + 18, y), INK, 2)?;
    canvas.text(limit, (x + 24, y), 13, INK, HPos::Left)
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::{png, svg, PNG_SCALE};
    use super::*;

    pub(crate) fn chart() -> Chart {
        let bar = |name: &str, cycles, limit| Bar {
            name: name.into(),
            cycles,
            limit,
            note: "1.95x".into(),
        };
        Chart {
            title: "Cycles <by> phase & policy".into(),
            subtitle: "bf16, 16 x 16".into(),
            groups: vec![Group {
                name: "fp".into(),
                bars: vec![
                    bar("dense", 133_741, 132_031.0),
                    bar("packed", 68_541, 66_015.0),
                ],
            }],
        }
    }

    #[test]
    fn an_svg_holds_every_bar_and_escapes_its_text() {
        let text = svg(&chart()).unwrap();
        assert!(
            text.contains("Cycles &lt;by&gt; phase &amp; policy"),
            "{text}"
        );
        for word in ["dense", "packed", "134 k", "68.5 k", "1.95x"] {
            assert!(text.contains(word), "{word}");
        }
    }

    #[test]
    fn a_png_is_as_large_as_it_says_and_not_blank() {
        let bytes = png(&chart()).unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!(
            (info.width, info.height),
            (SIZE.0 as u32 * PNG_SCALE, SIZE.1 as u32 * PNG_SCALE)
        );
        let dense = [COLOURS[0].0, COLOURS[0].1, COLOURS[0].2];
        assert!(
            pixels
                .chunks_exact(3)
                .filter(|pixel| *pixel == dense)
                .count()
                > 10_000
        );
    }
}
