//! The way of a product: from the operand registers to the adder.

use super::Pe;
use crate::arith::{Adder, Arithmetic, Multiplier};
use crate::describe::{e, lit, select, Body, Expr};
use rust_hdl::prelude::*;

/// What is known of the product that enters a stage.
#[derive(Clone)]
struct Way {
    /// It is a new one: its beat, row and weight are kept.
    takes: Expr,
    /// It is to be added.
    adds: Expr,
}

impl<F: Arithmetic> Pe<F> {
    /// A product is taken where the beat, the row and the weight are kept, and stays otherwise.
    /// In a weight-stationary array it is added as long as the weight is kept: where only the
    /// beat is dropped the sums stay as well, by their live bit, and nothing toggles.
    ///
    /// Where zero is neutral, a product that is not to be added is zero: the adder needs no
    /// multiplexer, and nothing toggles while the PE is off. The last register is then
    /// cleared by its reset, or, if that is of no use for it, takes a zero behind the last
    /// product that counts.
    ///
    /// The registers of a DSP block have no enable of their own: there a zero takes the place
    /// of an activation. Registers of the fabric inside a multiplier hold.
    pub(super) fn multiply(&self, m: &mut Body) {
        let (factors, terms, config) = (self.mul.factors(), self.add.terms(), &self._config);
        let takes = e(&self.beat_q.mac) & &self.on_q;
        let takes = m.wire("product_en", "beat, row and weight are kept", takes);
        let adds = match config.has_os() {
            true => takes.clone(),
            false => e(&self.on_q),
        };
        let mut way = Way { takes, adds };
        let mut act = e(&self.beat_q.act);
        if config.dsp_stages() > 0 {
            let zeroed = select(way.adds.clone(), act, lit(0, F::Operand::BITS));
            act = m.wire(
                "operand",
                "the activation, or zero if its product does not count",
                zeroed,
            );
        }
        m.assign(&factors.act_i, act);
        m.assign(&factors.weight_i, &self.weight_q);
        let inner = config.inner_stages();
        if inner > 0 {
            m.assign(&factors.en_i, self.gate(way.takes.clone()));
        }
        for stage in 0..inner {
            way = self.step(m, stage, way);
        }
        let mut product = e(&factors.product_o);
        let last = config.product_stages();
        for stage in 1..last {
            let register = self.early_q.at(stage - 1);
            let enable = match config.zeros_come::<F>() {
                true => self.en(),
                false => self.gate(way.takes.clone()),
            };
            m.note("A product that does not count is not taken.");
            m.reg(register.clone(), enable, product);
            product = register.into();
            way = self.step(m, inner + stage - 1, way);
        }
        if last > 0 {
            self.last_register(m, product, &way, inner + last - 1);
            product = e(&self.product_q);
            way = self.step(m, inner + last - 1, way);
        }
        let flags = self.product_mac_q.len().max(self.product_on_q.len());
        for stage in inner + last..flags {
            way = self.step(m, stage, way);
        }
        m.assign(&terms.product_i, product);
        if terms.mac_i.is_present() {
            m.assign(&terms.mac_i, way.adds);
        }
    }

    /// The last register of a product, of stage `stage`.
    fn last_register(&self, m: &mut Body, product: Expr, way: &Way, stage: usize) {
        let (config, adds) = (&self._config, || way.adds.clone());
        if config.zeros_come::<F>() {
            m.note("What does not count comes as zero.");
            m.reg(&self.product_q, self.en(), product);
        } else if !F::ZERO_IS_NEUTRAL {
            m.note("A product that does not count is not taken.");
            m.reg(&self.product_q, self.gate(way.takes.clone()), product);
        } else if config.clears_product::<F>() {
            let clear_n = !(!e(&self.clocked.rst_ni) | (self.en() & !adds()));
            let clear_n = m.wire("product_clear_n", "zeroes product_q", clear_n);
            m.note(match config.has_os() {
                true => "A product that does not count is zero, and is added like any other.",
                false => "A dropped beat, whose sums are not kept, leaves it alone; a PE that is off adds 0.",
            });
            m.reg_reset(
                &self.product_q,
                &clear_n,
                self.gate(way.takes.clone()),
                product,
            );
        } else {
            m.note("Behind the last product that counts comes a zero.");
            let open = match config.has_os() {
                false => way.takes.clone() | (e(self.product_on_q.at(stage)) & !adds()),
                true => way.takes.clone() | e(self.product_mac_q.at(stage)),
            };
            let value = select(adds(), product, lit(0, F::Product::BITS));
            m.reg(&self.product_q, self.gate(open), value);
        }
    }

    /// What is known behind the registers of `stage`, given what was before it.
    fn step(&self, m: &mut Body, stage: usize, mut way: Way) -> Way {
        if stage < self.product_mac_q.len() {
            let flag = self.product_mac_q.at(stage);
            m.note("What is known of a product goes beside it.");
            m.reg(flag.clone(), self.en(), way.takes);
            way.takes = flag.into();
        }
        if stage < self.product_on_q.len() {
            let flag = self.product_on_q.at(stage);
            m.reg(flag.clone(), self.en(), way.adds);
            way.adds = flag.into();
        } else if self._config.has_os() {
            way.adds = way.takes.clone();
        }
        way
    }
}
