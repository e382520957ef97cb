//! A few threads that share short tasks.
//!
//! The products of one time step take some 100 microseconds, which is little beside
//! waking a sleeping thread. The members of a [`Team`] therefore look out for work for
//! a moment before they sleep, the caller works as well, and nobody waits for a member
//! that comes late. Nothing is allocated per use. (Rayon wakes its threads for every
//! product that is started outside its pool, and allocates for every `spawn`.)

use crate::GemmError;
use std::any::Any;
use std::fmt;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// How often an idle member looks for work before it sleeps: some 100 microseconds.
const LOOKS: u32 = 3000;

/// The calling thread and some more. Clones are the same team.
#[derive(Clone, Default)]
pub struct Team {
    members: Option<Arc<Members>>,
}

struct Members {
    board: Arc<Board>,
    /// Held while the team works for one caller.
    busy: Mutex<()>,
    handles: Vec<JoinHandle<()>>,
}

/// What the members share.
#[derive(Default)]
struct Board {
    posted: Mutex<Posted>,
    wake: Condvar,
    /// Counts up with every notice.
    number: AtomicU64,
    /// The next task of the posted work.
    next: AtomicUsize,
    /// Members that work on it.
    inside: AtomicUsize,
}

#[derive(Default)]
struct Posted {
    work: Option<Work>,
    asleep: usize,
    closed: bool,
    panic: Option<Box<dyn Any + Send>>,
}

#[derive(Clone, Copy)]
struct Work {
    tasks: usize,
    run: &'static (dyn Fn(usize) + Sync),
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic of a task is passed on to the caller; no state is half-changed by it.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Board {
    fn member(&self) {
        let mut seen = 0;
        loop {
            let mut looks = 0;
            while self.number.load(Ordering::Acquire) == seen && looks < LOOKS {
                std::hint::spin_loop();
                looks += 1;
            }
            let mut posted = lock(&self.posted);
            while self.number.load(Ordering::Acquire) == seen {
                posted.asleep += 1;
                posted = self
                    .wake
                    .wait(posted)
                    .unwrap_or_else(PoisonError::into_inner);
                posted.asleep -= 1;
            }
            seen = self.number.load(Ordering::Acquire);
            if posted.closed {
                return;
            }
            let Some(work) = posted.work else { continue };
            self.inside.fetch_add(1, Ordering::AcqRel);
            drop(posted);
            let result = catch_unwind(AssertUnwindSafe(|| self.work(work)));
            if let Err(panic) = result {
                lock(&self.posted).panic = Some(panic);
            }
            self.inside.fetch_sub(1, Ordering::AcqRel);
        }
    }

    /// Runs tasks until none is left.
    fn work(&self, work: Work) {
        loop {
            let task = self.next.fetch_add(1, Ordering::Relaxed);
            if task >= work.tasks {
                return;
            }
            (work.run)(task);
        }
    }

    fn post(&self, change: impl FnOnce(&mut Posted)) {
        let mut posted = lock(&self.posted);
        change(&mut posted);
        self.number.fetch_add(1, Ordering::AcqRel);
        if posted.asleep > 0 {
            self.wake.notify_all();
        }
    }
}

impl Drop for Members {
    fn drop(&mut self) {
        self.board.post(|posted| posted.closed = true);
        for handle in self.handles.drain(..) {
            // A member's panics were passed on where they happened.
            let _ = handle.join();
        }
    }
}

impl Team {
    /// A team of `threads`, the calling one among them; 0 takes as many as the CPU
    /// runs at once.
    ///
    /// # Errors
    /// [`GemmError::Threads`] if the system does not start them all.
    pub fn new(threads: usize) -> Result<Self, GemmError> {
        let threads = match threads {
            0 => std::thread::available_parallelism().map_or(1, |n| n.get()),
            threads => threads,
        };
        let mut members = Members {
            board: Arc::default(),
            busy: Mutex::new(()),
            handles: Vec::new(),
        };
        for index in 1..threads {
            let board = members.board.clone();
            let spawned = std::thread::Builder::new()
                .name(format!("heddle-{index}"))
                .spawn(move || board.member());
            // Those that were started end with `members`.
            members
                .handles
                .push(spawned.map_err(|source| GemmError::Threads {
                    asked: threads,
                    started: index,
                    source,
                })?);
        }
        Ok(Self {
            members: (threads > 1).then(|| Arc::new(members)),
        })
    }

