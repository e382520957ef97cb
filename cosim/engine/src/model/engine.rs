//! All blocks together, cycle by cycle.

use super::counts::Counts;
use super::expand::Expand;
use super::front::{Front, PLACES};
use super::job::Job;
use super::load::{Load, LoadIn};
use super::masks::Masks;
use super::memory::{Bus, Memory};
use super::queue::Queue;
use super::read::{Read, Request, To};
use super::sequence::{Sequence, SequenceIn};
use super::store::{Store, StoreIn};
use super::unpack::Unpack;
use super::write::Write;
use crate::descriptor::BYTES;
use crate::memory::Kind;
use crate::program::Program;
use crate::registers;
use crate::Sizes;

/// What the host writes, in the cycle in which it takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    Tail(u64),
    IrqStatus(u32),
    ClearError,
}

/// The engine and its memory.
#[derive(Clone, Debug)]
pub(super) struct Engine<'a> {
    sizes: &'a Sizes,
    program: &'a Program,
    jobs: Vec<Job>,
    tail: u64,
    /// Number of the first job that is not done.
    pub(super) head: u64,
    pub(super) irq_status: u32,
    /// The interrupt.
    pub(super) irq: bool,
    halted: bool,
    clears: bool,
    memory: Memory,
    read: Read,
    front: Front,
    masks: Masks,
    load: Load,
    unpack: Unpack,
    sequence: Sequence,
    /// Jobs whose sums are there, and that wait to be stored.
    ended: Queue<usize>,
    store: Store,
    /// Words of sums that are asked for.
    asked: Queue<usize>,
    expand: Expand,
    write: Write,
    /// A word of sums comes to expand.
    sum_comes: bool,
    counts: Counts,
}

/// Who is served by the read master.
#[derive(Clone, Copy, Debug, Default)]
struct Served {
    ring: bool,
    masks: bool,
    load: bool,
    request: Option<Request>,
}

impl<'a> Engine<'a> {
    pub(super) fn new(sizes: &'a Sizes, program: &'a Program, latency: u64) -> Self {
        Self {
            sizes,
            program,
            jobs: Job::all(sizes, program),
            tail: 0,
            head: 0,
            irq_status: 0,
            irq: false,
            halted: false,
            clears: false,
            memory: Memory::new(latency),
            read: Read::new(sizes),
            front: Front::default(),
            masks: Masks::default(),
            load: Load::new(sizes),
            unpack: Unpack::new(sizes),
            sequence: Sequence::new(sizes),
            ended: Queue::new(PLACES),
            store: Store::default(),
            asked: Queue::new(2),
            expand: Expand::new(sizes),
            write: Write::new(sizes),
            sum_comes: false,
            counts: Counts::default(),
        }
    }

    /// Nothing is under way.
    pub(super) fn is_idle(&self) -> bool {
        self.front.is_idle()
    }

    /// Whether a job is refused.
    pub(super) fn refuses(&self, number: usize) -> bool {
        self.jobs[number].refused
    }

    /// What was counted.
    pub(super) fn counters(&self) -> registers::Counters {
        let array = &self.sequence.array;
        self.counts.counters(&[
            ("jobs", self.head),
            ("macs", array.macs),
            ("gated", array.gated),
            ("rows_fetched", self.load.fetched),
            ("rows_skipped", self.load.skipped),
            ("bytes_read", self.read.bytes.iter().sum()),
            ("bytes_written", self.write.bytes),
        ])
    }

    /// Bytes read of a kind.
    pub(super) fn bytes_of(&self, kind: Kind) -> u64 {
        self.read.bytes[kind as usize]
    }

    fn is_low(&self, word: usize) -> bool {
        word < self.sizes.engine.sum_words / 2
    }

    /// A job may come that goes on with a run.
    fn more(&self) -> bool {
        let earlier =
            self.masks.offers().is_some() || self.front.more(self.tail) || !self.masks.is_ready();
        let earlier = earlier && !self.front.waits(&self.jobs);
        self.load.has_more() || earlier && !self.load.is_stuck()
    }

    /// Requests by priority: descriptors, masks, operands.
    fn serve(&self) -> Served {
        let ready = self.read.is_ready();
        if self.front.asks() {
            let request = Request {
                addr: self.program.slot(self.front.index),
                bytes: BYTES as u64,
                to: To::Ring,
                kind: Kind::Descriptors,
            };
            return Served {
                ring: ready,
                request: Some(request).filter(|_| ready),
                ..Served::default()
            };
        }
        if let Some(request) = self.masks.asks(&self.jobs) {
            return Served {
                masks: ready,
                request: Some(request).filter(|_| ready),
                ..Served::default()
            };
        }
        let request = self.load.asks(&self.jobs);
        Served {
            load: ready && request.is_some(),
            request: request.filter(|_| ready),
            ..Served::default()
        }
    }

