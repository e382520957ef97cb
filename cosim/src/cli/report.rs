//! `heddle report`

use super::files::Files;
use super::{output, Outcome};
use crate::CosimError;
use clap::ValueHint;
use heddle_files::{read_text, shown_path, Limit};
use heddle_page::{page, Report, Source, Verdict, Waveform};
use std::path::PathBuf;

/// Makes one page of HTML of JSON reports: the verdict first, what was run, by which versions and commands, tables that
/// sort, plots that tell their values, and the waveform of the first wrong sum if it is beside its report.
///
/// The page holds all that it shows, the reports among it, and needs neither network nor this program: it can be handed
/// on. What it shows may be wrong without this command failing.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heddle cosim --random 100 --report cosim.json; heddle report cosim.json --html cosim.html
  heddle report results/*.json results/*/parity.json --html results.html
  heddle cycles --network zaremba-medium --json | heddle report - --html cycles.html")]
pub struct ReportPageArgs {
    /// JSON reports, which --report and --json of all commands write; - is standard input
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
    files: Vec<PathBuf>,
    /// The page; - is standard output
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    html: PathBuf,
}

/// Most bytes of a report; the largest have some MB.
const REPORT: Limit = Limit::new("a report", 64 << 20);

pub fn run(args: &ReportPageArgs) -> Result<Outcome, CosimError> {
    let mut files = Files::new();
    // standard input is no place that a page could take
    for path in args.files.iter().filter(|path| path.as_os_str() != "-") {
        files.reads("a report", Some(path));
    }
    let html = files.open("--html", &args.html)?;
    let mut sources = Vec::new();
    for path in &args.files {
        let name = path.to_string_lossy().into_owned();
        let report = Report::parse(&name, &read_text(path, REPORT)?)?;
        let waveform = Waveform::beside(&report, path)?;
        sources.push(Source {
            name,
            report,
            waveform,
        });
    }
    html.write(page(&sources).as_bytes())?;
    if !html.is_stream() {
        for source in &sources {
            let verdict = Verdict::of(&source.report);
            output::line(format!("{}: {}", source.name, verdict.word))?;
        }
        output::line(format!("the page: {}", shown_path(&args.html)))?;
    }
    Ok(Outcome::Right)
}
