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
    /// Where zero is neutral, a product that does not count is zero: the adder needs no
    /// multiplexer, and nothing toggles while the PE is off. The last register is then
    /// cleared by its reset, or, if that is of no use for it, takes a zero behind the last
    /// product that counts.
    ///
    /// The registers of a DSP block have no enable of their own: there a zero takes the place
    /// of an activation that does not count. Registers of the fabric inside a multiplier hold.
    pub(super) fn multiply(&mut self, control: PipeControl, en: bool) -> (F::Product, bool) {
        let mut mac = self.mac.q.val() && self.on.q.val();
        let mut act = self.act.q.val();
        if let Some(operand) = self.operand.first_mut() {
            if !mac {
                act = F::Operand::default();
            }
            operand.next = act;
        }
        let inner = usize::from(self._inner);
        let multiplies = en && (mac || !(self._inner && self._gates));
        self.mul
            .drive(control, multiplies, act, self.weight.q.val());
        for flag in &mut self.product_mac[..inner] {
            flag.drive(control, en, mac);
            mac = flag.q.val();
        }
        let mut product = self.mul.product();
        let last = self.product.len().wrapping_sub(1);
        let zeros_come = self.zeros_come();
        for (stage, data) in self.product.iter_mut().enumerate() {
            let mut flag = self.product_mac.get_mut(inner + stage);
            let (mut rest, mut open, mut value) = (control, mac, product);
            if zeros_come {
                open = true;
            } else if F::ZERO_IS_NEUTRAL && stage == last {
                if let Some(clear_n) = self.product_clear_n.first_mut() {
                    rest.rst_n &= mac || !en;
                    clear_n.next = rest.rst_n;
                } else {
                    open |= flag.as_ref().is_some_and(|flag| flag.q.val());
                    value = if mac { product } else { F::Product::default() };
                }
            }
            data.drive(rest, en && (open || !self._gates), value);
            product = data.q.val();
            if let Some(flag) = &mut flag {
                flag.drive(control, en, mac);
                mac = flag.q.val();
            }
        }
        for flag in self.product_mac.iter_mut().skip(inner + self.product.len()) {
            flag.drive(control, en, mac);
            mac = flag.q.val();
        }
        (product, mac || self.adds_all())
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
        let mut mac = net("mac$q") & net("on$q");
        if self.operand.is_empty() {
            body.assign("mul$act_i", net("act$q"));
        } else {
            let zero = lit(0, F::Operand::BITS);
            body.select("operand$0", mac.clone(), net("act$q"), zero);
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
                true => gate(mac.clone()),
                false => net("en_i"),
            };
            body.assign("mul$en_i$0", en);
            if self._inner && !self.test_en_i.is_empty() {
                body.assign("mul$test_en_i$0", net("test_en_i$0"));
            }
        }
        body.assign("mul$weight_i", net("weight$q"));
        let mut product = "mul$product_o".to_owned();
        for flag in 0..inner {
            let flag = format!("product_mac${flag}");
            body.pipe(&flag, net("en_i"), mac);
            mac = net(format!("{flag}$q"));
        }
        for stage in 0..self.product.len() {
            let (data, flag) = (
                format!("product${stage}"),
                format!("product_mac${}", inner + stage),
            );
            if self.zeros_come() {
                body.pipe(&data, net("en_i"), net(product));
            } else if !(F::ZERO_IS_NEUTRAL && stage + 1 == self.product.len()) {
                body.pipe(&data, gate(mac.clone()), net(product));
            } else if self.product_clear_n.is_empty() {
                let zero = lit(0, F::Product::BITS);
                body.select(&format!("{data}$d"), mac.clone(), net(product), zero);
                body.pipe_control(&data, gate(mac.clone() | net(format!("{flag}$q"))));
            } else {
                let clear = net("en_i") & !mac.clone();
                body.assign("product_clear_n$0", reset_or(clear));
                body.pipe(&data, gate(mac.clone()), net(product));
                body.assign(format!("{data}$rst_n"), net("product_clear_n$0"));
            }
            product = format!("{data}$q");
            if inner + stage < self.product_mac.len() {
                body.pipe(&flag, net("en_i"), mac);
                mac = net(format!("{flag}$q"));
            }
        }
        for stage in inner + self.product.len()..self.product_mac.len() {
            let flag = format!("product_mac${stage}");
            body.pipe(&flag, net("en_i"), mac);
            mac = net(format!("{flag}$q"));
        }
        body.control("add");
        body.assign("add$product_i", net(product));
        body.assign("add$mac_i", if self.adds_all() { lit(1, 1) } else { mac });
    }
}

/// Reset of registers that `clear` empties too, active low. Written as the inverse of an active
/// high one, which is what flip-flops have: yosys 0.23 spends an inverter on each register
/// whose reset is active low and finds none to spend here.
pub(super) fn reset_or(clear: Expr) -> Expr {
    !(!net("rst_ni") | clear)
}
