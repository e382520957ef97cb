//! The flags that say where a command's JSON report goes, the same for all commands.

use super::output;
use crate::{atomic_file, CosimError};
use serde_json::Value;

use std::path::PathBuf;

/// The report for scripts.
#[derive(Clone, Debug, clap::Args)]
pub struct ReportArgs {
    /// Print one JSON object instead of tables
    #[arg(long)]
    pub json: bool,
    /// Write the JSON object to this file as well
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

impl ReportArgs {
    /// Writes `report`, and prints either it or what `print` prints.
    ///
    /// # Errors
    /// [`CosimError::Write`].
    pub fn emit(
        &self,
        report: &Value,
        print: impl FnOnce() -> Result<(), CosimError>,
    ) -> Result<(), CosimError> {
        if let Some(path) = &self.report {
            let text = output::pretty(report)? + "\n";
            atomic_file::write(path, |out| out.write_all(text.as_bytes()))?;
        }
        if self.json {
            output::json(report)
        } else {
            print()
        }
    }
}
