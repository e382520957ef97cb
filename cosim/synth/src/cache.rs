//! What tools wrote, kept by the hash of everything that it depends on.

use crate::error::write_failed;
use crate::SynthError;
use sha2::{Digest, Sha256};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// Changes whenever the meaning of an entry does.
const GENERATION: &[u8] = b"heddle-synth 1";

/// Where results are kept unless the options name another folder: `heddle/synth` in
/// `$XDG_CACHE_HOME`, else in `~/.cache`, else in the folder for temporary files.
pub fn default_cache_dir() -> PathBuf {
    let variable = |name| env::var_os(name).filter(|value| !value.is_empty());
    variable("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(variable("HOME")?).join(".cache")))
        .unwrap_or_else(env::temp_dir)
        .join("heddle/synth")
}

/// A folder of finished steps, `NAME-HASH/` each.
pub struct Cache {
    folder: PathBuf,
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
    /// The cache in `folder`, which is made if it is not there.
    ///
    /// # Errors
    /// [`SynthError::Write`] if it cannot be made.
    pub fn open(folder: &Path) -> Result<Self, SynthError> {
        fs::create_dir_all(folder).map_err(write_failed(folder))?;
        let folder = folder.canonicalize().map_err(write_failed(folder))?;
        Ok(Self { folder })
    }

    /// The step `name` that depends on nothing but `parts`, done by `build` in an empty
    /// folder if it is not there. Of that folder the files `keep` are kept. An entry appears
    /// by one rename, complete; of two that race, one wins and both are right. After a
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
        let folder = self.folder.join(format!("{name}-{key}"));
        if folder.is_dir() {
            return Ok(Step {
                folder,
                key,
                cached: true,
            });
        }
        let part = |prefix| {
            let mut builder = tempfile::Builder::new();
            builder.prefix(prefix);
            builder
                .tempdir_in(&self.folder)
                .map_err(write_failed(&self.folder))
        };
        let work = part(".work-")?;
        let kept = part(".keep-")?;
        if let Err(error) = build(work.path()) {
            return Err(self.keep_log(error, &format!("{name}-{key}.log")));
        }
        for file in keep {
            let (from, to) = (work.path().join(file), kept.path().join(file));
            fs::rename(&from, &to).map_err(write_failed(&to))?;
        }
        let kept = kept.keep();
        if let Err(source) = fs::rename(&kept, &folder) {
            let _ = fs::remove_dir_all(&kept);
            if !folder.is_dir() {
                return Err(write_failed(&folder)(source));
            }
        }
        Ok(Step {
            folder,
            key,
            cached: false,
        })
    }

    /// Saves the log that a failure points to before its folder goes away.
    fn keep_log(&self, error: SynthError, name: &str) -> SynthError {
        match error {
            SynthError::Failed { tool, detail, log } => {
                let to = self.folder.join(name);
                let log = fs::copy(&log, &to).map_or(log, |_| to);
                SynthError::Failed { tool, detail, log }
            }
            other => other,
        }
    }
}

/// Lengths are hashed too: no two lists of parts look the same.
fn key(name: &str, parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in [GENERATION, name.as_bytes()].iter().chain(parts) {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let digest = hash.finalize();
    digest[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_parts_are_built_once_and_others_again() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(&folder.path().join("a/b")).unwrap();
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
        assert_eq!(fs::read_dir(folder.path().join("a/b")).unwrap().count(), 2);
    }

    #[test]
    fn a_failure_leaves_its_log_and_no_entry() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::open(folder.path()).unwrap();
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
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
