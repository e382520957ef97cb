//! Where the next word is, and which slots are free again.

use super::*;

impl WeightWalker {
    /// Where the next word is.
    pub(super) fn places(
        &self,
        m: &mut Body,
        turn: &Turn,
        beat: Option<&Beat>,
        word_last: Expr,
        slot_up: Expr,
        end: Option<Expr>,
    ) {
        let config = &self._config;
        let has_os = config.has_os();
        let os = self.os_q.or(has_os);
        let (fire, start) = (turn.fire.clone(), turn.start.clone());
        m.note("The first word of the block; of the next job when it begins.");
        let mut base = e(&self.base_q);
        if let Some(end) = &end {
            base = select(turn.done.clone() & os.clone(), end.clone(), base);
        }
        if let Some(beat) = beat {
            let ends = fire.clone() & !os.clone() & beat.block_last.clone();
            base = select(ends, slot_up.clone(), base);
        }
        let base = m.wire("base", "first word of the block that is next", base);
        m.reg(&self.base_q, e(true), base.clone());
        if let Some(end) = end {
            m.reg(
                &self.end_q,
                e(true),
                select(start.clone(), base.clone(), end),
            );
        }
        m.note("The slot that is read next.");
        let ws_walk = beat.map(|beat| {
            let back = beat.round.clone() & !beat.block_last.clone();
            select(back, &self.base_q, slot_up.clone())
        });
        let os_walk = has_os.then(|| {
            let up = select(turn.k_last.clone(), &self.base_q, slot_up);
            select(e(&self.tiles.turn_last_o), up, &self.walk_q)
        });
        let walk = either(&os, os_walk, ws_walk);
        let moves = m.wire("moves", "another word comes", start.clone() | fire.clone());
        m.reg(
            &self.walk_q,
            moves.clone(),
            select(start.clone(), base, walk),
        );
        m.note("The word of the slots.");
        let zero = lit(0, self.word_q.len());
        let up = plus(&self.word_q, 1);
        let ws_word = beat.map(|beat| {
            let next = select(beat.block_last.clone(), zero.clone(), up.clone());
            select(beat.round.clone(), next, &self.word_q)
        });
        let os_word = has_os.then(|| {
            let on = select(e(&self.tiles.n_last_o) | word_last, zero.clone(), up);
            let next = select(e(&self.tiles.filler_o), &self.word_q, on);
            let next = m.wire("next_word", "of the tile behind this one", next);
            let turn_last = e(&self.tiles.turn_last_o);
            let again = turn_last.clone() & !turn.k_last.clone();
            let on = start.clone() | (fire.clone() & turn_last & turn.k_last.clone());
            let first = select(start.clone(), zero.clone(), next.clone());
            m.reg(&self.word_first_q, on, first);
            select(again, &self.word_first_q, next)
        });
        let word = either(&os, os_word, ws_word);
        m.reg(
            &self.word_q,
            moves.clone(),
            select(start.clone(), zero, word),
        );
        if let Some(beat) = beat {
            let zero = lit(0, self.beat_q.len());
            let first = start.clone() | beat.last.clone();
            m.reg(
                &self.beat_q,
                moves.clone(),
                select(first, zero, plus(&self.beat_q, 1)),
            );
            m.reg(&self.have_q, moves, !(start | beat.block_last.clone()));
        }
        let mut at = fit(&self.word_q, self.walk_q.len());
        if has_os {
            let off = select(os, &self.off_q, lit(0, self.off_q.len()));
            at = at + off;
        }
        let at = around(m, "at", e(&self.walk_q), at, config.b_words());
        m.assign(&self.b_addr_o, at);
    }

    /// Tells which slots are free again.
    pub(super) fn tell(&self, m: &mut Body, turn: &Turn, beat: Option<&Beat>) {
        let has_os = self._config.has_os();
        let os = self.os_q.or(has_os);
        let bits = self.free_count_q.len();
        m.note("Slots are free when their block is done, chunks when the job is.");
        let (mut block, mut up) = (e(false), lit(0, bits));
        if let Some(beat) = beat {
            let ws = turn.fire.clone() & !os.clone();
            let done = ws.clone() & beat.block_last.clone();
            block = m.wire("block_done", "a block is done", done);
            up = m.wire("slots", "slots of the block so far", plus(&self.count_q, 1));
            let next = select(beat.round.clone(), lit(0, bits), up.clone());
            m.reg(&self.count_q, ws, next);
        }
        let (mut frees, mut count) = (block.clone(), up.clone());
        if has_os {
            let told = e(&self.done_any_q) & !block.clone();
            let told = m.wire("told", "a chunk is told", told);
            self.chunks(m, told.clone(), turn.done.clone() & os);
            frees = block.clone() | told;
            count = select(block, up, &self.done_size_q);
        }
        m.reg(&self.free_q, e(true), frees);
        m.reg(&self.free_count_q, e(true), count);
        m.assign(&self.free_o, &self.free_q);
        m.assign(&self.free_count_o, &self.free_count_q);
    }

    /// Chunks of a job that is done, one told after the other.
    pub(super) fn chunks(&self, m: &mut Body, told: Expr, done: Expr) {
        let seen = select(done.clone(), self.seen_now(), minus(&self.done_q, 1));
        m.reg(&self.done_q, done.clone() | told.clone(), seen);
        let left = done.clone() | !is(&self.done_q, 1);
        m.reg(&self.done_any_q, done.clone() | told, left);
        let each = fit(&self.k_kept_q, self.done_size_q.len());
        m.reg(&self.done_size_q, done, each);
    }

    /// A job's chunks when its last beat goes: all of them were begun before, or with it.
    pub(super) fn seen_now(&self) -> Expr {
        let begun = e(&self.chunk_q).is(&self.seen_q) & !self.tiles.filler_o.or(false);
        select(begun, plus(&self.seen_q, 1), &self.seen_q)
    }
}
