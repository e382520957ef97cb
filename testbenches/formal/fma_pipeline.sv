// The pipelined bf16 adder gives, STAGES enabled cycles later, what its steps in a row give,
// of which fma_add.sv proves that it is right. Each cycle is enabled: see frozen.sv.
module fma_pipeline #(
  parameter integer STAGES = 4
) (
  input wire clk_i,
  input wire rst_ni,
  input wire [27:0] product_i,
  input wire mac_i,
  input wire [31:0] sum_i,
  input wire live_i
);
  wire [31:0] sum;
  wire live;
  heddle_add_bf16 dut (.clk_i(clk_i), .rst_ni(rst_ni), .en_i(1'b1), .product_i(product_i),
    .mac_i(mac_i), .sum_i(sum_i), .live_i(live_i), .sum_o(sum), .live_o(live));

  reg [STAGES*62-1:0] line;
  wire [61:0] due = line[STAGES*62-1 -: 62];
  always @(posedge clk_i) line <= {line, live_i, product_i, mac_i, sum_i};

  wire [23:0] anchor, other;
  wire [19:0] comparison;
  wire [34:0] addend;
  wire [12:0] alignment;
  wire [55:0] total;
  wire [51:0] counted;
  wire [41:0] normal;
  wire [31:0] right;
  heddle_fma_compare compare (.product_i(due[60:33]), .mac_i(due[32]), .sum_i(due[31:0]),
    .anchor_o(anchor), .other_o(other), .comparison_o(comparison));
  heddle_fma_align align (.other_i(other), .comparison_i(comparison), .addend_o(addend),
    .alignment_o(alignment));
  heddle_fma_total add (.anchor_i(anchor), .addend_i(addend), .alignment_i(alignment),
    .total_o(total));
  heddle_fma_count count (.total_i(total), .counted_o(counted));
  heddle_fma_shift shift (.counted_i(counted), .normal_o(normal));
  heddle_fma_round round (.normal_i(normal), .sum_o(right));

  // From an arbitrary state: STAGES cycles later nothing of it is left, so what holds then
  // holds ever after.
  reg [3:0] age = 0;
  always @(posedge clk_i) if (age != STAGES) age <= age + 1;
  always @* begin
    assume (rst_ni);
    if (age == STAGES) begin
      assert (live == due[61]);
      if (live) assert (sum == right);
    end
  end
endmodule
