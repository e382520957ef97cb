//! The header of a safetensors file: its length in eight bytes, then JSON; the tensors follow.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// Bytes of the length that precedes the header.
pub const SAFETENSORS_PREFIX: u64 = 8;
/// The largest header that the format allows.
const MAX_HEADER: u64 = 100_000_000;
/// What to do with a file that is none.
pub const WRITE_SAFETENSORS_AGAIN: &str = "write the file again with a safetensors library";

/// Reads the JSON header of an open safetensors file, and no tensor. The inner error says what is wrong with the file,
/// and what would be right.
///
/// # Errors
/// [`io::Error`] if the file cannot be read.
pub fn safetensors_header(file: &File) -> io::Result<Result<Vec<u8>, (String, String)>> {
    let len = file.metadata()?.len();
    let mut prefix = [0; SAFETENSORS_PREFIX as usize];
    if len < SAFETENSORS_PREFIX {
        let problem = format!("it has only {len} bytes and is no safetensors file");
        return Ok(Err((problem, WRITE_SAFETENSORS_AGAIN.into())));
    }
    file.read_exact_at(&mut prefix, 0)?;
    let header = u64::from_le_bytes(prefix);
    if header > MAX_HEADER {
        let problem = format!("it is no safetensors file: its header would have {header} bytes");
        return Ok(Err((problem, WRITE_SAFETENSORS_AGAIN.into())));
    }
    if SAFETENSORS_PREFIX + header > len {
        let problem = format!(
            "it is truncated: it has {len} bytes, its header alone ends at {}",
            SAFETENSORS_PREFIX + header
        );
        return Ok(Err((problem, "copy or write the file again".into())));
    }
    let mut text = vec![0; header as usize];
    file.read_exact_at(&mut text, SAFETENSORS_PREFIX)?;
    Ok(Ok(text))
}
