//! The integer multiplier: combinational, in a DSP block, or with a stage of registers inside.

use super::{low_bits, to_i64, Int};
use crate::arith::{drive_optional, optional, Multiplier};
use crate::describe::{lit, net, Body, Expr};
use crate::lanes::connect;
use crate::prim::{Dsp, Pipe, PipeControl};
use crate::{ArrayConfig, MultiplierCell};
use rust_hdl::prelude::*;

/// The exact product of two W-bit numbers: combinational, with a DSP block's registers, or with
/// registers of the fabric inside.
#[derive(Clone, Debug, LogicBlock)]
pub struct IntMul<const W: usize, const P: usize> {
    /// Clock (with registers only, as the next two).
    pub clk_i: Vec<Signal<In, Clock>>,
    /// Reset, active low.
    pub rst_ni: Vec<Signal<In, Bit>>,
    /// Low freezes every register.
    pub en_i: Vec<Signal<In, Bit>>,
    /// Opens clock gates for scan test; clock gating only.
    pub test_en_i: Vec<Signal<In, Bit>>,
    /// The activation.
    pub act_i: Signal<In, Bits<W>>,
    /// The weight.
    pub weight_i: Signal<In, Bits<W>>,
    /// Their product.
    pub product_o: Signal<Out, Bits<P>>,
    dsp: Vec<Dsp<W, P>>,
    /// The operands, where they are registered.
    act: Vec<Pipe<Bits<W>>>,
    weight: Vec<Pipe<Bits<W>>>,
    /// The activation times the low half of the weight, and times its signed high half.
    low: Vec<Pipe<Bits<P>>>,
    high: Vec<Pipe<Bits<P>>>,
}

impl<const W: usize, const P: usize> IntMul<W, P> {
    fn drive_registers(&mut self) -> Option<Bits<P>> {
        let control = PipeControl::of(self.clk_i.first()?, self.rst_ni.first()?, &self.test_en_i);
        let en = self.en_i[0].val();
        let (act, weight) = (self.act_i.val(), self.weight_i.val());
        if let Some(dsp) = self.dsp.first_mut() {
            dsp.drive(control, en, act, weight);
            return Some(dsp.product_o.val());
        }
        if let Some(line) = self.act.first_mut() {
            line.drive(control, en, act);
            self.weight[0].drive(control, en, weight);
            return Some(multiply(line.q.val(), self.weight[0].q.val()));
        }
        let low = weight.to_u64() & (u64::MAX >> (64 - W / 2));
        let high = to_i64(weight) >> (W / 2);
        self.low[0].drive(control, en, low_bits((to_i64(act) * low as i64) as u64));
        self.high[0].drive(control, en, low_bits((to_i64(act) * high) as u64));
        let (low, high) = (self.low[0].q.val().to_u64(), self.high[0].q.val().to_u64());
        Some(low_bits((high << (W / 2)) + low))
    }

    /// Wires the register line `name` to the ports, which are optional.
    fn line(&self, body: &mut Body, name: &str, d: Expr) {
        let test_en = match self.test_en_i.is_empty() {
            true => lit(0, 1),
            false => net("test_en_i$0"),
        };
        body.assign(format!("{name}$clk"), net("clk_i$0"));
        body.assign(format!("{name}$rst_n"), net("rst_ni$0"));
        body.assign(format!("{name}$en"), net("en_i$0"));
        body.assign(format!("{name}$test_en"), test_en);
        body.assign(format!("{name}$d"), d);
    }
}

fn multiply<const W: usize, const P: usize>(act: Bits<W>, weight: Bits<W>) -> Bits<P> {
    low_bits((to_i64(act) * to_i64(weight)) as u64)
}

impl<const W: usize, const P: usize> Logic for IntMul<W, P> {
    fn update(&mut self) {
        self.product_o.next = self
            .drive_registers()
            .unwrap_or_else(|| multiply(self.act_i.val(), self.weight_i.val()));
    }

