//! Where output goes: looked at before the work, filled after it.
//!
//! | what is there | what happens |
//! |---|---|
//! | nothing, a regular file | a temporary file beside it is filled, synchronised and renamed; mode and owner stay |
//! | a symbolic link | what it leads to is written; the link stays |
//! | a file in a folder that takes no new ones | it is overwritten in place |
//! | a device, a named pipe, a socket, `/dev/stdout`, `/dev/fd/3`, `>(command)` | it is written to |
//! | `-` | standard output |
//! | a folder, no folder, no permission | an error, before the work |
//!
//! Of a file with several names (hard links) the others keep what they had.

use crate::place::{duplicate, parent, Place};
use crate::stream::{is_stop, stopped, Sink};
use crate::temporary::{file_in, sweep, Scratch};
use crate::{interrupt, FileError};
use rustix::fs::OFlags;
use rustix::io::Errno;
use std::fs::{self, File, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{fchown, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempPath;

/// A checked place for output.
#[derive(Debug)]
pub struct Destination {
    /// As it was named.
    named: PathBuf,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// A regular file, or nothing yet.
    File(PathBuf),
    /// Standard output, or what is another open descriptor or a device.
    Stream { file: File, descriptor: Option<u32> },
    /// A named pipe; it is opened when there is something to write.
    Fifo(PathBuf),
}

impl Destination {
    /// Follows `path` and makes sure that it can be written, without changing anything.
    ///
    /// # Errors
    /// [`FileError::Place`] or [`FileError::Write`], which name the path and what would be
    /// right.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        let failed = || FileError::writing(path);
        let stream = |file, descriptor| Kind::Stream { file, descriptor };
        let kind = match Place::find(path)? {
            Place::File { path: file, old } => {
                sweep(parent(&file));
                match old {
                    // opened and closed: whether it may be written is the system's to say
                    Some(_) => drop(File::options().write(true).open(&file).map_err(failed())?),
                    None => drop(file_in(parent(&file), 0o600).map_err(failed())?),
                }
                Kind::File(file)
            }
            Place::Descriptor(number) => stream(duplicate(number).map_err(failed())?, Some(number)),
            Place::Device(device) => {
                let file = File::options()
                    .write(true)
                    .custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits() as i32)
                    .open(device)
                    .map_err(failed())?;
                stream(file, None)
            }
            Place::Socket(socket) => {
                let end = UnixStream::connect(socket).map_err(failed())?;
                stream(File::from(OwnedFd::from(end)), None)
            }
            Place::Fifo(pipe) => {
                let flags = rustix::fs::Access::WRITE_OK;
                rustix::fs::access(&pipe, flags).map_err(|error| failed()(error.into()))?;
                Kind::Fifo(pipe)
            }
        };
        Ok(Self {
            named: path.to_owned(),
            kind,
        })
    }

    /// The path, as it was given.
    pub fn path(&self) -> &Path {
        &self.named
    }

    /// Whether it is written to rather than replaced: a pipe, a device, standard output.
    pub fn is_stream(&self) -> bool {
        !matches!(self.kind, Kind::File(_))
    }

    /// Whether it is standard output.
    pub fn is_standard_output(&self) -> bool {
        let descriptor = match &self.kind {
            Kind::Stream { descriptor, .. } => *descriptor,
            _ => None,
        };
        descriptor == Some(1)
    }

    /// The regular file that it is, or will be, without links.
    pub fn file(&self) -> Option<&Path> {
        match &self.kind {
            Kind::File(file) => Some(file),
            _ => None,
        }
    }

    /// [`Destination::fill`] with `bytes`.
    ///
    /// # Errors
    /// Likewise.
    pub fn write(&self, bytes: &[u8]) -> Result<(), FileError> {
        self.fill(|out| out.write_all(bytes))
    }

    /// Writes what `fill` writes. A file gets its name when it is complete and on the disk;
    /// after a failure it is as before. A reader that goes away before the end of a stream is
    /// no error: what it wanted, it has.
    ///
    /// # Errors
    /// [`FileError::Write`]; [`FileError::Cancelled`] if the stop flag is set while a stream
    /// takes nothing.
    pub fn fill(
        &self,
        fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), FileError> {
        match &self.kind {
            Kind::File(target) => prepare(target, fill)
                .and_then(|(temporary, file)| install(&file, &temporary, target))
                .map_err(|error| self.failed(error)),
            Kind::Stream { .. } | Kind::Fifo(_) => self.pour(fill),
        }
    }

    /// Puts `bytes` on the disk without giving them their name yet, so that several files can
    /// appear together. A stream gets them at the end.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub fn prepare<'a>(&'a self, bytes: &'a [u8]) -> Result<Prepared<'a>, FileError> {
        let made = match &self.kind {
            Kind::File(target) => Some(
                prepare(target, |out| out.write_all(bytes)).map_err(|error| self.failed(error))?,
            ),
            _ => None,
        };
        Ok(Prepared {
            made,
            bytes,
            destination: self,
        })
    }

    /// A place for another program or library to write a file to, which then becomes, or is
    /// copied to, the destination.
    ///
    /// # Errors
    /// [`FileError::Write`].
    pub fn outside(&self) -> Result<Outside<'_>, FileError> {
        let scratch = match &self.kind {
            Kind::File(target) => Scratch::within(parent(target)).or_else(|_| Scratch::new()),
            _ => Scratch::new(),
        };
        Ok(Outside {
            scratch: scratch.map_err(|error| self.failed(error))?,
            destination: self,
        })
    }

    fn pour(&self, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), FileError> {
        let attempt = || {
            let opened;
            let file = match &self.kind {
                Kind::Stream { file, .. } => file,
                Kind::File(path) | Kind::Fifo(path) => {
                    opened = open_pipe(path)?;
                    &opened
                }
            };
            let mut out = BufWriter::with_capacity(1 << 16, Sink(file));
            let filled = fill(&mut out).and_then(|()| out.flush());
            // what a failure left unwritten is not to be tried again
            let _ = out.into_parts();
            filled
        };
        match attempt() {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            done => done.map_err(|error| self.failed(error)),
        }
    }

    fn failed(&self, error: io::Error) -> FileError {
        match is_stop(&error) {
            true => FileError::Cancelled,
            // a dash says little in a message
            false if self.named == Path::new("-") => {
                FileError::writing(Path::new("standard output"))(error)
            }
            false => FileError::writing(&self.named)(error),
        }
    }
}

