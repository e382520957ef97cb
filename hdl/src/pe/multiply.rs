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
    /// of an activation that does not count.
    pub(super) fn multiply(&mut self, control: PipeControl, en: bool) -> (F::Product, bool) {
        let mut mac = self.mac.q.val() && self.on.q.val();
        let mut act = self.act.q.val();
        if let Some(operand) = self.operand.first_mut() {
            if !mac {
                act = F::Operand::default();
            }
            operand.next = act;
        }
        self.mul.drive(control, en, act, self.weight.q.val());
        let mut product = self.mul.product();
        let last = self.product.len().wrapping_sub(1);
        for (stage, data) in self.product.iter_mut().enumerate() {
            let mut flag = self.product_mac.get_mut(stage);
            let (mut rest, mut open, mut value) = (control, mac, product);
            if F::ZERO_IS_NEUTRAL && stage == last {
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
        for flag in self.product_mac.iter_mut().skip(self.product.len()) {
            flag.drive(control, en, mac);
            mac = flag.q.val();
        }
        (product, mac || self.adds_all())
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
            for port in ["clk_i", "rst_ni", "en_i"] {
                body.assign(format!("mul${port}$0"), net(port));
            }
        }
        body.assign("mul$weight_i", net("weight$q"));
        let mut product = "mul$product_o".to_owned();
        for stage in 0..self.product.len() {
            let (data, flag) = (format!("product${stage}"), format!("product_mac${stage}"));
            if !(F::ZERO_IS_NEUTRAL && stage + 1 == self.product.len()) {
                body.pipe(&data, gate(mac.clone()), net(product));
            } else if self.product_clear_n.is_empty() {
                let zero = lit(0, F::Product::BITS);
                body.select(&format!("{data}$d"), mac.clone(), net(product), zero);
                body.pipe_control(&data, gate(mac.clone() | net(format!("{flag}$q"))));
            } else {
                let clear = net("en_i") & !mac.clone();
                body.assign("product_clear_n$0", net("rst_ni") & !clear);
                body.pipe(&data, gate(mac.clone()), net(product));
                body.assign(format!("{data}$rst_n"), net("product_clear_n$0"));
            }
            product = format!("{data}$q");
            if stage < self.product_mac.len() {
                body.pipe(&flag, net("en_i"), mac);
                mac = net(format!("{flag}$q"));
            }
        }
        for stage in self.product.len()..self.product_mac.len() {
            let flag = format!("product_mac${stage}");
            body.pipe(&flag, net("en_i"), mac);
            mac = net(format!("{flag}$q"));
        }
        body.control("add");
        body.assign("add$product_i", net(product));
        body.assign("add$mac_i", if self.adds_all() { lit(1, 1) } else { mac });
    }
}
