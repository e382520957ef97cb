//! Whether an FST file is complete: Verilator's writers do not say when a disk is full.
//!
//! A file is a chain of blocks, each a byte for its kind and, big-endian, the bytes from there
//! on. The header comes first and is written again at the end; one that was begun has the kind
//! 255 until it is complete.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

const HEADER: u8 = 0;
const GEOMETRY: u8 = 3;
/// Names: compressed by gzip, LZ4, or LZ4 twice.
const HIERARCHY: [u8; 3] = [4, 6, 7];
const UNFINISHED: u8 = 255;

/// Whether the file at `path` can be read and is whole.
pub(crate) fn is_whole(path: &Path) -> bool {
    kinds(path).is_ok_and(|kinds| {
        kinds.first() == Some(&HEADER)
            && kinds.contains(&GEOMETRY)
            && kinds.iter().any(|kind| HIERARCHY.contains(kind))
            && !kinds.contains(&UNFINISHED)
    })
}

/// The kinds of the blocks, which must fill the file.
fn kinds(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    let end = file.metadata()?.len();
    let mut kinds = Vec::new();
    let mut at = 0;
    while at < end {
        let mut block = [0; 9];
        file.read_exact_at(&mut block, at)?;
        let [kind, length @ ..] = block;
        let length = u64::from_be_bytes(length);
        at = at.saturating_add(1).saturating_add(length);
        if length < 8 || at > end {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        kinds.push(kind);
    }
    Ok(kinds)
}
