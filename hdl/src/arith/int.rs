//! Integers: an exact product, an accumulator that wraps or saturates.

use super::{drive_optional, optional, AddInput, Adder, Arithmetic, Multiplier};
use crate::describe::{lit, net, Body};
use crate::lanes::connect;
use crate::prim::{Dsp, Pipe, PipeControl};
use crate::ArrayConfig;
use heddle_format::Overflow;
use rust_hdl::prelude::*;

/// W-bit operands, P-bit products (P = 2 W), A-bit sums, two's complement.
#[derive(Clone, Debug)]
pub struct Int<const W: usize, const P: usize, const A: usize>;

impl<const W: usize, const P: usize, const A: usize> Arithmetic for Int<W, P, A> {
    type Operand = Bits<W>;
    type Product = Bits<P>;
    type Sum = Bits<A>;
    type Mul = IntMul<W, P>;
    type Add = IntAdd<P, A>;
    const OVERFLOWS: bool = true;
    const ZERO_IS_NEUTRAL: bool = true;
}

/// The low `N` bits of a two's complement number of up to 64 bits, sign-extended.
fn to_i64<const N: usize>(x: Bits<N>) -> i64 {
    ((x.to_u64() << (64 - N)) as i64) >> (64 - N)
}

/// The low `N` bits of `x`.
fn low_bits<const N: usize>(x: u64) -> Bits<N> {
    (x & (u64::MAX >> (64 - N))).into()
}

/// The exact product of two W-bit numbers: combinational, or with a DSP block's registers.
#[derive(Clone, Debug, LogicBlock)]
pub struct IntMul<const W: usize, const P: usize> {
    /// Clock (DSP block only, as the next two).
    pub clk_i: Vec<Signal<In, Clock>>,
    /// Reset, active low.
    pub rst_ni: Vec<Signal<In, Bit>>,
    /// Low freezes every register.
    pub en_i: Vec<Signal<In, Bit>>,
    /// The activation.
    pub act_i: Signal<In, Bits<W>>,
    /// The weight.
    pub weight_i: Signal<In, Bits<W>>,
    /// Their product.
    pub product_o: Signal<Out, Bits<P>>,
    dsp: Vec<Dsp<W, P>>,
}

impl<const W: usize, const P: usize> Logic for IntMul<W, P> {
    fn update(&mut self) {
        let (act, weight) = (self.act_i.val(), self.weight_i.val());
        let Some(dsp) = self.dsp.first_mut() else {
            self.product_o.next = low_bits((to_i64(act) * to_i64(weight)) as u64);
            return;
        };
        let control = PipeControl::of(&self.clk_i[0], &self.rst_ni[0], &[]);
        dsp.drive(control, self.en_i[0].val(), act, weight);
        self.product_o.next = dsp.product_o.val();
    }

    fn connect(&mut self) {
        self.product_o.connect();
        self.dsp.iter_mut().for_each(Dsp::connect_inputs);
    }

    fn hdl(&self) -> Verilog {
        let how = match self.dsp.is_empty() {
            true => "combinational",
            false => "with the registers of a DSP block",
        };
        let mut body = Body::new(
            &format!("mul_int{W}"),
            &format!("Exact product of two {W}-bit integers, {how}."),
            false,
        );
        if self.dsp.is_empty() {
            body.assign(
                "product_o",
                net("act_i").signed() * net("weight_i").signed(),
            );
        } else {
            body.dsp("dsp$0", net("act_i"), net("weight_i"));
            body.assign("product_o", net("dsp$0$product_o"));
        }
        body.finish()
    }
}

impl<const W: usize, const P: usize, const A: usize> Multiplier<Int<W, P, A>> for IntMul<W, P> {
    fn new(config: &ArrayConfig) -> Self {
        let stages = config.dsp_stages();
        Self {
            clk_i: optional(stages > 0),
            rst_ni: optional(stages > 0),
            en_i: optional(stages > 0),
            act_i: Signal::default(),
            weight_i: Signal::default(),
            product_o: Signal::default(),
            dsp: (0..stages.min(1)).map(|_| Dsp::new(stages, true)).collect(),
        }
    }

    fn drive(&mut self, control: PipeControl, en: bool, act: Bits<W>, weight: Bits<W>) {
        drive_optional(&mut self.clk_i, control.clk);
        drive_optional(&mut self.rst_ni, control.rst_n);
        drive_optional(&mut self.en_i, en);
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
        self.act_i.connect();
        self.weight_i.connect();
    }
}

