// The bf16 fused multiply-add, its second half: an exact product plus a binary32 sum equals
// the exact sum, rounded once to nearest even.
//
// The specification shares nothing with the hardware but IEEE 754: it has no anchor, no
// sticky bit and no leading-zero count. It writes the exact sum as one integer, wide enough
// to hold every bit, finds the place of the result's last bit, and compares what is below
// it with one half.
//
// CASE splits the proof by product exponent less sum exponent (both in the hardware's units,
// in which equal exponents give equal weights of the leading bits 15 and 23), plus 100: from
// 63 to 137. The cases FAR_ABOVE and FAR_BELOW take all that is farther than the hardware's
// field is wide, the case SPECIAL takes NaN and infinities; so the cases 63 to 137, 1000, 2000
// and 3000 together are all inputs.
`include "fma_steps.svh"

module fma_add #(
  parameter integer CASE = 100
) (
  input wire [27:0] product_i,
  input wire mac_i,
  input wire [31:0] sum_i
);
  localparam integer DISTANCE = (CASE < 1000) ? CASE - 100 : CASE;
  localparam integer SPECIAL = 1000;
  localparam integer FAR_ABOVE = 2000;
  localparam integer FAR_BELOW = 3000;
  localparam integer NEAR = 37;

  // The hardware; fma_pipeline.sv has its steps with their registers.
  wire [31:0] found;
  fma_steps steps (.product_i(product_i), .mac_i(mac_i), .sum_i(sum_i), .sum_o(found));

  // What fma_product.sv proves of every product.
  wire [15:0] p_sig = mac_i ? product_i[15:0] : 16'd0;
  wire [8:0] p_exp = mac_i ? product_i[24:16] : 9'd0;
  wire p_neg = mac_i ? product_i[25] : sum_i[31];
  wire p_inf = mac_i & product_i[26];
  wire p_nan = mac_i & product_i[27];
  always @* begin
    assume (!(product_i[26] & product_i[27]));
    if (!product_i[26] & !product_i[27]) begin
      assume ((product_i[15:0] == 0) == (product_i[24:16] == 0));
      assume (product_i[15:0] == 0 || product_i[24:16] >= 4);
      assume (product_i[24:16] <= 510);
      assume (product_i[15:14] != 0 || product_i[24:16] <= 257);
      assume (product_i[15:7] != 0 || product_i[24:16] <= 4);
    end
  end

  // The sum: s_sig * 2^(s_exp - 150), and the product in the same terms.
  wire s_neg = sum_i[31];
  wire [7:0] s_exp = (sum_i[30:23] == 0) ? 8'd1 : sum_i[30:23];
  wire [23:0] s_sig = {sum_i[30:23] != 0, sum_i[22:0]};
  wire s_top = (sum_i[30:23] == 8'hff);
  wire s_inf = s_top & (sum_i[22:0] == 0);
  wire s_nan = s_top & (sum_i[22:0] != 0);
  wire special = p_inf | p_nan | s_top;
  wire signed [10:0] distance = $signed({2'b0, p_exp}) - $signed({3'b0, s_exp}) - 11'sd128;

  // The exact sum in units of 2^(s_exp - 150 - BELOW). In the far cases the nearer operand
  // stands FAR places higher and the other one, if not zero, is the smallest there is: more
  // than a place below half of the last bit, all magnitudes round alike.
  localparam integer FAR = 30;
  localparam integer HIGH =
    (DISTANCE == FAR_ABOVE) ? 8 + FAR : (DISTANCE > -8 && DISTANCE < SPECIAL) ? DISTANCE + 8 : 0;
  localparam integer BELOW =
    (DISTANCE == FAR_BELOW) ? FAR : (DISTANCE < -8) ? -8 - DISTANCE : 0;
  localparam integer BITS = 24 + HIGH + BELOW + 2;
  wire [BITS-1:0] p_part = (DISTANCE == FAR_BELOW) ? (p_sig != 0) : p_sig << HIGH;
  wire [BITS-1:0] s_part = (DISTANCE == FAR_ABOVE) ? (s_sig != 0) : s_sig << BELOW;
  wire signed [BITS:0] exact = (p_neg ? -$signed({1'b0, p_part}) : $signed({1'b0, p_part}))
    + (s_neg ? -$signed({1'b0, s_part}) : $signed({1'b0, s_part}));
  wire [BITS-1:0] size = exact[BITS] ? -exact : exact;

  // The exponent of the unit, as a biased binary32 exponent of a significand's last bit; far
  // above it follows from the product, whose weight the hardware's exponent gives.
  wire signed [11:0] unit = (DISTANCE == FAR_ABOVE)
    ? $signed({3'b0, p_exp}) - 12'sd128 + 12'sd8 - HIGH
    : $signed({4'b0, s_exp}) - BELOW;

  // 24 zeros below, so that the last bit of the result is never below the field; `last` is
  // its place.
  localparam integer WIDE = BITS + 24;
  wire [WIDE-1:0] wide = {size, 24'd0};
  integer i;
  reg [11:0] leading;
  always @* begin
    leading = 0;
    for (i = 0; i < WIDE; i = i + 1) if (wide[i]) leading = i;
  end
  wire signed [11:0] smallest = 12'sd25 - unit;
  wire signed [11:0] by_size = $signed(leading) - 12'sd23;
  wire signed [11:0] last = (by_size > smallest) ? by_size : smallest;
  wire [WIDE-1:0] kept = wide >> last;
  wire [WIDE-1:0] rest = wide & ~({WIDE{1'b1}} << last);
  wire [WIDE-1:0] half = ({{(WIDE-1){1'b0}}, 1'b1} << last) >> 1;
  wire up = (rest > half) | ((rest == half) & kept[0] & (last != 0));
  wire signed [11:0] biased = last + unit - 12'sd24;
  wire [31:0] magnitude = (kept[23] ? {biased[8:0], kept[22:0]} : {9'd0, kept[22:0]}) + up;
  wire negative = (exact == 0) ? (p_neg & s_neg) : exact[BITS];
  wire [31:0] rounded = {negative, (magnitude >= 32'h7f80_0000) ? 31'h7f80_0000 : magnitude[30:0]};

  // Infinities and NaN.
  wire nan = p_nan | s_nan | (p_inf & s_inf & (p_neg != s_neg));
  wire [31:0] not_finite = nan ? 32'h7fc0_0000 : {p_inf ? p_neg : s_neg, 31'h7f80_0000};

  always @* begin
    if (DISTANCE == SPECIAL) begin
      if (special) assert (found == not_finite);
    end else if (!special) begin
      if (DISTANCE == FAR_ABOVE ? distance > NEAR
          : DISTANCE == FAR_BELOW ? distance < -NEAR
          : distance == DISTANCE)
        assert (found == rounded);
    end
  end
endmodule
