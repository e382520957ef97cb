//! Reading and writing what may block: pipes, terminals, sockets, devices.
//!
//! Nothing here waits without looking at the stop flag.

use crate::interrupt;
use rustix::event::{poll, PollFd, PollFlags, Timespec};
use std::fs::File;
use std::io::{self, Read, Write};

/// How long a wait lasts before the flag is looked at.
const LOOK: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 50_000_000,
};

/// What a pipe takes at once without blocking when it says that it is ready (POSIX:
/// at least 512, Linux: 4096).
const AT_ONCE: usize = 4096;

/// The error that a set flag becomes within `std::io`.
#[derive(Debug, thiserror::Error)]
#[error("cancelled")]
struct Stopped;

/// Whether an I/O error says that the program is to stop.
pub(crate) fn is_stop(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<Stopped>())
}

pub(crate) fn stopped() -> io::Error {
    io::Error::other(Stopped)
}

/// Waits until `file` can be read (or written) without blocking.
fn wait(file: &File, flags: PollFlags) -> io::Result<()> {
    loop {
        match poll(&mut [PollFd::new(file, flags)], Some(&LOOK)) {
            Ok(0) | Err(rustix::io::Errno::INTR) if interrupt::is_set() => return Err(stopped()),
            Ok(0) | Err(rustix::io::Errno::INTR) => {}
            Ok(_) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
}

/// A file that is read with an eye on the flag.
pub(crate) struct Source<'a>(pub &'a File);

impl Read for Source<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if interrupt::is_set() {
                return Err(stopped());
            }
            wait(self.0, PollFlags::IN)?;
            match self.0.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                done => return done,
            }
        }
    }
}

/// A stream that is written with an eye on the flag: a set one ends the wait for a slow
/// reader, but not what can be written at once.
pub(crate) struct Sink<'a>(pub &'a File);

impl Write for Sink<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            wait(self.0, PollFlags::OUT)?;
            match self.0.write(&bytes[..bytes.len().min(AT_ONCE)]) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                done => return done,
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
