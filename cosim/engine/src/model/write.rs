//! The write master.

use super::cut::Cut;
use super::queue::Queue;
use crate::Sizes;

/// A run of bus words: the first one's address in words, and how many.
pub(super) type Run = (u64, u64);

/// Runs become bursts, each on the bus when its words are there.
#[derive(Clone, Debug)]
pub(super) struct Write {
    cut: Cut,
    bursts: Queue<u64>,
    /// Bytes of each word that are written.
    words: Queue<u64>,
    answers: Queue<()>,
    /// Words of the burst that leaves, or none leave.
    leaving: u64,
    /// Words of no burst that has begun.
    there: u64,
    /// Bytes that were written.
    pub(super) bytes: u64,
}

impl Write {
    pub(super) fn new(sizes: &Sizes) -> Self {
        Self {
            cut: Cut::new(16),
            bursts: Queue::new(2),
            words: Queue::new(32),
            answers: Queue::new(sizes.engine.writes),
            leaving: 0,
            there: 0,
            bytes: 0,
        }
    }

    pub(super) fn run_ready(&self) -> bool {
        self.cut.is_ready(self.bursts.has_room())
    }

    pub(super) fn word_ready(&self) -> bool {
        self.words.has_room()
    }

    pub(super) fn is_idle(&self) -> bool {
        !self.cut.busy && self.bursts.is_empty() && self.words.is_empty() && self.answers.is_empty()
    }

    /// Whether the last word of a burst is on the bus.
    pub(super) fn w_last(&self) -> bool {
        self.leaving == 1
    }

    /// A run and a word that are taken; whether an answer comes.
    pub(super) fn clock(&mut self, run: Option<Run>, word: Option<u64>, answer: bool) {
        if self.is_idle() && run.is_none() && word.is_none() {
            return;
        }
        let goes = self.bursts.has_room();
        let burst = self.cut.burst().filter(|_| goes);
        let free = self.leaving <= 1 && self.answers.has_room();
        let begins = self.bursts.oldest().copied();
        let begins = begins.filter(|&beats| free && beats <= self.there);
        if self.leaving > 0 {
            self.bytes += self.words.pop().unwrap_or(0);
            self.leaving -= 1;
        }
        if answer {
            self.answers.pop();
        }
        if let Some(beats) = begins {
            self.bursts.pop();
            self.answers.push(());
            self.leaving = beats;
            self.there -= beats;
        }
        if let Some(burst) = burst {
            self.bursts.push(burst.beats);
        }
        if let Some(bytes) = word {
            self.words.push(bytes);
            self.there += 1;
        }
        self.cut.clock(goes, run);
    }
}
