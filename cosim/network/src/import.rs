//! Networks from the files of other programs.
//!
//! [`topology`] reads the matrix products of a SCALE-Sim topology, [`state_dict`] the recurrent layers of a PyTorch
//! state dict. Neither says how the network is trained: that is given beside the file.

pub mod state_dict;
pub mod topology;

use super::file::NetworkFile;
use crate::NetworkError;
use heddle_files::InputError;
use heddle_gemm::Phase;
use heddle_lstm::Site;
use std::path::Path;

/// What the file does not say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Given {
    /// Samples in a batch.
    pub batch: Option<usize>,
    /// Time steps; of products, how many there are of each.
    pub times: Option<usize>,
    /// Groups of the batch that have a mask each.
    pub groups: Option<usize>,
    /// Probability of dropping a unit.
    pub p: Option<f64>,
    /// Sites with dropout.
    pub sites: Option<Vec<Site>>,
    /// Phase of products.
    pub phase: Option<Phase>,
    /// What the network is called.
    pub name: Option<String>,
}

/// Reads the network in a file by the ending of its name: `.csv` or `.safetensors`.
///
/// # Errors
/// [`NetworkError::Input`] for another ending or a value that such a file has no use for, and the errors of
/// [`topology::read`] and [`state_dict::read`]. What comes out is checked.
pub fn read(path: &Path, given: &Given) -> Result<NetworkFile, NetworkError> {
    let shown = heddle_files::shown_path(path);
    let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
    let file = match ending.as_deref().and_then(|ending| ending.to_str()) {
        Some("csv") => topology::read(path, given)?,
        Some("safetensors") => state_dict::read(path, given)?,
        _ => {
            let remedy = "give a .csv (GEMM topology of SCALE-Sim) or a .safetensors (state dict of PyTorch)";
            return Err(InputError::new("FILE", shown, remedy).into());
        }
    };
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let checked = file.check(&stem);
    checked.map_err(|error| NetworkError::InFile { file: shown, error })?;
    Ok(file)
}

/// Refuses a value that such a file has no use for.
fn none_of(given: &[(&'static str, Option<String>)], remedy: &str) -> Result<(), InputError> {
    let first = given
        .iter()
        .find_map(|(name, value)| Some((*name, value.as_ref()?)));
    match first {
        None => Ok(()),
        Some((name, value)) => Err(InputError::new(name, value, remedy)),
    }
}
