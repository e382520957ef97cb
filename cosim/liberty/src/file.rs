//! Files as texts: compressed ones, and those that begin with a byte order mark.

use crate::error::bad;
use crate::LibertyError;
use heddle_files::{shown_path, Limit};
use std::io::Read;
use std::path::Path;

/// Bytes of what a compressed file holds, at most.
const MOST: u64 = Limit::LIBERTY.bytes;

/// The text of the file at `path`. Bytes that are no UTF-8, which only comments hold, are
/// replaced.
///
/// # Errors
/// [`LibertyError::File`]; [`LibertyError::Bad`] if the file is damaged, too large or in
/// another encoding.
pub(crate) fn text(path: &Path) -> Result<String, LibertyError> {
    let what = shown_path(path);
    let mut bytes = heddle_files::read(path, Limit::LIBERTY)?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        let mut plain = Vec::new();
        flate2::read::MultiGzDecoder::new(bytes.as_slice())
            .take(MOST + 1)
            .read_to_end(&mut plain)
            .map_err(|error| bad(&what, format!("it does not decompress ({error})")))?;
        bytes = plain;
        if bytes.len() as u64 > MOST {
            let problem = format!("it holds more than {} MiB, compressed", MOST >> 20);
            return Err(bad(&what, problem));
        }
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(bad(&what, "it is UTF-16: save it as UTF-8"));
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    Ok(String::from_utf8_lossy(text).into_owned())
}
