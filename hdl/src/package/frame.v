//: if sized
module @FRAME@ #(
@SIZES@
) (
//: else
module @FRAME@ (
//: end
  input  wire clk_i,   // clock
  input  wire scan_i,  // enters the shift register, and the reset's
  output wire scan_o   // parity of the outputs, some cycles ago
);

@BITS@

  // Levels of the tree above the outputs, until four to the power of their number is enough.
  function automatic integer levels;
    input integer bits;
    begin
      levels = 0;
      while (4**levels < bits) begin
        levels = levels + 1;
      end
    end
  endfunction

  // Bits of all levels below one: of the outputs, which are level 0, and of each next one a fourth
  // as many, rounded up.
  function automatic integer below;
    input integer level;
    integer i;
    begin
      below = 0;
      for (i = 0; i < level; i = i + 1) begin
        below = below + (OUTPUTS + 4**i - 1) / 4**i;
      end
    end
  endfunction

  localparam LEVELS = levels(OUTPUTS);
  localparam NODES = below(LEVELS + 1) - OUTPUTS;  // registers of the tree

  reg rst_nq;               // reset, which is no data, for an asynchronous one
  reg [INPUTS-1:0] in_q;    // inputs: a shift register
  reg [OUTPUTS-1:0] out_q;  // outputs
  reg [NODES-1:0] fold_q;   // the tree, level by level

  // What the array is connected to.
@WIRES@

  // The first port has the low bits.
  assign @INS@ = in_q;
  wire [OUTPUTS-1:0] out = @OUTS@;

//: if sized
  @TOP@ #(.ROWS(ROWS), .COLS(COLS)) @INSTANCE@ (
//: else
  @TOP@ @INSTANCE@ (
//: end
@CONNECTIONS@
  );

  always @(posedge clk_i) begin
    rst_nq <= scan_i;
    in_q <= {in_q[INPUTS-2:0], scan_i};
    out_q <= out;
  end

  // The outputs, and the levels above them one by one; the last one is a single bit.
  wire [OUTPUTS+NODES-1:0] tree = {fold_q, out_q};

  assign scan_o = tree[OUTPUTS+NODES-1];

  genvar l;
  genvar n;
  generate
    for (l = 0; l < LEVELS; l = l + 1) begin: g_level
      localparam FROM = below(l);
      localparam TO = below(l + 1);
      localparam END = below(l + 2);
      for (n = 0; n < END - TO; n = n + 1) begin: g_fold
        // The last register of a level takes what is left.
        localparam FIRST = FROM + 4*n;
        localparam BITS = (TO - FIRST < 4) ? TO - FIRST : 4;
        always @(posedge clk_i) begin
          fold_q[TO - OUTPUTS + n] <= ^tree[FIRST +: BITS];
        end
      end
    end
  endgenerate

endmodule
`default_nettype wire
