//! A child process that ends with this one, with all that it started.
//!
//! Whoever is killed by SIGKILL cannot end its children. So each child is in a process
//! group with a watcher, a shell that waits for the end of its input. That end comes when
//! this process is gone, however it went; the watcher then kills the group. While the
//! watcher lives its number is that of the group, so no other group can be meant.

use rustix::process::{kill_process_group, Pid, Signal};
use std::io;
use std::os::unix::process::CommandExt;
use std::process::{self, Command, ExitStatus, Stdio};

/// What the watcher runs. Nothing is ever written to its input.
const WATCH: &str = "read -r line; kill -KILL 0";

/// A running child in a process group of its own. Dropped, it ends, and its children too.
#[derive(Debug)]
pub struct Child {
    child: process::Child,
    watcher: Option<process::Child>,
    ended: bool,
}

impl Child {
    /// Starts `command`. Without a shell on this machine nothing watches over the child,
    /// which is then only ended by being dropped.
    ///
    /// # Errors
    /// Those of [`Command::spawn`].
    pub fn spawn(command: &mut Command) -> io::Result<Self> {
        let mut watcher = Command::new("/bin/sh")
            .args(["-c", WATCH])
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .ok();
        let group = watcher.as_ref().map_or(0, |watcher| watcher.id() as i32);
        match command.process_group(group).spawn() {
            Ok(child) => Ok(Self {
                child,
                watcher,
                ended: false,
            }),
            Err(error) => {
                if let Some(watcher) = &mut watcher {
                    let _ = watcher.kill();
                    let _ = watcher.wait();
                }
                Err(error)
            }
        }
    }

    /// The process, for its pipes.
    pub fn process(&mut self) -> &mut process::Child {
        &mut self.child
    }

    /// How the child ended, if it has. What it started and left behind ends then.
    ///
    /// # Errors
    /// Those of [`process::Child::try_wait`].
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        let status = self.child.try_wait()?;
        if status.is_some() {
            self.ended = true;
            self.end();
        }
        Ok(status)
    }

    /// Waits for the end of a child that is about to end by itself.
    ///
    /// # Errors
    /// Those of [`process::Child::wait`].
    pub fn wait(&mut self) -> io::Result<ExitStatus> {
        let status = self.child.wait()?;
        self.ended = true;
        self.end();
        Ok(status)
    }

    /// Ends the child and all of its group.
    pub fn end(&mut self) {
        // A group without a watcher may be another's once the child is waited for.
        let leader = match &self.watcher {
            Some(watcher) => Some(watcher.id()),
            None => (!self.ended).then(|| self.child.id()),
        };
        if let Some(group) = leader.and_then(|id| Pid::from_raw(id as i32)) {
            // The group may be gone already; then there is nothing to end.
            let _ = kill_process_group(group, Signal::KILL);
        }
        if let Some(mut watcher) = self.watcher.take() {
            let _ = watcher.wait();
        }
        if !self.ended {
            let _ = self.child.wait();
            self.ended = true;
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.end();
    }
}
