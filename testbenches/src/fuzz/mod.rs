//! What the fuzzers run: each target takes any bytes, and panics where something is wrong.
//!
//! The fuzzers proper, which look for such bytes, are in `testbenches/fuzz`; they and the
//! regression that replays what they found share these functions.

mod config;
mod data;
mod tiler;
mod trace;

use std::path::PathBuf;

/// A target, by its name.
pub type Target = fn(&[u8]);

/// All targets.
pub const TARGETS: [(&str, Target); 4] = [
    ("config", config::target),
    ("trace", trace::target),
    ("data", data::target),
    ("tiler", tiler::target),
];

/// Runs the target called `name`.
///
/// # Panics
/// If there is none of this name, and where the target finds something wrong.
pub fn run(name: &str, bytes: &[u8]) {
    let known = TARGETS.iter().find(|(known, _)| *known == name);
    known.expect("a target of this name").1(bytes);
}

/// Writes `bytes` to a file of this thread's own, in memory where there is such a place.
fn file(bytes: &[u8], name: &str) -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    let dir = if memory.is_dir() {
        memory
    } else {
        std::env::temp_dir()
    };
    let dir = dir.join(format!(
        "heddle-fuzz-{}-{:?}",
        std::process::id(),
        std::thread::current().id()
    ));
    std::fs::create_dir_all(&dir).expect("a temporary folder");
    let path = dir.join(name);
    std::fs::write(&path, bytes).expect("a temporary file");
    path
}

/// An error is to say what to do: it has words, and more than one.
fn check_message(error: &dyn std::fmt::Display) {
    let text = error.to_string();
    assert!(text.split_whitespace().count() > 2, "message '{text}'");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// Everything that a fuzzer found worth keeping, failures of the past among it.
    fn corpus(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fuzz/corpus")
            .join(name);
        let files = std::fs::read_dir(dir).expect("the corpus");
        files
            .map(|file| file.expect("a file of the corpus").path())
            .map(|path| (path.clone(), std::fs::read(path).expect("a readable file")))
            .collect()
    }

    #[test]
    fn the_corpus_passes() {
        for (name, target) in TARGETS {
            let inputs = corpus(name);
            assert!(!inputs.is_empty(), "there is a corpus of {name}");
            for (path, bytes) in inputs {
                println!("{}", path.display());
                target(&bytes);
            }
        }
    }

    #[test]
    fn the_tiler_target_finds_a_wrong_number() {
        let bad = |bytes: &[u8]| std::panic::catch_unwind(|| tiler::compare(bytes, true)).is_err();
        let inputs = corpus("tiler");
        let found = inputs.iter().filter(|(_, bytes)| bad(bytes)).count();
        // A few inputs have no number at all.
        assert!(found * 2 > inputs.len(), "{found} of {}", inputs.len());
    }

    #[test]
    #[should_panic(expected = "message 'no'")]
    fn a_message_without_words_is_found() {
        check_message(&"no");
    }
}
