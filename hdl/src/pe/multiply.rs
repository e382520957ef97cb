//! The way of a product: from the operand registers to the adder.

use super::Pe;
use crate::arith::{Arithmetic, Multiplier};
use crate::describe::{lit, net, Body, Expr};
use crate::prim::PipeControl;
use rust_hdl::prelude::*;

impl<F: Arithmetic> Pe<F> {
    /// Drives the multiplier and its pipeline; returns the product for the adder and
    /// whether it is to be added.
    ///
    /// A product is taken where the beat, the row and the weight are kept, and stays otherwise.
    /// In a weight-stationary array it is added as long as the weight is kept: where only the
    /// beat is dropped the sums stay as well ([`live_i`](Self::live_i)), and nothing toggles.
    ///
    /// Where zero is neutral, a product that is not to be added is zero: the adder needs no
    /// multiplexer, and nothing toggles while the PE is off. The last register is then
    /// cleared by its reset, or, if that is of no use for it, takes a zero behind the last
    /// product that counts.
    ///
    /// The registers of a DSP block have no enable of their own: there a zero takes the place
    /// of an activation. Registers of the fabric inside a multiplier hold.
    pub(super) fn multiply(&mut self, control: PipeControl, en: bool) -> (F::Product, bool) {
        let takes = self.mac.q.val() && self.on.q.val();
        let mut way = Way {
            takes,
            adds: if self._holds { self.on.q.val() } else { takes },
        };
        let mut act = self.act.q.val();
        if let Some(operand) = self.operand.first_mut() {
            if !way.adds {
                act = F::Operand::default();
            }
            operand.next = act;
        }
        let inner = usize::from(self._inner);
        let multiplies = en && (takes || !(self._inner && self._gates));
        self.mul
            .drive(control, multiplies, act, self.weight.q.val());
        for stage in 0..inner {
            way = self.step(control, en, stage, way);
        }
        let mut product = self.mul.product();
        let last = self.product.len().wrapping_sub(1);
        for stage in 0..self.product.len() {
            let (mut rest, mut open, mut value) = (control, way.takes, product);
            if self.zeros_come() {
                open = true;
            } else if F::ZERO_IS_NEUTRAL && stage == last {
                if let Some(clear_n) = self.product_clear_n.first_mut() {
                    rest.rst_n &= way.adds || !en;
                    clear_n.next = rest.rst_n;
                } else {
                    let flags = if self._holds {
                        &self.product_on
                    } else {
                        &self.product_mac
                    };
                    open |= flags[inner + stage].q.val() && !way.adds;
                    value = if way.adds {
                        product
                    } else {
                        F::Product::default()
                    };
                }
            }
            self.product[stage].drive(rest, en && (open || !self._gates), value);
            product = self.product[stage].q.val();
            way = self.step(control, en, inner + stage, way);
        }
        for stage in inner + self.product.len()..self.flags() {
            way = self.step(control, en, stage, way);
        }
        (product, way.adds || self.adds_all())
    }

    /// The flags behind the registers of `stage`, given those before it.
    fn step(&mut self, control: PipeControl, en: bool, stage: usize, mut way: Way) -> Way {
        if let Some(flag) = self.product_mac.get_mut(stage) {
            flag.drive(control, en, way.takes);
            way.takes = flag.q.val();
        }
        if let Some(flag) = self.product_on.get_mut(stage) {
            flag.drive(control, en, way.adds);
            way.adds = flag.q.val();
        } else if !self._holds {
            way.adds = way.takes;
        }
        way
    }

    /// The stages that have a flag.
    fn flags(&self) -> usize {
        self.product_mac.len().max(self.product_on.len())
    }

    /// Whether a DSP block gives a zero for each product that does not count, and the registers
    /// behind it pass it on.
    fn zeros_come(&self) -> bool {
        F::ZERO_IS_NEUTRAL && !self.operand.is_empty()
    }

    /// Whether each product is added, those that do not count as zeros.
    fn adds_all(&self) -> bool {
        F::ZERO_IS_NEUTRAL && !(self.product.is_empty() && self.operand.is_empty())
    }

