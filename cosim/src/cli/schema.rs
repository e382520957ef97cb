//! `heddle schema`: JSON schemas of the reports.

use super::files::Files;
use super::{output, Outcome};
use crate::forms::Form;
use crate::CosimError;
use clap::builder::PossibleValuesParser;
use heddle_files::shown_path;
use heddle_report::Columns;
use std::path::PathBuf;

/// Prints the JSON schema (2020-12) of a command's JSON report, lists those that there are, or writes all of
/// them into a folder. `heddle network schema` prints that of network files.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heddle schema
  heddle schema cycles > cycles.json
  heddle schema --out schemas")]
pub struct SchemaArgs {
    /// The report: a name that the list has
    #[arg(value_name = "REPORT", value_parser = PossibleValuesParser::new(Form::ALL.map(|form| form.name)))]
    report: Option<String>,
    /// Write all schemas into this folder: cycles.json, cosim.json ...
    #[arg(long, value_name = "DIR", conflicts_with = "report")]
    out: Option<PathBuf>,
}

pub fn run(args: &SchemaArgs) -> Result<Outcome, CosimError> {
    if let Some(folder) = &args.out {
        let files = Form::ALL.iter().map(|form| {
            let text = output::pretty(&form.schema())? + "\n";
            Ok((format!("{}.json", form.name), text.into_bytes()))
        });
        let files = files.collect::<Result<Vec<_>, CosimError>>()?;
        Files::new().fill("--out", folder, &files)?;
        output::line(format!("{} schemas in {}", files.len(), shown_path(folder)))?;
    } else if let Some(form) = args.report.as_deref().and_then(Form::named) {
        output::json(&form.schema())?;
    } else {
        let table = Columns::of(&Form::ALL)
            .text("schema", |form| form.name)
            .text("of the report of", |form| form.about)
            .table();
        output::line(table)?;
    }
    Ok(Outcome::Right)
}
