//! Files that a person names, and the signals that end work on them.
//!
//! - [`read()`], [`read_text`]: input of a bounded size, from files, pipes and standard input,
//!   that a signal ends; [`safetensors_header`]: of such a file no more than its header;
//! - [`Outputs`], [`Destination`]: output that is checked before the work and complete or
//!   absent after it, whatever its path leads to;
//! - [`InputError`]: a value that is not possible, with what would be right;
//! - [`Claim`]: a file that one run at a time may write;
//! - [`Scratch`]: a temporary folder that the next run removes if this one is killed;
//! - [`interrupt`]: SIGINT, SIGTERM and SIGHUP as one flag;
//! - [`shown`] and its like: text from elsewhere, fit for a terminal.
#![deny(missing_docs)]

mod claim;
mod destination;
mod error;
mod input;
pub mod interrupt;
mod outputs;
mod place;
mod read;
mod safetensors;
mod stream;
mod temporary;
mod text;

pub use claim::Claim;
pub use destination::{Destination, Outside, Prepared};
pub use error::FileError;
pub use input::InputError;
pub use outputs::{make_folder, Outputs};
pub use read::{open_regular, read, read_text, Limit};
pub use safetensors::{safetensors_header, SAFETENSORS_PREFIX, WRITE_SAFETENSORS_AGAIN};
pub use temporary::Scratch;
pub use text::{is_hidden, shown, shown_json, shown_lines, shown_path};

#[cfg(test)]
mod testing {
    use std::path::Path;

    /// Makes a named pipe.
    pub fn fifo(path: &Path) {
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mkfifoat(rustix::fs::CWD, path, mode).expect("a named pipe");
    }
}
