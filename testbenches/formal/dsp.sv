// The multiplier of a DSP block: Lattice's primitive (with HEDDLE_ECP5) and its behavioural twin
// both give the product of the operands of STAGES enabled cycles ago. So they are equal. There is
// no reset: the first products are unspecified.

// What the primitive does, as Lattice's FPGA-TN-02205 ("sysDSP Usage Guide") describes it: the
// registers that parameters switch on, one clock, CE0 and RST0 for all. A synchronous reset
// does not wait for the enable: so does Lattice's own simulation model of it.
module MULT18X18D #(
  parameter REG_INPUTA_CLK = "NONE",
  parameter REG_INPUTB_CLK = "NONE",
  parameter REG_PIPELINE_CLK = "NONE",
  parameter REG_OUTPUT_CLK = "NONE",
  parameter GSR = "ENABLED",
  parameter RESETMODE = "SYNC"
) (
  input wire CLK0, CLK1, CLK2, CLK3, CE0, CE1, CE2, CE3, RST0, RST1, RST2, RST3,
  input wire SIGNEDA, SIGNEDB, SOURCEA, SOURCEB,
  input wire A0, A1, A2, A3, A4, A5, A6, A7, A8,
  input wire A9, A10, A11, A12, A13, A14, A15, A16, A17,
  input wire B0, B1, B2, B3, B4, B5, B6, B7, B8,
  input wire B9, B10, B11, B12, B13, B14, B15, B16, B17,
  input wire C0, C1, C2, C3, C4, C5, C6, C7, C8,
  input wire C9, C10, C11, C12, C13, C14, C15, C16, C17,
  output wire P0, P1, P2, P3, P4, P5, P6, P7, P8,
  output wire P9, P10, P11, P12, P13, P14, P15, P16, P17,
  output wire P18, P19, P20, P21, P22, P23, P24, P25, P26,
  output wire P27, P28, P29, P30, P31, P32, P33, P34, P35
);
  wire [17:0] a_in = {
      A17, A16, A15, A14, A13, A12, A11, A10, A9,
      A8, A7, A6, A5, A4, A3, A2, A1, A0};
  wire [17:0] b_in = {
      B17, B16, B15, B14, B13, B12, B11, B10, B9,
      B8, B7, B6, B5, B4, B3, B2, B1, B0};
  // Operands and their signs go together.
  reg [18:0] a_q, b_q;
  wire [18:0] a = (REG_INPUTA_CLK == "NONE") ? {SIGNEDA, a_in} : a_q;
  wire [18:0] b = (REG_INPUTB_CLK == "NONE") ? {SIGNEDB, b_in} : b_q;
  wire signed [36:0] exact = $signed({a[18] & a[17], a[17:0]}) * $signed({b[18] & b[17], b[17:0]});
  reg [35:0] inner_q, product_q;
  wire [35:0] inner = (REG_PIPELINE_CLK == "NONE") ? exact[35:0] : inner_q;
  wire [35:0] product = (REG_OUTPUT_CLK == "NONE") ? inner : product_q;
  assign {
      P35, P34, P33, P32, P31, P30, P29, P28, P27,
      P26, P25, P24, P23, P22, P21, P20, P19, P18,
      P17, P16, P15, P14, P13, P12, P11, P10, P9,
      P8, P7, P6, P5, P4, P3, P2, P1, P0} = product;

  always @(posedge CLK0) begin
    if (RST0) begin
      a_q <= 0; b_q <= 0; inner_q <= 0; product_q <= 0;
    end else if (CE0) begin
      a_q <= {SIGNEDA, a_in};
      b_q <= {SIGNEDB, b_in};
      inner_q <= exact[35:0];
      product_q <= inner;
    end
  end
endmodule

module dsp #(parameter STAGES = 2, parameter SIGNED = 1) (
  input wire clk_i,
  input wire en_i,
  input wire [7:0] a_i,
  input wire [7:0] b_i
);
  wire [15:0] product;
  `DSP dut (.clk_i(clk_i), .en_i(en_i), .a_i(a_i), .b_i(b_i),
    .product_o(product));

  // The operands of the last STAGES enabled cycles, and how many are known.
  reg [15:0] past [0:STAGES];
  reg [2:0] known;
  wire [15:0] then = past[STAGES];
  integer i;
  always @(posedge clk_i) begin
    if (en_i) begin
      past[1] <= {a_i, b_i};
      for (i = 2; i <= STAGES; i = i + 1) past[i] <= past[i - 1];
      if (known != STAGES) known <= known + 1;
    end
  end
  reg started = 0;
  always @(posedge clk_i) started <= 1;
  always @* if (!started) assume (known == 0);

  // By hand, one partial product after the other; the sign's counts negative.
  reg [15:0] by_hand;
  wire [15:0] wide = {{8{SIGNED[0] & then[15]}}, then[15:8]};
  always @* begin
    by_hand = 0;
    for (i = 0; i < 7; i = i + 1) if (then[i]) by_hand = by_hand + (wide << i);
    if (then[7]) by_hand = SIGNED ? by_hand - (wide << 7) : by_hand + (wide << 7);
    if (known == STAGES) assert (product == by_hand);
  end
endmodule
