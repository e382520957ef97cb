//! The flags that say where a command's JSON report and its table go, the same for all commands.

use super::files::Files;
use super::output::{self, HEADER};
use crate::CosimError;
use heddle_files::Destination;
use heddle_report::{rows, rows_csv};
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
            csv: None,
        })
    }
}

/// The report, and the table for spreadsheets.
#[derive(Clone, Debug, clap::Args)]
pub struct TableArgs {
    #[command(flatten)]
    pub report: ReportArgs,
    /// Write the table as comma-separated values; columns have the names of the report's fields
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
}

impl TableArgs {
    /// Looks at where both are to go, before the work.
    ///
    /// # Errors
    /// [`CosimError::File`].
    pub fn open(&self, files: &mut Files) -> Result<Reporter, CosimError> {
        Ok(Reporter {
            csv: files.open_any("--csv", self.csv.as_ref())?,
            ..self.report.open(files)?
        })
    }
}

/// Where the report goes.
pub struct Reporter {
    json: bool,
    file: Option<Destination>,
    csv: Option<Destination>,
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

    /// The same; where `--csv` asks for it, the rows of the report at `paths` are written as well.
    ///
    /// # Errors
    /// [`CosimError::File`].
    pub fn emit_rows(
        &self,
        report: &Value,
        paths: &[&str],
        print: impl FnOnce() -> Result<(), CosimError>,
    ) -> Result<(), CosimError> {
        let mut own = report.clone();
        if let Value::Object(fields) = &mut own {
            HEADER
                .iter()
                .for_each(|name| drop(fields.shift_remove(*name)));
        }
        let all = || paths.iter().flat_map(|path| rows(&own, path));
        self.emit_table(report, || rows_csv(&all().collect::<Vec<_>>()), print)
    }

    /// The same with a table that is not made of the report's rows.
    ///
    /// # Errors
    /// [`CosimError::File`].
    pub fn emit_table(
        &self,
        report: &Value,
        table: impl FnOnce() -> String,
        print: impl FnOnce() -> Result<(), CosimError>,
    ) -> Result<(), CosimError> {
        if let Some(csv) = &self.csv {
            csv.write(table().as_bytes())?;
        }
        self.emit(report, print)
    }
}
