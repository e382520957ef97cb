//! From a configuration to the Verilog of what stands around its array.

use super::{Around, OsRun, Stream};
use crate::arith::Arithmetic;
use crate::array::{with_array_at, Array, ArrayVisitor};
use crate::describe::Module;
use crate::emit::{emit_as, Design};
use crate::{generate_as, ArrayConfig, HdlError, Prefix, Site};

/// The array of `config` and the modules `around` it, whose names begin with `prefix`. The array is last: it is the top
/// of the design, which is the same as without the others; these stand before it, though they may contain it.
///
/// # Errors
/// [`HdlError::Config`] if a value is out of range, or the array cannot have one of them.
pub fn generate_around(
    config: &ArrayConfig,
    prefix: &Prefix,
    around: &[Around],
) -> Result<Design, HdlError> {
    let mut design = generate_as(config, prefix)?;
    for which in around {
        for module in around_design(config, prefix, *which)?.modules {
            if design.modules.iter().all(|known| known.name != module.name) {
                let array = design.modules.len() - 1;
                design.modules.insert(array, module);
            }
        }
    }
    Ok(design)
}

/// One of the modules around the array of `config` as a design of its own: it is the top.
///
/// # Errors
/// Likewise.
pub fn around_design(
    config: &ArrayConfig,
    prefix: &Prefix,
    which: Around,
) -> Result<Design, HdlError> {
    struct Emit<'a>(&'a Site<'a>, &'a Prefix, Around);
    impl ArrayVisitor for Emit<'_> {
        type Output = Result<Design, HdlError>;
        fn visit<F: Arithmetic>(self, _: Array<F>) -> Self::Output {
            let Self(site, prefix, which) = self;
            let top: Box<dyn Module> = match which {
                Around::Stream => Box::new(Stream::<F>::new(site)),
                Around::OsRun => Box::new(OsRun::at(site)),
            };
            Ok(emit_as(&*top, &which.module(prefix), prefix.as_str())?)
        }
    }
    which.check(config)?;
    let bare = ArrayConfig {
        engine: None,
        ..*config
    };
    let site = Site::outline(&bare);
    with_array_at(&site, Emit(&site, prefix, which))?
}
