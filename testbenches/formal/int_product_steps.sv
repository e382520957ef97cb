// The product of two WIDTH-bit two's complement integers, by induction on the bits of the
// weight, where int_product.sv is too much for the solver: 0 times anything is 0, and where
// CASE is the highest set bit of the weight, the product is that without the bit, plus the
// activation times the bit's value. Its cases 0 to WIDTH - 1, and WIDTH for weight 0, are
// all pairs of operands.
module int_product_steps #(
  parameter integer WIDTH = 16,
  parameter integer CASE = 0
) (
  input wire [WIDTH-1:0] act_i,
  input wire [WIDTH-1:0] low_i
);
  localparam [WIDTH-1:0] BIT = (CASE < WIDTH) ? 1 << CASE : 0;
  wire [WIDTH-1:0] rest = (CASE < WIDTH) ? low_i & (BIT - 1'b1) : 0;
  wire [2*WIDTH-1:0] with_it, without_it;
  `MULTIPLIER dut (.act_i(act_i), .weight_i(rest | BIT), .product_o(with_it));
  `MULTIPLIER less (.act_i(act_i), .weight_i(rest), .product_o(without_it));

  wire [2*WIDTH-1:0] wide = {{WIDTH{act_i[WIDTH-1]}}, act_i};
  always @* begin
    if (CASE == WIDTH) assert (with_it == 0);
    else if (CASE == WIDTH - 1) assert (with_it == without_it - (wide << CASE));
    else assert (with_it == without_it + (wide << CASE));
  end
endmodule