    /// A cycle.
    pub(super) fn step(&mut self, written: Option<Written>) {
        let now = self.sequence.now(&self.jobs, || self.more());
        let write = self.unpack.write();
        let meets = |word: usize| self.is_low(word) == self.is_low(write.addr);
        let refused = write.valid && write.sums && now.writes.is_some_and(meets);
        let ready = !refused;
        let event = self.unpack.event(ready);
        // Memory and the read master.
        let r = self.memory.beat().filter(|_| self.read.r_ready());
        let bus = Bus {
            ar: self.read.ar(),
            r: r.is_some(),
            w_last: self.write.w_last(),
            b: self.memory.answers(),
        };
        let beat = self.read.beat();
        let of = |to: To| beat.filter(|beat| beat.to == to);
        let for_unpack = of(To::Load).map(|beat| beat.skip);
        let taken = match for_unpack {
            Some(skip) => self.unpack.takes(skip),
            None => beat.is_some(),
        };
        let comes = |to: To| of(to).is_some_and(|beat| beat.last);
        let (filled, mask) = (comes(To::Ring), comes(To::Masks));
        let served = self.serve();
        // Jobs from stage to stage.
        let checked = self.front.offers(&self.jobs);
        let checked = checked.filter(|_| self.masks.is_ready());
        let walked = self.masks.offers().filter(|_| self.load.is_ready());
        let handed = self.load.offers(&self.jobs);
        let handed = handed.filter(|_| self.sequence.is_ready());
        let ended = now.done.filter(|_| self.ended.has_room());
        let stores = self.store.is_ready(self.halted);
        let stored = self.ended.oldest().copied().filter(|_| stores);
        let done = self.store.is_done();
        // Orders and words.
        let order_ready = self.unpack.order_ready();
        let order = self.load.orders(&self.jobs).filter(|_| order_ready);
        let row_ready = self.expand.order_ready();
        let row = self.store.orders(&self.jobs).filter(|_| row_ready);
        let asks = self.store.reads().filter(|_| self.asked.has_room());
        let asked = self.asked.oldest().copied();
        let asked = asked.filter(|_| self.expand.sum_ready());
        let free = |word: &usize| {
            let own = now.reads.map(|own| self.is_low(own));
            own != Some(self.is_low(*word))
        };
        let sum_read = asked.filter(free).is_some();
        let run = self.expand.run().filter(|_| self.write.run_ready());
        let word = self.expand.word().filter(|_| self.write.word_ready());
        let idle = self.expand.is_idle() && self.write.is_idle();
        self.count(&now.cause);
        self.registers(written, done);

        self.memory.clock(&bus);
        self.read.clock(served.request, taken, r);
        let left = ended.is_some();
        let moves = [served.ring, filled, checked.is_some(), left, done];
        self.front.clock(self.tail, moves);
        self.masks
            .clock(&self.jobs, checked, (served.masks, mask), walked.is_some());
        let load = LoadIn {
            job: walked,
            order_ready,
            req_ready: served.load,
            job_ready: handed.is_some(),
            a_done: self.sequence.beats.free,
            b_free: self.sequence.weights.free,
            done,
        };
        self.load.clock(&self.jobs, &load);
        self.unpack.clock(&self.jobs, ready, for_unpack, order);
        let sequence = SequenceIn {
            job: handed,
            event,
            told: ended.is_some(),
            stored: done,
        };
        self.sequence.clock(self.sizes, &self.jobs, &now, &sequence);
        let store = StoreIn {
            job: stored,
            order_ready: row_ready,
            sum_ready: asks.is_some(),
            idle,
        };
        if stored.is_some() {
            self.ended.pop();
        }
        if let Some(job) = ended {
            self.ended.push(job);
        }
        self.store.clock(&self.jobs, &store);
        let went = (run.is_some(), word.is_some());
        self.expand.clock(&self.jobs, went, row, self.sum_comes);
        self.sum_comes = sum_read;
        if sum_read {
            self.asked.pop();
        }
        if let Some(word) = asks {
            self.asked.push(word);
        }
        self.write.clock(run, word, bus.b);
        if let Some(Written::Tail(tail)) = written {
            self.tail = tail;
        }
    }

    fn count(&mut self, cause: &super::sequence::Cause) {
        let busy = self.front.more(self.tail) || !self.front.is_empty();
        if busy {
            self.counts.add(cause, self.store.is_busy());
        }
    }

    /// Head, error record and interrupt.
    fn registers(&mut self, written: Option<Written>, done: bool) {
        let mut happens = 0;
        let mut halts = false;
        if done {
            let job = &self.jobs[self.store.job];
            halts = job.refused && !self.halted;
            if halts {
                happens |= registers::ERROR;
            }
            if job.irq && !job.refused {
                happens |= registers::DONE;
            }
        }
        let cleared = match written {
            Some(Written::IrqStatus(bits)) => bits,
            _ => 0,
        };
        self.halted = halts || self.halted && !self.clears;
        self.clears = written == Some(Written::ClearError);
        self.irq_status = happens | self.irq_status & !cleared;
        self.irq = self.irq_status != 0;
        self.head += u64::from(done);
    }
}
