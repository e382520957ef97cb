//! `heddle doctor`

use super::files::Files;
use super::report_args::TableArgs;
use super::{interrupt, output, Outcome};
use crate::doctor::{examine, Health, Item};
use crate::CosimError;
use heddle_report::{fixed, Columns};
use std::fmt::Write;

/// Looks for the tools and libraries that commands need, and says how to install what is
/// missing. Ends with exit code 1 if something is missing that is not optional.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heddle doctor
  heddle doctor --json")]
pub struct DoctorArgs {
    #[command(flatten)]
    report: TableArgs,
}

pub fn run(args: &DoctorArgs) -> Result<Outcome, CosimError> {
    let to = args.report.open(&mut Files::new())?;
    let health = examine(&interrupt::flag())?;
    let object = output::report(&health)?;
    to.emit_rows(&object, &["items[]"], || {
        output::line(text(&health).trim_end())
    })?;
    Ok(Outcome::of(health.ready))
}

fn text(health: &Health) -> String {
    let found = |item: &Item| match (&item.found, item.optional) {
        (Some(found), _) => found.clone(),
        (None, true) => "no (optional)".to_owned(),
        (None, false) => "NO".to_owned(),
    };
    let table = Columns::of(&health.items)
        .text("tool", |item| item.name.clone())
        .text("found", found)
        .text("needed by", |item| item.commands)
        .table();
    let mut text = format!("{table}\n\n");
    for item in &health.items {
        if let Some(problem) = &item.problem {
            let _ = writeln!(text, "{}: {problem}", item.name);
        }
    }
    match &health.install {
        Some(command) => {
            let _ = writeln!(
                text,
                "to install what is missing, as root on Debian:\n  {command}\n"
            );
        }
        None => text.push_str("all that is needed is there\n\n"),
    }
    let table = Columns::of(&health.caches)
        .text("cache", |cache| cache.what)
        .text("folder", |cache| cache.path.display().to_string())
        .number("MB", |cache| fixed(1, cache.bytes as f64 / 1e6))
        .table();
    let _ = write!(
        text,
        "{table}\nwhat is in these folders is made again when it is needed: rm -r FOLDER clears one"
    );
    text
}
