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

/// What tools say when there is no memory left, or when the system ended one of them for that.
const OUT_OF_MEMORY: [&str; 9] = [
    "bad_alloc",
    "emory exhausted",
    "out of memory",
    "Out of memory",
    "annot allocate memory",
    "Killed signal terminated program",
    "terminated with signal 9",
    "threw signal 9",
    "] Killed",
];

/// Lines of a log that are passed on.
const LINES: usize = 8;

/// The error for `stage` of building `top`, whose output is in the file `log`; `killed` is
/// whether the tool was ended by SIGKILL, which the system does to whoever takes too much.
pub(crate) fn build_error(
    stage: &'static str,
    top: &str,
    log: &Path,
    killed: bool,
) -> VerilatorError {
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
    if killed || OUT_OF_MEMORY.iter().any(|sign| text.contains(sign)) {
        return VerilatorError::Memory {
            stage,
            top: top.to_owned(),
            log: log.to_owned(),
        };
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
            let error = build_error("make", "t", &log, false).to_string();
            assert!(error.contains(package), "{error}");
        }
    }

    #[test]
    fn want_of_memory_is_told_from_other_failures() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let error = |text: &str, killed| {
            fs::write(&log, text).unwrap();
            build_error("make", "t", &log, killed)
        };
        for text in [
            "terminate called after throwing an instance of 'std::bad_alloc'\n",
            "g++: fatal error: Killed signal terminated program cc1plus\n",
            "cc1plus: out of memory allocating 65536 bytes after a total of 1 bytes\n",
            "virtual memory exhausted: Cannot allocate memory\n",
            "collect2: fatal error: ld terminated with signal 9 [Killed]\n",
            "%Error: Verilator threw signal 9. Suggest trying --debug --gdbbt\n",
            "make: *** [heddle.mk:9: x.o] Killed\n",
        ] {
            let error = error(text, false);
            assert!(
                matches!(error, VerilatorError::Memory { .. }),
                "{text}{error}"
            );
        }
        assert!(matches!(error("", true), VerilatorError::Memory { .. }));
        assert!(matches!(
            error("x: error: bad\n", false),
            VerilatorError::Build { .. }
        ));
    }
}
