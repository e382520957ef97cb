// The bf16 fused multiply-add, its first half: the product of two bf16 numbers is exact, and of
// the shape that fma_add.sv assumes. All 2^32 pairs of operands.
module fma_product (
  input wire [15:0] act_i,
  input wire [15:0] weight_i
);
  wire [27:0] product;
  heddle_mul_bf16 dut (.act_i(act_i), .weight_i(weight_i), .product_o(product));

  // A finite number is +-sig * 2^(exp - 134).
  wire [7:0] a_exp = (act_i[14:7] == 0) ? 8'd1 : act_i[14:7];
  wire [7:0] w_exp = (weight_i[14:7] == 0) ? 8'd1 : weight_i[14:7];
  wire [7:0] a_sig = {act_i[14:7] != 0, act_i[6:0]};
  wire [7:0] w_sig = {weight_i[14:7] != 0, weight_i[6:0]};
  wire a_top = (act_i[14:7] == 8'hff), w_top = (weight_i[14:7] == 8'hff);
  wire a_nan = a_top & (act_i[6:0] != 0), w_nan = w_top & (weight_i[6:0] != 0);
  wire a_zero = (act_i[14:0] == 0), w_zero = (weight_i[14:0] == 0);
  wire nan = a_nan | w_nan | (a_top & w_zero) | (w_top & a_zero);
  wire inf = !nan & (a_top | w_top);

  // By hand, one partial product after the other.
  integer i;
  reg [15:0] by_hand;
  always @* begin
    by_hand = 0;
    for (i = 0; i < 8; i = i + 1) if (w_sig[i]) by_hand = by_hand + (a_sig << i);
  end

  wire [15:0] sig = product[15:0];
  wire [8:0] exp = product[24:16];
  always @* begin
    assert (product[27] == nan);
    assert (product[26] == inf);
    if (!nan) assert (product[25] == (act_i[15] ^ weight_i[15]));
    if (!nan & !inf) begin
      assert (sig == by_hand);
      assert (exp == ((sig == 0) ? 0 : a_exp + w_exp + 2));
      // The shape.
      assert ((sig == 0) == (exp == 0));
      assert (sig == 0 || exp >= 4);
      assert (exp <= 510);
      assert (sig[15:14] != 0 || exp <= 257);
      assert (sig[15:7] != 0 || exp <= 4);
    end
  end
endmodule