    /// Threads in the team, the caller's included.
    pub fn threads(&self) -> usize {
        1 + self.members.as_ref().map_or(0, |m| m.handles.len())
    }

    /// Runs `run(task)` for every task below `tasks`, in any order and on any thread,
    /// and returns when all are done. A team that is at work already (for another
    /// thread, or around this very call) leaves everything to the caller.
    ///
    /// # Panics
    /// If a task does.
    pub fn run(&self, tasks: usize, run: &(dyn Fn(usize) + Sync)) {
        let alone = || (0..tasks).for_each(run);
        let Some(members) = self.members.as_deref().filter(|_| tasks > 1) else {
            return alone();
        };
        let Ok(_busy) = members.busy.try_lock() else {
            return alone();
        };
        let board = &*members.board;
        // SAFETY: the reference outlives its use. Members take it from the board only
        // under the lock, counting themselves in; below it is taken off the board and
        // everyone inside is waited for, whether or not a task panicked, before `run`
        // can end.
        let run = unsafe {
            std::mem::transmute::<&(dyn Fn(usize) + Sync), &'static (dyn Fn(usize) + Sync)>(run)
        };
        let work = Work { tasks, run };
        board.next.store(0, Ordering::Release);
        board.post(|posted| posted.work = Some(work));
        let result = catch_unwind(AssertUnwindSafe(|| board.work(work)));
        lock(&board.posted).work = None;
        let mut looks = 0_u32;
        while board.inside.load(Ordering::Acquire) > 0 {
            looks += 1;
            if looks.is_multiple_of(1024) {
                std::thread::yield_now();
            }
            std::hint::spin_loop();
        }
        let panic = lock(&board.posted).panic.take();
        if let Some(panic) = result.err().or(panic) {
            drop(_busy);
            resume_unwind(panic);
        }
    }

    /// Gives every item to `work` on some thread. What an item's work does must not
    /// depend on the thread or the order, or else results would.
    pub fn for_each<I>(&self, items: I, work: impl Fn(I::Item) + Sync)
    where
        I: Iterator + Send,
    {
        if self.members.is_none() {
            return items.for_each(work);
        }
        let items = Mutex::new(items);
        self.run(self.threads(), &|_| loop {
            let item = lock(&items).next();
            match item {
                Some(item) => work(item),
                None => return,
            }
        });
    }
}

impl fmt::Debug for Team {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Team({})", self.threads())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_runs_once() {
        for threads in [1, 2, 3, 7] {
            let team = Team::new(threads).unwrap();
            assert_eq!(team.threads(), threads);
            for round in 0..200 {
                let counts: Vec<_> = (0..round % 40).map(|_| AtomicUsize::new(0)).collect();
                team.run(counts.len(), &|task| {
                    counts[task].fetch_add(1, Ordering::Relaxed);
                });
                assert!(counts.iter().all(|c| c.load(Ordering::Relaxed) == 1));
            }
        }
    }

    #[test]
    fn items_are_given_out_once() {
        let mut values = vec![0_u32; 1000];
        let team = Team::new(3).unwrap();
        team.for_each(values.chunks_mut(7).enumerate(), |(i, chunk)| {
            chunk.iter_mut().for_each(|value| *value += i as u32 + 1);
        });
        assert!((0..1000).all(|i| values[i] == i as u32 / 7 + 1));
    }

    #[test]
    fn a_team_at_work_leaves_inner_work_to_the_caller() {
        let (team, count) = (Team::new(2).unwrap(), AtomicUsize::new(0));
        team.run(4, &|_| {
            team.run(5, &|_| {
                count.fetch_add(1, Ordering::Relaxed);
            });
        });
        assert_eq!(count.into_inner(), 20);
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_team_goes_on() {
        let team = Team::new(2).unwrap();
        for bad in 0..4 {
            let result = catch_unwind(AssertUnwindSafe(|| {
                team.run(4, &|task| assert_ne!(task, bad, "as wanted"));
            }));
            assert!(result.is_err());
        }
        let count = AtomicUsize::new(0);
        team.run(9, &|_| {
            count.fetch_add(1, Ordering::Relaxed);
        });
        assert_eq!(count.into_inner(), 9);
    }
}
