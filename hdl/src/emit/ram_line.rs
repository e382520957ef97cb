//! A line of registers for data, kept in distributed RAM: an instance of one module for all such
//! lines, where other lines are written into the module that holds them.

use super::catalog::Definition;
use super::interface::{self, PortShape};
use super::print::banner;
use super::registers::LineShape;
use crate::prim::address_bits;
use crate::{HdlError, Reset};

/// The shortest line that is kept in RAM: shorter ones would save less than their address costs.
const SHORTEST: usize = 4;
/// Words of one distributed RAM, of an ECP5 among others.
const RAM_WORDS: usize = 16;

/// Whether a line of this shape is kept in RAM.
pub fn fits(shape: &LineShape) -> bool {
    shape.in_ram && shape.depth >= SHORTEST
}

/// What the module is called, without prefix.
pub const NAME: &str = "ram_line";

/// The module's ports, bound to the names that a [`Pipe`](crate::prim::Pipe) has for them.
pub fn ports(definition: &Definition) -> Result<Vec<PortShape>, HdlError> {
    let mut ports = interface::ports(NAME, definition)?;
    for port in &mut ports {
        port.name = match port.name.as_str() {
            "rst_n" => "rst_ni".into(),
            // There is no clock gate to be tested.
            "test_en" => String::new(),
            name if port.is_input => format!("{name}_i"),
            name => format!("{name}_o"),
        };
    }
    Ok(ports)
}

/// What a port is for.
pub fn purpose(port: &str) -> &'static str {
    match port {
        "clk_i" => "clock",
        "rst_ni" => "reset of the address, active low",
        "en_i" => "low freezes the line",
        "d_i" => "what goes in",
        _ => "what went in so many enabled cycles ago",
    }
}

/// The words of each part, a ring in RAM; how many there are; and how many registers are left.
fn parts(depth: usize) -> (usize, usize, usize) {
    let count = depth.div_ceil(RAM_WORDS);
    let length = depth / count;
    (length, count, depth - count * length)
}

/// The parameters of the instance that is a line of this shape.
pub fn parameters(shape: &LineShape) -> Vec<(&'static str, String)> {
    let (length, count, rest) = parts(shape.depth);
    [
        ("BITS", shape.bits),
        ("WORDS", length),
        ("ADDRESS", address_bits(length)),
        ("PARTS", count),
        ("REST", rest),
    ]
    .map(|(name, value)| (name, value.to_string()))
    .into()
}

/// The text of the module, `reset` being that of the address.
pub fn text(name: &str, reset: Reset) -> String {
    let edge = match reset {
        Reset::Async => " or negedge rst_ni",
        Reset::None | Reset::Sync => "",
    };
    format!(
        "{banner}
//
// {name}
//
// What goes in comes out PARTS * WORDS + REST enabled cycles later: rings of words in distributed
// RAM, and registers for the rest. None but the address is reset: what comes out before it went in
// is unspecified.
//
// Ports:
//   clk_i   in      1  {}
//   rst_ni  in      1  {}
//   en_i    in      1  {}
//   d_i     in   BITS  {}
//   q_o     out  BITS  {}

`default_nettype none
module {name} #(
  // Bits of a word.
  parameter BITS = 8,
  // Words of a ring, 2 to 16.
  parameter WORDS = 3,
  // Bits of their address.
  parameter ADDRESS = 2,
  // Rings, one behind the other; side by side in one RAM.
  parameter PARTS = 1,
  // Registers behind them.
  parameter REST = 0
) (
  input  wire clk_i,
  input  wire rst_ni,
  input  wire en_i,
  input  wire [BITS-1:0] d_i,
  output wire [BITS-1:0] q_o
);

  localparam [31:0] LAST = WORDS - 1;
  localparam [ADDRESS-1:0] ONE = 1;

  (* ram_style = \"distributed\" *)
  reg  [PARTS*BITS-1:0] words_q [0:WORDS-1];
  wire [PARTS*BITS-1:0] oldest;
  reg  [ADDRESS-1:0] at_q;
  wire [(PARTS+1)*BITS-1:0] line;

  assign oldest = words_q[at_q];
  assign line = {{oldest, d_i}};

  always @(posedge clk_i) begin
    if (en_i) words_q[at_q] <= line[PARTS*BITS-1:0];
  end

  always @(posedge clk_i{edge}) begin
    if (!rst_ni) begin
      at_q <= {{ADDRESS{{1'b0}}}};
    end else if (en_i) begin
      at_q <= (at_q == LAST[ADDRESS-1:0]) ? {{ADDRESS{{1'b0}}}} : at_q + ONE;
    end
  end

  generate
    if (REST == 0) begin : no_rest
      assign q_o = line[(PARTS+1)*BITS-1:PARTS*BITS];
    end else begin : some_rest
      reg  [REST*BITS-1:0] rest_q;
      wire [(REST+1)*BITS-1:0] rest;
      assign rest = {{rest_q, line[(PARTS+1)*BITS-1:PARTS*BITS]}};
      assign q_o = rest[(REST+1)*BITS-1:REST*BITS];
      always @(posedge clk_i) begin
        if (en_i) rest_q <= rest[REST*BITS-1:0];
      end
    end
  endgenerate

endmodule
`default_nettype wire
",
        purpose("clk_i"),
        purpose("rst_ni"),
        purpose("en_i"),
        purpose("d_i"),
        purpose("q_o"),
        banner = banner(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_fit_a_ram_and_make_up_the_line() {
        for depth in SHORTEST..2000 {
            let (length, count, rest) = parts(depth);
            assert_eq!(count * length + rest, depth);
            assert!((SHORTEST..=RAM_WORDS).contains(&length) && rest < count);
        }
    }
}
