//! The files that a command's options name: all are looked at before the work.

use super::output;
use crate::CosimError;
use heddle_files::{Destination, Outputs};
use heddle_report::ImageKind;
use std::path::{Path, PathBuf};

/// Collects the file options of a command. None has the place of another; where one goes to
/// standard output, tables and lines leave that to it.
#[derive(Default)]
pub struct Files(Outputs);

impl Files {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// `--json` has standard output.
    pub fn prints_json(&mut self) {
        self.0.prints("--json");
    }

    /// A file that is read and must stay.
    pub fn reads(&mut self, option: &'static str, path: Option<&PathBuf>) {
        if let Some(path) = path {
            self.0.reads(option, path);
        }
    }

    /// Opens the destination that `option` names.
    ///
    /// # Errors
    /// [`CosimError::File`] if it cannot be written or is taken by another option.
    pub fn open(&mut self, option: &'static str, path: &Path) -> Result<Destination, CosimError> {
        let destination = self.0.open(option, path)?;
        if destination.is_standard_output() {
            output::leave_standard_output();
        }
        Ok(destination)
    }

    /// The same for an option that may not be given.
    ///
    /// # Errors
    /// Likewise.
    pub fn open_any(
        &mut self,
        option: &'static str,
        path: Option<&PathBuf>,
    ) -> Result<Option<Destination>, CosimError> {
        path.map(|path| self.open(option, path)).transpose()
    }

    /// Opens the destination of `--plot`.
    ///
    /// # Errors
    /// Likewise; [`CosimError::Input`] if its name does not say what kind of image it is.
    pub fn plot(&mut self, path: Option<&PathBuf>) -> Result<Option<Destination>, CosimError> {
        let destination = self.open_any("--plot", path)?;
        if let Some(destination) = &destination {
            ImageKind::of(destination)?;
        }
        Ok(destination)
    }

    /// Makes the folder that `option` names, for files of these names.
    ///
    /// # Errors
    /// As [`Files::open`].
    pub fn folder(
        &mut self,
        option: &'static str,
        path: &Path,
        names: &[&str],
    ) -> Result<(), CosimError> {
        Ok(self.0.folder(option, path, names)?)
    }

    /// Writes these files, names and contents, into the folder that `option` names.
    ///
    /// # Errors
    /// Likewise.
    pub fn fill(
        &mut self,
        option: &'static str,
        path: &Path,
        files: &[(String, Vec<u8>)],
    ) -> Result<(), CosimError> {
        let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
        self.folder(option, path, &names)?;
        for (name, bytes) in files {
            Destination::open(&path.join(name))?.write(bytes)?;
        }
        Ok(())
    }
}
