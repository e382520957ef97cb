//! A few words of which one is read and written in a cycle.

use crate::describe::{bits_to, elements, Body, Configuration, Describe, Net, Shape, Site, Size};
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// `WORDS` words of which one is read and written in a cycle, without reset: written so that
/// synthesis may use distributed RAM.
#[derive(Clone, Debug, LogicBlock, Module)]
#[hw(manual)]
pub struct Bank {
    /// clock
    pub clk_i: Net<In, Clock>,
    /// writes data_i
    pub write_i: Net<In, Bit>,
    /// which word
    pub addr_i: Net<In, Bit>,
    /// what is written
    pub data_i: Net<In, Bit>,
    /// the word at addr_i
    pub data_o: Net<Out, Bit>,
    _words: Vec<Vec<Bit>>,
}

impl Bank {
    /// A bank of `words` words of `bits` bits, all zero in simulation.
    ///
    /// # Panics
    /// If there are fewer than two words, which is a register.
    pub fn new<C: Configuration>(config: &Site<C>, words: usize, bits: usize) -> Self {
        assert!(words > 1, "a bank of {words} words");
        let one = Shape::default();
        let data = one.clone().with_lanes(Size::Name("BITS"));
        let addr = one.clone().with_lanes(Size::Name("ADDRESS_BITS"));
        Self {
            clk_i: Net::new(config, &one),
            write_i: Net::new(config, &one),
            addr_i: Net::with_count(config, &addr, bits_to(words - 1)),
            data_i: Net::with_count(config, &data, bits),
            data_o: Net::with_count(config, &data, bits),
            _words: vec![vec![false; bits]; words],
        }
    }
}

impl Logic for Bank {
    fn update(&mut self) {
        let bits = 0..self.addr_i.len();
        let at: usize = bits
            .map(|bit| usize::from(self.addr_i.get(bit)) << bit)
            .sum();
        let lanes = 0..self.data_i.len();
        let new: Vec<Bit> = lanes.clone().map(|lane| self.data_i.get(lane)).collect();
        // An address beyond the last word does not occur; the hardware may do anything.
        let Some(word) = self._words.get_mut(at) else {
            return;
        };
        if crate::describe::AnyNet::rises(&self.clk_i) && self.write_i.get(0) {
            *word = new;
        }
        for lane in lanes {
            self.data_o.set(lane, word[lane]);
        }
    }

    fn connect(&mut self) {
        self.data_o.connect();
    }

    /// A body for rust-hdl's own generator.
    fn hdl(&self) -> Verilog {
        let (bits, words) = (self.data_i.len(), self._words.len());
        let nets = Body::of(self).nets;
        let [write, addr, data_i, data_o] = [1, 2, 3, 4].map(|net| elements(&nets[net]));
        let named: String = (0..words)
            .map(|word| format!("// heddle:register words[{word}] words_q[{word}]\n"))
            .collect();
        Verilog::Custom(format!(
            "{named}reg [{}:0] words [0:{}];\nalways @(*) {data_o} = words[{addr}];\n\
             always @(posedge clk_i) if ({write}) words[{addr}] <= {data_i};",
            bits - 1,
            words - 1,
        ))
    }
}

impl Describe for Bank {
    fn describe(&self, m: &mut Body) {
        let text = include_str!("bank.v").to_owned();
        m.cell(text, vec![("BITS", 1), ("WORDS", 2), ("ADDRESS_BITS", 1)]);
    }
}