/// Adds a product to a partial sum.
///
/// The addition stands before the first of the `add_stages` registers; the others
/// follow it and are there for synthesis to retime.
#[derive(Clone, Debug, LogicBlock)]
pub struct IntAdd<const P: usize, const A: usize> {
    /// Clock.
    pub clk_i: Signal<In, Clock>,
    /// Reset, active low.
    pub rst_ni: Signal<In, Bit>,
    /// Low freezes every register.
    pub en_i: Signal<In, Bit>,
    /// Opens clock gates for scan test; clock gating only.
    pub test_en_i: Vec<Signal<In, Bit>>,
    /// The product.
    pub product_i: Signal<In, Bits<P>>,
    /// Whether the product counts.
    pub mac_i: Signal<In, Bit>,
    /// Partial sum from above.
    pub sum_i: Signal<In, Bits<A>>,
    /// Whether it is of a beat and a kept column.
    pub live_i: Signal<In, Bit>,
    /// Whether it overflowed further up.
    pub ovf_i: Vec<Signal<In, Bit>>,
    /// New partial sum.
    pub sum_o: Signal<Out, Bits<A>>,
    /// Its live bit.
    pub live_o: Signal<Out, Bit>,
    /// Whether it overflowed here or further up.
    pub ovf_o: Vec<Signal<Out, Bit>>,
    /// The product if it counts, else zero, so that nothing is added.
    addend: Signal<Local, Bits<A>>,
    /// The sum as the accumulator would wrap it.
    wrapped: Signal<Local, Bits<A>>,
    /// Whether the sum left the accumulator's range.
    overflow: Signal<Local, Bit>,
    sum: Vec<Pipe<Bits<A>>>,
    live: Vec<Pipe<Bit>>,
    ovf: Vec<Pipe<Bit>>,
    _saturates: bool,
    _gates: bool,
}

impl<const P: usize, const A: usize> IntAdd<P, A> {
    fn control(&self) -> PipeControl {
        PipeControl::of(&self.clk_i, &self.rst_ni, &self.test_en_i)
    }
}

impl<const P: usize, const A: usize> Logic for IntAdd<P, A> {
    fn update(&mut self) {
        let addend = if self.mac_i.val() {
            self.product_i.val()
        } else {
            Bits::default()
        };
        let (before, step) = (to_i64(self.sum_i.val()), to_i64(addend));
        let after = low_bits(before.wrapping_add(step) as u64);
        let overflow = (before < 0) == (step < 0) && (to_i64(after) < 0) != (before < 0);
        self.addend.next = low_bits(step as u64);
        self.wrapped.next = after;
        self.overflow.next = overflow;

        let limit = if before < 0 {
            1 << (A - 1)
        } else {
            (1 << (A - 1)) - 1
        };
        let saturated = overflow && self._saturates;
        let mut sum = if saturated { low_bits(limit) } else { after };
        let mut live = self.live_i.val();
        let mut ovf = self.ovf_i[0].val() || overflow;
        let (control, en) = (self.control(), self.en_i.val());
        for stage in 0..self.sum.len() {
            let moves = en && (live || !self._gates);
            self.sum[stage].drive(control, moves, sum);
            self.ovf[stage].drive(control, moves, ovf);
            self.live[stage].drive(control, en, live);
            sum = self.sum[stage].q.val();
            ovf = self.ovf[stage].q.val();
            live = self.live[stage].q.val();
        }
        self.sum_o.next = sum;
        self.live_o.next = live;
        self.ovf_o[0].next = ovf;
    }

    fn connect(&mut self) {
        self.addend.connect();
        self.wrapped.connect();
        self.overflow.connect();
        self.sum.iter_mut().for_each(Pipe::connect_inputs);
        self.live.iter_mut().for_each(Pipe::connect_inputs);
        self.ovf.iter_mut().for_each(Pipe::connect_inputs);
        self.sum_o.connect();
        self.live_o.connect();
        self.ovf_o[0].connect();
    }

