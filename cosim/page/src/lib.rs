//! A page to hand on: reports of the program in JSON become one file of HTML that needs nothing else, neither network
//! nor program.
//!
//! [`Report::parse`] checks a report, [`Waveform::beside`] reads what is near its first wrong sum, [`page`] writes the page:
//! the verdict first, then what was run, then tables and plots by the kind of the report. A field that no section of
//! its kind shows stands in the fields at the end, so that nothing is lost; the reports themselves are in the page, too.
//! The crate knows reports as `cosim/REPORTS.md` describes them and nothing of what writes them. Text from files passes
//! [`heddle_files::shown`] and maud's escapes wherever it is put into the page.
#![deny(missing_docs)]

mod chart;
mod error;
mod flat;
mod grid;
mod label;
mod number;
mod page;
mod report;
mod section;
mod table;
mod verdict;
mod wave;

pub use error::PageError;
pub use page::{page, Source};
pub use report::{Kind, Report, FORM};
pub use verdict::{Level, Verdict};
pub use wave::Waveform;
