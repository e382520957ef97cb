//! From the log of a tool that failed to an error that says what to do.

use crate::VerilatorError;
use std::fs;
use std::path::Path;

/// What a log says when a library of the system is missing, and its package.
const LIBRARIES: [([&str; 2], &str, &str); 2] = [
    (["zlib.h: No such", "cannot find -lz"], "zlib", "zlib1g-dev"),
    (["lz4.h: No such", "cannot find -llz4"], "lz4", "liblz4-dev"),
];

/// Marks of the lines of a log that say what went wrong.
const SIGNS: [&str; 6] = [
    "%Error",
    "error:",
    "undefined reference",
    "No space left",
    "rror 127",
    "not found",
];

/// Lines of a log that are passed on.
const LINES: usize = 8;

/// The error for `stage` of building `top`, whose output is in the file `log`.
pub(crate) fn build_error(stage: &'static str, top: &str, log: &Path) -> VerilatorError {
    let bytes = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    for (signs, missing, package) in LIBRARIES {
        if signs.iter().any(|sign| text.contains(sign)) {
            return VerilatorError::MissingLibrary {
                top: top.to_owned(),
                missing: missing.to_owned(),
                remedy: format!("install it with 'apt-get install {package}'"),
            };
        }
    }
    VerilatorError::Build {
        stage,
        top: top.to_owned(),
        first_errors: first_errors(&text),
        log: log.to_owned(),
    }
}

/// The first lines that say what went wrong, or else the last lines.
fn first_errors(log: &str) -> String {
    let tells = |line: &&str| SIGNS.iter().any(|sign| line.contains(sign));
    let mut lines: Vec<&str> = log.lines().filter(tells).take(LINES).collect();
    if lines.is_empty() {
        let all: Vec<&str> = log.lines().filter(|line| !line.trim().is_empty()).collect();
        lines = all[all.len().saturating_sub(LINES)..].to_vec();
    }
    if lines.is_empty() {
        return "(it printed nothing)".to_owned();
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_boiled_down() {
        let log = "g++ -c x.cpp\nx.cpp:1: error: bad\nmake: *** [x.o] Error 1\n";
        assert_eq!(first_errors(log), "x.cpp:1: error: bad");
        assert_eq!(first_errors("\nKilled\n"), "Killed");
        assert_eq!(first_errors(""), "(it printed nothing)");
    }

    #[test]
    fn a_missing_library_is_named_with_its_package() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        for (line, package) in [
            ("a.cpp:3: fatal error: lz4.h: No such file", "liblz4-dev"),
            ("ld: cannot find -lz: No such file", "zlib1g-dev"),
        ] {
            fs::write(&log, line).unwrap();
            let error = build_error("make", "t", &log).to_string();
            assert!(error.contains(package), "{error}");
        }
    }
}
