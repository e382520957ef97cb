//! Reading a file that somebody named: bounded in size, and never without end.

use crate::stream::{is_stop, Source};
use crate::FileError;
use rustix::fs::OFlags;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// How large a kind of file may be: several times what is known of its kind, so that a
/// wrong file is told and not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The kind, such as "a configuration".
    pub what: &'static str,
    /// Most bytes of one.
    pub bytes: u64,
}

const MIB: u64 = 1 << 20;

impl Limit {
    /// A configuration in TOML; a few hundred bytes are usual.
    pub const CONFIGURATION: Self = Self::new("a configuration", MIB);
    /// A manifest of a generated folder; some 20 kB are usual.
    pub const MANIFEST: Self = Self::new("a manifest", 16 * MIB);
    /// A Verilog file; netlists have tens of MB.
    pub const VERILOG: Self = Self::new("a Verilog file", 1024 * MIB);
    /// A cell library; the largest open ones have some 100 MB.
    pub const LIBERTY: Self = Self::new("a cell library", 2048 * MIB);
    /// A text to train on; the Penn Treebank has 5 MB, the One Billion Word benchmark 4 GB.
    pub const TEXT: Self = Self::new("a text", 6144 * MIB);
    /// A record of the program's own in JSON; some kB are usual.
    pub const RECORD: Self = Self::new("a record", 256 * MIB);

    /// A limit of `bytes` for `what`, a noun with its article.
    pub const fn new(what: &'static str, bytes: u64) -> Self {
        Self { what, bytes }
    }
}

/// Reads a file, a pipe, a device, or standard input (`-`, `/dev/stdin`).
///
/// # Errors
/// [`FileError::Read`], [`FileError::Unusable`] for a folder, a socket or a second reader
/// of standard input, [`FileError::TooLarge`] (a regular file's is known before any of it is
/// read), [`FileError::Cancelled`] if the stop flag is set meanwhile.
pub fn read(path: &Path, limit: Limit) -> Result<Vec<u8>, FileError> {
    let file = open(path)?;
    let failed = FileError::reading;
    let about = file.metadata().map_err(failed(path))?;
    let known = if about.is_file() { about.len() } else { 0 };
    if known > limit.bytes {
        return Err(too_large(path, limit, known, true));
    }
    let limit = Limit {
        bytes: limit.bytes.min(most(&about)),
        ..limit
    };
    let mut bytes = Vec::new();
    // one more, so that the end is found without another allocation
    bytes
        .try_reserve_exact(known as usize + 1)
        .map_err(|_| failed(path)(io::ErrorKind::OutOfMemory.into()))?;
    let mut source = Source(&file).take(limit.bytes.saturating_add(1));
    source
        .read_to_end(&mut bytes)
        .map_err(|error| match is_stop(&error) {
            true => FileError::Cancelled,
            false => failed(path)(error),
        })?;
    match bytes.len() as u64 {
        size if size > limit.bytes => Err(too_large(path, limit, size, false)),
        _ => Ok(bytes),
    }
}

/// Most bytes that are taken from what does not say how many it has: it may have no end,
/// and memory does.
fn most(about: &Metadata) -> u64 {
    let kind = about.file_type();
    if kind.is_file() {
        u64::MAX
    } else if kind.is_fifo() || kind.is_socket() {
        1024 * MIB
    } else {
        64 * MIB
    }
}

fn too_large(path: &Path, limit: Limit, size: u64, whole: bool) -> FileError {
    FileError::TooLarge {
        path: path.to_owned(),
        what: limit.what,
        size,
        whole,
        limit: limit.bytes,
    }
}

/// Reads a text in UTF-8; a byte order mark at its start is left out.
///
/// # Errors
/// As [`read`]; [`FileError::NotText`].
pub fn read_text(path: &Path, limit: Limit) -> Result<String, FileError> {
    let mut bytes = read(path, limit)?;
    if bytes.starts_with("\u{feff}".as_bytes()) {
        bytes.drain(..3);
    }
    String::from_utf8(bytes).map_err(|error| {
        let (before, rest) = error.as_bytes().split_at(error.utf8_error().valid_up_to());
        FileError::NotText {
            path: path.to_owned(),
            line: 1 + before.iter().filter(|&&byte| byte == b'\n').count(),
            byte: rest[0],
        }
    })
}

