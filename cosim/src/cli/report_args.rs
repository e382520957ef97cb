//! The flags that say where a command's JSON report goes, the same for all commands.

use super::files::Files;
use super::output;
use crate::CosimError;
use heddle_files::Destination;
use serde_json::Value;
use std::path::PathBuf;

/// The report for scripts.
#[derive(Clone, Debug, clap::Args)]
pub struct ReportArgs {
    /// Print one JSON object instead of tables
    #[arg(long)]
    pub json: bool,
    /// Write the JSON object to this file as well; - is standard output, and tables then go to
    /// standard error
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

impl ReportArgs {
    /// Looks at where the report is to go, before the work.
    ///
    /// # Errors
    /// [`CosimError::File`].
    pub fn open(&self, files: &mut Files) -> Result<Reporter, CosimError> {
        if self.json {
            files.prints_json();
        }
        Ok(Reporter {
            json: self.json,
            file: files.open_any("--report", self.report.as_ref())?,
        })
    }
}

/// Where the report goes.
pub struct Reporter {
    json: bool,
    file: Option<Destination>,
}

impl Reporter {
    /// Writes `report`, and prints either it or what `print` prints.
    ///
    /// # Errors
    /// [`CosimError::File`].
    pub fn emit(
        &self,
        report: &Value,
        print: impl FnOnce() -> Result<(), CosimError>,
    ) -> Result<(), CosimError> {
        if let Some(file) = &self.file {
            file.write((output::pretty(report)? + "\n").as_bytes())?;
        }
        if self.json {
            output::json(report)
        } else {
            print()
        }
    }
}
