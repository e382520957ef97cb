//! What the flows share that run other programs: finding and running a tool, keeping what
//! was built, whose files to trust, and the machine's memory.
//!
//! | file | what is in it |
//! |------|---------------|
//! | `find.rs` | where a program is |
//! | `child.rs` | a child process that ends with this one, with all that it started |
//! | `run.rs` | running a tool: its log, cancellation, a limit of time |
//! | `key.rs` | the hash that names a built thing |
//! | `cache.rs` | the cache: locks, checksums, atomic installation |
//! | `trust.rs` | which folders and files nobody else can have written |
//! | `folders.rs` | where the cache is, and where tools can work |
//! | `memory.rs` | whether there is memory for what is to be done |
//! | `names.rs` | names and paths that mean the same in every tool's script |
//!
//! No path of the user's stands in a script. Tools work in a folder whose path means
//! nothing to a shell, make, Tcl, yosys or ABC ([`Cache::entry`] gives it), on files with
//! names of ours.

#![deny(missing_docs)]

mod cache;
mod child;
mod error;
mod find;
mod folders;
mod key;
pub mod memory;
pub mod names;
mod run;
mod trust;

pub use cache::{move_file, Cache, Cached};
pub use child::Child;
pub use error::ToolboxError;
pub use find::{in_project, named, on_path};
pub use folders::default_cache_dir;
pub use key::{sha256, Key};
pub use run::{is_cancelled, query, run_logged, Ended, Log};

/// A flag that, once set, makes whatever runs stop, kill its tools and clean up.
pub type Cancel = std::sync::Arc<std::sync::atomic::AtomicBool>;
