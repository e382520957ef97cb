//! Bar charts as SVG and PNG: cycles by phase and policy against the bounds.

use crate::{atomic_file, CosimError};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{register_font, FontStyle};
use std::io::{self, Write};
use std::path::Path;
use std::sync::OnceLock;

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

/// What kind of image a file name asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageKind {
    /// Scalable.
    Svg,
    /// Pixels.
    Png,
}

impl ImageKind {
    /// The kind that the file name's extension says.
    ///
    /// # Errors
    /// [`CosimError::Input`] for any other extension.
    pub fn of(path: &Path) -> Result<Self, CosimError> {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("svg") => Ok(ImageKind::Svg),
            Some("png") => Ok(ImageKind::Png),
            _ => Err(CosimError::Input {
                name: "--plot",
                value: path.display().to_string(),
                remedy: "give a file name that ends in .svg or .png".into(),
            }),
        }
    }
}

/// Size of a chart in its own units; a PNG has [`PNG_SCALE`] pixels to each.
const SIZE: (u32, u32) = (900, 520);
const PNG_SCALE: u32 = 2;
const FONT: &str = "sans-serif";

const INK: RGBColor = RGBColor(38, 44, 52);
const FAINT: RGBColor = RGBColor(222, 226, 230);
const MUTED: RGBColor = RGBColor(105, 113, 122);
/// Colours of the bars, in the order in which their names first appear.
const COLOURS: [RGBColor; 4] = [
    RGBColor(166, 174, 184),
    RGBColor(229, 168, 75),
    RGBColor(38, 120, 150),
    RGBColor(120, 88, 160),
];

/// Writes the chart; the file's extension says in which format.
///
/// # Errors
/// [`CosimError::Input`] for an unknown extension, [`CosimError::Write`].
pub fn write_plot(path: &Path, chart: &Chart) -> Result<(), CosimError> {
    let image = match ImageKind::of(path)? {
        ImageKind::Svg => svg(chart).map(String::into_bytes),
        ImageKind::Png => png(chart),
    };
    atomic_file::write(path, |out| out.write_all(&image?))
}

/// The chart as SVG text.
fn svg(chart: &Chart) -> io::Result<String> {
    let mut text = String::new();
    let area = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
    draw(&area, chart, 1)?;
    drop(area);
    Ok(text)
}

/// The chart as a PNG file's bytes.
fn png(chart: &Chart) -> io::Result<Vec<u8>> {
    let (width, height) = (SIZE.0 * PNG_SCALE, SIZE.1 * PNG_SCALE);
    let mut pixels = vec![0; 3 * width as usize * height as usize];
    let area = BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area();
    draw(&area, chart, PNG_SCALE as i32)?;
    drop(area);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().map_err(io::Error::other)?;
    writer.write_image_data(&pixels).map_err(io::Error::other)?;
    writer.finish().map_err(io::Error::other)?;
    Ok(bytes)
}

/// Draws text and shapes at a scale.
struct Canvas<'a, DB: DrawingBackend> {
    area: &'a DrawingArea<DB, Shift>,
    scale: i32,
}

impl<DB: DrawingBackend> Canvas<'_, DB> {
    fn text(
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

    fn rectangle(&self, from: (i32, i32), to: (i32, i32), colour: RGBColor) -> io::Result<()> {
        let element = Rectangle::new([self.at(from), self.at(to)], colour.filled());
        self.area.draw(&element).map_err(failed)
    }

    fn line(
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

    fn at(&self, (x, y): (i32, i32)) -> (i32, i32) {
        (x * self.scale, y * self.scale)
    }
}

fn failed(error: impl std::fmt::Display) -> io::Error {
    io::Error::other(format!("the plot cannot be drawn: {error}"))
}

/// The font is in the program, so that no font of the system is needed.
fn font() -> io::Result<()> {
    static DONE: OnceLock<bool> = OnceLock::new();
    let done = DONE
        .get_or_init(|| register_font(FONT, FontStyle::Normal, dejavu::sans::regular()).is_ok());
    if *done {
        Ok(())
    } else {
        Err(io::Error::other("the built-in font cannot be read"))
    }
}

fn draw<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    chart: &Chart,
    scale: i32,
) -> io::Result<()> {
    font()?;
    area.fill(&WHITE).map_err(failed)?;
    let canvas = Canvas { area, scale };
    canvas.text(&chart.title, (24, 28), 20, INK, HPos::Left)?;
    canvas.text(&chart.subtitle, (24, 52), 13, MUTED, HPos::Left)?;

    // the frame in which the bars stand
    let (left, right, top, bottom) = (86, SIZE.0 as i32 - 24, 142, SIZE.1 as i32 - 46);
    let bars = || chart.groups.iter().flat_map(|group| &group.bars);
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
    legend(&canvas, &names, &colour, right)?;

    let share = (right - left) / chart.groups.len().max(1) as i32;
    for (i, group) in chart.groups.iter().enumerate() {
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
    area.present().map_err(failed)
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

/// A round step of the scale that gives four to eight lines.
fn tick(highest: f64) -> f64 {
    let power = 10f64.powf((highest / 5.0).log10().floor());
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0];
    let fits = |step: &&f64| highest / (*step * power) <= 7.0;
    steps
        .iter()
        .find(fits)
        .map_or(10.0 * power, |step| step * power)
}

/// A number with at most four digits: `132 k`, `1.95 M`.
fn short(value: f64) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn chart() -> Chart {
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
            (SIZE.0 * PNG_SCALE, SIZE.1 * PNG_SCALE)
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

    #[test]
    fn other_extensions_are_bad_input() {
        for name in ["plot.jpg", "plot", ".svg"] {
            let error = write_plot(Path::new(name), &chart()).unwrap_err();
            assert_eq!(error.exit_code(), 2);
            assert!(error.to_string().contains(".svg or .png"), "{error}");
        }
    }
}
