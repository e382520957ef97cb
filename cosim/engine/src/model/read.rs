//! The read master.

use super::cut::{Burst, Cut};
use super::queue::Queue;
use crate::memory::Kind;
use crate::Sizes;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum To {
    Ring,
    Masks,
    Load,
}

/// A request for bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request {
    pub(super) addr: u64,
    pub(super) bytes: u64,
    pub(super) to: To,
    /// What they are.
    pub(super) kind: Kind,
}

/// A bus word that comes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Beat {
    pub(super) to: To,
    /// The last of its request.
    pub(super) last: bool,
    /// Bytes before the first of the request in its first word.
    pub(super) skip: u64,
}

/// Requests become bursts, of which so many are under way at most; their words come in order.
#[derive(Clone, Debug)]
pub(super) struct Read {
    bus: u64,
    requests: Queue<Request>,
    cut: Cut,
    /// Of the run that is cut.
    asked: Option<Request>,
    addresses: Queue<u64>,
    bursts: Queue<(Burst, To, u64)>,
    beats: Queue<bool>,
    inside: bool,
    /// Bytes asked for, by kind.
    pub(super) bytes: [u64; Kind::ALL.len()],
}

impl Read {
    pub(super) fn new(sizes: &Sizes) -> Self {
        let bus = sizes.engine.bus_bytes() as u64;
        Self {
            bus,
            requests: Queue::new(2),
            cut: Cut::new((4096 / bus).min(256)),
            asked: None,
            addresses: Queue::new(2),
            bursts: Queue::new(sizes.engine.reads),
            beats: Queue::new(2),
            inside: false,
            bytes: [0; Kind::ALL.len()],
        }
    }

    fn burst_goes(&self) -> bool {
        self.addresses.has_room() && self.bursts.has_room()
    }

    /// Whether a request is taken if there is one.
    pub(super) fn is_ready(&self) -> bool {
        self.requests.has_room()
    }

    /// Beats of the burst whose address is offered.
    pub(super) fn ar(&self) -> Option<usize> {
        self.addresses.oldest().map(|&beats| beats as usize)
    }

    /// Whether a beat is taken if it comes.
    pub(super) fn r_ready(&self) -> bool {
        self.beats.has_room()
    }

    /// The oldest word that came.
    pub(super) fn beat(&self) -> Option<Beat> {
        let &last = self.beats.oldest()?;
        let (burst, to, skip) = self.bursts.oldest()?;
        let begins = burst.first && !self.inside;
        Some(Beat {
            to: *to,
            last: last && burst.last,
            skip: if begins { *skip } else { 0 },
        })
    }

    /// A request, whether the oldest word is taken, and whether a beat that comes is the last of its burst.
    pub(super) fn clock(&mut self, request: Option<Request>, taken: bool, r: Option<bool>) {
        let idle = self.requests.is_empty() && !self.cut.busy && self.addresses.is_empty();
        if idle && request.is_none() && !taken && r.is_none() {
            return;
        }
        let goes = self.burst_goes();
        self.addresses.pop();
        let burst = self.cut.burst().filter(|_| goes);
        if taken {
            let last = self.beats.pop().unwrap_or(false);
            if last {
                self.bursts.pop();
            }
            self.inside = !last;
        }
        if let (Some(burst), Some(asked)) = (burst, self.asked) {
            self.addresses.push(burst.beats);
            self.bytes[asked.kind as usize] += burst.beats * self.bus;
            self.bursts.push((burst, asked.to, asked.addr % self.bus));
        }
        let next = match self.cut.is_ready(goes) {
            true => self.requests.pop(),
            false => None,
        };
        let run = next.map(|of| {
            let words = (of.addr % self.bus + of.bytes).div_ceil(self.bus);
            (of.addr / self.bus, words)
        });
        self.cut.clock(goes, run);
        self.asked = next.or(self.asked);
        if let Some(request) = request {
            self.requests.push(request);
        }
        if let Some(last) = r {
            self.beats.push(last);
        }
    }
}
