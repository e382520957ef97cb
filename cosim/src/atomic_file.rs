//! Files that appear under their name only when they are complete.

use crate::CosimError;
use heddle_files::Destination;
use std::io::{self, Write};
use std::path::Path;

/// Writes what `fill` writes to `path`, whatever that leads to.
pub(crate) fn write(
    path: &Path,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), CosimError> {
    Ok(Destination::open(path)?.fill(fill)?)
}