/// Opens a file whose parts are read by position.
///
/// # Errors
/// [`FileError::Read`]; [`FileError::Unusable`] for what has no positions: a pipe, a device,
/// a folder.
pub fn open_regular(path: &Path) -> Result<File, FileError> {
    let file = open(path)?;
    let about = file.metadata().map_err(FileError::reading(path))?;
    match about.is_file() {
        true => Ok(file),
        false => Err(FileError::Unusable {
            path: path.to_owned(),
            problem: "it is not a regular file, and parts of it are read in any order".into(),
            remedy: "write it to a disk first".into(),
        }),
    }
}

fn open(path: &Path) -> Result<File, FileError> {
    let failed = FileError::reading;
    let unusable = |problem: &str, remedy: &str| FileError::Unusable {
        path: path.to_owned(),
        problem: problem.into(),
        remedy: remedy.into(),
    };
    if path == Path::new("-") || path == Path::new("/dev/stdin") {
        static TAKEN: AtomicBool = AtomicBool::new(false);
        if TAKEN.swap(true, Ordering::Relaxed) {
            return Err(unusable(
                "standard input has been read already",
                "name another file",
            ));
        }
        let input = io::stdin().as_fd().try_clone_to_owned();
        return Ok(File::from(input.map_err(failed(path))?));
    }
    let kind = std::fs::metadata(path).map_err(failed(path))?.file_type();
    if kind.is_dir() {
        return Err(unusable("it is a folder", "name a file in it"));
    }
    if kind.is_socket() {
        return Err(unusable("it is a socket", "name a file or a pipe"));
    }
    File::options()
        .read(true)
        // a pipe that nobody writes to yet must not keep the program
        .custom_flags(OFlags::NONBLOCK.bits() as i32)
        .open(path)
        .map_err(failed(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const SMALL: Limit = Limit::new("a note", 10);

    #[test]
    fn what_fits_is_read_and_what_does_not_is_told_with_both_numbers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("note");
        fs::write(&path, "0123456789").unwrap();
        assert_eq!(read(&path, SMALL).unwrap(), b"0123456789");
        File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_len(10 << 30)
            .unwrap();
        let error = read(&path, SMALL).unwrap_err();
        assert!(error.is_bad_input());
        let message = error.to_string();
        assert!(
            message.contains("it has 10737418240 bytes, more than a note may have (10)"),
            "{message}"
        );
        for endless in ["/dev/zero", "/dev/urandom"] {
            let error = read(Path::new(endless), SMALL).unwrap_err().to_string();
            assert!(error.contains("at least 11 bytes"), "{error}");
        }
    }

    #[test]
    fn files_without_a_size_are_read_to_their_end() {
        let path = Path::new("/proc/self/status");
        assert!(!read(path, Limit::RECORD).unwrap().is_empty());
        assert_eq!(read(Path::new("/dev/null"), SMALL).unwrap(), b"");
    }

    #[test]
    fn folders_and_pipes_are_told_where_they_do_not_serve() {
        let folder = tempfile::tempdir().unwrap();
        let error = read(folder.path(), SMALL).unwrap_err().to_string();
        assert!(
            error.contains("it is a folder; name a file in it"),
            "{error}"
        );
        for path in [folder.path(), Path::new("/dev/null")] {
            assert!(open_regular(path).unwrap_err().is_bad_input());
        }
        let pipe = folder.path().join("pipe");
        crate::testing::fifo(&pipe);
        let error = open_regular(&pipe).unwrap_err().to_string();
        assert!(error.contains("not a regular file"), "{error}");
    }

    #[test]
    fn texts_lose_their_mark_and_say_where_they_are_no_utf8() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("text");
        fs::write(&path, b"\xef\xbb\xbfa\xef\xbb\xbf").unwrap();
        assert_eq!(read_text(&path, SMALL).unwrap(), "a\u{feff}");
        fs::write(&path, b"fine\nno\xff").unwrap();
        let error = read_text(&path, SMALL).unwrap_err().to_string();
        assert!(error.contains("text:2: byte 0xff is not UTF-8"), "{error}");
    }
}
