// The AXI4-Lite port: what it answers stays until it is taken; each request is done once, with its own
// address and data, in order, and has one response, which says what was answered to it; none comes
// without a request; and what waited a cycle, to be judged, waits no longer but for a response that the master leaves. Whatever the
// registers answer.
//
// Requests are numbered, of eight in turn, as they are taken. The solver picks one number: its address
// and data are kept aside, and what was answered to it.
module axi_lite (
  input wire clk_i,
  input wire rst_ni,
  input wire awvalid_i, wvalid_i, bready_i, arvalid_i, rready_i,
  input wire [11:0] awaddr_i, araddr_i,
  input wire [31:0] wdata_i,
  input wire [3:0] wstrb_i,
  input wire write_error_i, read_error_i,
  input wire [31:0] read_data_i
);
  wire awready, wready, bvalid, arready, rvalid, write, read;
  wire [1:0] bresp, rresp;
  wire [31:0] rdata, write_data;
  wire [11:0] write_addr, read_addr;
  wire [3:0] write_strb;
  heddle_engine_axi_lite dut (.clk_i(clk_i), .rst_ni(rst_ni),
    .s_axil_awvalid_i(awvalid_i), .s_axil_awaddr_i(awaddr_i), .s_axil_awready_o(awready),
    .s_axil_wvalid_i(wvalid_i), .s_axil_wdata_i(wdata_i), .s_axil_wstrb_i(wstrb_i), .s_axil_wready_o(wready),
    .s_axil_bvalid_o(bvalid), .s_axil_bresp_o(bresp), .s_axil_bready_i(bready_i),
    .s_axil_arvalid_i(arvalid_i), .s_axil_araddr_i(araddr_i), .s_axil_arready_o(arready),
    .s_axil_rvalid_o(rvalid), .s_axil_rdata_o(rdata), .s_axil_rresp_o(rresp), .s_axil_rready_i(rready_i),
    .write_o(write), .write_addr_o(write_addr), .write_data_o(write_data), .write_strb_o(write_strb),
    .write_error_i(write_error_i), .read_o(read), .read_addr_o(read_addr), .read_data_i(read_data_i),
    .read_error_i(read_error_i));

  (* anyconst *) reg [2:0] picked;

  // What was taken, done and answered.
  reg [2:0] aws = 0, ws = 0, writes = 0, bs = 0, ars = 0, reads = 0, rs = 0;
  // Of the picked ones: what was asked, what was answered.
  reg aw_seen = 0, w_seen = 0, ar_seen = 0, b_known = 0, r_known = 0;
  reg [11:0] aw_addr, ar_addr;
  reg [35:0] w_word;
  reg b_error, r_error;
  reg [31:0] r_word;
  // The cycle before.
  reg past = 0, past_write, past_known, past_read_known, past_bvalid, past_bready, past_rvalid, past_rready;
  reg [1:0] past_bresp;
  reg [33:0] past_r;
  always @(posedge clk_i) begin
    past <= rst_ni;
    past_write <= write;
    past_known <= aw_waits != 0 & w_waits != 0 & !write;
    past_read_known <= ar_waits != 0 & !read;
    {past_bvalid, past_bready, past_bresp} <= {bvalid, bready_i, bresp};
    {past_rvalid, past_rready, past_r} <= {rvalid, rready_i, rresp, rdata};
    if (rst_ni) begin
      aws <= aws + (awvalid_i & awready);
      ws <= ws + (wvalid_i & wready);
      ars <= ars + (arvalid_i & arready);
      writes <= writes + write;
      reads <= reads + read;
      bs <= bs + (bvalid & bready_i);
      rs <= rs + (rvalid & rready_i);
      if (awvalid_i & awready & aws == picked) {aw_seen, aw_addr} <= {1'b1, awaddr_i};
      if (wvalid_i & wready & ws == picked) {w_seen, w_word} <= {1'b1, wstrb_i, wdata_i};
      if (arvalid_i & arready & ars == picked) {ar_seen, ar_addr} <= {1'b1, araddr_i};
      if (write & writes == picked) {b_known, b_error} <= {1'b1, write_error_i};
      if (read & reads == picked) {r_known, r_error, r_word} <= {1'b1, read_error_i, read_error_i ? 32'd0 : read_data_i};
    end
  end
  wire [2:0] aw_waits = aws - writes, w_waits = ws - writes, ar_waits = ars - reads;
  wire [2:0] b_waits = writes - bs, r_waits = reads - rs;

  // Reset once, at the start.
  reg reset = 0;
  always @(posedge clk_i) reset <= 1;
  always @* begin
    assume (rst_ni == reset);
    if (reset) begin
      // What is offered stays.
      if (past & past_bvalid & !past_bready) assert (bvalid & bresp == past_bresp);
      if (past & past_rvalid & !past_rready) assert (rvalid & {rresp, rdata} == past_r);
      // At most one of each waits; a response is there for what was done, and for nothing else.
      assert (aw_waits <= 1 & w_waits <= 1 & ar_waits <= 1 & b_waits <= 1 & r_waits <= 1);
      assert (bvalid == (b_waits != 0));
      assert (rvalid == (r_waits != 0));
      assert (!bresp[0] & !rresp[0]);
      // What is done was asked, and only one thing at a time.
      if (write) assert (aw_waits != 0 & w_waits != 0);
      if (read) assert (ar_waits != 0);
      assert (!(write & read));
      // Each with its own address, data, answer.
      if (write & writes == picked) assert (aw_seen & write_addr == aw_addr);
      if (write & writes == picked) assert (w_seen & {write_strb, write_data} == w_word);
      if (read & reads == picked) assert (ar_seen & read_addr == ar_addr);
      if (bvalid & bs == picked) assert (b_known & bresp == {b_error, 1'b0});
      if (rvalid & rs == picked) assert (r_known & {rresp, rdata} == {r_error, 1'b0, r_word});
      // Nothing waits without a reason; a write gives way to a read in the next cycle.
      assert (awready == (aw_waits == 0) & wready == (w_waits == 0) & arready == (ar_waits == 0));
      if (past & past_known & (!bvalid | bready_i)) assert (write);
      if (past & past_read_known & (!rvalid | rready_i)) assert (read | write);
      if (past & past_write) assert (!write);
    end
  end
endmodule
