//! From a configuration to the Verilog of its array.

use crate::arith::Arithmetic;
use crate::array::{with_array_at, Array, ArrayVisitor};
use crate::describe::Site;
use crate::emit::{emit_as, Design};
use crate::{ArrayConfig, HdlError, Prefix};

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
            emit_as(&array, &self.0.top(), self.0)
        }
    }
    with_array_at(&Site::outline(config), Emit(prefix))?
}
