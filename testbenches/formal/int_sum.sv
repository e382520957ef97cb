// An integer sum equals its specification, STAGES enabled cycles later: the exact sum, wrapped
// or saturated, and whether it ever left the range. With int_product.sv this is the integer
// multiply-accumulate.
//
// Stalls are left to frozen.sv, which proves that they change nothing: here each cycle is
// enabled. Where no register clears a product that does not count, the adder is told that by
// mac_i (MAC).
module int_sum #(
  parameter integer PRODUCT = 16,
  parameter integer SUM = 32,
  parameter integer STAGES = 1,
  parameter integer SATURATE = 0
) (
  input wire clk_i,
  input wire rst_ni,
  input wire [PRODUCT-1:0] product_i,
  input wire mac_i,
  input wire [SUM-1:0] sum_i,
  input wire live_i,
  input wire ovf_i
);
  wire [SUM-1:0] sum;
  wire live, ovf;
  `ADDER dut (.clk_i(clk_i), .rst_ni(rst_ni), .en_i(1'b1),
    .product_i(product_i), .sum_i(sum_i), .live_i(live_i), .ovf_i(ovf_i),
    .sum_o(sum), .live_o(live), .ovf_o(ovf)
`ifdef MAC
    , .mac_i(mac_i)
`endif
  );
`ifdef MAC
  wire mac = mac_i;
`else
  wire mac = 1'b1;
`endif

  // Wide enough for every sum.
  wire signed [SUM+1:0] exact = $signed(sum_i) + (mac ? $signed(product_i) : 0);
  localparam signed [SUM+1:0] LARGEST = (1 <<< (SUM - 1)) - 1;
  localparam signed [SUM+1:0] SMALLEST = -(1 <<< (SUM - 1));
  wire above = exact > LARGEST, below = exact < SMALLEST;
  wire [SUM-1:0] right = !SATURATE ? exact
    : above ? LARGEST : below ? SMALLEST : exact;

  reg [STAGES*(SUM+2)-1:0] line;
  wire [SUM+1:0] due = line[STAGES*(SUM+2)-1 -: SUM+2];
  always @(posedge clk_i)
    line <= {line, live_i, ovf_i | above | below, right};

  // From an arbitrary state: STAGES cycles later nothing of it is left, so what holds then
  // holds ever after.
  reg [3:0] age = 0;
  always @(posedge clk_i) if (age != STAGES) age <= age + 1;
  always @* begin
    assume (rst_ni);
    if (age == STAGES) begin
      assert (live == due[SUM+1]);
      if (live) assert ({ovf, sum} == due[SUM:0]);
    end
  end
endmodule
