//! Charts as SVG and PNG.

mod bars;
mod canvas;
mod curves;
mod energy;
mod interval;
mod scatter;
mod stacked;

pub use bars::{Bar, Chart, Group};
pub use curves::{Curve, CurveChart};
pub use energy::{EnergyBar, EnergyChart, EnergyGroup};
pub use interval::{IntervalChart, IntervalMark, IntervalPanel, IntervalRow};
pub use scatter::{Dot, ScatterChart, Series};
pub use stacked::{StackedBar, StackedChart, StackedGroup};

use crate::{atomic_file, CosimError};
use canvas::{failed, font, Canvas};
use plotters::coord::Shift;
use plotters::prelude::*;
use std::io;
use std::path::Path;

/// A chart that can be drawn.
pub trait Picture {
    /// Width and height in the chart's own units.
    fn size(&self) -> (i32, i32);

    /// Draws it on white.
    ///
    /// # Errors
    /// Those of the backend.
    fn draw<DB: DrawingBackend>(&self, canvas: &Canvas<'_, DB>) -> io::Result<()>;
}

/// A PNG has this many pixels to each unit of a chart.
const PNG_SCALE: u32 = 2;

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

/// Writes a chart; the file's extension says in which format.
///
/// # Errors
/// [`CosimError::Input`] for an unknown extension, [`CosimError::Write`].
pub fn write_plot(path: &Path, picture: &impl Picture) -> Result<(), CosimError> {
    let image = match ImageKind::of(path)? {
        ImageKind::Svg => svg(picture).map(String::into_bytes),
        ImageKind::Png => png(picture),
    };
    atomic_file::write(path, |out| out.write_all(&image?))
}

fn size(picture: &impl Picture, scale: u32) -> (u32, u32) {
    let (width, height) = picture.size();
    (width.unsigned_abs() * scale, height.unsigned_abs() * scale)
}

fn paint<DB: DrawingBackend>(
    area: &DrawingArea<DB, Shift>,
    picture: &impl Picture,
    scale: u32,
) -> io::Result<()> {
    font()?;
    area.fill(&WHITE).map_err(failed)?;
    let canvas = Canvas {
        area,
        scale: scale as i32,
    };
    picture.draw(&canvas)?;
    area.present().map_err(failed)
}

/// The chart as SVG text.
fn svg(picture: &impl Picture) -> io::Result<String> {
    let mut text = String::new();
    let area = SVGBackend::with_string(&mut text, size(picture, 1)).into_drawing_area();
    paint(&area, picture, 1)?;
    drop(area);
    Ok(text)
}

/// The chart as a PNG file's bytes.
fn png(picture: &impl Picture) -> io::Result<Vec<u8>> {
    let (width, height) = size(picture, PNG_SCALE);
    let mut pixels = vec![0; 3 * width as usize * height as usize];
    let area = BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area();
    paint(&area, picture, PNG_SCALE)?;
    drop(area);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().map_err(io::Error::other)?;
    writer.write_image_data(&pixels).map_err(io::Error::other)?;
    writer.finish().map_err(io::Error::other)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_extensions_are_bad_input() {
        for name in ["plot.jpg", "plot", ".svg"] {
            let error = write_plot(Path::new(name), &bars::tests::chart()).unwrap_err();
            assert_eq!(error.exit_code(), 2);
            assert!(error.to_string().contains(".svg or .png"), "{error}");
        }
    }
}
