//! From a configuration to the Verilog of its engine.

use super::{Core, Engine};
use crate::arith::Arithmetic;
use crate::array::{with_array_at, Array, ArrayVisitor};
use crate::describe::Module;
use crate::emit::{emit_as, Design};
use crate::{ArrayConfig, HdlError, Prefix, Site};

/// How much of the engine is written.
#[derive(Clone, Copy)]
enum Whole {
    /// All of it.
    Engine,
    /// The array between its buffers.
    Core,
}

/// The Verilog of the engine of `config`, whose modules' names begin with `prefix`: the top module, and
/// what it is made of.
///
/// # Errors
/// [`HdlError::Config`] if a value is out of range.
///
/// # Panics
/// If the configuration has no engine.
pub fn engine_design(config: &ArrayConfig, prefix: &Prefix) -> Result<Design, HdlError> {
    design(config, prefix, Whole::Engine)
}

/// The same of the engine without memory, masks and descriptors.
///
/// # Errors
/// Likewise.
///
/// # Panics
/// Likewise.
pub fn core_design(config: &ArrayConfig, prefix: &Prefix) -> Result<Design, HdlError> {
    design(config, prefix, Whole::Core)
}

fn design(config: &ArrayConfig, prefix: &Prefix, whole: Whole) -> Result<Design, HdlError> {
    struct Emit<'a>(&'a Site<'a>, &'a Prefix, Whole);
    impl ArrayVisitor for Emit<'_> {
        type Output = Result<Design, HdlError>;
        fn visit<F: Arithmetic>(self, _: Array<F>) -> Self::Output {
            let Self(site, prefix, whole) = self;
            let top: Box<dyn Module> = match whole {
                Whole::Engine => Box::new(Engine::<F>::new(site)),
                Whole::Core => Box::new(Core::<F>::new(site)),
            };
            let name = prefix.module(&top.module_name());
            Ok(emit_as(&*top, &name, prefix.as_str())?)
        }
    }
    let site = Site::outline(config);
    with_array_at(&site, Emit(&site, prefix, whole))?
}
