//! The bit-exact golden model: what every other engine has to equal.
//!
//! Each sum starts from its seed C0 and takes in one product per k, strictly in
//! increasing k, with one rounding (or one wrap or saturation) per step. Tile sizes,
//! packing, gating and dataflow cannot change a bit of that.
//!
//! | format  | one step | file |
//! |---------|----------|------|
//! | `bf16`  | [`mac_bf16`]: `f32::mul_add` of the operands, exact in f32 | `bf16.rs` |
//! | `int8`, `int16` | [`Accumulator::step`]: exact product, add, wrap or saturate | `accumulator.rs` |
//!
//! The engine gathers the kept rows and columns into panels (`panel.rs`) and runs many
//! sums side by side (`kernel.rs`, `integer.rs`); within a sum nothing is reordered.

mod accumulator;
mod bf16;
mod integer;
mod kernel;
mod panel;

pub use accumulator::Accumulator;
pub use bf16::mac_bf16;

use crate::{Engine, GemmError, Host, Job, Kernel, MatMut, Policy, Scratch};

/// The golden model of all three formats.
///
/// Policies as on the array: a dropped m or n leaves its row or column of C alone; a
/// dropped k is skipped by gated and packed and multiplies +0 by +0 under dense, which
/// turns a sum of -0 into +0. A NaN that a sum has taken in or turned into is the
/// canonical quiet NaN, `0x7fc00000`; a NaN seed that meets no kept k stays as it is.
#[derive(Clone, Debug)]
pub struct GoldenEngine {
    accumulator: Accumulator,
    kernel: Kernel,
    overflows: u64,
}

impl GoldenEngine {
    /// An engine whose integer sums live in `accumulator` (of no meaning to bf16), on
    /// the fastest kernel of this CPU.
    pub fn new(accumulator: Accumulator) -> Self {
        Self {
            accumulator,
            kernel: Kernel::fastest(),
            overflows: 0,
        }
    }

    /// As [`GoldenEngine::new`] on a kernel chosen by name; all give the same bits.
    ///
    /// # Errors
    /// [`GemmError::Kernel`] if this CPU lacks the kernel's instructions.
    pub fn with_kernel(accumulator: Accumulator, kernel: Kernel) -> Result<Self, GemmError> {
        Ok(Self {
            kernel: kernel.checked()?,
            ..Self::new(accumulator)
        })
    }

    /// The accumulator of integer sums.
    pub fn accumulator(&self) -> Accumulator {
        self.accumulator
    }

    /// The kernel in use.
    pub fn kernel(&self) -> Kernel {
        self.kernel
    }

    /// Whether an integer sum left the accumulator's range since the last
    /// [`GoldenEngine::clear_overflows`]: the array's sticky flag. Only sums at kept
    /// m and n count.
    pub fn overflowed(&self) -> bool {
        self.overflows > 0
    }

    /// At how many steps it did.
    pub fn overflows(&self) -> u64 {
        self.overflows
    }

    /// Clears the flag and the count.
    pub fn clear_overflows(&mut self) {
        self.overflows = 0;
    }
}

/// The engine of an element type: what checks a batch of jobs, and what evaluates one and
/// counts the steps that overflowed.
macro_rules! golden_engine {
    ($element:ty, $check:expr, $product:expr) => {
        impl Engine<$element> for GoldenEngine {
            fn name(&self) -> &str {
                "golden"
            }

            fn host(&self) -> Host {
                Host {
                    kernel: self.kernel,
                    ..Host::default()
                }
            }

            fn run(
                &mut self,
                policy: Policy,
                jobs: &[Job<'_, $element>],
                outputs: &mut [MatMut<'_, <$element as crate::Element>::Acc>],
                scratch: &mut Scratch,
            ) -> Result<(), GemmError> {
                $check(self.accumulator, jobs, outputs)?;
                for job in jobs {
                    self.overflows += $product(self, policy, job, &mut outputs[job.c], scratch);
                }
                Ok(())
            }
        }
    };
}

golden_engine!(half::bf16, bf16::check, bf16::product);
golden_engine!(i8, integer::check, integer::product);
golden_engine!(i16, integer::check, integer::product);
