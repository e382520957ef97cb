//! Where the waveform of a job goes.

use super::files::Files;
use super::{output, progress};
use crate::CosimError;
use heddle_files::{shown_path, Destination, InputError};
use heddle_verilator::Trace;
use std::path::{Path, PathBuf};

/// The waveform of a wrong job that is kept where no other file is named.
const MISMATCH: &str = "heddle-mismatch.vcd";
/// That of a job that is asked for.
const ASKED: &str = "heddle.vcd";

/// A job of which a waveform is wanted, right or wrong.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Its name.
    pub job: String,
    /// Cycles of the waveform at most.
    pub cycles: u64,
}

/// Where a waveform goes.
pub struct Waveform {
    /// Nothing until one is needed, if the user named no file and asked for no job.
    pub place: Option<Destination>,
    /// Its kind.
    pub kind: Trace,
    /// The job that it is for; without one it is for the first wrong job.
    pub asked: Option<Asked>,
}

impl Waveform {
    /// Looks at the place that `--waveform` names, or at the usual one if a job is asked for.
    ///
    /// # Errors
    /// [`CosimError::File`]; [`CosimError::Input`] if the name says no kind of waveform.
    pub fn open(
        files: &mut Files,
        path: Option<&PathBuf>,
        asked: Option<Asked>,
    ) -> Result<Self, CosimError> {
        let usual = asked.as_ref().map(|_| PathBuf::from(ASKED));
        let path = path.cloned().or(usual);
        let place = files.open_any("--waveform", path.as_ref())?;
        let kind = match path.as_ref().map(|path| path.extension()) {
            None => Trace::Vcd,
            Some(Some(extension)) if extension == "vcd" => Trace::Vcd,
            Some(Some(extension)) if extension == "fst" => Trace::Fst,
            // what is no file has no name to say it
            Some(None) if place.as_ref().is_some_and(Destination::is_stream) => Trace::Vcd,
            Some(_) => {
                return Err(CosimError::Input(InputError {
                    name: "--waveform",
                    value: shown_path(path.as_deref().unwrap_or(Path::new(""))),
                    remedy: "give a file name that ends in .vcd or .fst".into(),
                }))
            }
        };
        Ok(Self { place, kind, asked })
    }

    /// What `record` keeps of what was wrong, given where it goes and its kind, and a line that says so. Nobody needs to
    /// have named a file for it. Failing to do so must not hide what was wrong.
    pub fn keep_wrong<T>(
        &self,
        record: impl FnOnce(&Destination, Trace) -> Result<(String, T), CosimError>,
    ) -> Option<T> {
        let spinner = progress::spinner("recording a waveform");
        let kept = match (&self.place, &self.asked) {
            (Some(place), None) => record(place, self.kind),
            _ => Destination::open(Path::new(MISMATCH))
                .map_err(CosimError::from)
                .and_then(|usual| record(&usual, Trace::Vcd)),
        };
        spinner.finish_and_clear();
        match kept {
            Ok((told, kept)) => {
                output::tell(told);
                Some(kept)
            }
            Err(error) => {
                output::warn(format!("no waveform could be kept: {error}"));
                None
            }
        }
    }
}
