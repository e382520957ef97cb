//! The row at hand: its address, its order, its request.

use super::{At, Load, Row, State, WORD_BITS};
use crate::describe::{concat, e, lit, select, Body};
use crate::engine::numbers::{fit, fit_named, product};

impl Load {
    /// The row's number, and its address.
    pub(super) fn address(&self, m: &mut Body, at: &At, row: &Row) {
        let (dim, engine) = (self.dim(), self._config.engine());
        let (job, kept) = (&self.job_q, &self.kept_q);
        let [_, _, in_a, _, in_c0, _, in_b] = row.state.clone();
        let index = self._config.index_bits();
        let number = e(&self.row_q).slice(0, index);
        m.assign(&self.list_m_addr_o, concat([e(&job.slot), number.clone()]));
        m.assign(
            &self.list_row_addr_o,
            concat([e(&job.slot).slice(0, 1), number]),
        );
        let piece = e(&self.piece_q) + lit(1, dim);
        let bounds = self._config.bound_bits();
        let piece = fit_named(m, "next_piece", "number of the next piece", piece, bounds);
        m.assign(
            &self.bound_addr_o,
            concat([e(&job.slot).slice(0, 1), piece]),
        );
        m.note("Where there is no list, a row has its number, and is kept and fresh.");
        let by_row = in_b.clone() | (in_a.clone() & at.is_tn.clone());
        let by_row = m.wire("by_row", "the list is that of rows of B", by_row);
        let entry = select(
            by_row.clone(),
            e(&self.list_row_data_i).slice(0, index).wide(dim),
            e(&self.list_m_data_i).slice(0, index).wide(dim),
        );
        let keep = select(
            by_row.clone(),
            e(&self.list_row_data_i).bit(index),
            e(&self.list_m_data_i).bit(index),
        );
        let bias = in_c0.clone() & &job.bias;
        let listed = select(by_row, &kept.listed_row, &kept.listed_m) & !bias.clone();
        let listed = m.wire("listed", "there is a list", listed);
        let number = select(bias.clone(), lit(0, dim), &self.row_q);
        m.reg(
            &self.index_q,
            row.step[1].clone(),
            select(listed.clone(), entry, number),
        );
        m.reg(&self.keep_q, row.step[1].clone(), keep | !listed.clone());
        let fresh = e(&self.list_m_data_i).bit(index + 1) | !listed;
        m.reg(&self.pass_q, row.step[1].clone(), in_c0.clone() & !fresh);

        m.note("Bytes from the base to the row, then its first byte.");
        let addr = engine.addr_bits;
        let stride = select(
            in_b.clone(),
            &job.b_stride,
            select(in_a.clone(), &job.a_stride, &job.c0_stride),
        );
        let offset = fit_named(
            m,
            "offset",
            "bytes from the base to the row",
            product(e(&self.index_q), stride, dim + 32),
            addr,
        );
        m.reg(&self.offset_q, row.step[2].clone(), offset);
        let base = select(
            in_b.clone(),
            &job.b,
            select(in_a.clone(), &job.a, &job.c0_base),
        );
        let operand = self._config.operand_bytes().trailing_zeros() as usize;
        let along = match operand {
            0 => e(&self.low_q).wide(addr),
            _ => concat([e(&self.low_q), lit(0, operand)]).wide(addr),
        };
        let along = select(in_b.clone(), along, lit(0, addr));
        m.reg(
            &self.addr_q,
            row.step[3].clone(),
            base + &self.offset_q + along,
        );

        m.note("Where its words go: rows of A behind each other, sums by their m, a slot for each piece of B.");
        let m_index = select(bias, &job.m, &self.index_q);
        let sums = product(m_index, e(&self.c_tiles_q), 2 * dim);
        let sums = fit_named(
            m,
            "sum_words",
            "words of the sums before the row",
            sums,
            WORD_BITS,
        );
        m.reg(&self.sum_words_q, row.step[2].clone(), sums);
        let sums = e(&self.sum_words_q) + &job.sums;
        let a = select(
            e(&self.row_q).is(lit(0, dim)),
            &self.a_word_q,
            e(&self.word_q) + fit(e(&self.r_tiles_q), WORD_BITS),
        );
        let word = select(in_b.clone(), &self.slot_word_q, select(in_a, a, sums));
        m.reg(&self.word_q, row.step[3].clone(), word);
        let asked = m.wire(
            "placed_piece",
            "a piece of B has its order",
            in_b & row.ordered.clone(),
        );
        let bits = self.slot_q.len();
        let wraps = e(&self.slot_q).is(lit(engine.b_slots as u128 - 1, bits));
        m.reg(
            &self.slot_q,
            asked.clone(),
            select(wraps.clone(), lit(0, bits), e(&self.slot_q) + lit(1, bits)),
        );
        let step = e(&self.slot_word_q) + lit(engine.slot_words as u128, WORD_BITS);
        m.reg(
            &self.slot_word_q,
            asked.clone(),
            select(wraps, lit(0, WORD_BITS), step),
        );
        m.reg(
            &self.used_q,
            true,
            e(&self.used_q) + asked.wide(bits) - &self.b_free_i,
        );
    }

