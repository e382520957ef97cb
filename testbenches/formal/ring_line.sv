// The ring of words that delays in the text for simulation against the line of registers that is
// synthesized. Both start with any words in them; from their first reset on they are the same in
// every cycle, or, where nothing resets them, from the moment on at which the first word that went
// in comes out; for every spacing of stalls and resets. scripts/formal.sh names the ring.
`ifdef DATA
`define LINE heddle_delay_data
`define RING heddle_ring_data
`else
`define LINE heddle_delay
`define RING heddle_ring
`endif
module ring_line #(
  parameter BITS = 2,
  parameter DEPTH = 5
) (
  input wire clk_i,
  input wire rst_ni,
  input wire en_i,
  input wire [BITS-1:0] d_i
);

  wire [BITS-1:0] wanted;
  wire [BITS-1:0] found;
  `LINE #(.BITS(BITS), .DEPTH(DEPTH)) line (
    .clk_i(clk_i), .rst_ni(rst_ni), .en_i(en_i), .data_i(d_i), .data_o(wanted)
  );
  `RING #(.BITS(BITS), .DEPTH(DEPTH)) ring (
    .clk_i(clk_i), .rst_ni(rst_ni), .en_i(en_i), .data_i(d_i), .data_o(found)
  );

  // A mark for each word that went in; a reset makes all known.
  reg [DEPTH-1:0] marks_q = {DEPTH{1'b0}};
  always @(posedge clk_i) begin
`ifndef DATA
    if (!rst_ni) marks_q <= {DEPTH{1'b1}}; else
`endif
    if (en_i) marks_q <= {marks_q, 1'b1};
  end

  always @* if (marks_q[DEPTH-1]) assert (found == wanted);

endmodule
