//! The one error type of this crate.

use heddle_files::InputError;
use heddle_hdl::HdlError;

/// Why a product could not be laid onto an array, or not be counted.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    /// A value that the user gave is out of range.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The array's configuration is not possible.
    #[error(transparent)]
    Hdl(#[from] HdlError),
}

impl ScheduleError {
    /// Whether what the user gave is at fault: a value, a file or a trace.
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::Input(_) => true,
            Self::Hdl(error) => error.is_bad_input(),
        }
    }
}
