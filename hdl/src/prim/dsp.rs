//! A multiplier with the registers of an FPGA's DSP block.

use rust_hdl::prelude::*;
use std::fmt::Write;

/// Multiplies two `W`-bit numbers, `P` = 2 `W`, in `stages` cycles: the product's register
/// (1), those of the operands (2), and one within the multiplication (3).
///
/// At a rising edge of the clock every register moves if `en_i` is high. There are no other
/// enables: four multipliers of an ECP5 share theirs (Lattice FPGA-TN-02205, "sysDSP Usage Guide
/// for ECP5 and ECP5-5G"). There is no reset either, which would have far to go: the product is
/// unspecified until the first operands have passed.
#[derive(Clone, Debug, LogicBlock)]
pub struct Dsp<const W: usize, const P: usize> {
    /// The clock.
    pub clk_i: Signal<In, Clock>,
    /// Low freezes every register.
    pub en_i: Signal<In, Bit>,
    /// One operand.
    pub a_i: Signal<In, Bits<W>>,
    /// The other one.
    pub b_i: Signal<In, Bits<W>>,
    /// Their product.
    pub product_o: Signal<Out, Bits<P>>,
    // Constants, so that a probe sees what distinguishes one from another.
    stages: Constant<Bits<2>>,
    signed: Constant<Bit>,
    _shape: (usize, bool),
    _operands: (Bits<W>, Bits<W>),
    _inner: Bits<P>,
    _product: Bits<P>,
}

impl<const W: usize, const P: usize> Dsp<W, P> {
    /// A multiplier of two's complement or of unsigned numbers, all registers zero.
    ///
    /// # Panics
    /// If there are other than 1 to 3 stages, or operands of more than 18 bits.
    pub fn new(stages: usize, signed: bool) -> Self {
        assert!(
            (1..=3).contains(&stages),
            "{stages} registers in a DSP block"
        );
        assert!(W <= 18 && P == 2 * W, "a DSP block multiplies 18 bits");
        Self {
            clk_i: Signal::default(),
            en_i: Signal::default(),
            a_i: Signal::default(),
            b_i: Signal::default(),
            product_o: Signal::default(),
            stages: Constant::new((stages as u64).into()),
            signed: Constant::new(signed),
            _shape: (stages, signed),
            _operands: Default::default(),
            _inner: Bits::default(),
            _product: Bits::default(),
        }
    }

    /// Drives every input, from the `update` of the block that holds it.
    #[inline]
    pub fn drive(&mut self, clk: Clock, en: bool, a: Bits<W>, b: Bits<W>) {
        self.clk_i.next = clk;
        self.en_i.next = en;
        self.a_i.next = a;
        self.b_i.next = b;
    }

    /// Claims every input, from the `connect` of the block that holds it.
    pub fn connect_inputs(&mut self) {
        self.clk_i.connect();
        self.en_i.connect();
        self.a_i.connect();
        self.b_i.connect();
    }

    fn multiply(&self, (a, b): (Bits<W>, Bits<W>)) -> Bits<P> {
        let wide = |x: Bits<W>| match self._shape.1 {
            true => ((x.to_u64() << (64 - W)) as i64) >> (64 - W),
            false => x.to_u64() as i64,
        };
        ((wide(a) * wide(b)) as u64 & (u64::MAX >> (64 - P))).into()
    }
}

impl<const W: usize, const P: usize> Logic for Dsp<W, P> {
    fn update(&mut self) {
        if self.clk_i.pos_edge() && self.en_i.val() {
            let now = (self.a_i.val(), self.b_i.val());
            let old = self.multiply(self._operands);
            self._product = match self._shape.0 {
                1 => self.multiply(now),
                2 => old,
                _ => self._inner,
            };
            self._inner = old;
            self._operands = now;
        }
        self.product_o.next = self._product;
    }

    fn connect(&mut self) {
        self.product_o.connect();
    }

    /// A body for rust-hdl's own generator; the first line is what our emitter reads.
    fn hdl(&self) -> Verilog {
        let (stages, signed) = self._shape;
        let mut body = format!(
            "// heddle:dsp bits={W} stages={stages} signed={}\n",
            u8::from(signed)
        );
        let sign = if signed { "$signed" } else { "" };
        let (a, b) = match stages {
            1 => ("a_i", "b_i"),
            _ => ("a_q", "b_q"),
        };
        let inner = if stages == 3 { "inner_q" } else { "product" };
        write!(
            body,
            "reg [{w}:0] a_q;\nreg [{w}:0] b_q;\nreg [{p}:0] inner_q;\nreg [{p}:0] product_q;\n\
             wire [{p}:0] product = {sign}({a}) * {sign}({b});\nalways @(*) product_o = product_q;\n\
             always @(posedge clk_i) if (en_i) begin a_q <= a_i; b_q <= b_i; inner_q <= product; \
             product_q <= {inner}; end\n",
            w = W - 1,
            p = P - 1,
        )
        .expect("writing to a string");
        Verilog::Custom(body)
    }
}
