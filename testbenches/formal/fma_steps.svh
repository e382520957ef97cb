// The six steps of the fused multiply-add in a row, without the registers between them.
module fma_steps (
  input wire [27:0] product_i,
  input wire mac_i,
  input wire [31:0] sum_i,
  output wire [31:0] sum_o
);
  // What goes with the magnitudes, by step.
  wire [23:0] anchor, other;
  wire [5:0] distance;
  wire far;
  wire [8:0] top;
  wire subtract, sign, inf, nan;
  heddle_fma_compare compare (
    .product_sig_i(product_i[15:0]), .product_exp_i(product_i[24:16]),
    .product_sign_i(product_i[25]), .product_inf_i(product_i[26]), .product_nan_i(product_i[27]),
    .mac_i(mac_i), .sum_i(sum_i), .anchor_o(anchor), .other_o(other), .distance_o(distance),
    .far_o(far), .top_o(top), .subtract_o(subtract), .sign_o(sign), .inf_o(inf), .nan_o(nan));

  wire [34:0] addend;
  wire [8:0] a_top;
  wire a_subtract, a_sign, a_inf, a_nan;
  heddle_fma_align align (
    .other_i(other), .distance_i(distance), .far_i(far), .top_i(top), .subtract_i(subtract),
    .sign_i(sign), .inf_i(inf), .nan_i(nan), .addend_o(addend), .top_o(a_top),
    .subtract_o(a_subtract), .sign_o(a_sign), .inf_o(a_inf), .nan_o(a_nan));

  wire [35:0] t_magnitude;
  wire [8:0] t_top;
  wire [7:0] stops;
  wire t_sign, t_inf, t_nan;
  heddle_fma_total add (
    .anchor_i(anchor), .addend_i(addend), .top_i(a_top), .subtract_i(a_subtract),
    .sign_i(a_sign), .inf_i(a_inf), .nan_i(a_nan), .magnitude_o(t_magnitude), .top_o(t_top),
    .stops_o(stops), .sign_o(t_sign), .inf_o(t_inf), .nan_o(t_nan));

  wire [35:0] c_magnitude;
  wire [8:0] c_top;
  wire [3:0] skip;
  wire c_sign, c_inf, c_nan;
  heddle_fma_count count (
    .magnitude_i(t_magnitude), .top_i(t_top), .stops_i(stops), .sign_i(t_sign), .inf_i(t_inf),
    .nan_i(t_nan), .magnitude_o(c_magnitude), .top_o(c_top), .skip_o(skip),
    .sign_o(c_sign), .inf_o(c_inf),
    .nan_o(c_nan));

  wire [27:0] sig;
  wire [7:0] exp;
  wire sticky, free, high, special, n_sign, n_nan;
  heddle_fma_shift shift (
    .magnitude_i(c_magnitude), .top_i(c_top), .skip_i(skip), .sign_i(c_sign), .inf_i(c_inf), .nan_i(c_nan),
    .sig_o(sig), .sticky_o(sticky), .exp_o(exp), .free_o(free), .high_o(high),
    .special_o(special), .sign_o(n_sign), .nan_o(n_nan));
  heddle_fma_round round (
    .sig_i(sig), .sticky_i(sticky), .exp_i(exp), .free_i(free), .high_i(high),
    .special_i(special), .sign_i(n_sign), .nan_i(n_nan), .sum_o(sum_o));
endmodule
