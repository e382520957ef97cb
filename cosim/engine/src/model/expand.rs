//! Sums become bus words: those of kept columns come to their places.

use super::job::{units_below, Job, N};
use super::pull::{Ask as Units, Pull};
use super::queue::Queue;
use super::windows::{Ask, Windows};
use super::write::Run;
use crate::Sizes;

/// Rows that wait.
const ROWS: usize = 4;
/// A run ends where addresses in bus words are a multiple of this.
const RUN: u64 = 16;

/// A row of C.
#[derive(Clone, Copy, Debug)]
pub(super) struct RowOrder {
    pub(super) job: usize,
    /// First byte.
    pub(super) addr: u64,
    /// Elements.
    pub(super) count: usize,
    /// Sums come, of kept columns only.
    pub(super) sums: bool,
    pub(super) packed: bool,
    /// Dropped columns are not written, or are zeros.
    pub(super) masked: bool,
    pub(super) zeros: bool,
}

impl RowOrder {
    fn has_mask(&self) -> bool {
        self.packed || self.masked || self.zeros
    }
}

/// A bus word.
#[derive(Clone, Copy, Debug)]
struct Word {
    last: bool,
    /// Its address in bus words.
    addr: u64,
    /// Units that take of a sum, and that are written.
    takes: usize,
    written: usize,
}

/// The stage.
#[derive(Clone, Debug)]
pub(super) struct Expand {
    /// Units of a bus word, bytes of a unit, units of a sum.
    bus: usize,
    operand: usize,
    each: usize,
    orders: Queue<RowOrder>,
    windows: Windows,
    /// Units of the row that were begun.
    begun: usize,
    /// Words that are begun, two stages up to the sums, words whose sums are there.
    words: Queue<Word>,
    stages: [Option<Word>; 2],
    joined: Queue<Word>,
    pull: Pull,
    /// Bytes of the word that is written, the run so far, the run that is told.
    out: Option<u64>,
    run: u64,
    run_addr: u64,
    req: Option<Run>,
}

impl Expand {
    pub(super) fn new(sizes: &Sizes) -> Self {
        Self {
            bus: sizes.engine.bus_bytes() / sizes.operand_bytes,
            operand: sizes.operand_bytes,
            each: sizes.sum_bytes / sizes.operand_bytes,
            orders: Queue::new(ROWS),
            windows: Windows::new(sizes, ROWS),
            begun: 0,
            words: Queue::new(2),
            stages: [None; 2],
            joined: Queue::new(2),
            pull: Pull::new(sizes),
            out: None,
            run: 0,
            run_addr: 0,
            req: None,
        }
    }

    pub(super) fn order_ready(&self) -> bool {
        self.orders.has_room() && self.windows.has_room()
    }

    /// Whether a word of sums may be asked for.
    pub(super) fn sum_ready(&self) -> bool {
        self.pull.is_ready()
    }

    pub(super) fn run(&self) -> Option<Run> {
        self.req
    }

    /// Bytes of the word that is written.
    pub(super) fn word(&self) -> Option<u64> {
        self.out
    }

    pub(super) fn is_idle(&self) -> bool {
        self.orders.is_empty()
            && self.words.is_empty()
            && self.stages.iter().all(Option::is_none)
            && self.joined.is_empty()
            && self.out.is_none()
            && self.req.is_none()
    }

    /// `run` and `word` are taken; a row is ordered; a word of sums comes.
    pub(super) fn clock(
        &mut self,
        jobs: &[Job],
        (run, word): (bool, bool),
        order: Option<RowOrder>,
        comes: bool,
    ) {
        if self.is_idle() && order.is_none() && !comes && self.pull.is_idle() {
            self.windows.clock(None, false);
            return;
        }
        let go = (self.out.is_none() || word) && (self.req.is_none() || run);
        let ranked = self.stages[1];
        let room = self.joined.has_room();
        let takes = ranked.filter(|of| room && self.pull.has(of.takes));
        let begun = match self.words.has_room() {
            true => self.begin(jobs),
            false => None,
        };
        let there = if go { self.joined.pop() } else { None };
        self.write(go, there, (run, word));
        if let Some(of) = takes {
            self.joined.push(of);
        }
        if ranked.is_none() || takes.is_some() {
            self.stages = [self.words.pop(), self.stages[0]];
        }
        let window = begun.as_ref().is_some_and(|(_, needs)| *needs);
        if let Some((word, _)) = begun {
            self.words.push(word);
        }
        let takes = takes.map(|of| Units {
            count: of.takes,
            last: of.last,
        });
        self.pull.clock(takes, comes);
        let ask = order.filter(RowOrder::has_mask).map(|order| Ask {
            first: 0,
            each: self.each,
            units: order.count * self.each,
        });
        self.windows.clock(ask, window);
        if let Some(order) = order {
            self.orders.push(order);
        }
    }

    /// The next word, and whether it takes a window.
    fn begin(&mut self, jobs: &[Job]) -> Option<(Word, bool)> {
        let order = *self.orders.oldest()?;
        let bytes = (self.bus * self.operand) as u64;
        let skip = (order.addr % bytes) as usize / self.operand;
        let units = order.count * self.each;
        let from = self.begun;
        let to = units.min((from + skip) / self.bus * self.bus + self.bus - skip);
        let (index, last) = ((from + skip) / self.bus, to == units);
        let extra = last && from > 0 && index >= units.div_ceil(self.bus);
        let needs = order.has_mask() && !extra;
        if needs && !self.windows.is_valid() {
            return None;
        }
        let below = jobs[order.job].below[N].as_ref();
        let kept = |unit: usize| below.map_or(unit, |below| units_below(below, 0, self.each, unit));
        let (all, some) = (to - from, kept(to) - kept(from));
        self.begun = if last { 0 } else { to };
        if last {
            self.orders.pop();
        }
        let word = Word {
            last,
            addr: order.addr / bytes + index as u64,
            takes: match (order.sums, order.packed) {
                (false, _) => 0,
                (true, true) => some,
                (true, false) => all,
            },
            written: if order.masked { some } else { all },
        };
        Some((word, needs))
    }

    /// Words, and their runs.
    fn write(&mut self, go: bool, there: Option<Word>, (run, word): (bool, bool)) {
        if !go {
            self.out = self.out.filter(|_| !word);
            self.req = self.req.filter(|_| !run);
            return;
        }
        (self.out, self.req) = (None, None);
        let Some(of) = there else { return };
        let some = of.written > 0;
        let ends = match some {
            true => of.last || of.addr % RUN == RUN - 1,
            false => self.run > 0,
        };
        if some {
            self.out = Some((of.written * self.operand) as u64);
            if self.run == 0 {
                self.run_addr = of.addr;
            }
            self.run += 1;
        }
        if ends {
            self.req = Some((self.run_addr, self.run));
            self.run = 0;
        }
    }
}
