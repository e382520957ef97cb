//! Long work in independent pieces, on one machine or many.
//!
//! A *piece* has a name, a number and a seed of its own, so that its result does not depend on
//! which process computes it. A *shard* I/N has the pieces whose stable hash says so. Its results
//! are lines of JSON, under a temporary name until all are there. A *plan* names the work and the
//! number of tasks; each task is one shard, run here or as an element of a Slurm job array.
//!
//! | file | what is in it |
//! |------|---------------|
//! | `shard.rs` | which pieces a process has |
//! | `piece.rs` | pieces, their seeds |
//! | `header.rs` | what results were made with: equal headers, results that go together |
//! | `lines.rs` | results as lines of JSON: read, continued, made whole |
//! | `plan.rs` | plans in TOML |
//! | `run_folder.rs` | the folder of a run, and what it says of itself |
//! | `task.rs` | one task: a shard, watched over |
//! | `commands.rs` | pieces that are commands |
//! | `local.rs` | all tasks on this machine |
//! | `slurm.rs` | tasks as job arrays |
//! | `submit.rs` | what is built before, what is submitted, again after a failure |
//! | `status.rs` | how far a run is |
//! | `merge.rs` | results put together |
//! | `scaling.rs` | what another number of tasks would take |
#![deny(missing_docs)]

mod commands;
mod error;
mod header;
mod lines;
mod local;
mod merge;
mod piece;
mod plan;
mod run_folder;
mod scaling;
mod shard;
mod slurm;
mod status;
mod submit;
mod task;

pub use error::FarmError;
pub use header::{Header, Program, What};
pub use lines::{Line, Lines, Timing, Verdict};
pub use local::run_here;
pub use merge::{merge, merge_files, Merged, Unfit};
pub use piece::{piece_seed, Piece};
pub use plan::{Plan, Work, EXAMPLE};
pub use run_folder::{Array, RunFolder};
pub use scaling::{measured, predicted, Measured, Predicted};
pub use shard::{Shard, VARIABLES};
pub use slurm::Slurm;
pub use status::{status, Status, TaskState};
pub use submit::{cancel, resume, submit, wait, Engine, Submitted};
pub use task::{run_task, TaskRecord};
