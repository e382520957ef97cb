//! From runs of bus words to bursts.

/// A run that is cut.
#[derive(Clone, Debug)]
pub(super) struct Cut {
    /// Words of the longest burst, a power of two, where bursts end.
    longest: u64,
    pub(super) busy: bool,
    first: bool,
    word: u64,
    /// Words behind the burst's first.
    left: u64,
}

/// A burst.
#[derive(Clone, Copy, Debug)]
pub(super) struct Burst {
    pub(super) beats: u64,
    /// First and last of its run.
    pub(super) first: bool,
    pub(super) last: bool,
}

impl Cut {
    pub(super) fn new(longest: u64) -> Self {
        Self {
            longest,
            busy: false,
            first: false,
            word: 0,
            left: 0,
        }
    }

    pub(super) fn burst(&self) -> Option<Burst> {
        let room = self.longest - (self.word & (self.longest - 1));
        let last = self.left < room;
        self.busy.then_some(Burst {
            beats: if last { self.left + 1 } else { room },
            first: self.first,
            last,
        })
    }

    /// Whether a run is taken if there is one; `ready` if a burst is.
    pub(super) fn is_ready(&self, ready: bool) -> bool {
        self.burst().is_none_or(|burst| ready && burst.last)
    }

    /// `run`: first word and number of words, of a run that is taken.
    pub(super) fn clock(&mut self, ready: bool, run: Option<(u64, u64)>) {
        let goes = self.burst().filter(|_| ready);
        if let Some((word, words)) = run {
            (self.busy, self.first) = (true, true);
            (self.word, self.left) = (word, words - 1);
        } else if let Some(burst) = goes {
            self.busy = !burst.last;
            self.first = false;
            self.word += burst.beats;
            self.left = self.left.wrapping_sub(burst.beats);
        }
    }
}
