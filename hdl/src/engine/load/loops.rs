//! The loops: blocks of rows, pieces of the rows of a block, rows.

use super::{At, Load, Row, State};
use crate::describe::{bits_to, e, lit, select, Body, Expr};
use crate::engine::numbers::product;

impl Load {
    /// The loops: blocks of rows, pieces of the rows of a block, rows.
    pub(super) fn loops(&self, m: &mut Body, at: &At, row: &Row, leaves: &Expr) {
        let (dim, config, engine) = (self.dim(), &self._config, self._config.engine());
        let in_b = row.state[State::B as usize].clone();
        let (next, moves) = (e(&self.row_q) + lit(1, dim), row.passes.clone());
        let moves = m.wire("moves", "the loops move on", moves);
        let new_block = row.last.clone() & row.last_piece.clone();
        let back = select(row.last_piece.clone(), next.clone(), &self.block_q);
        let next = select(row.last.clone(), back, next);
        m.note("Rows of a block, for each piece again; then the next block.");
        m.reg(
            &self.row_q,
            leaves.clone() | moves.clone(),
            select(leaves.clone(), lit(0, dim), next),
        );
        let enters = m.wire(
            "enters",
            "a block begins",
            leaves.clone() | (moves.clone() & new_block.clone()),
        );
        let from = select(leaves.clone(), lit(0, dim), &self.block_end_q);
        m.reg(&self.block_q, enters.clone(), from.clone());
        // The end is known a step later: as many rows as a block has, or as there are.
        let bits = dim.max(bits_to(config.rows)).max(16 + bits_to(config.cols)) + 1;
        let panel_bits = 16 + bits_to(config.cols);
        let panel = product(
            e(&self.job_q.panel),
            lit(config.cols as u128, panel_bits),
            panel_bits,
        );
        let all = lit((1 << dim) - 1, bits);
        let panel = select(e(&self.job_q.panel).any(), panel.wide(bits), all.clone());
        let size = select(
            at.is_nt.clone(),
            panel,
            select(
                at.is_tn.clone(),
                all.clone(),
                lit(config.rows as u128, bits),
            ),
        );
        let size = m.wire(
            "block_size",
            "rows of a block",
            select(in_b.clone(), size, all),
        );
        let end = e(&self.block_q).wide(bits + 1) + size.wide(bits + 1);
        let end = m.wire(
            "behind",
            "number of the row behind the block, if there are so many",
            end,
        );
        let rows = self.rows(at, &row.state);
        let end = select(
            rows.clone().wide(bits + 1).less_than(end.clone()),
            rows,
            end.slice(0, dim),
        );
        m.reg(&self.block_end_q, row.step[0].clone(), end);

        m.note("Pieces of a row: their elements, by their bounds where some are left out.");
        let pieces = enters | (moves.clone() & row.last.clone());
        let begins = leaves.clone() | (moves & new_block);
        let each = |each: usize| lit((engine.slot_words * each) as u128, dim + 1);
        let each = select(at.is_nt.clone(), each(config.rows), each(config.cols));
        let each = m.wire("each", "kept elements of a piece", each);
        let reach = select(begins.clone(), lit(0, dim + 1), &self.reach_q);
        m.reg(&self.reach_q, pieces.clone(), reach + each.clone());
        let piece = select(begins.clone(), lit(0, dim), e(&self.piece_q) + lit(1, dim));
        m.reg(&self.piece_q, pieces.clone(), piece);
        m.reg(
            &self.low_q,
            pieces,
            select(begins, lit(0, dim + 1), &self.high_q),
        );
        let along = select(at.is_nt.clone(), &self.job_q.k, &self.job_q.n).wide(dim + 1);
        let sum = e(&self.low_q) + each;
        let sum = select(along.clone().less_than(sum.clone()), along, sum);
        let masked = select(at.is_nt.clone(), &self.job_q.mask_k, &self.job_q.mask_n);
        let high = select(
            at.packed.clone() & masked,
            e(&self.bound_data_i).wide(dim + 1),
            sum,
        );
        m.reg(&self.high_q, row.step[1].clone(), high);
    }
}
