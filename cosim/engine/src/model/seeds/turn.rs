//! What the walker of seeds does in a cycle, and where output-stationary runs end.

use super::{Seed, Seeds, AHEAD};
use crate::model::intake::Work;

/// What happens in a cycle.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::model) struct Turn {
    /// A seed goes; the first of a group; the last of its job.
    pub(super) fire: bool,
    pub(super) group: bool,
    pub(super) done: bool,
    /// It is known whether the run goes on, or ends.
    pub(super) on: bool,
    pub(super) ends: bool,
    /// An exchange goes that ends a run.
    pub(super) ending: bool,
    /// A job begins in the next cycle, or in this one, or passes.
    pub(super) begins: bool,
    pub(super) start: bool,
    pub(in crate::model) pass: bool,
    /// There was a run.
    pub(super) run: bool,
    /// The next job waits.
    pub(in crate::model) waits_stores: bool,
    pub(in crate::model) waits_c0: bool,
}

impl Seeds {
    /// Whether sums lie where those of a job are to be.
    fn clashes(&self, work: &Work) -> bool {
        let halves = work.halves.into_iter().zip(self.used);
        halves.into_iter().any(|(half, used)| half && used > 0)
    }

    /// Whether rows of a job may be in the array.
    fn meets(&self, work: &Work) -> bool {
        let within = |row: Option<u32>, top: usize| row.is_some_and(|row| top >= row as usize);
        within(self.last_row, work.top_next) || within(self.prev_row, work.top)
    }

    /// What happens; `more` tells whether jobs may come that go on with a run.
    pub(in crate::model) fn turn(&self, more: impl Fn() -> bool) -> Turn {
        let room = self.ahead < AHEAD;
        let fire = self.active && room;
        let os = self.work.os;
        let group = os && self.row == 0 && self.tiles.turn_first();
        let done = fire && self.is_last() && self.tiles.is_last();
        let mut turn = Turn {
            fire,
            group,
            done,
            ending: self.ending > 0 && room,
            start: self.begins,
            run: self.run,
            ..Turn::default()
        };
        let head = self.jobs.oldest();
        let clash = head.is_some_and(|work| self.clashes(work));
        let seeded = head.is_none_or(|work| !work.load_c0 || self.there > 0);
        let free = head.is_some_and(|work| work.resume || !clash);
        let between = !self.active && !self.begins && self.ending == 0;
        if self.edge {
            let unknown = self.stages[0].is_some_and(|seed| seed.group);
            let goes_on = |work: &Work| {
                let unable = match work.resume {
                    true => self.meets(work),
                    false => clash,
                };
                work.os && !unable
            };
            if !unknown {
                turn.on = head.is_some_and(|work| !work.empty && goes_on(work));
                turn.ends = match head {
                    Some(work) if work.empty => !(seeded && free),
                    Some(work) => !goes_on(work),
                    None => !(self.work.stay && more()),
                };
            }
        }
        let Some(work) = head else { return turn };
        let may = turn.on || between && !self.edge;
        turn.pass = work.empty && free && seeded && between;
        let next = !work.empty && may;
        turn.waits_stores = next && !free;
        turn.waits_c0 = next && free && !seeded;
        turn.begins = next && free && seeded;
        turn
    }

    /// What is known of the run, given the seed whose row was found.
    pub(super) fn runs(&mut self, turn: &Turn, found: Option<Seed>) {
        if turn.on || turn.ends {
            self.ends.push(turn.ends);
        }
        let decided = turn.on || turn.ends;
        self.edge = turn.done && self.work.os || self.edge && !decided;
        if turn.ends {
            self.ending = 2 * self.exchanges;
            self.run = false;
        } else if turn.ending {
            self.ending -= 1;
        }
        let group = found.filter(|seed| seed.group);
        if turn.ends {
            (self.last_row, self.prev_row) = (None, None);
        } else if let Some(seed) = group {
            self.prev_row = self.last_row;
            self.last_row = Some(seed.order);
        }
    }
}
