//! What differs between the mappings: which block a beat is of.

use super::*;

impl WeightWalker {
    /// Weight-stationary: a tile after the other, a block for some tiles.
    pub(super) fn stationary_weights(&self, m: &mut Body, word_last: &Expr) -> Beat {
        let config = &self._config;
        let left = e(&self.left_q);
        let bits = self.beat_q.len();
        let whole = |size: usize| lit(size as u128 - 1, bits);
        let (tiles, wide) = (&self.tiles, |q: &Reg<Bit>| fit(q, bits));
        let cols = select(e(&tiles.n_last_o), wide(&self.n_top_q), whole(config.cols));
        let rows = select(e(&tiles.r_last_o), wide(&self.r_top_q), whole(config.rows));
        let top = m.wire(
            "top",
            "the tile's last beat",
            select(left.clone(), cols, rows),
        );
        let last = m.wire(
            "beat_last",
            "the tile's last beat is next",
            e(&self.beat_q).is(top),
        );
        m.note("From the top a block is for tiles of a panel, from the left for tiles of rows.");
        let round = last.clone() & (!left.clone() | &tiles.panel_last_o);
        let round = m.wire("round", "another word of the slots is next", round);
        let end = select(left, &tiles.r_last_o, &tiles.panel_last_o);
        let block_last = round.clone() & (word_last.clone() | end);
        let block_last = m.wire("block_last", "the block ends", block_last);
        Beat {
            job_last: last.clone() & &tiles.last_o,
            last,
            round,
            block_last,
            begins: !e(&self.have_q),
        }
    }

    /// Output-stationary: chunks that all stay until the job is done; the word behind them when a job ends.
    pub(super) fn stationary_sums(
        &self,
        m: &mut Body,
        turn: &Turn,
        word_last: &Expr,
        k_kept: Expr,
        span: Expr,
    ) -> Expr {
        let tiles = &self.tiles;
        m.reg(&self.k_kept_q, turn.start.clone(), k_kept.clone());
        m.reg(&self.span_q, turn.start.clone(), span);
        m.note("Beats of the group's tiles that are left.");
        let turn_last = e(&tiles.turn_last_o);
        let rest = select(
            turn.k_last.clone(),
            &self.k_kept_q,
            minus(&self.k_left_q, 1),
        );
        let moves = turn.start.clone() | (turn.fire.clone() & turn_last.clone());
        let moves = m.wire("k_moves", "another k comes", moves);
        let left = select(turn.start.clone(), k_kept, rest);
        let left = m.wire(
            "next_left",
            "beats of the group's tiles that are left then",
            left,
        );
        m.reg(&self.k_left_q, moves.clone(), left.clone());
        m.reg(&self.k_last_q, moves, is(left, 1));
        m.note("The chunk of the next tile, and the word in it.");
        let stays = e(&tiles.filler_o);
        let again = turn_last.clone() & !turn.k_last.clone();
        let again = m.wire("again", "the group comes again", again);
        let on = turn.fire.clone() & turn_last & turn.k_last.clone();
        let on = m.wire("group_on", "another group comes", turn.start.clone() | on);
        let back = m.wire("columns_back", "column 0 is next", e(&tiles.n_last_o));
        let up = around_off(m, &self.off_q, &self.span_q);
        for (name, q, first_q, up) in [
            ("next_off", &self.off_q, &self.off_first_q, up),
            (
                "next_chunk",
                &self.chunk_q,
                &self.chunk_first_q,
                plus(&self.chunk_q, 1),
            ),
        ] {
            let zero = lit(0, q.len());
            let next = select(word_last.clone(), up, q);
            let next = select(back.clone(), zero.clone(), next);
            let next = select(stays.clone(), q, next);
            let next = m.wire(name, "of the tile behind this one", next);
            let first = |value: Expr| select(turn.start.clone(), zero.clone(), value);
            let moves = turn.start.clone() | turn.fire.clone();
            let value = select(again.clone(), first_q, next.clone());
            m.reg(q, moves, first(value));
            m.reg(first_q, on.clone(), first(next));
        }
        m.note("Chunks that are there, and the word behind them.");
        let end_up = around(
            m,
            "end_up",
            e(&self.end_q),
            e(&self.span_q),
            self._config.b_words(),
        );
        let end = select(turn.takes.clone(), end_up, &self.end_q);
        let end = m.wire("chunks_end", "the word behind the chunks", end);
        let seen = select(turn.takes.clone(), plus(&self.seen_q, 1), &self.seen_q);
        let seen = m.wire("seen", "chunks that are there", seen);
        let zero = lit(0, self.seen_q.len());
        m.reg(
            &self.seen_q,
            e(true),
            select(turn.start.clone(), zero, seen),
        );
        end
    }
}
