//! `heddle man`: manual pages of the program and its commands, from the same texts as `--help`.

use super::files::Files;
use super::{output, Outcome};
use crate::CosimError;
use clap_mangen::roff::{bold, roman, Roff};
use clap_mangen::Man;
use heddle_files::{shown_path, InputError};
use std::path::PathBuf;

/// Prints the manual page of a command, or writes those of all commands into a folder. They say what
/// `--help` says.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  heddle man cycles | man -l -
  heddle man trace record | man -l -
  heddle man --out ~/.local/share/man/man1      (then: man heddle, man heddle-cycles)")]
pub struct ManArgs {
    /// Write the pages of all commands into this folder: heddle.1, heddle-cycles.1 ...
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// The command whose page is printed [default: the program]
    #[arg(value_name = "COMMAND", conflicts_with = "out")]
    words: Vec<String>,
}

pub fn run(args: &ManArgs) -> Result<Outcome, CosimError> {
    let mut program = super::command().disable_help_subcommand(true);
    // gives each command its whole name and the options of every command
    program.build();
    let Some(folder) = &args.out else {
        output::bytes(&page(find(&program, &args.words)?)?)?;
        return Ok(Outcome::Right);
    };
    let mut commands = vec![&program];
    let mut at = 0;
    while let Some(command) = commands.get(at) {
        commands.extend(shown(command));
        at += 1;
    }
    let pages = commands.iter();
    let pages = pages.map(|command| Ok((format!("{}.1", full_name(command)), page(command)?)));
    let pages = pages.collect::<Result<Vec<_>, CosimError>>()?;
    Files::new().fill("--out", folder, &pages)?;
    let folder = shown_path(folder);
    output::line(format!("{} pages in {folder}", pages.len()))?;
    Ok(Outcome::Right)
}

/// The commands below one, but for those that only the program itself gives.
fn shown(command: &clap::Command) -> impl Iterator<Item = &clap::Command> {
    command
        .get_subcommands()
        .filter(|below| !below.is_hide_set())
}

/// The command that `words` name.
fn find<'c>(program: &'c clap::Command, words: &[String]) -> Result<&'c clap::Command, CosimError> {
    let mut found = program;
    for word in words {
        found = shown(found)
            .find(|below| below.get_name() == word)
            .ok_or_else(|| {
                let names: Vec<_> = shown(found).map(clap::Command::get_name).collect();
                let remedy = match names.is_empty() {
                    true => format!("'{}' has no commands", full_name(found)),
                    false => format!("give one of {}", names.join(", ")),
                };
                InputError::new("the command", word, remedy)
            })?;
    }
    Ok(found)
}

/// Such as `heddle-trace-record`.
fn full_name(command: &clap::Command) -> &str {
    command.get_display_name().unwrap_or(command.get_name())
}

/// A page: clap's sections, with the examples as they stand in the help instead of run together.
fn page(command: &clap::Command) -> Result<Vec<u8>, CosimError> {
    let after = command.get_after_long_help().or(command.get_after_help());
    let after = after.map(ToString::to_string).unwrap_or_default();
    let man = Man::new(command.clone())
        .source(format!("heddle {}", env!("CARGO_PKG_VERSION")))
        .manual("Heddle");
    let mut page = Vec::new();
    let written = (|| {
        man.render_title(&mut page)?;
        man.render_name_section(&mut page)?;
        man.render_synopsis_section(&mut page)?;
        man.render_description_section(&mut page)?;
        man.render_options_section(&mut page)?;
        if shown(command).next().is_some() {
            man.render_subcommands_section(&mut page)?;
        }
        sections(&after).to_writer(&mut page)
    })();
    written.map_err(heddle_files::FileError::writing("the page".as_ref()))?;
    Ok(page)
}

/// What follows the options in the help: a line that ends in a colon heads a section, indented lines
/// are verbatim.
fn sections(after: &str) -> Roff {
    let mut roff = Roff::new();
    let mut lines = after.lines().peekable();
    if lines.peek().is_some_and(|line| !line.ends_with(':')) {
        roff.control("SH", ["NOTES"]);
    }
    while let Some(line) = lines.next() {
        if let Some(heading) = line.strip_suffix(':').filter(|_| !line.starts_with(' ')) {
            roff.control("SH", [heading.to_uppercase().as_str()]);
        } else if line.starts_with(' ') {
            roff.control("nf", []);
            roff.text([bold(line.trim_start())]);
            while let Some(line) = lines.next_if(|line| line.starts_with(' ')) {
                roff.text([bold(line.trim_start())]);
            }
            roff.control("fi", []);
        } else {
            roff.text([roman(line)]);
        }
    }
    roff
}
