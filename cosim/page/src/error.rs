//! The one error type of this crate.

use heddle_files::shown;

/// Why a text is no report that a page can be made of. All are bad input.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// There is nothing in the file.
    #[error("{} is empty; give what --report FILE of a command wrote", shown(.file))]
    Empty {
        /// The file.
        file: String,
    },
    /// The text is no JSON.
    #[error("{} is not JSON: {source}; give what --report FILE of a command wrote", shown(.file))]
    NotJson {
        /// The file.
        file: String,
        /// Where it stops to be.
        source: serde_json::Error,
    },
    /// It is JSON of something else.
    #[error("{} is no report of heddle: {problem}; give what --report FILE of a command wrote", shown(.file))]
    NotReport {
        /// The file.
        file: String,
        /// What is missing or otherwise.
        problem: String,
    },
    /// It is a report of another form.
    #[error("{}: schema_version = {found} is not possible: {remedy}", shown(.file))]
    Version {
        /// The file.
        file: String,
        /// Its version.
        found: String,
        /// What to do.
        remedy: &'static str,
    },
}
