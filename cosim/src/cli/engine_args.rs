//! The flags that say what evaluates the products of a training run.

use super::choice::choice;
use super::numbers::{whole, MAX_THREADS};
use crate::CosimError;
use heddle_files::InputError;
use heddle_format::Format;
use heddle_gemm::{Accumulator, Bf16Edge, CpuEngine, Engine, GoldenEngine, Kernel};
use heddle_toolbox::memory;

/// What evaluates the matrix products.
#[derive(Clone, Debug, clap::Args)]
pub struct EngineArgs {
    /// cpu (f32, fast) or golden (bf16 operands with f32 sums, bit for bit as the array
    /// computes)
    #[arg(long, value_name = "ENGINE", default_value = "cpu", value_parser = ["cpu", "golden"])]
    engine: String,
    /// Threads of the engine cpu; they do not change results [default: 1]
    #[arg(long, value_name = "N", value_parser = whole(1, MAX_THREADS))]
    threads: Option<usize>,
    /// Instructions to use: avx512, avx2 or portable; each has its own rounding
    /// [default: the fastest that this CPU has]
    #[arg(long, value_name = "KERNEL", value_parser = choice::<Kernel>())]
    kernel: Option<Kernel>,
}

impl EngineArgs {
    /// Threads of the engine.
    pub fn threads(&self) -> usize {
        self.threads.unwrap_or(1)
    }

    /// The kernel set.
    pub fn kernel(&self) -> Kernel {
        self.kernel.unwrap_or_else(Kernel::fastest)
    }

    /// The engine.
    ///
    /// # Errors
    /// [`CosimError::Gemm`] if this CPU lacks the kernel's instructions or the system does not
    /// start the threads, [`CosimError::Memory`] if it has none for them,
    /// [`CosimError::Input`] for threads of an engine that has none.
    pub fn engine(&self) -> Result<Box<dyn Engine<f32>>, CosimError> {
        Ok(match (self.engine.as_str(), self.threads) {
            ("golden", Some(threads)) => {
                let remedy = "the engine golden has one thread: leave it out";
                return Err(InputError::new("--threads", threads, remedy).into());
            }
            ("golden", None) => {
                let accumulator = Accumulator::of(Format::Bf16);
                let golden = GoldenEngine::with_kernel(accumulator, self.kernel())?;
                Box::new(Bf16Edge::new(golden))
            }
            (_, threads) => {
                let threads = threads.unwrap_or(1);
                memory::check_threads(threads)?;
                Box::new(CpuEngine::with(self.kernel(), threads)?)
            }
        })
    }
}