    /// The order and the request.
    pub(super) fn offers(&self, m: &mut Body, at: &At, row: &Row) {
        let dim = self.dim();
        let (job, order) = (&self.job_q, &self.order_o);
        let [_, _, in_a, _, in_c0, _, in_b] = row.state.clone();
        let marker = row.step[6].clone();
        let offers = (row.step[4].clone() & !e(&self.pass_q)) | marker.clone();
        let busy = in_a.clone() | in_b.clone() | in_c0.clone();
        m.assign(&self.order_valid_o, offers & busy.clone());
        let r_mask = select(at.is_tn.clone(), &job.mask_m, &job.mask_k);
        let along_mask = select(at.is_nt.clone(), &job.mask_k, &job.mask_n);
        let masked = select(
            in_a.clone(),
            r_mask,
            select(in_b.clone(), along_mask, e(&job.mask_n) & !at.dense.clone()),
        );
        let masked = m.wire("masked", "there is a mask along the row", masked);
        let mode = select(
            at.packed.clone(),
            lit(1, 2),
            select(at.dense.clone(), lit(2, 2), lit(0, 2)),
        );
        m.assign(&order.sum, in_c0.clone());
        m.assign(
            &order.along,
            in_a.clone() | (in_b.clone() & at.is_nt.clone()),
        );
        m.assign(&order.mode, select(masked, mode, lit(0, 2)));
        let r = select(at.is_tn.clone(), lit(0, 2), lit(1, 2));
        let along = select(at.is_nt.clone() & in_b.clone(), lit(1, 2), lit(2, 2));
        m.assign(
            &order.mask,
            concat([e(&job.slot), select(in_a.clone(), r, along)]),
        );
        let first = select(in_b.clone(), e(&self.low_q).slice(0, dim), lit(0, dim));
        m.assign(&order.first, first);
        let r_all = select(at.is_tn.clone(), &job.m, &job.k);
        let piece = fit_named(
            m,
            "piece",
            "elements of the piece",
            e(&self.high_q) - &self.low_q,
            dim,
        );
        let count = select(in_b.clone(), piece, select(in_a.clone(), r_all, &job.n));
        m.note("They are known two steps before the order.");
        m.reg(&self.elements_q, true, count);
        let count = e(&self.elements_q);
        m.assign(
            &order.count,
            select(marker.clone(), lit(1, dim), count.clone()),
        );
        m.assign(
            &order.zero,
            at.dense.clone() & !e(&self.keep_q) & !in_c0.clone(),
        );
        let to = select(in_a.clone(), lit(1, 2), lit(3, 2));
        let to = select(in_b.clone(), lit(2, 2), to);
        m.assign(&order.to, select(marker.clone(), lit(0, 2), to));
        m.assign(&order.addr, &self.word_q);
        m.assign(&order.keep, !at.gated.clone() | &self.keep_q);
        let event = select(in_a.clone(), lit(1, 2), lit(2, 2));
        let event = select(
            marker.clone(),
            event,
            select(in_b.clone() & row.last.clone(), lit(3, 2), lit(0, 2)),
        );
        m.assign(&order.event, event);
        m.assign(&order.bad, marker | &self.bad_i);
        m.note("The request does as its order said, whatever has come meanwhile.");
        m.reg(&self.bad_q, row.ordered.clone(), &self.bad_i);
        let asks = row.step[5].clone() & !(e(&self.pass_q) | &self.bad_q) & busy;
        m.assign(&self.req_valid_o, asks.clone());
        m.assign(&self.req_addr_o, &self.addr_q);
        let bytes = |each: usize| {
            let shift = each.trailing_zeros() as usize;
            fit(count.clone(), 16).shifted_left(shift)
        };
        let bytes = select(
            in_c0,
            bytes(self._config.sum_bytes()),
            bytes(self._config.operand_bytes()),
        );
        m.assign(&self.req_bytes_o, bytes);
        m.note("Rows of B are told once, with their first piece.");
        let first = e(&self.piece_q).is(lit(0, dim));
        m.assign(&self.fetched_o, asks & in_b & first & &self.req_ready_i);
        m.assign(
            &self.skips_o,
            row.state[State::Hand as usize].clone() & !e(&job.code).any(),
        );
        let kept = select(at.is_nt.clone(), &self.kept_q.n_kept, &self.kept_q.k_kept);
        let all = select(at.is_nt.clone(), &job.n, &job.k);
        m.assign(&self.skipped_o, all - kept);
    }
}
