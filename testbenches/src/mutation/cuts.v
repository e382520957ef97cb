// What yosys's techmap makes of a memory: what is read of it is anything, and each bit that it is asked is an assertion, which
// is to be the same in original and mutant. An address counts where something is read or written, a word where it is written.
(* techmap_celltype = "$mem_v2" *)
module cut_mem (RD_CLK, RD_EN, RD_ARST, RD_SRST, RD_ADDR, RD_DATA, WR_CLK, WR_EN, WR_ADDR, WR_DATA);
  parameter MEMID = "";
  parameter signed SIZE = 4;
  parameter signed OFFSET = 0;
  parameter signed ABITS = 2;
  parameter signed WIDTH = 8;
  parameter signed INIT = 1'bx;
  parameter signed RD_PORTS = 1;
  parameter RD_CLK_ENABLE = 1'b1;
  parameter RD_CLK_POLARITY = 1'b1;
  parameter RD_TRANSPARENCY_MASK = 1'b0;
  parameter RD_COLLISION_X_MASK = 1'b0;
  parameter RD_WIDE_CONTINUATION = 1'b0;
  parameter RD_CE_OVER_SRST = 1'b0;
  parameter RD_ARST_VALUE = 1'b0;
  parameter RD_SRST_VALUE = 1'b0;
  parameter RD_INIT_VALUE = 1'b0;
  parameter signed WR_PORTS = 1;
  parameter WR_CLK_ENABLE = 1'b1;
  parameter WR_CLK_POLARITY = 1'b1;
  parameter WR_PRIORITY_MASK = 1'b0;
  parameter WR_WIDE_CONTINUATION = 1'b0;
  input [RD_PORTS-1:0] RD_CLK, RD_EN, RD_ARST, RD_SRST;
  input [RD_PORTS*ABITS-1:0] RD_ADDR;
  output [RD_PORTS*WIDTH-1:0] RD_DATA;
  input [WR_PORTS-1:0] WR_CLK;
  input [WR_PORTS*WIDTH-1:0] WR_EN;
  input [WR_PORTS*ABITS-1:0] WR_ADDR;
  input [WR_PORTS*WIDTH-1:0] WR_DATA;
  wire [RD_PORTS*ABITS-1:0] read;
  wire [WR_PORTS*ABITS-1:0] write;
  genvar i;
  generate
    for (i = 0; i < RD_PORTS; i = i + 1) assign read[i*ABITS+:ABITS] = RD_ADDR[i*ABITS+:ABITS] & {ABITS{RD_EN[i]}};
    for (i = 0; i < WR_PORTS; i = i + 1) assign write[i*ABITS+:ABITS] = WR_ADDR[i*ABITS+:ABITS] & {ABITS{|WR_EN[i*WIDTH+:WIDTH]}};
  endgenerate
  localparam ASKS = RD_PORTS*(3+ABITS)+WR_PORTS*(ABITS+2*WIDTH);
  wire [ASKS-1:0] asks = {RD_EN, RD_ARST, RD_SRST, read, WR_EN, write, WR_DATA & WR_EN};
  generate
    for (i = 0; i < ASKS; i = i + 1) begin: bits
      \$assert ask (.A(asks[i]), .EN(1'b1));
    end
  endgenerate
  \$anyseq #(.WIDTH(RD_PORTS*WIDTH)) word (.Y(RD_DATA));
endmodule
