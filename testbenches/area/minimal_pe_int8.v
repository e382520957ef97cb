// A processing element of the same function, ports and pipeline as Heddle's (int8,
// weight-stationary, gating by enables, synchronous reset), written by hand to be small.
// scripts/pe-area.sh proves the two equal and compares their areas.
`default_nettype none
module minimal_pe (
  input  wire clk_i, rst_ni, en_i,
  input  wire signed [7:0] act_i,
  input  wire mac_i, swap_i,
  output reg  signed [7:0] act_o,
  output reg  mac_o, swap_o,
  input  wire [7:0] north_i,
  input  wire north_keep_i, north_valid_i,
  input  wire [7:0] west_i,
  input  wire west_keep_i, west_valid_i,
  output reg  [7:0] south_o,
  output reg  south_keep_o, south_valid_o,
  output wire [7:0] east_o,
  output wire east_keep_o,
  output reg  east_valid_o,
  input  wire signed [31:0] sum_i,
  input  wire live_i, ovf_i,
  output reg  signed [31:0] sum_o,
  output reg  live_o,
  output wire ovf_o
);
  // The weight that waits, the one at work, and the product.
  reg full, next_keep, on;
  reg signed [7:0] next, weight;
  reg signed [15:0] product;
  // Without overflow the sum is negative, or it is not; both if it overflowed further up.
  reg neg, pos;

  wire [8:0] word = west_valid_i ? {west_keep_i, west_i} : {north_keep_i, north_i};
  wire valid = west_valid_i | north_valid_i;
  wire wanted = swap_i | !full;
  wire works = mac_o & on;
  wire signed [31:0] sum = sum_i + product;

  assign east_o = south_o;
  assign east_keep_o = south_keep_o;
  assign ovf_o = sum_o[31] ? pos : neg;

  always @(posedge clk_i)
    if (!rst_ni) begin
      {mac_o, swap_o, south_valid_o, east_valid_o, full, live_o} <= 0;
    end else if (en_i) begin
      mac_o <= mac_i;
      swap_o <= swap_i;
      south_valid_o <= north_valid_i & !wanted;
      east_valid_o <= west_valid_i & !wanted;
      full <= valid | !wanted;
      live_o <= live_i;
    end

  always @(posedge clk_i)
    if (!rst_ni) act_o <= 0;
    else if (en_i & mac_i) act_o <= act_i;

  always @(posedge clk_i)
    if (!rst_ni) {south_keep_o, south_o} <= 0;
    else if (en_i & valid & !wanted) {south_keep_o, south_o} <= word;

  always @(posedge clk_i)
    if (!rst_ni) {next_keep, next} <= 0;
    else if (en_i & valid & wanted) {next_keep, next} <= word;

  // A weight that is not kept is zero, and so is its product; that of a dropped beat stays.
  always @(posedge clk_i)
    if (!rst_ni | (en_i & swap_i & !(full & next_keep))) {on, weight} <= 0;
    else if (en_i & swap_i) {on, weight} <= {1'b1, next};

  always @(posedge clk_i)
    if (!rst_ni | (en_i & !on)) product <= 0;
    else if (en_i & works) product <= act_o * weight;

  always @(posedge clk_i)
    if (!rst_ni) {neg, pos, sum_o} <= 0;
    else if (en_i & live_i) begin
      neg <= ovf_i | sum_i[31] & product[15];
      pos <= ovf_i | !(sum_i[31] | product[15]);
      sum_o <= sum;
    end
endmodule
`default_nettype wire