    fn hdl(&self) -> Verilog {
        let on_overflow = if self._saturates {
            "saturates"
        } else {
            "wraps"
        };
        let mut body = Body::new(
            &format!("add_int{A}"),
            &format!(
                "Adds a {P}-bit product to a {A}-bit partial sum, which {on_overflow}. \
                 {} register stage(s) behind the addition.",
                self.sum.len()
            ),
            !self.test_en_i.is_empty(),
        );
        // The assignment extends the sign.
        body.select("addend", net("mac_i"), net("product_i").signed(), lit(0, A));
        body.assign("wrapped", net("sum_i") + net("addend"));
        let negative = || net("sum_i").bit(A - 1);
        let addend_negative = || net("addend").bit(A - 1);
        let wrapped_negative = || net("wrapped").bit(A - 1);
        body.assign(
            "overflow",
            (!negative() & !addend_negative() & wrapped_negative())
                | (negative() & addend_negative() & !wrapped_negative()),
        );
        if self._saturates {
            let smallest = 1 << (A - 1);
            body.assign("sum$0$d", net("wrapped"));
            body.assign_if("sum$0$d", net("overflow"), lit(smallest - 1, A));
            body.assign_if("sum$0$d", net("overflow") & negative(), lit(smallest, A));
        } else {
            body.assign("sum$0$d", net("wrapped"));
        }
        body.assign("ovf$0$d", net("ovf_i$0") | net("overflow"));
        body.assign("live$0$d", net("live_i"));
        for stage in 0..self.sum.len() {
            let moves = if self._gates {
                net("en_i") & net(format!("live${stage}$d"))
            } else {
                net("en_i")
            };
            if stage > 0 {
                for line in ["sum", "ovf", "live"] {
                    body.assign(
                        format!("{line}${stage}$d"),
                        net(format!("{line}${}$q", stage - 1)),
                    );
                }
            }
            body.pipe_control(&format!("sum${stage}"), moves.clone());
            body.pipe_control(&format!("ovf${stage}"), moves);
            body.pipe_control(&format!("live${stage}"), net("en_i"));
        }
        let last = self.sum.len() - 1;
        body.assign("sum_o", net(format!("sum${last}$q")));
        body.assign("live_o", net(format!("live${last}$q")));
        body.assign("ovf_o$0", net(format!("ovf${last}$q")));
        body.finish()
    }
}

impl<const W: usize, const P: usize, const A: usize> Adder<Int<W, P, A>> for IntAdd<P, A> {
    fn new(config: &ArrayConfig) -> Self {
        let pipes = |style| (0..config.add_stages()).map(move |_| Pipe::new(1, style));
        Self {
            clk_i: Signal::default(),
            rst_ni: Signal::default(),
            en_i: Signal::default(),
            test_en_i: config.test_en_port(),
            product_i: Signal::default(),
            mac_i: Signal::default(),
            sum_i: Signal::default(),
            live_i: Signal::default(),
            ovf_i: optional(true),
            sum_o: Signal::default(),
            live_o: Signal::default(),
            ovf_o: optional(true),
            addend: Signal::default(),
            wrapped: Signal::default(),
            overflow: Signal::default(),
            sum: (0..config.add_stages())
                .map(|_| Pipe::new(1, config.gated_style()))
                .collect(),
            live: pipes(config.control_style()).collect(),
            ovf: pipes(config.gated_style()).collect(),
            _saturates: config.overflow == Overflow::Saturate,
            _gates: config.gates(),
        }
    }

    fn drive(&mut self, input: AddInput<Int<W, P, A>>) {
        self.clk_i.next = input.control.clk;
        self.rst_ni.next = input.control.rst_n;
        self.en_i.next = input.en;
        drive_optional(&mut self.test_en_i, input.control.test_en);
        self.product_i.next = input.product;
        self.mac_i.next = input.mac;
        self.sum_i.next = input.sum;
        self.live_i.next = input.live;
        drive_optional(&mut self.ovf_i, input.overflow);
    }

    fn result(&self) -> (Bits<A>, bool, bool) {
        (self.sum_o.val(), self.live_o.val(), self.ovf_o[0].val())
    }

    fn connect_inputs(&mut self) {
        self.clk_i.connect();
        self.rst_ni.connect();
        self.en_i.connect();
        self.test_en_i.iter_mut().for_each(Logic::connect);
        self.product_i.connect();
        self.mac_i.connect();
        self.sum_i.connect();
        self.live_i.connect();
        self.ovf_i.iter_mut().for_each(Logic::connect);
    }
}
