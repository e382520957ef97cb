//! A template: a memory with a port to write and a port to read, in a module with two of them.

#[path = "common/mod.rs"]
mod common;

use heddle_derive::Module;
use heddle_emit::describe::{
    bits_to, AnyNet, Body, Clocked, Compiled, Configuration, Describe, Net, Parameter, Pins, Site,
    Size,
};
use heddle_emit::emit;
use rust_hdl::prelude::*;

const WORDS: Size = Size::parameter(&Parameter::size("WORDS", 16, "words"));
const BITS: Size = Size::parameter(&Parameter::size("BITS", 8, "width of a word"));
const ADDRESS_BITS: Size = Size::parameter(&Parameter::size("ADDRESS_BITS", 4, "of WORDS - 1"));

const TEXT: &str = "module {name} #(
  parameter WORDS = 16,       // words
  parameter BITS = 8,         // width of a word
  parameter ADDRESS_BITS = 4  // of WORDS - 1
) (
  input  wire clk_i,                          // clock
  input  wire write_i,                        // writes data_i
  input  wire [ADDRESS_BITS-1:0] at_i,        // which word is written
  input  wire [BITS-1:0] data_i,              // what is written
  input  wire [ADDRESS_BITS-1:0] read_at_i,   // which word is read
  output wire [BITS-1:0] data_o               // the word read, a cycle later
);

  (* ram_style = \"block\" *)
  reg [BITS-1:0] words_q [0:WORDS-1];
  reg [BITS-1:0] read_q;

  assign data_o = read_q;

  always @(posedge clk_i) begin
    if (write_i) begin
      words_q[at_i] <= data_i;
    end
    read_q <= words_q[read_at_i];
  end

endmodule
";

/// `WORDS` words, of which one is written and one is read in a cycle.
#[derive(Clone, Debug, LogicBlock, Module)]
#[hw(manual)]
struct Ram {
    /// clock
    clk_i: Net<In, Clock>,
    /// writes data_i
    write_i: Net<In, Bit>,
    /// which word is written
    #[hw(lanes = ADDRESS_BITS)]
    at_i: Net<In, Bit>,
    /// what is written
    #[hw(lanes = BITS)]
    data_i: Net<In, Bit>,
    /// which word is read
    #[hw(lanes = ADDRESS_BITS)]
    read_at_i: Net<In, Bit>,
    /// the word read, a cycle later
    #[hw(lanes = BITS)]
    data_o: Net<Out, Bit>,
    _words: Vec<u128>,
    _read: u128,
}

impl Ram {
    fn new<C: Configuration>(config: &Site<C>, words: usize, bits: usize) -> Self {
        let config = config
            .with(&WORDS, words)
            .with(&BITS, bits)
            .with(&ADDRESS_BITS, bits_to(words - 1));
        Self {
            _words: vec![0; words],
            ..Self::at(&config)
        }
    }
}

fn number(net: &Net<In, Bit>) -> u128 {
    (0..net.len())
        .map(|bit| u128::from(net.get(bit)) << bit)
        .sum()
}

impl Logic for Ram {
    fn update(&mut self) {
        if self.clk_i.rises() {
            self._read = self._words[number(&self.read_at_i) as usize];
            if self.write_i.get(0) {
                self._words[number(&self.at_i) as usize] = number(&self.data_i);
            }
        }
        for bit in 0..self.data_o.len() {
            self.data_o.set(bit, self._read >> bit & 1 == 1);
        }
    }
    fn connect(&mut self) {
        self.data_o.connect();
    }
    fn hdl(&self) -> Verilog {
        Verilog::Empty
    }
}

impl Describe for Ram {
    fn describe(&self, m: &mut Body) {
        let sizes = vec![("WORDS", 16), ("BITS", 8), ("ADDRESS_BITS", 4)];
        m.cell(TEXT.to_owned(), sizes);
    }
}

/// Words of eight bits and of three.
#[derive(Clone, LogicBlock, Module)]
struct Store {
    clocked: Clocked,
    /// which word
    #[hw(lanes = 5)]
    at_i: Net<In, Bit>,
    /// what is written in a cycle with en_i
    #[hw(lanes = 8)]
    data_i: Net<In, Bit>,
    /// the word
    #[hw(lanes = 8)]
    data_o: Net<Out, Bit>,
    /// its low bits
    #[hw(lanes = 3)]
    low_o: Net<Out, Bit>,
    #[hw(build = Ram::new(config, 32, 8))]
    bytes: Ram,
    #[hw(build = Ram::new(config, 16, 3))]
    lows: Ram,
    _body: Compiled,
}

impl Describe for Store {
    fn describe(&self, m: &mut Body) {
        for (ram, address, bits) in [(&self.bytes, 5, 8), (&self.lows, 4, 3)] {
            let at = || self.at_i.place().lanes(0, address);
            m.assign(&ram.write_i, &self.clocked.en_i);
            m.assign(&ram.at_i, at());
            m.assign(&ram.read_at_i, at());
            m.assign(&ram.data_i, self.data_i.place().lanes(0, bits));
        }
        m.assign(&self.data_o, &self.bytes.data_o);
        m.assign(&self.low_o, &self.lows.data_o);
    }
}

#[test]
fn memories_of_two_sizes_are_one_template() {
    let design = emit(&Store::at(&Site::whole(&())), "heddle_store").unwrap();
    let said = common::complaints(&design);
    assert!(said.is_empty(), "{said}\n{}", design.text());
    assert_eq!(design.modules.len(), 2);
    let top = &design.top().unwrap().text;
    for line in [
        "heddle_ram #(.WORDS(32), .ADDRESS_BITS(5)) u_bytes (",
        "heddle_ram #(.BITS(3)) u_lows (",
        ".at_i     (at_i[3:0]),",
    ] {
        assert!(top.contains(line), "{line}\n{top}");
    }
}

#[test]
fn memories_are_simulated_by_their_own_logic() {
    let mut store = Pins::new(Store::at(&Site::whole(&())));
    for writes in [true, false] {
        for at in 0..16u8 {
            store.set("en_i", writes);
            store.set("at_i", at);
            store.set("data_i", 255 - at);
            store.settle();
            store.cycle();
            if !writes {
                assert_eq!(store.get("data_o"), 255 - u128::from(at));
                assert_eq!(store.get("low_o"), 7 - u128::from(at % 8));
            }
        }
    }
}
