//! Whether a run of output-stationary tiles goes on with the next job.

use super::*;

impl SeedWalker {
    /// The end of a run: whether a job may begin, whether none is at work, whether an exchange goes that ends
    /// the run, and whether it ends.
    pub(super) fn ends(
        &self,
        m: &mut Body,
        head: &Head,
        going: &Going,
        os: &Expr,
        room: &Expr,
    ) -> (Expr, Expr, Option<Expr>, Expr) {
        m.note(
            "A run may go on with the next job if all rows of its first two groups are below those \
             that are still in the array, or if it has other words for its sums.",
        );
        let edge = e(&self.edge_q);
        let listing = &self.listing_q;
        let group = e(&listing.valid) & &listing.group;
        let group = m.wire("group_found", "a group's lowest row is known", group);
        let (top, top_next) = &head.top;
        let last = e(&self.last_live_q) & !top_next.clone().less_than(&self.last_row_q);
        let prev = e(&self.prev_live_q) & !top.clone().less_than(&self.prev_row_q);
        let meets = m.wire(
            "meets",
            "rows of the next job may be in the array",
            last | prev,
        );
        let unable = select(head.resume.clone(), meets, head.clash.clone());
        let unable = m.wire("unable", "the run cannot go on with the next job", unable);
        m.note("In the cycle in which the last group's rows are told they are not known yet.");
        let decides = edge.clone() & !group.clone();
        let next = head.valid.clone() & !head.empty.clone() & head.os.clone();
        let on = decides.clone() & next & !unable.clone();
        let on = m.wire("on", "the run goes on with the next job", on);
        let other = select(
            head.empty.clone(),
            !head.seeded.clone() | (!head.resume.clone() & head.clash.clone()),
            !head.os.clone() | unable,
        );
        let none = !(e(&self.stay_q) & &self.more_i);
        let ends = decides & select(head.valid.clone(), other, none);
        let ends = m.wire("ends", "the run ends", ends);
        if let Some(queue) = self.ends.get() {
            queue.push(m, on.clone() | ends.clone(), [ends.clone()]);
            m.assign(&self.end_valid_o, &queue.pop_valid_o);
            m.assign(&self.end_o, &queue.pop_data_o);
            m.assign(&queue.pop_ready_i, &self.end_ready_i);
        }
        let decided = on.clone() | ends.clone();
        let done = going.done.clone() & os.clone();
        m.reg(&self.edge_q, e(true), done | (edge & !decided));
        m.note("All rows are exchanged twice at the end of a run.");
        let left = m.wire("left", "exchanges are to come", e(&self.ending_q).any());
        let ending = m.wire(
            "ending",
            "such an exchange goes",
            left.clone() & room.clone(),
        );
        let all = lit(2 * self._config.exchanges() as u128, self.ending_q.len());
        let value = select(ends.clone(), all, minus(&self.ending_q, 1));
        m.reg(&self.ending_q, ends.clone() | ending.clone(), value);
        m.note("The lowest rows of the last two groups.");
        let changes = group.clone() | ends.clone();
        m.reg(&self.last_live_q, changes.clone(), !ends.clone());
        let prev = e(&self.last_live_q) & !ends.clone();
        m.reg(&self.prev_live_q, changes, prev);
        m.reg(&self.prev_row_q, group.clone(), &self.last_row_q);
        m.reg(&self.last_row_q, group, going.row.clone());
        let idle = !e(&self.active_q) & !e(&self.begins_q) & !left;
        let between = m.wire("between", "no job is at work", idle);
        let may = on | (between.clone() & !e(&self.edge_q));
        (may, between, Some(ending), ends)
    }

    /// The number of the row, and whether there is one.
    pub(super) fn numbers(
        &self,
        m: &mut Body,
        going: &Going,
        (start, m_kept): (&Expr, Expr),
        last: &Expr,
        up: Expr,
        os: &Expr,
    ) -> (Expr, Expr) {
        let config = &self._config;
        let (has_ws, has_os) = (config.dataflow.has_ws(), config.has_os());
        let bits = self.number_q.len();
        let zero = lit(0, bits);
        m.note("The number of the row.");
        let ws = has_ws.then(|| {
            let next = select(last.clone(), zero.clone(), up);
            (next, e(&self.number_q), e(true))
        });
        let os_next = has_os.then(|| {
            let turn_last = e(&self.tiles.turn_last_o);
            let stays = e(&self.tiles.filler_o) | !e(&self.tiles.n_last_o);
            let next = select(stays, &self.number_q, plus(&self.number_q, config.rows));
            let next = m.wire("number_on", "first row of the tile behind this", next);
            let on = going.fire.clone() & turn_last.clone() & last.clone();
            let value = select(start.clone(), zero.clone(), next.clone());
            m.reg(&self.number_first_q, on | start.clone(), value);
            let moves = going.fire.clone() & turn_last.clone();
            let clear = start.clone() | last.clone();
            let value = select(clear, lit(0, self.row_q.len()), plus(&self.row_q, 1));
            m.reg(&self.row_q, moves | start.clone(), value);
            let again = turn_last & !last.clone();
            let number = e(&self.number_q) + fit(&self.row_q, bits);
            let number = m.wire("row_number", "the number of the tile's row", number);
            let kept = number.clone().less_than(fit(&self.m_kept_q, bits));
            let keep = !e(&self.tiles.filler_o) & kept;
            (select(again, &self.number_first_q, next), number, keep)
        });
        let (next, number, keep) = match (ws, os_next) {
            (Some(ws), Some(its)) => (
                select(os.clone(), its.0, ws.0),
                select(os.clone(), its.1, ws.1),
                !os.clone() | its.2,
            ),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => unreachable!("a dataflow"),
        };
        let moves = going.fire.clone() | start.clone();
        let next = select(start.clone(), zero, next);
        m.reg(&self.number_q, moves.clone(), next);
        if has_ws {
            let one = m.wire("one_row", "the job has one row of sums", is(m_kept, 1));
            m.reg(&self.one_q, start.clone(), one.clone());
            let up = plus(&self.number_q, 2).is(fit(&self.m_kept_q, bits));
            let up = m.wire("next_last", "the number behind this one is the last", up);
            let next = select(last.clone(), &self.one_q, up);
            m.reg(&self.beat_last_q, moves, select(start.clone(), one, next));
        }
        let number = m.wire("number", "the number of the row", number);
        (number, keep)
    }
}
