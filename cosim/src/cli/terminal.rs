//! How much is said beside results, and in which colours: options that every command has.

use super::output;
use clap::ColorChoice;
use std::ffi::OsString;

/// What holds for all commands.
#[derive(Clone, Copy, Debug, clap::Args)]
#[command(next_help_heading = "Of every command")]
pub struct TerminalArgs {
    /// On standard error, say only what is wrong: no progress, no notes
    #[arg(long, short, global = true)]
    quiet: bool,
    /// Colours: auto (on a terminal, unless NO_COLOR is set), always or never
    #[arg(
        long,
        value_name = "WHEN",
        value_enum,
        default_value = "auto",
        global = true
    )]
    color: ColorChoice,
}

impl TerminalArgs {
    /// Has the whole program keep to it.
    pub fn apply(self) {
        output::set_quiet(self.quiet);
        paint(self.color);
    }
}

/// Sets the colours of errors, notes and bars; those of clap's own texts are set on its command.
pub fn paint(choice: ColorChoice) {
    let (streams, bars) = match choice {
        // the two libraries look at the terminal and the environment themselves
        ColorChoice::Auto => (anstream::ColorChoice::Auto, None),
        ColorChoice::Always => (anstream::ColorChoice::Always, Some(true)),
        ColorChoice::Never => (anstream::ColorChoice::Never, Some(false)),
    };
    streams.write_global();
    // they agree on what `auto` is, as long as this one is not left to its own reading of it
    let of_stderr = || {
        let found = anstream::AutoStream::choice(&std::io::stderr());
        found != anstream::ColorChoice::Never
    };
    console::set_colors_enabled_stderr(bars.unwrap_or_else(of_stderr));
}

/// The choice among words that are not parsed yet: the help and the errors of the parser have
/// colours as well. Words that are wrong are left to the parser.
pub fn asked(words: impl IntoIterator<Item = OsString>) -> ColorChoice {
    let mut words = words
        .into_iter()
        .map(|word| word.to_string_lossy().into_owned());
    let mut choice = ColorChoice::Auto;
    while let Some(word) = words.next() {
        let value = match word.split_once('=') {
            _ if word == "--" => break,
            _ if word == "--color" => words.next(),
            Some(("--color", value)) => Some(value.to_owned()),
            _ => continue,
        };
        choice = value
            .and_then(|value| value.parse().ok())
            .unwrap_or(ColorChoice::Auto);
    }
    choice
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_colours_are_found_wherever_they_stand() {
        let of = |line: &str| asked(line.split(' ').map(OsString::from));
        assert_eq!(of("heddle cycles --color never"), ColorChoice::Never);
        assert_eq!(of("heddle --color=always cycles"), ColorChoice::Always);
        assert_eq!(
            of("heddle --color=always -- --color never"),
            ColorChoice::Always
        );
        for none in ["heddle cycles", "heddle --color", "heddle --color=red"] {
            assert_eq!(of(none), ColorChoice::Auto, "{none}");
        }
    }
}
