//! A few words of which one is read and written in a cycle.

use rust_hdl::prelude::*;
use std::fmt::Write;

/// `depth` words of type `T`, without reset: `q_o` shows the word at `addr_i`, and at a
/// rising edge of the clock with `en_i` high `d_i` takes its place. Written so that
/// synthesis may use distributed RAM, with one port for writing and one for reading.
#[derive(Clone, Debug, LogicBlock)]
pub struct Bank<T: Synth> {
    /// The clock.
    pub clk_i: Signal<In, Clock>,
    /// Writes where high.
    pub en_i: Signal<In, Bit>,
    /// Which word, the low bit first; as many bits as count to `depth - 1`.
    pub addr_i: Vec<Signal<In, Bit>>,
    /// What is written.
    pub d_i: Signal<In, T>,
    /// The word before that.
    pub q_o: Signal<Out, T>,
    // A constant, so that a probe sees what distinguishes one bank from another.
    depth: Constant<Bits<16>>,
    _words: Vec<T>,
}

/// Bits that address `depth` words.
pub const fn address_bits(depth: usize) -> usize {
    depth.next_power_of_two().trailing_zeros() as usize
}

impl<T: Synth> Bank<T> {
    /// A bank of `depth` words, all zero in simulation.
    ///
    /// # Panics
    /// If `depth` is less than 2, which is a register, or does not fit 16 bits.
    pub fn new(depth: usize) -> Self {
        assert!(depth > 1, "a bank of {depth} words");
        let depth_bits = u16::try_from(depth).expect("a bank of 65,536 words or more");
        Self {
            clk_i: Signal::default(),
            en_i: Signal::default(),
            addr_i: (0..address_bits(depth))
                .map(|_| Signal::default())
                .collect(),
            d_i: Signal::default(),
            q_o: Signal::default(),
            depth: Constant::new(u64::from(depth_bits).into()),
            _words: vec![T::default(); depth],
        }
    }

    /// Drives every input, from the `update` of the block that holds the bank.
    #[inline]
    pub fn drive(&mut self, clk: Clock, en: bool, addr: &[Signal<In, Bit>], d: T) {
        self.clk_i.next = clk;
        self.en_i.next = en;
        for (to, from) in self.addr_i.iter_mut().zip(addr) {
            to.next = from.val();
        }
        self.d_i.next = d;
    }

    /// Claims every input, from the `connect` of the block that holds the bank.
    pub fn connect_inputs(&mut self) {
        self.clk_i.connect();
        self.en_i.connect();
        self.addr_i.iter_mut().for_each(Logic::connect);
        self.d_i.connect();
    }
}

impl<T: Synth> Logic for Bank<T> {
    fn update(&mut self) {
        let bits = self.addr_i.iter().enumerate();
        let at: usize = bits.map(|(i, bit)| usize::from(bit.val()) << i).sum();
        // An address beyond the last word does not occur; the hardware may do anything.
        let Some(word) = self._words.get_mut(at) else {
            return;
        };
        if self.clk_i.pos_edge() && self.en_i.val() {
            *word = self.d_i.val();
        }
        self.q_o.next = *word;
    }

    fn connect(&mut self) {
        self.q_o.connect();
    }

    /// A body for rust-hdl's own generator; the first line is what our emitter reads.
    fn hdl(&self) -> Verilog {
        let (depth, bits) = (self._words.len(), T::BITS);
        let mut body = format!("// heddle:bank depth={depth} bits={bits}\n");
        let addr: Vec<_> = (0..self.addr_i.len())
            .rev()
            .map(|i| format!("addr_i${i}"))
            .collect();
        writeln!(
            body,
            "reg [{}:0] words [0:{}];\nwire [{}:0] addr = {{{}}};\nalways @(*) q_o = words[addr];\n\
             always @(posedge clk_i) if (en_i) words[addr] <= d_i;",
            bits - 1,
            depth - 1,
            addr.len() - 1,
            addr.join(", "),
        )
        .expect("writing to a string");
        Verilog::Custom(body)
    }
}
