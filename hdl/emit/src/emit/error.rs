//! The one error type of this crate.

/// Why a design could not be written: an open input, a latch, widths or names that clash.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("module {module}: {problem}")]
pub struct EmitError {
    /// The module.
    pub module: String,
    /// What is wrong and what would be right.
    pub problem: String,
}
