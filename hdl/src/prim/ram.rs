//! A block RAM with a port to write and one to read.

use crate::describe::{bits_to, AnyNet, Body, Describe, Net, Shape, Site, Size};
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// `WORDS` words with a port to write and one to read, on one clock, without reset: a block RAM. What
/// is read in the cycle in which its word is written is unspecified.
#[derive(Clone, Debug, LogicBlock, Module)]
#[hw(manual)]
pub struct Ram {
    /// clock
    pub clk_i: Net<In, Clock>,
    /// writes wdata_i
    pub write_i: Net<In, Bit>,
    /// where
    pub waddr_i: Net<In, Bit>,
    /// what is written
    pub wdata_i: Net<In, Bit>,
    /// reads; where low, rdata_o holds
    pub read_i: Net<In, Bit>,
    /// which word
    pub raddr_i: Net<In, Bit>,
    /// the word, a cycle later
    pub rdata_o: Net<Out, Bit>,
    _words: Vec<Vec<Bit>>,
    _read: Vec<Bit>,
}

impl Ram {
    /// A RAM of `words` words of `bits` bits, all zero in simulation.
    ///
    /// # Panics
    /// If there are fewer than two words, which is a register.
    pub fn new(config: &Site, words: usize, bits: usize) -> Self {
        assert!(words > 1, "a RAM of {words} words");
        let one = Shape::default();
        let data = one.clone().with_lanes(Size::Name("BITS"));
        let addr = one.clone().with_lanes(Size::Name("ADDRESS_BITS"));
        Self {
            clk_i: Net::new(config, &one),
            write_i: Net::new(config, &one),
            waddr_i: Net::with_count(config, &addr, bits_to(words - 1)),
            wdata_i: Net::with_count(config, &data, bits),
            read_i: Net::new(config, &one),
            raddr_i: Net::with_count(config, &addr, bits_to(words - 1)),
            rdata_o: Net::with_count(config, &data, bits),
            _words: vec![vec![false; bits]; words],
            _read: vec![false; bits],
        }
    }

    /// Bits of an address.
    pub fn address_bits(&self) -> usize {
        self.raddr_i.len()
    }

    /// Bits of a word.
    pub fn bits(&self) -> usize {
        self.rdata_o.len()
    }

    /// Tells `m`, in which it is, how large it is.
    pub(crate) fn sized(&self, m: &mut Body) {
        m.parameter(&self.wdata_i, "BITS", self.bits());
        m.parameter(&self.wdata_i, "WORDS", self._words.len());
        m.parameter(&self.wdata_i, "ADDRESS_BITS", self.address_bits());
    }
}

/// The number on the lines of `net`.
fn number(net: &Net<In, Bit>) -> usize {
    let bits = 0..net.len();
    bits.map(|bit| usize::from(net.get(bit)) << bit).sum()
}

impl Logic for Ram {
    fn update(&mut self) {
        if self.clk_i.rises() {
            // An address beyond the last word does not occur; the hardware may do anything.
            if self.read_i.get(0) {
                if let Some(word) = self._words.get(number(&self.raddr_i)) {
                    self._read.clone_from(word);
                }
            }
            if self.write_i.get(0) {
                let new: Vec<Bit> = (0..self.wdata_i.len())
                    .map(|lane| self.wdata_i.get(lane))
                    .collect();
                if let Some(word) = self._words.get_mut(number(&self.waddr_i)) {
                    *word = new;
                }
            }
        }
        for (lane, bit) in self._read.iter().enumerate() {
            self.rdata_o.set(lane, *bit);
        }
    }

    fn connect(&mut self) {
        self.rdata_o.connect();
    }

    /// A body for rust-hdl's own generator.
    fn hdl(&self) -> Verilog {
        let (bits, words) = (self.bits(), self._words.len());
        let nets = Body::of(self).nets;
        let names = [1, 2, 3, 4, 5, 6].map(|net| crate::describe::elements(&nets[net]));
        let [write, waddr, wdata, read, raddr, rdata] = names;
        Verilog::Custom(format!(
            "reg [{top}:0] words [0:{last}];\nreg [{top}:0] read;\nalways @(*) {rdata} = read;\n\
             always @(posedge clk_i) if ({write}) words[{waddr}] <= {wdata};\n\
             always @(posedge clk_i) if ({read}) read <= words[{raddr}];",
            top = bits - 1,
            last = words - 1,
        ))
    }
}

impl Describe for Ram {
    fn describe(&self, m: &mut Body) {
        let text = include_str!("ram.v").to_owned();
        m.cell(text, vec![("BITS", 1), ("WORDS", 2), ("ADDRESS_BITS", 1)]);
    }
}
