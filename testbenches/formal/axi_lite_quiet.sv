// No register has a side effect on read. Two blocks see the same writes and the same engine. One is
// read, at any addresses of registers; the other is not, until both are, alike. Whatever the first one
// was asked before: both always show the engine the same, take and answer writes alike, and, when both
// are read, read the same. So nothing that any later access could tell has changed.
module axi_lite_quiet (
  input wire clk_i,
  input wire awvalid_i, wvalid_i, bready_i, arvalid_i, rready_i,
  input wire [11:0] awaddr_i,
  input wire [9:0] ar_i,
  input wire [31:0] wdata_i,
  input wire [3:0] wstrb_i,
  input wire [15:0] head_i,
  input wire idle_i, done_irq_i, error_valid_i,
  input wire [7:0] error_code_i,
  input wire [2:0] error_operand_i,
  input wire [1:0] error_resp_i,
  input wire [15:0] error_tag_i, error_index_i,
  input wire [33:0] error_addr_i,
  input wire [9:0] flags_i,
  input wire [2:0] macs_i, gated_i, bytes_read_i, bytes_written_i,
  input wire [12:0] rows_fetched_i, rows_skipped_i,
  input wire [4:0] reads_i,
  input wire both_i
);
  // Reset once, at the start.
  reg rst_n = 0;
  always @(posedge clk_i) rst_n <= 1;

  // Addresses of registers: others would be refused, and the refusal recorded.
  wire known = ar_i < 10 | (ar_i >= 16 & ar_i < 22) | (ar_i >= 24 & ar_i < 29) |
    (ar_i >= 32 & ar_i < 36) | (ar_i >= 63 & ar_i < 94);
  wire [11:0] araddr = known ? {ar_i, 2'b00} : 12'd0;

  // What each shows: channels but those of reads, the engine's side; the channels of reads.
  wire [1:0] awready, wready, bvalid, irq, enable, halted, clear_error, clear_counters;
  wire [3:0] bresp;
  wire [67:0] base;
  wire [7:0] bits;
  wire [31:0] tail;
  wire [1:0] arready, rvalid;
  wire [3:0] rresp;
  wire [63:0] rdata;

  // Both are read from a cycle on in which the first one waits for nothing.
  reg both = 0;
  reg [1:0] waits = 0;
  wire [1:0] arvalid = {arvalid_i & both, arvalid_i};
  always @(posedge clk_i) if (rst_n) begin
    waits <= waits + (arvalid[0] & arready[0]) - (rvalid[0] & rready_i);
    both <= both | (both_i & waits == 0 & !arvalid_i);
  end

  genvar i;
  generate
    for (i = 0; i < 2; i = i + 1) begin : g_block
      heddle_engine_registers dut (.clk_i(clk_i), .rst_ni(rst_n),
        .s_axil_awvalid_i(awvalid_i), .s_axil_awaddr_i(awaddr_i), .s_axil_awready_o(awready[i]),
        .s_axil_wvalid_i(wvalid_i), .s_axil_wdata_i(wdata_i), .s_axil_wstrb_i(wstrb_i), .s_axil_wready_o(wready[i]),
        .s_axil_bvalid_o(bvalid[i]), .s_axil_bresp_o(bresp[2*i +: 2]), .s_axil_bready_i(bready_i),
        .s_axil_arvalid_i(arvalid[i]), .s_axil_araddr_i(araddr), .s_axil_arready_o(arready[i]),
        .s_axil_rvalid_o(rvalid[i]), .s_axil_rdata_o(rdata[32*i +: 32]), .s_axil_rresp_o(rresp[2*i +: 2]),
        .s_axil_rready_i(rready_i),
        .irq_o(irq[i]), .enable_o(enable[i]), .ring_base_o(base[34*i +: 34]), .ring_bits_o(bits[4*i +: 4]),
        .tail_o(tail[16*i +: 16]), .halted_o(halted[i]), .clear_error_o(clear_error[i]),
        .clear_counters_o(clear_counters[i]),
        .head_i(head_i), .idle_i(idle_i), .done_irq_i(done_irq_i), .error_valid_i(error_valid_i),
        .error_code_i(error_code_i), .error_operand_i(error_operand_i), .error_resp_i(error_resp_i),
        .error_tag_i(error_tag_i), .error_index_i(error_index_i), .error_addr_i(error_addr_i),
        .busy_i(flags_i[0]), .compute_i(flags_i[1]), .wait_a_i(flags_i[2]), .wait_b_i(flags_i[3]),
        .wait_c0_i(flags_i[4]), .wait_store_i(flags_i[5]), .wait_sum_i(flags_i[6]), .wait_job_i(flags_i[7]),
        .job_i(flags_i[8]), .overflow_i(flags_i[9]), .macs_i(macs_i), .gated_i(gated_i),
        .rows_fetched_i(rows_fetched_i), .rows_skipped_i(rows_skipped_i),
        .bytes_read_i(bytes_read_i), .bytes_written_i(bytes_written_i), .reads_i(reads_i));
    end
  endgenerate

  always @* if (rst_n) begin
    assert (awready[0] == awready[1] & wready[0] == wready[1] & bvalid[0] == bvalid[1]);
    assert (bresp[1:0] == bresp[3:2] & irq[0] == irq[1]);
    assert (enable[0] == enable[1] & base[33:0] == base[67:34] & bits[3:0] == bits[7:4] & tail[15:0] == tail[31:16]);
    assert (halted[0] == halted[1] & clear_error[0] == clear_error[1] & clear_counters[0] == clear_counters[1]);
    if (both) begin
      assert (arready[0] == arready[1] & rvalid[0] == rvalid[1]);
      if (rvalid[0]) assert (rresp[1:0] == rresp[3:2] & rdata[31:0] == rdata[63:32]);
    end
  end
endmodule
