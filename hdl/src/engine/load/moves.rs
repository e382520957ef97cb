//! From state to state, from step to step; a place for the operands.

use super::{At, Load, Row, State};
use crate::describe::{e, lit, select, Body, Expr};
use crate::engine::numbers::{fit_named, groups, product};
use crate::engine::space::END_BITS;

impl Load {
    /// What is needed on chip, and whether there is room.
    pub(super) fn places(&self, m: &mut Body, at: &At, row: &Row) -> Expr {
        let (dim, config) = (self.dim(), &self._config);
        let (job, kept) = (&self.job_q, &self.kept_q);
        m.note("Tiles, then the words that A and the sums take.");
        let r = select(at.is_tn.clone(), &kept.m_kept, &kept.k_kept);
        let most = config.engine().max_dim;
        let tiles = groups(m, "r_tiles", (r, most), config.rows, dim);
        m.reg(&self.r_tiles_q, row.step[0].clone(), tiles);
        let tiles = groups(m, "c_tiles", (e(&kept.n_kept), most), config.cols, dim);
        m.reg(&self.c_tiles_q, row.step[0].clone(), tiles);
        let s = select(at.is_tn.clone(), &kept.k_kept, &kept.m_kept);
        let a = product(s, e(&self.r_tiles_q), 2 * dim);
        let a = fit_named(m, "a_words", "words of A", a, END_BITS);
        let a = select(at.needs_a.clone(), a, lit(0, END_BITS));
        m.reg(&self.a_need_q, row.step[1].clone(), a);
        let held = e(&job.m).wide(dim + 1) + e(&job.bias).wide(dim + 1);
        let held = product(held, e(&self.c_tiles_q), 2 * dim + 1);
        let held = fit_named(m, "held", "words of the sums", held, END_BITS);
        m.reg(
            &self.sums_end_q,
            row.step[1].clone(),
            held + e(&job.sums).wide(END_BITS),
        );

        let space = &self.space;
        let placed =
            row.state[State::Place as usize].clone() & row.step[3].clone() & &space.a_fits_o;
        let placed = m.wire("placed", "there is a place for A", placed);
        m.assign(&space.a_need_i, &self.a_need_q);
        m.assign(&space.a_keep_i, at.works.clone() & !at.needs_a.clone());
        m.assign(&space.a_take_i, placed.clone() & at.works.clone());
        m.assign(&space.a_done_i, &self.a_done_i);
        m.reg(&self.a_word_q, placed.clone(), &space.a_word_o);
        m.reg(
            &self.there_q,
            placed,
            at.works.clone() | (e(&job.keep_a) & &self.there_q),
        );
        m.assign(&space.sums_from_i, &job.sums);
        m.note("A job that is not done has no sums: it ends like one more of the chain before.");
        let none = m.wire("no_sums", "the job has no sums", !at.good.clone());
        let end = select(none.clone(), lit(0, END_BITS), &self.sums_end_q);
        m.assign(&space.sums_to_i, end);
        m.assign(&space.sums_join_i, none | &job.resume);
        m.note("What is freed in a cycle is known in the next one.");
        m.reg(&self.sums_free_q, true, &space.sums_free_o);
        let free = e(&self.sums_free_q);
        let takes = row.state[State::Sums as usize].clone() & free.clone();
        m.assign(&space.sums_take_i, takes);
        m.assign(&space.done_i, &self.done_i);
        free
    }

    /// From state to state, from step to step.
    pub(super) fn moves(&self, m: &mut Body, at: &At, row: &Row, free: Expr) -> Expr {
        use State::{Hand, Idle, Place, Sums, A, B, C0};
        let [idle, places, in_a, in_sums, in_c0, hands, in_b] = row.state.clone();
        let stuck = in_sums.clone() & !free.clone();
        m.assign(&self.stuck_o, stuck.clone());
        m.assign(
            &self.more_o,
            (!idle.clone() & !stuck & !in_b.clone()) | &self.handed_q,
        );
        let ready = idle.clone() & !e(&self.handed_q);
        let ready = m.wire("ready", "a job may come", ready);
        m.assign(&self.job_ready_o, ready.clone());
        let takes = ready & &self.job_valid_i;
        let takes = m.wire("takes", "a job is taken", takes);
        let number = |state: State| lit(state as u128, 3);
        let fits = row.step[3].clone() & &self.space.a_fits_o;
        let over = row.last.clone() & row.last_piece.clone() & row.last_block.clone();
        let over = m.wire("over", "the row is the last of all", over);
        let b_over = in_b.clone() & row.passes.clone() & over.clone();
        let (a, c0) = (at.needs_a.clone(), at.needs_c0.clone());
        let after_b = select(at.works.clone(), number(B), number(Idle));
        let arms = [
            (takes.clone(), number(Place)),
            (places.clone() & fits, select(a, number(A), number(Sums))),
            (in_a.clone() & row.marked.clone(), number(Sums)),
            (in_sums & free, select(c0, number(C0), number(Hand))),
            (in_c0.clone() & row.marked.clone(), number(Hand)),
            (hands.clone(), after_b),
            (b_over, number(Idle)),
        ];
        let ends = |arms: &[(Expr, Expr)]| {
            let any = arms.iter();
            any.fold(e(false), |any, (when, _)| any | when.clone())
        };
        m.note("No row is at hand in the state that a job comes to.");
        let changes = m.wire("changes", "another state comes", ends(&arms));
        let leaves = m.wire("leaves", "the state of a job ends", ends(&arms[1..]));
        let next = arms
            .into_iter()
            .rev()
            .fold(number(Idle), |other, (when, to)| select(when, to, other));
        m.note("State by state: only what the job needs.");
        m.reg(&self.state_q, changes, next);
        m.note("The steps of a row: its number, two of its address, order, request; behind the last one a marker.");
        let mark = row.passes.clone() & over & !in_b.clone();
        let room = !in_b.clone()
            | e(&self.used_q).less_than(lit(
                self._config.engine().b_slots as u128,
                self.used_q.len(),
            ));
        let waits = (row.step[3].clone() & !room)
            | (row.step[4].clone() & !row.ordered.clone())
            | (row.step[5].clone() & !row.passes.clone())
            | (row.step[6].clone() & !row.marked.clone())
            | (places & row.step[3].clone());
        let again = select(mark, lit(6, 3), lit(0, 3));
        let step = select(row.passes.clone(), again, e(&self.step_q) + lit(1, 3));
        let step = select(leaves.clone(), lit(0, 3), select(waits, &self.step_q, step));
        m.reg(&self.step_q, !idle, step);
        m.regs(self.job_q.nets(), &takes, self.job_i.nets());
        m.regs(self.kept_q.nets(), &takes, self.kept_i.nets());
        m.note("The job waits for the sequence stage while B is asked for.");
        let handed = e(&self.handed_q) & !e(&self.job_ready_i);
        m.reg(&self.handed_q, true, hands | handed);
        m.assign(&self.job_valid_o, &self.handed_q);
        m.join(self.job_o.nets(), self.job_q.nets());
        m.join(self.kept_o.nets(), self.kept_q.nets());
        m.assign(&self.a_word_o, &self.a_word_q);
        m.assign(&self.works_o, at.works.clone());
        m.assign(&self.awaits_a_o, at.needs_a.clone());
        m.assign(&self.awaits_c0_o, at.needs_c0.clone());
        leaves
    }
}
