//! The exact product of two bfloat16 numbers.

use super::{Bf16, Bf16Fields, Bf16Product};
use crate::arith::Multiplier;
use crate::describe::{net, Body};
use crate::lanes::{connect, lanes};
use crate::prim::{Dsp, Pipe, PipeControl, PipeStyle};
use crate::ArrayConfig;
use rust_hdl::prelude::*;

/// The product of two significands. rust-hdl's own product exists for 16 bits only.
#[derive(Clone, Debug, Default, LogicBlock)]
struct SigMul {
    a_i: Signal<In, Bits<8>>,
    b_i: Signal<In, Bits<8>>,
    product_o: Signal<Out, Bits<16>>,
}

impl Logic for SigMul {
    fn update(&mut self) {
        self.product_o.next = (self.a_i.val().to_u64() * self.b_i.val().to_u64()).into();
    }

    fn connect(&mut self) {
        self.product_o.connect();
    }

    fn hdl(&self) -> Verilog {
        let about = "Product of two bfloat16 significands, combinational.";
        let mut body = Body::new("mul_sig", about, false);
        body.port("a_i", "significand");
        body.port("b_i", "significand");
        body.assign("product_o", net("a_i").zext(16) * net("b_i").zext(16));
        body.finish()
    }
}

/// Multiplies two bfloat16 numbers, combinational.
#[derive(Clone, Debug, Default, LogicBlock)]
pub struct Bf16Combinational {
    /// The activation.
    pub act_i: Signal<In, Bits<16>>,
    /// The weight.
    pub weight_i: Signal<In, Bits<16>>,
    /// Their product.
    pub product_o: Signal<Out, Bf16Product>,
    fields: Bf16Fields,
    significands: SigMul,
}

impl Logic for Bf16Combinational {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("heddle:module mul_bf16 | Exact product of two bfloat16 numbers, combinational: 16-bit significand, 9-bit exponent, sign, infinity, NaN.");
        self.fields.act_i.next = self.act_i.val();
        self.fields.weight_i.next = self.weight_i.val();
        self.significands.a_i.next = self.fields.act_sig_o.val();
        self.significands.b_i.next = self.fields.weight_sig_o.val();
        self.product_o.next.sig = self.significands.product_o.val();
        self.product_o.next.exp = self.fields.exp_o.val();
        self.product_o.next.sign = self.fields.sign_o.val();
        self.product_o.next.inf = self.fields.inf_o.val();
        self.product_o.next.nan = self.fields.nan_o.val();
    }
}

/// Multiplies two bfloat16 numbers, the significands with a DSP block's registers.
#[derive(Clone, Debug, LogicBlock)]
pub struct Bf16Registered {
    /// Clock; one element, as the next two: in other multipliers they are optional.
    pub clk_i: Vec<Signal<In, Clock>>,
    /// Reset, active low.
    pub rst_ni: Vec<Signal<In, Bit>>,
    /// Low freezes every register.
    pub en_i: Vec<Signal<In, Bit>>,
    /// The activation.
    pub act_i: Signal<In, Bits<16>>,
    /// The weight.
    pub weight_i: Signal<In, Bits<16>>,
    /// Their product.
    pub product_o: Signal<Out, Bf16Product>,
    fields: Bf16Fields,
    significands: Dsp<8, 16>,
    /// What goes beside the significands.
    exp: Pipe<Bits<9>>,
    sign: Pipe<Bit>,
    inf: Pipe<Bit>,
    nan: Pipe<Bit>,
}

impl Bf16Registered {
    fn new(stages: usize, style: PipeStyle) -> Self {
        Self {
            clk_i: lanes(1),
            rst_ni: lanes(1),
            en_i: lanes(1),
            act_i: Signal::default(),
            weight_i: Signal::default(),
            product_o: Signal::default(),
            fields: Bf16Fields::default(),
            significands: Dsp::new(stages, false),
            exp: Pipe::new(stages, style),
            sign: Pipe::new(stages, style),
            inf: Pipe::new(stages, style),
            nan: Pipe::new(stages, style),
        }
    }
}

