//! `heddle doctor`

use super::files::Files;
use super::report_args::ReportArgs;
use super::{interrupt, output, Outcome};
use crate::doctor::{examine, Health};
use crate::CosimError;
use heddle_report::{align_right, plain};
use std::fmt::Write;

/// Looks for the tools and libraries that commands need, and says how to install what is
/// missing. Ends with exit code 1 if something is missing that is not optional.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heddle doctor
  heddle doctor --json")]
pub struct DoctorArgs {
    #[command(flatten)]
    report: ReportArgs,
}

pub fn run(args: &DoctorArgs) -> Result<Outcome, CosimError> {
    let to = args.report.open(&mut Files::new())?;
    let health = examine(&interrupt::flag())?;
    let object = output::report(&health)?;
    to.emit(&object, || output::line(text(&health).trim_end()))?;
    Ok(Outcome::of(health.ready))
}

fn text(health: &Health) -> String {
    let mut table = plain(&["tool", "found", "needed by"]);
    for item in &health.items {
        let found = match (&item.found, item.optional) {
            (Some(found), _) => found.clone(),
            (None, true) => "no (optional)".to_owned(),
            (None, false) => "NO".to_owned(),
        };
        table.add_row([&*item.name, &found, item.commands]);
    }
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
    let mut table = plain(&["cache", "folder", "MB"]);
    for cache in &health.caches {
        let megabytes = format!("{:.1}", cache.bytes as f64 / 1e6);
        table.add_row([cache.what, &cache.path.display().to_string(), &megabytes]);
    }
    align_right(&mut table, 2);
    let _ = write!(
        text,
        "{table}\nwhat is in these folders is made again when it is needed: rm -r FOLDER clears one"
    );
    text
}
