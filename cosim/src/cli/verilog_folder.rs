//! A folder of Verilog, as `heddle generate` writes it.

use crate::CosimError;
use heddle_files::{FileError, InputError};
use heddle_hdl::manifest::{Manifest, MANIFEST};
use std::path::{Path, PathBuf};

/// What a folder's manifest says, if it has one.
pub fn manifest_of(folder: &Path) -> Result<Option<Manifest>, CosimError> {
    match folder.join(MANIFEST).exists() {
        true => Ok(Some(Manifest::read(folder)?)),
        false => Ok(None),
    }
}

/// The Verilog files of a folder, in the order of their names.
pub fn verilog_files(folder: &Path) -> Result<Vec<PathBuf>, CosimError> {
    let read = || FileError::reading(folder);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(read())? {
        let path = entry.map_err(read())?.path();
        if path.extension().is_some_and(|extension| extension == "v") && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        let remedy = "give a folder with .v files, such as 'heddle generate --out' writes";
        return Err(InputError::new("--verilog", folder.display(), remedy).into());
    }
    Ok(files)
}
