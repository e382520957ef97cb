//! Bars in groups: each a stack of parts, perhaps with a limit across it, in one panel or in several
//! below each other that have their parts in common.

use super::canvas::{tick, Canvas, FAINT, INK, MUTED};
use super::Picture;
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use std::io;

/// One bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Bar {
    /// What stands below it.
    pub name: String,
    /// Heights of its parts, in the order of [`BarChart::parts`], the lowest first.
    pub parts: Vec<f64>,
    /// A line across it.
    pub limit: Option<f64>,
    /// Words above it, a line each.
    pub notes: Vec<String>,
}

impl Bar {
    fn height(&self) -> f64 {
        self.parts.iter().sum()
    }

    /// The highest of what is drawn.
    fn top(&self) -> f64 {
        self.height().max(self.limit.unwrap_or(0.0))
    }
}

/// Bars that stand together.
#[derive(Clone, Debug, PartialEq)]
pub struct BarGroup {
    /// What stands below them.
    pub name: String,
    /// The bars, from left to right.
    pub bars: Vec<Bar>,
}

/// What a part of a bar is.
#[derive(Clone, Debug, PartialEq)]
pub struct BarPart {
    /// What the legend calls it.
    pub name: String,
    /// Whether it is grey, as what the others are compared with.
    pub is_faint: bool,
}

impl BarPart {
    /// A part with a colour of its own.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            is_faint: false,
        }
    }

    /// A grey part.
    pub fn faint(name: impl Into<String>) -> Self {
        Self {
            is_faint: true,
            ..Self::new(name)
        }
    }
}

/// Groups of bars on one scale.
#[derive(Clone, Debug)]
pub struct Panel {
    /// What the scale counts.
    pub quantity: String,
    /// How its numbers are written.
    pub number: fn(f64) -> String,
    /// Groups of bars, from left to right.
    pub groups: Vec<BarGroup>,
}

/// A chart of bars.
#[derive(Clone, Debug)]
pub struct BarChart {
    /// The first line.
    pub title: String,
    /// The second line.
    pub subtitle: String,
    /// The parts of the bars, the lowest first.
    pub parts: Vec<BarPart>,
    /// What the line across a bar is.
    pub limit: Option<String>,
    /// The panels, from top to bottom.
    pub panels: Vec<Panel>,
    /// Sentences below all, a line each.
    pub notes: Vec<String>,
}

const WIDTH: i32 = 980;
/// Left and right of the frames in which bars stand, and top of the first.
const LEFT: i32 = 92;
const RIGHT: i32 = 770;
const TOP: i32 = 118;
/// Height of the frame of the only panel, and of each of several.
const HEIGHTS: (i32, i32) = (370, 230);
/// Below a frame, for the names of bars and groups and what stands above the next one.
const BELOW: i32 = 96;
/// Between lines of text.
const LINE: i32 = 18;
/// Of a faint part.
const GREY: RGBColor = RGBColor(190, 198, 206);
/// Of the others.
const COLOURS: [RGBColor; 10] = [
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
];

/// The vertical scale of a panel.
struct Scale {
    top: i32,
    bottom: i32,
    step: f64,
    highest: f64,
}

impl Scale {
    fn y(&self, value: f64) -> i32 {
        self.bottom - (f64::from(self.bottom - self.top) * value / self.highest).round() as i32
    }
}

impl BarChart {
    fn height(&self) -> i32 {
        match self.panels.len() {
            1 => HEIGHTS.0,
            _ => HEIGHTS.1,
        }
    }

    /// The colour of each part.
    fn colours(&self) -> Vec<RGBColor> {
        let mut next = COLOURS.iter().cycle();
        let colour = |part: &BarPart| match part.is_faint {
            true => GREY,
            false => *next.next().expect("a cycle has no end"),
        };
        self.parts.iter().map(colour).collect()
    }

    fn scale(&self, index: usize) -> Scale {
        let bars = self.panels[index]
            .groups
            .iter()
            .flat_map(|group| &group.bars);
        let most = bars.map(Bar::top).fold(0.0, f64::max);
        let step = tick(if most > 0.0 { most } else { 1.0 });
        let top = TOP + (self.height() + BELOW) * index as i32;
        Scale {
            top,
            bottom: top + self.height(),
            step,
            highest: (most / step).ceil().max(1.0) * step,
        }
    }

