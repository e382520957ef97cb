//! Charts as SVG and PNG.

mod bars;
mod canvas;
mod curves;
mod frame;
mod interval;
mod legend;
mod roof;
mod roofline;
mod scale;
mod scatter;

pub use bars::{Bar, BarChart, BarGroup, BarPart, Panel};
pub use canvas::short;
pub use curves::{Curve, CurveChart};
pub use interval::{IntervalChart, IntervalMark, IntervalPanel, IntervalRow};
pub use roofline::{RoofBus, RoofFacet, RoofMark, RoofPoint, RooflineChart};
pub use scatter::{Dot, Facet, ScatterChart, Series};

use crate::ReportError;
use canvas::{failed, font, Canvas};
use heddle_files::InputError;
use heddle_files::{shown_path, Destination};
use plotters::coord::Shift;
use plotters::prelude::*;
use std::io;

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
    /// The kind that the file name's extension says; what is no file and has none, such as
    /// standard output, gets an SVG.
    ///
    /// # Errors
    /// [`ReportError::Input`] for any other extension.
    pub fn of(destination: &Destination) -> Result<Self, ReportError> {
        let extension = destination.path().extension();
        match extension.map(|extension| extension.to_ascii_lowercase()) {
            Some(extension) if extension == "svg" => Ok(ImageKind::Svg),
            Some(extension) if extension == "png" => Ok(ImageKind::Png),
            None if destination.is_stream() => Ok(ImageKind::Svg),
            _ => {
                let remedy = "give a file name that ends in .svg or .png";
                Err(InputError::new("--plot", shown_path(destination.path()), remedy).into())
            }
        }
    }
}

/// Writes a chart; the file's extension says in which format.
///
/// # Errors
/// [`ReportError::Input`] for an unknown extension, [`ReportError::File`].
pub fn write_plot(to: &Destination, picture: &impl Picture) -> Result<(), ReportError> {
    let image = match ImageKind::of(to)? {
        ImageKind::Svg => svg(picture).map(String::into_bytes),
        ImageKind::Png => png(picture),
    };
    Ok(to.fill(|out| out.write_all(&image?))?)
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
    use std::path::Path;

    #[test]
    fn other_extensions_are_bad_input() {
        for name in ["plot.jpg", "plot", ".svg"] {
            let to = Destination::open(Path::new(name)).unwrap();
            let error = write_plot(&to, &bars::tests::chart()).unwrap_err();
            assert!(error.is_bad_input());
            assert!(error.to_string().contains(".svg or .png"), "{error}");
        }
        let stream = Destination::open(Path::new("-")).unwrap();
        assert_eq!(ImageKind::of(&stream).unwrap(), ImageKind::Svg);
    }
}
