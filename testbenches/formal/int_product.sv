// The product of two WIDTH-bit two's complement integers equals the sum of its partial products,
// the last of them negative. All pairs of operands.
module int_product #(
  parameter integer WIDTH = 8
) (
  input wire [WIDTH-1:0] act_i,
  input wire [WIDTH-1:0] weight_i
);
  wire [2*WIDTH-1:0] product;
  `MULTIPLIER dut (.act_i(act_i), .weight_i(weight_i), .product_o(product));

  wire [2*WIDTH-1:0] wide = {{WIDTH{act_i[WIDTH-1]}}, act_i};
  integer i;
  reg [2*WIDTH-1:0] by_hand;
  always @* begin
    by_hand = 0;
    for (i = 0; i < WIDTH - 1; i = i + 1) if (weight_i[i]) by_hand = by_hand + (wide << i);
    if (weight_i[WIDTH-1]) by_hand = by_hand - (wide << (WIDTH - 1));
    assert (product == by_hand);
  end
endmodule
