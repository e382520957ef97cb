// The pipelined bf16 adder gives, STAGES enabled cycles later, what its steps in a row give,
// of which fma_add.sv proves that it is right. Each cycle is enabled: see frozen.sv.
`include "fma_steps.svh"

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

  wire [31:0] right;
  fma_steps steps (.product_i(due[60:33]), .mac_i(due[32]), .sum_i(due[31:0]), .sum_o(right));

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
