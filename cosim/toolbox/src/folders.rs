//! Where the cache is, and where tools can work.

use crate::names::is_plain_path;
use crate::{trust, ToolboxError};
use heddle_files::Scratch;
use std::env;
use std::path::{Path, PathBuf};

/// Where what is built is kept unless the user names another folder: `$HEDDLE_CACHE`, else
/// `heddle/KIND` in `$XDG_CACHE_HOME`, else in `~/.cache`. There is no other: in a folder
/// for everybody's temporary files, anybody could leave what would then run.
///
/// # Errors
/// [`ToolboxError::NoCache`] if none of the variables names a folder.
pub fn default_cache_dir(kind: &str) -> Result<PathBuf, ToolboxError> {
    let variable = |name| env::var_os(name).filter(|value| !value.is_empty());
    if let Some(folder) = variable("HEDDLE_CACHE") {
        return Ok(folder.into());
    }
    // A relative path there is invalid, as its specification has it.
    let absolute = |name| {
        variable(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    absolute("XDG_CACHE_HOME")
        .or_else(|| Some(absolute("HOME")?.join(".cache")))
        .map(|folder| folder.join("heddle").join(kind))
        .ok_or(ToolboxError::NoCache)
}

/// A private folder for tools if they cannot work in `folder`, whose path is more than
/// a plain word in their scripts.
pub(crate) fn work_elsewhere(folder: &Path) -> Result<Option<Scratch>, ToolboxError> {
    if is_plain_path(folder) {
        return Ok(None);
    }
    let first = env::temp_dir();
    let places = [&*first, Path::new("/tmp"), Path::new("/var/tmp")];
    let made = places.iter().find_map(|place| {
        let place = place.canonicalize().ok()?;
        let is_safe = is_plain_path(&place) && trust::is_shared_folder(&place);
        is_safe.then(|| Scratch::within(&place).ok())?
    });
    match made {
        Some(made) => Ok(Some(made)),
        None => Err(ToolboxError::NoWorkFolder { path: first }),
    }
}
