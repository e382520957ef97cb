//! Cells whose Verilog is a template: the clock gate, and banks of words.

use super::print::banner;

/// The text of the clock gate cell, the module that every gated register's clock passes.
pub fn clock_gate(name: &str) -> String {
    format!(
        "{}
//
// {name}
//
// A clock gate: clk_o passes the pulses of clk_i for which en_i or test_en_i was high at
// the falling edge before. Replace it by the clock gate cell of your library. A flip-flop
// on the falling edge holds the enable, not a latch: the enable has half a cycle to arrive.
//
// Ports:
//   clk_i      in   1  clock
//   en_i       in   1  lets the next pulse through
//   test_en_i  in   1  lets every pulse through, for scan test
//   clk_o      out  1  gated clock

`default_nettype none
module {name} (
  input  wire clk_i,
  input  wire en_i,
  input  wire test_en_i,
  output wire clk_o
);

  reg en_q;
  always @(negedge clk_i) en_q <= en_i | test_en_i;
  assign clk_o = clk_i & en_q;

endmodule
`default_nettype wire
",
        banner()
    )
}

/// The text of a bank of `depth` words of `bits` bits.
pub fn bank(name: &str, depth: usize, bits: usize) -> String {
    let (word, last) = (bits - 1, depth - 1);
    let addr = crate::prim::address_bits(depth);
    let range = |top: usize| match top {
        0 => "      ".to_owned(),
        _ => format!("{:6}", format!("[{top}:0]")),
    };
    format!(
        "{}
//
// {name}
//
// {depth} words of which one is read and written in a cycle, without reset: written so that
// synthesis may use distributed RAM.
//
// Ports:
//   clk_i   in   1  clock
//   en_i    in   1  writes d_i
//   addr_i  in   {addr}  which word
//   d_i     in  {bits:2}  what is written
//   q_o     out {bits:2}  the word before that

`default_nettype none
module {name} (
  input  wire        clk_i,
  input  wire        en_i,
  input  wire {} addr_i,
  input  wire {} d_i,
  output wire {} q_o
);

  reg [{word}:0] words_q [0:{last}];
  assign q_o = words_q[addr_i];
  always @(posedge clk_i) if (en_i) words_q[addr_i] <= d_i;

endmodule
`default_nettype wire
",
        banner(),
        range(addr - 1),
        range(word),
        range(word),
    )
}