    fn legend<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>) -> io::Result<()> {
        let x = RIGHT + 24;
        let mut y = TOP + 6;
        for (part, colour) in self.parts.iter().zip(self.colours()).rev() {
            canvas.rectangle((x, y - 6), (x + 12, y + 6), colour)?;
            canvas.text(&part.name, (x + 20, y), 13, INK, HPos::Left)?;
            y += 24;
        }
        let Some(limit) = &self.limit else {
            return Ok(());
        };
        canvas.line((x - 3, y), (x + 15, y), INK, 2)?;
        for line in limit.split('\n') {
            canvas.text(line, (x + 20, y), 13, INK, HPos::Left)?;
            y += LINE;
        }
        Ok(())
    }

    fn panel<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>, index: usize) -> io::Result<()> {
        let (panel, scale) = (&self.panels[index], self.scale(index));
        for line in 0..=(scale.highest / scale.step).round() as u32 {
            let value = f64::from(line) * scale.step;
            let y = scale.y(value);
            let colour = if line == 0 { INK } else { FAINT };
            canvas.line((LEFT, y), (RIGHT, y), colour, 1)?;
            let text = (panel.number)(value);
            canvas.text(&text, (LEFT - 8, y), 12, MUTED, HPos::Right)?;
        }
        let above = (24, scale.top - 22);
        canvas.text(&panel.quantity, above, 12, MUTED, HPos::Left)?;
        let share = (RIGHT - LEFT) / panel.groups.len().max(1) as i32;
        for (i, group) in panel.groups.iter().enumerate() {
            let from = LEFT + share * i as i32;
            let below = (from + share / 2, scale.bottom + 42);
            canvas.text(&group.name, below, 14, INK, HPos::Center)?;
            let (gap, count) = (10, group.bars.len().max(1) as i32);
            let width = ((share - 30) / count - gap).clamp(6, 90);
            let first = from + (share - (width + gap) * count + gap) / 2;
            for (j, bar) in group.bars.iter().enumerate() {
                let x = first + (width + gap) * j as i32;
                self.bar(canvas, &scale, bar, (x, width))?;
            }
        }
        Ok(())
    }

    fn bar<DB: DrawingBackend>(
        &self,
        canvas: &Canvas<'_, DB>,
        scale: &Scale,
        bar: &Bar,
        (x, width): (i32, i32),
    ) -> io::Result<()> {
        let mut below = 0.0;
        for (height, colour) in bar.parts.iter().zip(self.colours()) {
            let (foot, head) = (scale.y(below), scale.y(below + height));
            below += height;
            if head < foot {
                canvas.rectangle((x, head), (x + width, foot), colour)?;
            }
        }
        if let Some(limit) = bar.limit {
            let y = scale.y(limit);
            canvas.line((x - 3, y), (x + width + 3, y), INK, 2)?;
        }
        let (middle, head) = (x + width / 2, scale.y(bar.top()));
        let lines = bar.notes.len() as i32;
        let room = 15 * lines;
        // No line of the scale runs through the words.
        canvas.rectangle(
            (middle - 24, head - room - 4),
            (middle + 24, head - 3),
            WHITE,
        )?;
        for (line, note) in bar.notes.iter().enumerate() {
            let y = head - 11 - 15 * (lines - 1 - line as i32);
            let colour = if line == 0 { INK } else { MUTED };
            canvas.text(note, (middle, y), 12, colour, HPos::Center)?;
        }
        let name = (middle, scale.bottom + 16);
        canvas.text(&bar.name, name, 12, MUTED, HPos::Center)
    }
}

impl Picture for BarChart {
    fn size(&self) -> (i32, i32) {
        let panels = (self.height() + BELOW) * self.panels.len() as i32;
        let notes = LINE * self.notes.len() as i32;
        (WIDTH, TOP + panels - 30 + notes)
    }

    fn draw<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>) -> io::Result<()> {
        canvas.title(&self.title, &self.subtitle)?;
        self.legend(canvas)?;
        for index in 0..self.panels.len() {
            self.panel(canvas, index)?;
        }
        let (_, bottom) = self.size();
        for (line, note) in self.notes.iter().rev().enumerate() {
            let y = bottom - 20 - LINE * line as i32;
            canvas.text(note, (LEFT, y), 12, MUTED, HPos::Left)?;
        }
        Ok(())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::canvas::short;
    use super::super::{png, svg, PNG_SCALE};
    use super::*;

    pub(crate) fn chart() -> BarChart {
        let bar = |name: &str, parts: [f64; 2], limit| Bar {
            name: name.into(),
            parts: parts.to_vec(),
            limit: Some(limit),
            notes: vec![short(parts[0] + parts[1]), "1.95x".into()],
        };
        BarChart {
            title: "Cycles <by> phase & policy".into(),
            subtitle: "bf16, 16 x 16".into(),
            parts: vec![BarPart::faint("useful"), BarPart::new("drain")],
            limit: Some("limit: every PE\nbusy in every cycle".into()),
            panels: vec![Panel {
                quantity: "cycles".into(),
                number: short,
                groups: vec![BarGroup {
                    name: "fp".into(),
                    bars: vec![
                        bar("dense", [132_031.0, 1_710.0], 132_031.0),
                        bar("packed", [66_015.0, 2_526.0], 66_015.0),
                    ],
                }],
            }],
            notes: vec!["packed: dropped rows are skipped".into()],
        }
    }

    #[test]
    fn an_svg_holds_every_bar_and_escapes_its_text() {
        let text = svg(&chart()).unwrap();
        assert!(
            text.contains("Cycles &lt;by&gt; phase &amp; policy"),
            "{text}"
        );
        for word in [
            "dense", "packed", "134 k", "68.5 k", "1.95x", "useful", "drain", "skipped", "limit",
        ] {
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
        let (width, height) = chart().size();
        assert_eq!(
            (info.width, info.height),
            (width as u32 * PNG_SCALE, height as u32 * PNG_SCALE)
        );
        let grey = [GREY.0, GREY.1, GREY.2];
        let found = pixels.chunks_exact(3).filter(|pixel| *pixel == grey);
        assert!(found.count() > 10_000);
    }

    #[test]
    fn bars_without_height_have_a_scale() {
        let mut chart = chart();
        for bar in &mut chart.panels[0].groups[0].bars {
            bar.parts = vec![0.0, 0.0];
            bar.limit = None;
        }
        assert!(svg(&chart).unwrap().contains("dense"));
    }
}
