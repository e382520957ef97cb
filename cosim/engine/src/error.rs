//! Why the engine could not be driven, or what it did that it must not.

use heddle_files::{FileError, InputError};
use heddle_hdl::HdlError;
use heddle_verilator::VerilatorError;

/// Why a program of descriptors could not be made or run.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A value given by the user is out of range.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The engine's configuration is not possible.
    #[error(transparent)]
    Hdl(#[from] HdlError),
    /// The engine's model could not be built, loaded or driven.
    #[error(transparent)]
    Verilator(VerilatorError),
    /// A product does not fit the engine's buffers, however it is cut.
    #[error("{what} does not fit the engine: {reason}")]
    Fit {
        /// The product.
        what: String,
        /// Which buffer is too small, and what would do.
        reason: String,
    },
    /// The engine did not answer an access to a register.
    #[error(
        "the engine does not answer an access to register 0x{offset:03x} within {cycles} cycles"
    )]
    Register {
        /// Byte offset of the register.
        offset: u32,
        /// How long it was waited for.
        cycles: u64,
    },
    /// The engine answered an access to a register with an error.
    #[error("the engine refuses an access to register 0x{offset:03x} (response {response})")]
    Refused {
        /// Byte offset of the register.
        offset: u32,
        /// AXI response, 2 or 3.
        response: u8,
    },
    /// What was built is no engine that this program knows, or another one than was asked for.
    #[error("the engine says {found} in register 0x{offset:03x}, where {expected} is expected")]
    Identity {
        /// Byte offset of the register.
        offset: u32,
        /// What was expected.
        expected: String,
        /// What it says.
        found: String,
    },
    /// The cycle model of a program does not come to an end.
    #[error("the cycle model does not come to an end with this program")]
    Endless,
    /// The caller asked to stop.
    #[error("cancelled")]
    Cancelled,
}

impl EngineError {
    /// Whether the user gave something wrong, rather than the engine or a tool failing.
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::Input(_) | Self::Fit { .. } => true,
            Self::File(error) => error.is_bad_input(),
            Self::Hdl(error) => error.is_bad_input(),
            Self::Verilator(error) => error.is_bad_input(),
            _ => false,
        }
    }
}

/// A build that was cancelled is cancelled like anything else.
impl From<VerilatorError> for EngineError {
    fn from(error: VerilatorError) -> Self {
        match error {
            VerilatorError::Cancelled => Self::Cancelled,
            error => Self::Verilator(error),
        }
    }
}
