//! Traces: GEMM jobs with operands, seeds, masks and expected results in one
//! safetensors file, so that anything that can write tensors can feed the array.
//!
//! `docs/src/traces.md` specifies the format. [`TraceFile`] reads and validates it,
//! [`write`](fn@write) writes it, [`Recorder`] passes the jobs of a training run on to a [`Sink`],
//! [`random_jobs`] draws some, [`random_flow`] how they are laid onto the array, [`replay`] runs them on the array.
#![deny(missing_docs)]

mod error;
mod file;
mod header;
mod job;
pub mod random_flow;
pub mod random_jobs;
mod recorder;
pub mod replay;
mod sink;
mod write;

pub use error::TraceError;
pub use file::{Stray, TraceFile};
pub use job::{JobHeader, Operands, Tensors, TraceElement, TraceJob};
pub use recorder::{RecordOptions, Recorder, Selection};
pub use sink::{Expecting, Sink};
pub use write::write;

/// Metadata key of the format's version.
const VERSION_KEY: &str = "heddle.trace";
/// The version that is read and written.
const VERSION: &str = "1";
/// Metadata key of the job list.
const JOBS_KEY: &str = "heddle.jobs";
