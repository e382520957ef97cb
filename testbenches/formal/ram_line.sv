// A line in distributed RAM against a shift register of the same length: the same from the moment
// on at which the first word that went in comes out, for every spacing of stalls and resets.
module ram_line #(
  parameter BITS = 2,
  parameter DEPTH = 5
) (
  input wire clk_i,
  input wire en_i,
  input wire [BITS-1:0] d_i
);

  reg reset_q = 1'b1;
  always @(posedge clk_i) reset_q <= 1'b0;

  wire [BITS-1:0] found;
  heddle_ram_line #(.BITS(BITS), .DEPTH(DEPTH)) line (
    .clk_i(clk_i), .rst_ni(!reset_q), .en_i(en_i), .data_i(d_i), .data_o(found)
  );

  // Words that went in since the reset, the newest in the low bits, and a mark for each.
  reg [DEPTH*BITS-1:0] words_q;
  reg [DEPTH-1:0] marks_q = {DEPTH{1'b0}};
  always @(posedge clk_i) begin
    if (en_i) words_q <= {words_q[(DEPTH-1)*BITS-1:0], d_i};
    if (reset_q) marks_q <= {DEPTH{1'b0}};
    else if (en_i) marks_q <= {marks_q[DEPTH-2:0], 1'b1};
  end

  always @* if (marks_q[DEPTH-1]) assert (found == words_q[DEPTH*BITS-1:(DEPTH-1)*BITS]);

endmodule
