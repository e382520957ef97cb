module {name} #(
  parameter BITS = 1,  // width of the data
  parameter DEPTH = 1  // cycles of delay; 0 is a wire
) (
  input  wire clk_i,   // clock
  input  wire rst_ni,  // reset, active low, held for one rising edge or more
  input  wire en_i,    // low freezes every register

  input  wire [BITS-1:0] data_i,  // data
  output wire [BITS-1:0] data_o   // data, delayed
);

  generate
    if (DEPTH == 0) begin : g_wire
      assign data_o = data_i;
    end else begin : g_line
      reg [BITS-1:0] words_q [0:DEPTH-1];  // the oldest is replaced by the newest
      reg [31:0] at_q;                     // the oldest
      reg [BITS-1:0] out_q;                // it again
      integer i;

      assign data_o = out_q;

      initial at_q = 0;

      always @(posedge clk_i/*edge*/) begin
        /*reset*/if (en_i) begin
          words_q[at_q] = data_i;
          at_q = (at_q == DEPTH - 1) ? 0 : at_q + 1;
          out_q <= words_q[at_q];
        end
      end
    end
  endgenerate

endmodule
