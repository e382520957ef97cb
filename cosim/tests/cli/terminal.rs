//! What is said beside results, and in which colours. A terminal is `script`'s (util-linux).

use super::{heddle, run, stdout, with_environment};
use std::process::{Command, Stdio};

const ESCAPE: char = '\u{1b}';
/// Says how fast it was.
const WORK: &str = "cosim --random 3 --max-dim 4 --rows 2 --cols 2 --format int8";
const FAULT: &str = "cycles --network /nonexistent.toml";
const MISUSE: &str = "cycles --weave";

fn errors(command: &mut Command) -> String {
    String::from_utf8(run(command).stderr).unwrap()
}

/// What a command shows on a terminal, standard error included.
fn terminal(arguments: &str, variables: &[(&str, &str)]) -> String {
    let words = format!("{} {arguments}", env!("CARGO_BIN_EXE_heddle"));
    let mut script = Command::new("script");
    script
        .args(["--quiet", "--command", &words, "/dev/null"])
        .stdin(Stdio::null());
    with_environment(&mut script, &heddle(""))
        .env("TERM", "xterm")
        .envs(variables.iter().copied());
    String::from_utf8(run(&mut script).stdout).unwrap()
}

/// Whether there is an escape that sets a colour or another style: CSI ... m.
fn is_coloured(text: &str) -> bool {
    text.split(ESCAPE).skip(1).any(|rest| {
        let rest = rest.strip_prefix('[').unwrap_or("x");
        let end = rest.find(|c: char| c.is_ascii_alphabetic());
        end.is_some_and(|end| rest[end..].starts_with('m'))
    })
}

#[test]
fn quiet_leaves_results_and_what_is_wrong() {
    let loud = run(&mut heddle(WORK));
    assert!(String::from_utf8_lossy(&loud.stderr).contains("heddle: "));
    for quiet in [format!("{WORK} --quiet"), format!("-q {WORK}")] {
        let found = run(&mut heddle(&quiet));
        assert_eq!(String::from_utf8_lossy(&found.stderr), "", "{quiet}");
        assert_eq!(found.stdout, loud.stdout);
    }
    // tables that leave standard output to a report
    let moved = format!("{WORK} --report -");
    assert!(errors(&mut heddle(&moved)).contains("3 jobs"));
    assert_eq!(errors(&mut heddle(&format!("{moved} --quiet"))), "");
    for wrong in [FAULT, MISUSE] {
        assert_eq!(
            errors(heddle(wrong).arg("--quiet")),
            errors(&mut heddle(wrong))
        );
        assert_ne!(errors(&mut heddle(wrong)), "");
    }
}

#[test]
fn colours_are_where_they_are_asked_for() {
    for wrong in [FAULT, MISUSE] {
        let plain = errors(&mut heddle(wrong));
        assert!(!plain.contains(ESCAPE), "{plain}");
        let bright = errors(
            heddle(wrong)
                .args(["--color", "always"])
                .env("NO_COLOR", "1"),
        );
        assert!(is_coloured(&bright), "{bright}");
        let shown = |flags: &str, variables: &[_]| terminal(&format!("{wrong} {flags}"), variables);
        assert!(is_coloured(&shown("", &[])), "{wrong}");
        assert!(is_coloured(&shown("--color auto", &[])), "{wrong}");
        for (flags, variables) in [
            ("--color never", &[][..]),
            ("--color=never", &[("CLICOLOR_FORCE", "1")]),
            ("", &[("NO_COLOR", "1")]),
            ("", &[("TERM", "dumb")]),
        ] {
            let shown = shown(flags, variables);
            assert!(!is_coloured(&shown), "{flags} {variables:?}: {shown}");
            assert!(
                shown.contains("error") || shown.contains("heddle: "),
                "{shown}"
            );
        }
    }
    let help = stdout(&mut heddle("cycles --help --color always"));
    assert!(is_coloured(&help));
    assert!(!stdout(&mut heddle("cycles --help")).contains(ESCAPE));
}

#[test]
fn bars_have_the_same_colours_and_quiet_has_none() {
    let bars = terminal(WORK, &[]);
    assert!(
        bars.contains("co-simulating") && is_coloured(&bars),
        "{bars:?}"
    );
    for (flags, variables) in [("--color never", &[][..]), ("", &[("NO_COLOR", "1")])] {
        let plain = terminal(&format!("{WORK} {flags}"), variables);
        assert!(plain.contains("co-simulating"), "{plain:?}");
        assert!(!is_coloured(&plain), "{plain:?}");
    }
    let quiet = terminal(&format!("{WORK} --quiet"), &[]);
    assert!(
        quiet.contains("3 jobs") && !quiet.contains(ESCAPE),
        "{quiet:?}"
    );
}

#[test]
fn a_colour_that_is_none() {
    super::fails(
        &mut heddle("doctor --color red"),
        2,
        &["'red'", "--color", "never"],
    );
}