impl Logic for Bf16Registered {
    #[hdl_gen]
    fn update(&mut self) {
        comment!("heddle:module mul_bf16 | Exact product of two bfloat16 numbers, the significands with the registers of a DSP block: 16-bit significand, 9-bit exponent, sign, infinity, NaN.");
        self.fields.act_i.next = self.act_i.val();
        self.fields.weight_i.next = self.weight_i.val();
        self.significands.clk_i.next = self.clk_i[0].val();
        self.significands.en_i.next = self.en_i[0].val();
        self.significands.a_i.next = self.fields.act_sig_o.val();
        self.significands.b_i.next = self.fields.weight_sig_o.val();
        self.exp.clk.next = self.clk_i[0].val();
        self.exp.rst_n.next = self.rst_ni[0].val();
        self.exp.en.next = self.en_i[0].val();
        self.exp.test_en.next = false;
        self.exp.d.next = self.fields.exp_o.val();
        self.sign.clk.next = self.clk_i[0].val();
        self.sign.rst_n.next = self.rst_ni[0].val();
        self.sign.en.next = self.en_i[0].val();
        self.sign.test_en.next = false;
        self.sign.d.next = self.fields.sign_o.val();
        self.inf.clk.next = self.clk_i[0].val();
        self.inf.rst_n.next = self.rst_ni[0].val();
        self.inf.en.next = self.en_i[0].val();
        self.inf.test_en.next = false;
        self.inf.d.next = self.fields.inf_o.val();
        self.nan.clk.next = self.clk_i[0].val();
        self.nan.rst_n.next = self.rst_ni[0].val();
        self.nan.en.next = self.en_i[0].val();
        self.nan.test_en.next = false;
        self.nan.d.next = self.fields.nan_o.val();
        self.product_o.next.sig = self.significands.product_o.val();
        self.product_o.next.exp = self.exp.q.val();
        self.product_o.next.sign = self.sign.q.val();
        self.product_o.next.inf = self.inf.q.val();
        self.product_o.next.nan = self.nan.q.val();
    }
}

/// Multiplies two bfloat16 numbers, one way or the other.
#[derive(Clone, Debug)]
pub enum Bf16Mul {
    /// Combinational.
    Combinational(Box<Bf16Combinational>),
    /// With a DSP block's registers.
    Registered(Box<Bf16Registered>),
}

/// Asks the one that is there.
macro_rules! either {
    ($self:ident, $mul:ident => $what:expr) => {
        match $self {
            Bf16Mul::Combinational($mul) => $what,
            Bf16Mul::Registered($mul) => $what,
        }
    };
}

impl Logic for Bf16Mul {
    fn update(&mut self) {
        either!(self, mul => mul.update());
    }

    fn connect(&mut self) {
        either!(self, mul => mul.connect());
    }

    fn hdl(&self) -> Verilog {
        either!(self, mul => mul.hdl())
    }
}

impl Block for Bf16Mul {
    fn connect_all(&mut self) {
        either!(self, mul => mul.connect_all());
    }

    fn update_all(&mut self) {
        either!(self, mul => mul.update_all());
    }

    fn has_changed(&self) -> bool {
        either!(self, mul => mul.has_changed())
    }

    fn accept(&self, name: &str, probe: &mut dyn Probe) {
        either!(self, mul => mul.accept(name, probe));
    }
}

impl Multiplier<Bf16> for Bf16Mul {
    fn new(config: &ArrayConfig) -> Self {
        match config.dsp_stages() {
            0 => Bf16Mul::Combinational(Box::default()),
            stages => {
                Bf16Mul::Registered(Box::new(Bf16Registered::new(stages, config.data_style())))
            }
        }
    }

    fn drive(&mut self, control: PipeControl, en: bool, act: Bits<16>, weight: Bits<16>) {
        match self {
            Bf16Mul::Combinational(mul) => {
                mul.act_i.next = act;
                mul.weight_i.next = weight;
            }
            Bf16Mul::Registered(mul) => {
                mul.clk_i[0].next = control.clk;
                mul.rst_ni[0].next = control.rst_n;
                mul.en_i[0].next = en;
                mul.act_i.next = act;
                mul.weight_i.next = weight;
            }
        }
    }

    fn product(&self) -> Bf16Product {
        either!(self, mul => mul.product_o.val())
    }

    fn connect_inputs(&mut self) {
        if let Bf16Mul::Registered(mul) = self {
            connect(&mut mul.clk_i);
            connect(&mut mul.rst_ni);
            connect(&mut mul.en_i);
        }
        either!(self, mul => mul.act_i.connect());
        either!(self, mul => mul.weight_i.connect());
    }
}
