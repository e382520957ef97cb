//! A multiplier with the registers of an FPGA's DSP block.

use super::dsp_text::{text, DspShape};
use crate::describe::{AnyNet, Body, Configuration, Describe, Net, Shape, Site, Word};
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Multiplies two `W`-bit numbers, `P` = 2 `W`, in `stages` cycles: the product's register
/// (1), those of the operands (2), and one within the multiplication (3).
///
/// At a rising edge of the clock every register moves if `en_i` is high. There are no other
/// enables: four multipliers of an ECP5 share theirs (Lattice FPGA-TN-02205, "sysDSP Usage Guide
/// for ECP5 and ECP5-5G"). There is no reset either, which would have far to go: the product is
/// unspecified until the first operands have passed.
#[derive(Clone, Debug, LogicBlock, Module)]
#[hw(manual, name = self.kind(), about = self.purpose())]
pub struct Dsp<const W: usize, const P: usize> {
    /// clock
    pub clk_i: Net<In, Clock>,
    /// low freezes every register
    pub en_i: Net<In, Bit>,
    /// operand
    pub a_i: Net<In, Bits<W>>,
    /// operand
    pub b_i: Net<In, Bits<W>>,
    /// product of the operands
    pub product_o: Net<Out, Bits<P>>,
    _shape: Option<DspShape>,
    _operands: (u64, u64),
    _inner: u64,
    _product: u64,
}

impl<const W: usize, const P: usize> Dsp<W, P> {
    /// A multiplier of two's complement or of unsigned numbers, all registers zero.
    ///
    /// # Panics
    /// If there are other than 1 to 3 stages, or operands of more than 18 bits.
    pub fn new<C: Configuration>(config: &Site<C>, stages: usize, signed: bool) -> Self {
        assert!(
            (1..=3).contains(&stages),
            "{stages} registers in a DSP block"
        );
        assert!(W <= 18 && P == 2 * W, "a DSP block multiplies 18 bits");
        let one = Shape::default();
        Self {
            clk_i: Net::new(config, &one),
            en_i: Net::new(config, &one),
            a_i: Net::new(config, &one),
            b_i: Net::new(config, &one),
            product_o: Net::new(config, &one),
            _shape: Some(DspShape {
                bits: W,
                stages,
                signed,
            }),
            _operands: (0, 0),
            _inner: 0,
            _product: 0,
        }
    }

    fn shape(&self) -> DspShape {
        self._shape.expect("a DSP block has a shape")
    }

    fn kind(&self) -> String {
        let sign = if self.shape().signed { "s" } else { "u" };
        format!("dsp_{sign}{W}")
    }

    fn purpose(&self) -> String {
        let registers = match self.shape().stages {
            1 => "its product",
            2 => "operands and product",
            _ => "operands, the partial products and the product",
        };
        format!(
            "Multiplies two {W}-bit numbers in a DSP block, with registers of {registers}. With \
             HEDDLE_ECP5 defined: Lattice's MULT18X18D. Without it: the same in behavioural \
             Verilog, for simulation and for every other target. There is no reset: the product is \
             unspecified until the first operands have passed."
        )
    }

    fn multiply(&self, (a, b): (u64, u64)) -> u64 {
        let wide = |x: u64| match self.shape().signed {
            true => ((x << (64 - W)) as i64) >> (64 - W),
            false => x as i64,
        };
        (wide(a) * wide(b)) as u64 & (u64::MAX >> (64 - P))
    }
}

impl<const W: usize, const P: usize> Logic for Dsp<W, P> {
    fn update(&mut self) {
        if self.clk_i.rises() && self.en_i.get(0) {
            let now = (self.a_i.get(0).to_u64(), self.b_i.get(0).to_u64());
            let old = self.multiply(self._operands);
            self._product = match self.shape().stages {
                1 => self.multiply(now),
                2 => old,
                _ => self._inner,
            };
            self._inner = old;
            self._operands = now;
        }
        self.product_o.set(0, Bits::of_number(self._product.into()));
    }

    fn connect(&mut self) {
        self.product_o.connect();
    }

    /// A body for rust-hdl's own generator.
    fn hdl(&self) -> Verilog {
        let DspShape { stages, signed, .. } = self.shape();
        let (last, top) = (W - 1, P - 1);
        let product = |a: &str, b: &str| match signed {
            true => format!("$signed({a}) * $signed({b})"),
            false => format!("{a} * {b}"),
        };
        let mut body = format!("// heddle:register p product_q\nreg [{top}:0] p;\n");
        let mut moves = String::new();
        let mut of = product("a_i", "b_i");
        if stages > 1 {
            for operand in ["a", "b"] {
                let named = format!("// heddle:register {operand} {operand}_q\n");
                body += &format!("{named}reg [{last}:0] {operand};\n");
                moves += &format!("{operand} <= {operand}_i; ");
            }
            of = product("a", "b");
        }
        if stages > 2 {
            body += &format!("// heddle:register m inner_q\nreg [{top}:0] m;\n");
            moves += &format!("m <= {of}; ");
            of = "m".into();
        }
        body += &format!(
            "always @(*) product_o = p;\n\
             always @(posedge clk_i) if (en_i) begin {moves}p <= {of}; end"
        );
        Verilog::Custom(body)
    }
}

impl<const W: usize, const P: usize> Describe for Dsp<W, P> {
    fn describe(&self, m: &mut Body) {
        m.cell(text(self.shape()), Vec::new());
    }
}
