//! A legend: marks in a row, each with its name.

use super::canvas::{Canvas, INK};
use plotters::prelude::*;
use plotters::style::text_anchor::HPos;
use std::io;

/// A legend that grows to the right.
pub(super) struct Legend<'a, 'b, DB: DrawingBackend> {
    canvas: &'a Canvas<'b, DB>,
    x: i32,
    y: i32,
}

impl<'a, 'b, DB: DrawingBackend> Legend<'a, 'b, DB> {
    /// An empty one at this height.
    pub(super) fn at(canvas: &'a Canvas<'b, DB>, y: i32) -> Self {
        Self { canvas, x: 24, y }
    }

    /// A line of this colour.
    pub(super) fn line(&mut self, name: &str, colour: RGBColor) -> io::Result<()> {
        let (canvas, from) = (self.canvas, (self.x, self.y));
        self.mark(name, |_| {
            canvas.line(from, (from.0 + 20, from.1), colour, 3)
        })
    }

    /// What `draw` draws around a place.
    pub(super) fn mark(
        &mut self,
        name: &str,
        draw: impl FnOnce((i32, i32)) -> io::Result<()>,
    ) -> io::Result<()> {
        draw((self.x + 10, self.y))?;
        self.canvas
            .text(name, (self.x + 28, self.y), 13, INK, HPos::Left)?;
        self.x += 44 + 8 * name.chars().count() as i32;
        Ok(())
    }
}
