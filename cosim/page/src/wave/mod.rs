//! Some tens of cycles of a waveform around what was wrong first: the ports of array or engine, drawn as SVG.

mod draw;
mod engine;
mod read;

use crate::report::Report;
use heddle_files::{FileError, Limit};
use maud::Markup;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Most bytes of a waveform that is read; one of a job has some MB.
const LIMIT: Limit = Limit::new("a waveform to draw", 256 << 20);

/// The waveform that a report names: what is drawn of it, or why nothing is.
#[derive(Clone, Debug)]
pub struct Waveform {
    /// As the report names it.
    name: String,
    snippet: Result<Snippet, String>,
}

/// Some cycles of some signals.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Snippet {
    /// The number of the first cycle, from 0 at the first rising edge.
    first: usize,
    /// The cycle in which what was wrong leaves array or engine.
    marked: Option<usize>,
    /// What does.
    mark: &'static str,
    /// What is drawn, in words.
    about: String,
    /// The signals, each with its value in every cycle.
    signals: Vec<Signal>,
}

/// A signal: its value in each cycle, just before the rising edge, in words.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Signal {
    name: String,
    /// Whether it is one bit: drawn as a line.
    is_bit: bool,
    values: Vec<String>,
}

/// What the report says of the wrong sum and of the array's words.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Wanted {
    /// Bits of the sum that was found; none if no sum is wrong.
    found: Option<u128>,
    /// Its column in C.
    col: usize,
    /// Bits of an operand.
    word_bits: usize,
    /// Bits of a sum.
    sum_bits: usize,
    /// Whether words are integers.
    is_integer: bool,
    /// Of an engine: the cycle that is marked.
    cycle: Option<usize>,
    /// Of an engine: the address of the wrong byte.
    address: Option<String>,
}

impl Wanted {
    fn of(report: &Report) -> Self {
        let format = report.text("array.format").unwrap_or_default();
        let size = |name: &str, usual| report.count(name).map_or(usual, |of| of as usize);
        Self {
            found: report.text("first_mismatch.found").and_then(bits),
            col: size("first_mismatch.col", 0),
            word_bits: if format == "int8" { 8 } else { 16 },
            sum_bits: size("array.acc_bits", 32),
            is_integer: format.starts_with("int"),
            cycle: report.count("waveform_cycle").map(|of| of as usize),
            address: report.text("waveform_address").map(str::to_owned),
        }
    }
}

/// The bits that a sum's text has in parentheses: `-3 (0xfffffffd)`.
fn bits(text: &str) -> Option<u128> {
    let (_, rest) = text.split_once("(0x")?;
    u128::from_str_radix(rest.strip_suffix(')')?, 16).ok()
}

impl Waveform {
    /// Reads the waveform that `report`, which lies in `file`, names: beside the report, or else where it says. None if it
    /// names none; what cannot be read is told on the page.
    ///
    /// # Errors
    /// [`FileError::Cancelled`] if the user wants to stop.
    pub fn beside(report: &Report, file: &Path) -> Result<Option<Self>, FileError> {
        let Some(name) = report.get("waveform").and_then(Value::as_str) else {
            return Ok(None);
        };
        let snippet = match places(file, Path::new(name))
            .into_iter()
            .find(|path| path.is_file())
        {
            None => Err("the file is not there: keep it beside the report".to_owned()),
            Some(path) => match heddle_files::read(&path, LIMIT) {
                Err(FileError::Cancelled) => return Err(FileError::Cancelled),
                Err(error) => Err(error.to_string()),
                Ok(bytes) => read::snippet(bytes, &Wanted::of(report)),
            },
        };
        Ok(Some(Self {
            name: name.to_owned(),
            snippet,
        }))
    }

    /// The drawing, or why there is none.
    pub(crate) fn draw(&self) -> Markup {
        draw::draw(&self.name, &self.snippet)
    }
}

/// Where a waveform may be: a report that was handed on has it beside itself.
fn places(report: &Path, name: &Path) -> Vec<PathBuf> {
    let folder = report.parent().unwrap_or(Path::new(""));
    let mut places = vec![folder.join(name)];
    places.extend(name.file_name().map(|file| folder.join(file)));
    places.push(name.to_owned());
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bits_of_a_sum_are_those_in_parentheses() {
        assert_eq!(bits("-3 (0xfffffffd)"), Some(0xffff_fffd));
        assert_eq!(bits("1.5 (0x3fc00000)"), Some(0x3fc0_0000));
        for wrong in ["7", "7 (0x", "7 (0xzz)", ""] {
            assert_eq!(bits(wrong), None);
        }
    }

    #[test]
    fn a_waveform_beside_the_report_goes_first() {
        let found = places(Path::new("/a/r.json"), Path::new("/b/w.vcd"));
        assert_eq!(
            found,
            ["/b/w.vcd", "/a/w.vcd", "/b/w.vcd"].map(PathBuf::from)
        );
        let found = places(Path::new("r.json"), Path::new("w.vcd"));
        assert_eq!(found[0], Path::new("w.vcd"));
    }
}
