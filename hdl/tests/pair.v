// Two arrays in one design: first_array, 3 x 2 int8, and second_array, 2 x 3 bf16. Each takes
// one tile and one beat; their sums were worked out by hand.

`default_nettype none
module pair;

  reg clk = 1'b0, rst_n = 1'b0;
  reg w_valid = 1'b0, a_valid = 1'b0;
  reg [1:0] row = 2'd0; // of weights
  wire first_w_ready, first_a_ready, first_valid, second_w_ready, second_a_ready, second_valid;
  wire [1:0] first_keep;
  wire [2:0] second_keep;
  wire [63:0] first_sums;
  wire [95:0] second_sums;
  integer first_found = 0, second_found = 0, errors = 0, cycle;

  always #5 clk = !clk;

  // Rows of weights 1 2, 3 4, 5 6; activations 7 -8 9; seeds 100 -100.
  first_array first (
    .clk_i(clk), .rst_ni(rst_n), .en_i(1'b1), .clear_i(1'b0),
    .w_valid_i(w_valid && row < 2'd3), .w_ready_o(first_w_ready),
    .w_edge_i(1'b0), .w_last_i(row == 2'd2), .w_keep_i(1'b1),
    .w_top_i(row == 2'd0 ? 16'h02_01 : row == 2'd1 ? 16'h04_03 : 16'h06_05), .w_left_i(24'd0),
    .row_keep_i(3'b111), .col_keep_i(2'b11),
    .a_valid_i(a_valid), .a_ready_o(first_a_ready), .a_first_i(1'b1), .a_keep_i(1'b1),
    .a_i(24'h09_f8_07), .c_i({32'hffff_ff9c, 32'd100}),
    .s_valid_o(first_valid), .s_keep_o(first_keep), .s_o(first_sums),
    .ovf_o(), .wait_o(), .cycles_o(), .macs_o(), .gated_o(), .dropped_o()
  );

  // Rows of weights 2.0 and 0.5; activations 1.5 -4.0; seeds 1.0; the middle column is dropped.
  second_array second (
    .clk_i(clk), .rst_ni(rst_n), .en_i(1'b1), .clear_i(1'b0),
    .w_valid_i(w_valid && row < 2'd2), .w_ready_o(second_w_ready),
    .w_edge_i(1'b0), .w_last_i(row == 2'd1), .w_keep_i(1'b1),
    .w_top_i({3{row == 2'd0 ? 16'h4000 : 16'h3f00}}), .w_left_i(32'd0),
    .row_keep_i(2'b11), .col_keep_i(3'b101),
    .a_valid_i(a_valid), .a_ready_o(second_a_ready), .a_first_i(1'b1), .a_keep_i(1'b1),
    .a_i({16'hc080, 16'h3fc0}), .c_i({3{32'h3f80_0000}}),
    .s_valid_o(second_valid), .s_keep_o(second_keep), .s_o(second_sums),
    .wait_o(), .cycles_o(), .macs_o(), .gated_o(), .dropped_o()
  );

  always @(posedge clk) begin
    if ((w_valid && row < 2'd3 && !first_w_ready) || (w_valid && row < 2'd2 && !second_w_ready)
        || (a_valid && !(first_a_ready && second_a_ready))) begin
      $display("error: not ready");
      errors = errors + 1;
    end
    if (first_valid) begin
      first_found = first_found + 1;
      if (first_keep !== 2'b11 || first_sums !== {32'hffff_ffc0, 32'd128}) begin
        $display("error: first gives %b %h", first_keep, first_sums);
        errors = errors + 1;
      end
    end
    if (second_valid) begin
      second_found = second_found + 1;
      if (second_keep !== 3'b101 || second_sums[31:0] !== 32'h4000_0000
          || second_sums[95:64] !== 32'h4000_0000) begin
        $display("error: second gives %b %h", second_keep, second_sums);
        errors = errors + 1;
      end
    end
  end

  initial begin
    for (cycle = 0; cycle < 40; cycle = cycle + 1) begin
      @(negedge clk);
      rst_n = cycle >= 2;
      w_valid = cycle >= 3 && cycle < 6;
      row = cycle - 3;
      a_valid = cycle == 6;
    end
    if (errors == 0 && first_found == 1 && second_found == 1) begin
      $display("PASS: 2 sums right");
      $finish;
    end else begin
      $display("FAIL: %0d errors, %0d and %0d sums", errors, first_found, second_found);
`ifdef __ICARUS__
      $finish_and_return(1);
`else
      $stop;
`endif
    end
  end

endmodule
`default_nettype wire
