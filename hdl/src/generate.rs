//! From a configuration to the Verilog of its array.

use crate::arith::Arithmetic;
use crate::array::{with_array, Array, ArrayVisitor};
use crate::emit::{emit, Design};
use crate::{ArrayConfig, HdlError};

/// The name of the top module.
pub const TOP: &str = "heddle_array";

/// The Verilog of the array of `config`: the same bytes every time.
///
/// # Errors
/// [`HdlError::Config`] if a value is out of range.
pub fn generate(config: &ArrayConfig) -> Result<Design, HdlError> {
    struct Emit;
    impl ArrayVisitor for Emit {
        type Output = Result<Design, HdlError>;
        fn visit<F: Arithmetic>(self, array: Array<F>) -> Self::Output {
            emit(&array, TOP)
        }
    }
    with_array(config, Emit)?
}
