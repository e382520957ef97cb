//! What tools wrote, kept by the hash of everything that it depends on.

use crate::{Cancel, SynthError};
use heddle_toolbox::{move_file, Key};
use std::fs;
use std::path::{Path, PathBuf};

/// Changes whenever the meaning of an entry does.
const GENERATION: &str = "heddle-synth 1";

/// Where results are kept unless the options name another folder: `$HEDDLE_CACHE`, else
/// `heddle/synth` in `$XDG_CACHE_HOME`, else in `~/.cache`.
///
/// # Errors
/// [`SynthError::Toolbox`] if none of the variables names a folder.
pub fn default_cache_dir() -> Result<PathBuf, SynthError> {
    Ok(heddle_toolbox::default_cache_dir("synth")?)
}

/// A folder of finished steps, `NAME-HASH/` each.
pub struct Cache {
    cache: heddle_toolbox::Cache,
    cancel: Cancel,
}

/// A finished step.
pub struct Step {
    /// Its files.
    pub folder: PathBuf,
    /// Names it for the steps that depend on it.
    pub key: String,
    /// Whether it was there already.
    pub cached: bool,
}

impl Cache {
    /// The cache in `folder`, which is made if it is not there. `cancel` ends the waiting for
    /// another program that is at work on the same step.
    ///
    /// # Errors
    /// [`SynthError::Write`] if it cannot be made, [`SynthError::Toolbox`] if somebody else
    /// could have written what is in it.
    pub fn open(folder: &Path, cancel: &Cancel) -> Result<Self, SynthError> {
        Ok(Self {
            cache: heddle_toolbox::Cache::open(folder)?,
            cancel: cancel.clone(),
        })
    }

    /// The step `name` that depends on nothing but `parts`, done by `build` in an empty
    /// folder if it is not there. Of that folder the files `keep` are kept. An entry appears
    /// by one rename, complete; of two that race, one builds and the other waits. After a
    /// failure its log is kept as `NAME-HASH.log`, which the error points to.
    ///
    /// # Errors
    /// Those of `build`; [`SynthError::Write`] if the cache cannot be written.
    pub fn step(
        &self,
        name: &str,
        parts: &[&[u8]],
        keep: &[&str],
        build: impl FnOnce(&Path) -> Result<(), SynthError>,
    ) -> Result<Step, SynthError> {
        let key = key(name, parts);
        let entry = format!("{name}-{key}");
        let built = |work: &Path, kept: &Path| {
            build(work).map_err(|error| keep_log(error, &self.cache.log(&entry)))?;
            for file in keep {
                move_file(&work.join(file), &kept.join(file))?;
            }
            Ok::<_, SynthError>(())
        };
        let accept = |folder: &Path| Ok(folder.to_owned());
        let found = self
            .cache
            .entry(&entry, keep, Some(&self.cancel), built, accept)?;
        Ok(Step {
            folder: found.value,
            key,
            cached: found.was_there,
        })
    }
}

/// Saves the log that a failure points to before its folder goes away.
fn keep_log(error: SynthError, to: &Path) -> SynthError {
    let SynthError::Failed { tool, detail, log } = error else {
        return error;
    };
    let log = fs::copy(&log, to).map_or(log, |_| to.to_owned());
    SynthError::Failed { tool, detail, log }
}

fn key(name: &str, parts: &[&[u8]]) -> String {
    let key = Key::new(GENERATION).text(name);
    parts.iter().fold(key, |key, part| key.bytes(part)).finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_parts_are_built_once_and_others_again() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(&folder.path().join("a/b"), &Cancel::default()).unwrap();
        let step = |parts: &[&[u8]], text: &str| {
            cache
                .step("s", parts, &["out"], |work| {
                    fs::write(work.join("scratch"), "").unwrap();
                    fs::write(work.join("out"), text).unwrap();
                    Ok(())
                })
                .unwrap()
        };
        let first = step(&[b"module a;"], "1");
        assert!(!first.cached && !first.folder.join("scratch").exists());
        let again = step(&[b"module a;"], "2");
        assert!(again.cached);
        assert_eq!(fs::read(again.folder.join("out")).unwrap(), b"1");
        let changed = step(&[b"module b;"], "3");
        assert!(!changed.cached && changed.key != first.key);
        assert_ne!(key("s", &[b"ab", b"c"]), key("s", &[b"a", b"bc"]));
        let folders = fs::read_dir(folder.path().join("a/b")).unwrap().flatten();
        assert_eq!(folders.filter(|entry| entry.path().is_dir()).count(), 2);
    }

    #[test]
    fn a_failure_leaves_its_log_and_no_entry() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path(), &Cancel::default()).unwrap();
        let failed = cache.step("s", &[], &[], |work| {
            let log = work.join("tool.log");
            fs::write(&log, "ERROR: no").unwrap();
            Err(SynthError::Failed {
                tool: "tool".into(),
                detail: "no".into(),
                log,
            })
        });
        let Err(SynthError::Failed { log, .. }) = failed else {
            panic!("it must fail");
        };
        assert_eq!(fs::read_to_string(log).unwrap(), "ERROR: no");
        let left = fs::read_dir(folder.path()).unwrap().flatten();
        assert!(left.map(|entry| entry.path()).all(|path| path.is_file()));
    }
}
