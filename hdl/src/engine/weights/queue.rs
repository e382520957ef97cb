//! What was read goes to the array.

use super::*;

impl WeightWalker {
    /// What was read goes into the queue.
    pub(super) fn queue(&self, m: &mut Body, fire: Expr, os: Expr, last: Expr, filler: Expr) {
        let config = &self._config;
        m.assign(&self.b_read_o, fire.clone());
        let r = fit(&self.tiles.r_o, config.r_tile_bits());
        let n = fit(&self.tiles.n_o, config.n_tile_bits());
        m.assign(
            &self.tile_r_addr_o,
            crate::describe::concat([e(&self.slot_q), r]),
        );
        m.assign(
            &self.tile_c_addr_o,
            crate::describe::concat([e(&self.slot_q), n]),
        );
        m.note("A word comes a cycle after it was asked for.");
        m.reg(&self.read_q, e(true), fire.clone());
        if self.read_os_q.is_present() {
            m.reg(&self.read_os_q, fire.clone(), os);
        }
        if self.read_left_q.is_present() {
            m.reg(&self.read_left_q, fire.clone(), &self.left_q);
            m.reg(&self.read_last_q, fire.clone(), last);
        }
        if self.read_filler_q.is_present() {
            m.reg(&self.read_filler_q, fire.clone(), filler);
        }
        let there = !self.read_filler_q.or(false);
        let word = beats(config).join(&[
            ("os", self.read_os_q.or(false)),
            ("left", self.read_left_q.or(false)),
            ("last", self.read_last_q.or(false)),
            ("keep", e(&self.b_keep_i) & there.clone()),
            (
                "rows",
                e(&self.tile_r_data_i) & repeat(config.rows, there.clone()),
            ),
            ("cols", e(&self.tile_c_data_i) & repeat(config.cols, there)),
            ("words", e(&self.b_data_i)),
        ]);
        self.beats.push(m, e(&self.read_q), [word]);
        let beat = m.wire("beat", "the oldest beat", &self.beats.pop_data_o);
        let beat = |name: &str| beats(config).get(beat.clone(), name);
        m.assign(&self.w_valid_o, &self.beats.pop_valid_o);
        m.assign(&self.beats.pop_ready_i, &self.w_ready_i);
        for (port, name) in [
            (&self.w_os_o, "os"),
            (&self.w_left_o, "left"),
            (&self.w_last_o, "last"),
            (&self.w_keep_o, "keep"),
            (&self.row_keep_o, "rows"),
            (&self.col_keep_o, "cols"),
            (&self.w_o, "words"),
        ] {
            if port.is_present() {
                m.assign(port, beat(name));
            }
        }
        m.note("As many beats are under way as there is room for.");
        let taken = e(&self.beats.pop_valid_o) & &self.w_ready_i;
        let taken = m.wire("taken", "the array takes a beat", taken);
        Count::new(m, &self.ahead_q, fire, taken).full(m, &self.ahead_full_q, AHEAD);
    }
}
