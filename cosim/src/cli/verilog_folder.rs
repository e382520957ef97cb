//! A folder of Verilog, as `heddle generate` writes it.

use crate::CosimError;
use heddle_files::{shown_path, FileError, InputError};
use heddle_hdl::manifest::{Manifest, MANIFEST};
use heddle_hdl::ArrayConfig;
use std::path::{Path, PathBuf};

/// What a folder's manifest says, if it has one.
pub fn manifest_of(folder: &Path) -> Result<Option<Manifest>, CosimError> {
    match folder.join(MANIFEST).exists() {
        true => Ok(Some(Manifest::read(folder)?)),
        false => Ok(None),
    }
}

/// Refuses a configuration, of flags and --config, that is not the one that a folder's manifest says.
pub fn check_same(
    folder: &Path,
    manifest: &ArrayConfig,
    config: &ArrayConfig,
) -> Result<(), CosimError> {
    if config.resolved() == manifest.resolved() {
        return Ok(());
    }
    let (said, given) = (manifest.slug(), config.slug());
    let differ = match said == given {
        true => format!("its manifest says {said}, with other keys of [engine] than --config"),
        false => format!("its manifest says {said}, the flags and --config {given}"),
    };
    Err(CosimError::Input(InputError {
        name: "--verilog",
        value: shown_path(folder),
        remedy: format!("{differ}: leave these out"),
    }))
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
