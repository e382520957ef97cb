// An integer multiplier with a stage of registers inside gives, one enabled cycle later, the
// product of the operands that it took: the sum of their partial products, the last of them
// negative. Without an enabled cycle its registers, and so the product, stay.
//
// From an arbitrary state: one enabled cycle later nothing of it is left.
module int_product_registered #(
  parameter integer WIDTH = 8
) (
  input wire clk_i,
  input wire rst_ni,
  input wire en_i,
  input wire [WIDTH-1:0] act_i,
  input wire [WIDTH-1:0] weight_i
);
  wire [2*WIDTH-1:0] product;
  `MULTIPLIER dut (.clk_i(clk_i), .rst_ni(rst_ni), .en_i(en_i),
    .act_i(act_i), .weight_i(weight_i), .product_o(product));

  reg known = 0;
  reg [WIDTH-1:0] act, weight;
  always @(posedge clk_i) begin
    if (en_i) begin
      known <= 1;
      act <= act_i;
      weight <= weight_i;
    end
  end

  wire [2*WIDTH-1:0] wide = {{WIDTH{act[WIDTH-1]}}, act};
  integer i;
  reg [2*WIDTH-1:0] by_hand;
  always @* begin
    assume (rst_ni);
    by_hand = 0;
    for (i = 0; i < WIDTH - 1; i = i + 1) if (weight[i]) by_hand = by_hand + (wide << i);
    if (weight[WIDTH-1]) by_hand = by_hand - (wide << (WIDTH - 1));
    if (known) assert (product == by_hand);
  end
endmodule