    fn connect(&mut self) {
        self.product_o.connect();
        self.dsp.iter_mut().for_each(Dsp::connect_inputs);
        for lines in [&mut self.act, &mut self.weight] {
            lines.iter_mut().for_each(Pipe::connect_inputs);
        }
        for lines in [&mut self.low, &mut self.high] {
            lines.iter_mut().for_each(Pipe::connect_inputs);
        }
    }

    fn hdl(&self) -> Verilog {
        let how = match (&self.dsp[..], &self.act[..], &self.low[..]) {
            ([_, ..], ..) => "with the registers of a DSP block",
            (_, [_, ..], _) => "of registered operands",
            (.., [_, ..]) => "in two steps: registered products with the halves of the weight",
            _ => "combinational",
        };
        let mut body = Body::new(
            &format!("mul_int{W}"),
            &format!("Exact product of two {W}-bit integers, {how}."),
            !self.test_en_i.is_empty(),
        );
        let (act, weight) = (|| net("act_i"), || net("weight_i"));
        if !self.dsp.is_empty() {
            body.dsp("dsp$0", act(), weight());
            body.assign("product_o", net("dsp$0$product_o"));
        } else if !self.act.is_empty() {
            self.line(&mut body, "act$0", act());
            self.line(&mut body, "weight$0", weight());
            body.assign(
                "product_o",
                net("act$0$q").signed() * net("weight$0$q").signed(),
            );
        } else if !self.low.is_empty() {
            let half = W / 2;
            let low = weight().slice(0, half).zext(half + 1).signed();
            let high = weight().slice(half, half).signed();
            self.line(&mut body, "low$0", act().signed() * low);
            self.line(&mut body, "high$0", act().signed() * high);
            body.assign("product_o", net("high$0$q").shl(half) + net("low$0$q"));
        } else {
            body.assign("product_o", act().signed() * weight().signed());
        }
        body.finish()
    }
}

impl<const W: usize, const P: usize, const A: usize> Multiplier<Int<W, P, A>> for IntMul<W, P> {
    fn new(config: &ArrayConfig) -> Self {
        let (in_dsp, inner) = (config.dsp_stages(), config.inner_stages());
        let registers = in_dsp + inner > 0;
        let staged = config.multiplier() == MultiplierCell::Staged;
        let count = |present: bool| if present { inner } else { 0 };
        let operands = || {
            (0..count(!staged))
                .map(|_| Pipe::new(1, config.gated_style()))
                .collect()
        };
        let halves = || {
            (0..count(staged))
                .map(|_| Pipe::new(1, config.gated_style()))
                .collect()
        };
        Self {
            clk_i: optional(registers),
            rst_ni: optional(registers),
            en_i: optional(registers),
            test_en_i: optional(inner > 0 && config.has_test_en()),
            act_i: Signal::default(),
            weight_i: Signal::default(),
            product_o: Signal::default(),
            dsp: (0..in_dsp.min(1)).map(|_| Dsp::new(in_dsp, true)).collect(),
            act: operands(),
            weight: operands(),
            low: halves(),
            high: halves(),
        }
    }

    fn drive(&mut self, control: PipeControl, en: bool, act: Bits<W>, weight: Bits<W>) {
        drive_optional(&mut self.clk_i, control.clk);
        drive_optional(&mut self.rst_ni, control.rst_n);
        drive_optional(&mut self.en_i, en);
        drive_optional(&mut self.test_en_i, control.test_en);
        self.act_i.next = act;
        self.weight_i.next = weight;
    }

    fn product(&self) -> Bits<P> {
        self.product_o.val()
    }

    fn connect_inputs(&mut self) {
        connect(&mut self.clk_i);
        connect(&mut self.rst_ni);
        connect(&mut self.en_i);
        connect(&mut self.test_en_i);
        self.act_i.connect();
        self.weight_i.connect();
    }
}
