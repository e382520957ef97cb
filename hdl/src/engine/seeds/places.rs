//! From the number of a row to the word of its sum.

use super::*;

impl SeedWalker {
    /// Asks for the row in the list; whether anything goes.
    pub(super) fn look_up(
        &self,
        m: &mut Body,
        going: &Going,
        (number, keep): (Expr, Expr),
        ending: Option<Expr>,
        os: &Expr,
        last: &Expr,
    ) -> Expr {
        let config = &self._config;
        let (tiles, step, choice) = (&self.tiles, &self.listing_q, &self.choice_q);
        let number = fit(number, config.index_bits());
        m.assign(&self.list_addr_o, concat([e(&self.slot_q), number.clone()]));
        m.note("The list answers a cycle later.");
        let fire = going.fire.clone();
        let goes = fire.clone() | ending.clone().unwrap_or_else(|| e(false));
        let goes = m.wire("goes", "a seed or an exchange goes", goes);
        m.reg(&step.valid, e(true), goes.clone());
        if step.os.is_present() {
            let ends = ending.clone().unwrap_or_else(|| e(false));
            m.reg(&step.os, goes.clone(), os.clone() | ends);
        }
        if let Some(ending) = ending {
            let left = |n: usize| e(&self.ending_q).less_than(lit(n as u128, self.ending_q.len()));
            let (turns, all) = (config.turns(), config.exchanges());
            let second = left(turns + 1);
            let first = left(all + turns + 1) & !left(all + 1);
            let ends = select(ending, second | first, last.clone());
            m.reg(&step.x_last, goes.clone(), ends);
            m.reg(&step.open, goes.clone(), &self.open_q);
            m.reg(
                &step.group,
                goes.clone(),
                fire.clone() & going.group.clone(),
            );
        }
        m.reg(&choice.keep, goes.clone(), fire.clone() & keep);
        let choose = match (config.dataflow.has_ws(), config.has_os()) {
            (true, true) => os.clone() | &tiles.r_first_o,
            (true, false) => e(&tiles.r_first_o),
            (false, _) => e(true),
        };
        m.reg(&step.last, goes.clone(), going.done.clone());
        m.reg(&step.first, goes.clone(), fire & &self.first_q);
        if step.start.is_present() {
            m.reg(&step.start, goes.clone(), &tiles.r_first_o);
            let panel = e(&tiles.panel_first_o) & &tiles.r_first_o & !e(&self.number_q).any();
            m.reg(&step.panel, goes.clone(), panel);
            m.reg(&step.end, goes.clone(), &tiles.r_last_o);
        }
        for (q, value) in [
            (&choice.choose, choose),
            (&choice.c0, e(&self.c0_q)),
            (&choice.bias, e(&self.bias_q)),
            (&choice.listed, e(&self.listed_q)),
            (&step.resume, e(&self.resume_q)),
            (&choice.number, number),
            (&step.n, e(&tiles.n_o)),
            (&choice.n_tiles, e(&self.n_tiles_q)),
            (&step.sums, e(&self.sums_q)),
            (&step.behind, e(&self.behind_q)),
        ] {
            m.reg(q, goes.clone(), value);
        }
        goes
    }

    /// From the row to its place.
    pub(super) fn place(&self, m: &mut Body, row: &Expr) {
        let config = &self._config;
        let (always, step, choice) = (e(true), &self.listing_q, &self.choice_q);
        m.reg(&self.found_n_tiles_q, always.clone(), &choice.n_tiles);
        m.note("The row is found: what it starts from follows.");
        m.regs(self.found_q.nets(), &always, step.nets());
        m.reg(&self.m_q, always.clone(), row.clone());
        let listed = e(&choice.listed);
        let keep = e(&choice.keep) & (!listed.clone() | &self.list_keep_i);
        m.reg(&self.kept_q, always.clone(), keep);
        let chosen = e(&choice.choose) & (!listed | &self.list_fresh_i);
        let chosen = m.wire("chosen", "the row starts from zero or C0", chosen);
        m.reg(
            &self.zero_q,
            always.clone(),
            chosen.clone() & !e(&choice.c0),
        );
        let behind = chosen & &choice.c0 & &choice.bias;
        m.reg(&self.bias_row_q, always.clone(), behind);
        m.note("Then the word of its first sum.");
        m.regs(self.placed_q.nets(), &always, self.found_q.nets());
        if self.placed_m_q.is_present() {
            m.reg(&self.placed_m_q, always.clone(), &self.m_q);
        }
        for (q, value) in [
            (&self.placed_kept_q, &self.kept_q),
            (&self.placed_zero_q, &self.zero_q),
            (&self.placed_bias_row_q, &self.bias_row_q),
        ] {
            m.reg(q, always.clone(), value);
        }
        let bits = config.sum_addr_bits();
        let product = fit(&self.m_q, bits).times(fit(&self.found_n_tiles_q, bits), bits);
        m.reg(&self.product_q, always, product);
    }

    /// Seeds wait here; whether one leaves.
    pub(super) fn queue(&self, m: &mut Body) -> Expr {
        let config = &self._config;
        let (step, fields) = (&self.placed_q, seeds(config));
        let n = fit(&step.n, config.sum_addr_bits());
        let to = e(&step.sums) + &self.product_q + n.clone();
        let to = m.wire("to", "the word of the sum", to);
        let from = select(e(&self.placed_bias_row_q), e(&step.behind) + n, to.clone());
        let bits = config.order_bits();
        let order = either(
            &step.os.or(config.has_os()),
            config.has_os().then(|| fit(&self.placed_m_q, bits)),
            config
                .dataflow
                .has_ws()
                .then(|| fit(&step.n, config.n_tile_bits()).wide(bits)),
        );
        let word = fields.join(&[
            ("os", step.os.or(false)),
            ("x_last", step.x_last.or(false)),
            ("keep", e(&self.placed_kept_q)),
            ("zero", e(&self.placed_zero_q)),
            ("last", e(&step.last)),
            ("first", e(&step.first)),
            ("resume", e(&step.resume)),
            ("open", step.open.or(false)),
            ("group", step.group.or(false)),
            ("start", step.start.or(false)),
            ("panel", step.panel.or(false)),
            ("end", step.end.or(false)),
            ("order", order),
            ("from", from),
            ("to", to),
        ]);
        m.note("Seeds wait here.");
        self.seeds.push(m, e(&step.valid), [word]);
        // The word's fields are those of a seed, in their order.
        let fields = self.seed_o.nets().0.into_iter().flatten();
        m.unpack(fields, &self.seeds.pop_data_o);
        m.assign(&self.seed_valid_o, &self.seeds.pop_valid_o);
        m.assign(&self.seeds.pop_ready_i, &self.seed_ready_i);
        let taken = e(&self.seeds.pop_valid_o) & &self.seed_ready_i;
        m.wire("taken", "a seed leaves", taken)
    }
}