    /// `multiply` as statements; `gate` makes an enable.
    pub(super) fn describe_multiply(&self, body: &mut Body, gate: impl Fn(Expr) -> Expr) {
        let takes = net("mac$q") & net("on$q");
        let mut way = Way {
            takes: takes.clone(),
            adds: if self._holds {
                net("on$q")
            } else {
                takes.clone()
            },
        };
        if self.operand.is_empty() {
            body.assign("mul$act_i", net("act$q"));
        } else {
            let zero = lit(0, F::Operand::BITS);
            body.select("operand$0", way.adds.clone(), net("act$q"), zero);
            body.assign("mul$act_i", net("operand$0"));
        }
        let inner = usize::from(self._inner);
        if self._inner || !self.operand.is_empty() {
            body.assign("mul$clk_i$0", net("clk_i"));
            // A DSP block has none, but what bf16 has beside it.
            if self._inner || !F::ZERO_IS_NEUTRAL {
                body.assign("mul$rst_ni$0", net("rst_ni"));
            }
            let en = match self._inner {
                true => gate(takes),
                false => net("en_i"),
            };
            body.assign("mul$en_i$0", en);
            if self._inner && !self.test_en_i.is_empty() {
                body.assign("mul$test_en_i$0", net("test_en_i$0"));
            }
        }
        body.assign("mul$weight_i", net("weight$q"));
        for stage in 0..inner {
            way = self.describe_step(body, stage, way);
        }
        let mut product = "mul$product_o".to_owned();
        for stage in 0..self.product.len() {
            let data = format!("product${stage}");
            if self.zeros_come() {
                body.pipe(&data, net("en_i"), net(product));
            } else if !(F::ZERO_IS_NEUTRAL && stage + 1 == self.product.len()) {
                body.pipe(&data, gate(way.takes.clone()), net(product));
            } else if self.product_clear_n.is_empty() {
                let open = match self._holds {
                    true => {
                        let was = net(format!("product_on${}$q", inner + stage));
                        way.takes.clone() | (was & !way.adds.clone())
                    }
                    false => way.takes.clone() | net(format!("product_mac${}$q", inner + stage)),
                };
                let zero = lit(0, F::Product::BITS);
                body.select(&format!("{data}$d"), way.adds.clone(), net(product), zero);
                body.pipe_control(&data, gate(open));
            } else {
                let clear = net("en_i") & !way.adds.clone();
                body.assign("product_clear_n$0", reset_or(clear));
                body.pipe(&data, gate(way.takes.clone()), net(product));
                body.assign(format!("{data}$rst_n"), net("product_clear_n$0"));
            }
            product = format!("{data}$q");
            way = self.describe_step(body, inner + stage, way);
        }
        for stage in inner + self.product.len()..self.flags() {
            way = self.describe_step(body, stage, way);
        }
        body.control("add");
        body.assign("add$product_i", net(product));
        body.assign(
            "add$mac_i",
            if self.adds_all() { lit(1, 1) } else { way.adds },
        );
    }

    /// `step` as statements.
    fn describe_step(&self, body: &mut Body, stage: usize, mut way: Way<Expr>) -> Way<Expr> {
        if stage < self.product_mac.len() {
            let flag = format!("product_mac${stage}");
            body.pipe(&flag, net("en_i"), way.takes);
            way.takes = net(format!("{flag}$q"));
        }
        if stage < self.product_on.len() {
            let flag = format!("product_on${stage}");
            body.pipe(&flag, net("en_i"), way.adds);
            way.adds = net(format!("{flag}$q"));
        } else if !self._holds {
            way.adds = way.takes.clone();
        }
        way
    }
}

/// What is known of the product that enters a stage.
struct Way<T = bool> {
    /// It is a new one: its beat, row and weight are kept.
    takes: T,
    /// It is to be added.
    adds: T,
}

/// Reset of registers that `clear` empties too, active low. Written as the inverse of an active
/// high one, which is what flip-flops have: yosys 0.23 spends an inverter on each register
/// whose reset is active low and finds none to spend here.
pub(super) fn reset_or(clear: Expr) -> Expr {
    !(!net("rst_ni") | clear)
}
