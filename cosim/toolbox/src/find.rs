//! Where a program is.

use crate::trust;
use std::env;
use std::path::{Path, PathBuf};

/// The program that an environment variable names, unless it is empty.
pub fn named(variable: &str) -> Option<PathBuf> {
    let value = env::var_os(variable).filter(|value| !value.is_empty())?;
    Some(value.into())
}

/// The first file called `name` in the folders of `PATH`. Folders that are relative are
/// left out: tools run in other folders.
pub fn on_path(name: &Path) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let programs = env::split_paths(&path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name));
    programs.into_iter().find(|program| program.is_file())
}

/// What `within` finds in the folder `.venv` of the current folder, of one above it, or of
/// one above the running program.
///
/// Where one is by chance is no reason to trust it: what is found from the current folder
/// counts only if nobody else can have written it.
pub fn in_project(within: impl Fn(&Path) -> Option<PathBuf>) -> Option<PathBuf> {
    let found = |start: &Path| {
        start
            .ancestors()
            .find_map(|folder| within(&folder.join(".venv")))
    };
    let from_here = env::current_dir().ok().and_then(|folder| found(&folder));
    from_here
        .filter(|program| trust::is_ours(program))
        .or_else(|| found(&env::current_exe().ok()?))
}