/// A complete file beside `target`, which is to have its name.
fn prepare(
    target: &Path,
    fill: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<(TempPath, File)> {
    let old = fs::symlink_metadata(target).is_ok();
    // Nobody is to read in the new file what was hidden in the old one.
    let mode = if old { 0o600 } else { 0o666 };
    let (temporary, file) = match file_in(parent(target), mode) {
        // the folder takes no new files; the old one may be overwritten
        Err(error) if old && !is_full(&error) => file_in(&std::env::temp_dir(), 0o600)?,
        made => made?,
    };
    let mut out = BufWriter::with_capacity(1 << 20, &file);
    fill(&mut out)?;
    out.flush()?;
    drop(out);
    file.sync_all()?;
    Ok((temporary, file))
}

/// Waits for a reader and opens a named pipe.
fn open_pipe(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options
        .write(true)
        .custom_flags(OFlags::NONBLOCK.bits() as i32);
    loop {
        match options.open(path) {
            Err(error) if Errno::from_io_error(&error) == Some(Errno::NXIO) => {
                if interrupt::is_set() {
                    return Err(stopped());
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            opened => return opened,
        }
    }
}

/// Makes the complete file `from`, open as `file`, the file `target`.
fn install(file: &File, from: &Path, target: &Path) -> io::Result<()> {
    let old = fs::symlink_metadata(target).ok();
    if let Some(old) = &old {
        if !old.is_file() {
            return Err(io::Error::other("something else has taken its place"));
        }
        let new = file.metadata()?;
        if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
            // Not everybody may give files away; the group alone is more often possible.
            let _ = fchown(file, Some(old.uid()), Some(old.gid()))
                .or_else(|_| fchown(file, None, Some(old.gid())));
        }
        file.set_permissions(Permissions::from_mode(old.mode() & 0o777))?;
    }
    file.sync_all()?;
    match fs::rename(from, target) {
        Ok(()) => {
            // The name is to be on the disk as well; not every file system can.
            let _ = File::open(parent(target)).and_then(|folder| folder.sync_all());
            Ok(())
        }
        // a folder that takes no new files, a file that is mounted by itself
        Err(error) if old.is_some() && is_fixed(&error) => {
            let mut to = File::options().write(true).truncate(true).open(target)?;
            io::copy(&mut File::open(from)?, &mut to)?;
            to.sync_all()
        }
        Err(error) => Err(error),
    }
}

/// Whether a rename failed because the name cannot be given to another file.
fn is_fixed(error: &io::Error) -> bool {
    [Errno::BUSY, Errno::PERM, Errno::ACCESS, Errno::XDEV]
        .iter()
        .any(|&errno| Errno::from_io_error(error) == Some(errno))
}

fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded)
}

/// A complete output without its name; see [`Destination::prepare`].
#[derive(Debug)]
pub struct Prepared<'a> {
    made: Option<(TempPath, File)>,
    bytes: &'a [u8],
    destination: &'a Destination,
}

impl Prepared<'_> {
    /// Gives it its name.
    ///
    /// # Errors
    /// [`FileError::Write`], [`FileError::Cancelled`].
    pub fn finish(self) -> Result<(), FileError> {
        match (self.made, self.destination.file()) {
            (Some((temporary, file)), Some(target)) => {
                install(&file, &temporary, target).map_err(|error| self.destination.failed(error))
            }
            _ => self.destination.write(self.bytes),
        }
    }
}

/// A file that somebody else writes; see [`Destination::outside`].
#[derive(Debug)]
pub struct Outside<'a> {
    scratch: Scratch,
    destination: &'a Destination,
}

impl Outside<'_> {
    /// Where it is to be written.
    pub fn path(&self) -> PathBuf {
        self.scratch.path().join("file")
    }

    /// Makes it the destination, or writes it there.
    ///
    /// # Errors
    /// [`FileError::Write`], [`FileError::Cancelled`].
    pub fn finish(self) -> Result<(), FileError> {
        let failed = |error| self.destination.failed(error);
        let path = self.path();
        let mut file = File::open(&path).map_err(failed)?;
        match &self.destination.kind {
            Kind::File(target) => install(&file, &path, target).map_err(failed),
            _ => self
                .destination
                .fill(|out| io::copy(&mut file, out).map(drop)),
        }
    }
}
