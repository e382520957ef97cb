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
    /// Reset, active low (registers of the fabric only).
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
    /// The activation times each part of the weight, the lowest first; the highest has the sign.
    part: Vec<Pipe<Bits<P>>>,
}

/// Parts of a weight in a staged multiplier. Two halves make a slower and larger one in OSU018:
/// each would add up four rows of bits.
const PARTS: usize = 3;

/// The lowest bit of the `index`-th part of a weight of `bits` bits, and how many bits it has.
fn part_of(index: usize, bits: usize) -> (usize, usize) {
    let most = bits.div_ceil(PARTS);
    (index * most, most.min(bits - index * most))
}

impl<const W: usize, const P: usize> IntMul<W, P> {
    fn drive_registers(&mut self) -> Option<Bits<P>> {
        let clk = self.clk_i.first()?;
        let en = self.en_i[0].val();
        let (act, weight) = (self.act_i.val(), self.weight_i.val());
        if let Some(dsp) = self.dsp.first_mut() {
            dsp.drive(clk.val(), en, act, weight);
            return Some(dsp.product_o.val());
        }
        let control = PipeControl::of(clk, self.rst_ni.first()?, &self.test_en_i);
        if let Some(line) = self.act.first_mut() {
            line.drive(control, en, act);
            self.weight[0].drive(control, en, weight);
            return Some(multiply(line.q.val(), self.weight[0].q.val()));
        }
        let mut sum = 0i64;
        for (index, line) in self.part.iter_mut().enumerate() {
            let (low, bits) = part_of(index, W);
            let part = match index == PARTS - 1 {
                true => to_i64(weight) >> low,
                false => (weight.to_u64() >> low & ((1 << bits) - 1)) as i64,
            };
            line.drive(control, en, low_bits((to_i64(act) * part) as u64));
            sum = sum.wrapping_add(to_i64(line.q.val()) << low);
        }
        Some(low_bits(sum as u64))
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
        self.part.iter_mut().for_each(Pipe::connect_inputs);
    }

    fn hdl(&self) -> Verilog {
        let how = match (&self.dsp[..], &self.act[..], &self.part[..]) {
            ([_, ..], ..) => "with the registers of a DSP block",
            (_, [_, ..], _) => "of registered operands",
            (.., [_, ..]) => "in two steps: registered products with parts of the weight",
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
        } else if !self.part.is_empty() {
            let mut sum = Vec::new();
            for index in 0..PARTS {
                let (low, bits) = part_of(index, W);
                let part = weight().slice(low, bits);
                let part = match index == PARTS - 1 {
                    true => part.signed(),
                    false => part.zext(bits + 1).signed(),
                };
                self.line(&mut body, &format!("part${index}"), act().signed() * part);
                let line = net(format!("part${index}$q"));
                sum.push(if low == 0 { line } else { line.shl(low) });
            }
            let sum = sum.into_iter().reduce(|a, b| a + b);
            body.assign("product_o", sum.expect("a weight has parts"));
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
        let operands = || {
            (0..if staged { 0 } else { inner })
                .map(|_| Pipe::new(1, config.gated_style()))
                .collect()
        };
        Self {
            clk_i: optional(registers),
            rst_ni: optional(inner > 0),
            en_i: optional(registers),
            test_en_i: optional(inner > 0 && config.has_test_en()),
            act_i: Signal::default(),
            weight_i: Signal::default(),
            product_o: Signal::default(),
            dsp: (0..in_dsp.min(1)).map(|_| Dsp::new(in_dsp, true)).collect(),
            act: operands(),
            weight: operands(),
            part: (0..if staged { PARTS } else { 0 })
                .map(|_| Pipe::new(1, config.gated_style()))
                .collect(),
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
