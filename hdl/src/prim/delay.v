module {name} #(
  parameter BITS = 1,  // width of the data, 1 or more
  parameter DEPTH = 1  // cycles of delay, 0 (a wire) or more
) (
  input  wire clk_i,   // clock
  input  wire rst_ni,  // /*reset*/
  input  wire en_i,    // low freezes every register

  input  wire [BITS-1:0] data_i,  // data
  output wire [BITS-1:0] data_o   // data, delayed
);

  generate
    if (DEPTH == 0) begin: g_wire
      // Nothing to clock.
      wire unused = &{1'b0, clk_i, rst_ni, en_i};

      assign data_o = data_i;
    end else begin: g_line
/*unused*/      reg [DEPTH*BITS-1:0] line_q;  // the oldest data in the high bits

      wire [(DEPTH+1)*BITS-1:0] line = {line_q, data_i};

      assign data_o = line[DEPTH*BITS +: BITS];

/*line*/
    end
  endgenerate

endmodule
