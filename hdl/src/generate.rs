//! From a configuration to the Verilog of its array.

use crate::arith::Arithmetic;
use crate::array::{with_array_at, Array, ArrayVisitor};
use crate::emit::{emit_as, Design};
use crate::{ArrayConfig, HdlError, Prefix, Site};

/// The name of the top module with the default prefix.
pub const TOP: &str = "heddle_array";

/// [`generate_as`] with the default prefix.
///
/// # Errors
/// Likewise.
pub fn generate(config: &ArrayConfig) -> Result<Design, HdlError> {
    generate_as(config, &Prefix::default())
}

/// The Verilog of the array of `config`, whose modules' names begin with `prefix`: the same
/// bytes every time.
///
/// # Errors
/// [`HdlError::Config`] if a value is out of range.
pub fn generate_as(config: &ArrayConfig, prefix: &Prefix) -> Result<Design, HdlError> {
    struct Emit<'a>(&'a Prefix);
    impl ArrayVisitor for Emit<'_> {
        type Output = Result<Design, HdlError>;
        fn visit<F: Arithmetic>(self, array: Array<F>) -> Self::Output {
            Ok(emit_as(&array, &self.0.top(), self.0.as_str())?)
        }
    }
    with_array_at(&Site::outline(&bare(config)), Emit(prefix))?
}

/// The array of `config` alone: an engine's has ports that only the engine needs.
fn bare(config: &ArrayConfig) -> ArrayConfig {
    ArrayConfig {
        engine: None,
        ..*config
    }
}

/// [`generate_as`] with a mesh for simulation: the same in every cycle, and several times faster.
/// `None` where the configuration has no such text.
///
/// # Errors
/// Likewise.
pub fn generate_fast(config: &ArrayConfig, prefix: &Prefix) -> Result<Option<Design>, HdlError> {
    struct Fast<'a>(&'a Prefix);
    impl ArrayVisitor for Fast<'_> {
        type Output = Result<Option<Design>, HdlError>;
        fn visit<F: Arithmetic>(self, array: Array<F>) -> Self::Output {
            let prefix = self.0;
            let design = emit_as(&array, &prefix.top(), prefix.as_str())?;
            crate::fast::replace(design, prefix, array.mesh())
        }
    }
    with_array_at(&Site::outline(&bare(config)), Fast(prefix))?
}
