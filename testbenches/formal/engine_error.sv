// The engine comes to rest after a descriptor that is refused, or that could not be read: it has made an end of it within LAST cycles
// from reset, with an error in the record and its interrupt, and without that of the job's end. The descriptor is that of a
// job whose M, K and N are 0, 1 or too large, with any flags, layout and policy; addresses are constants. The memory answers
// at once, with or without errors; the driver sets up the ring as soon as it can. WHOLE: of any such descriptor, refused or not, with any masks
// and any responses, which takes LAST = 180 cycles with a bus of 32 bits, and all of the engine. RULES: instead, all AXI4 rules at its pins.
`ifdef RULES
`include "axi_read_rules.svh"
`include "axi_write_rules.svh"
`endif

module engine_error #(
  parameter integer BYTES = 16,  // of the bus
  parameter integer LAST = 46
) (
  input wire clk_i,
  input wire rst_ni,
  // The lowest bit of a word of masks and operands; errors in responses.
  input wire bit_i, rerror_i, berror_i
);
  // Low bits of the descriptor; M, K, N; what else of it is free.
  (* anyconst *) reg [13:0] flags;
  (* anyconst *) reg [5:0] sizes;
  (* anyconst *) reg [3:0] others;
  wire arid, arlock, arvalid, rready, awid, awlock, awvalid, wlast, wvalid, bready, irq;
  wire [31:0] araddr, awaddr;
  wire [8*BYTES-1:0] wdata;
  wire [BYTES-1:0] wstrb;
  wire [7:0] arlen, awlen;
  wire [2:0] arsize, arprot, awsize, awprot;
  wire [1:0] arburst, awburst;
  wire [3:0] arcache, arqos, awcache, awqos;

  // The size of the ring, enable, the doorbell: address and data together, each when the one before was answered.
  reg [1:0] step = 0;
  reg asked = 0;
  wire awready, wready, bvalid;
  wire writes = rst_ni & step != 3 & !asked;
  wire [11:0] address = (step == 0) ? 12'h068 : (step == 1) ? 12'h040 : 12'h070;
  always @(posedge clk_i) begin
    if (writes & awready & wready) asked <= 1;
    if (rst_ni & bvalid) {asked, step} <= {1'b0, step + 2'd1};
  end

  // A memory that answers at once, a burst after the other, as there is one ID and one under way.
  reg reading = 0, written = 0, described = 0;
  reg [7:0] left = 0;
  wire rlast = left == 0;
  always @(posedge clk_i) begin
    if (rst_ni & arvalid & !reading) {reading, left} <= {1'b1, arlen};
    else if (reading & rready) {reading, left} <= {!rlast, left - 8'd1};
    written <= rst_ni & wvalid & wlast;
  end

  // The descriptor. C0 lies where C does, with the same strides, but for what skew and bias say.
  wire [15:0] m = {sizes[1], 14'd0, sizes[0]}, k = {sizes[3], 14'd0, sizes[2]}, n = {sizes[5], 14'd0, sizes[4]};
  wire panel = others[0], sums = others[1], bias = others[2], skew = others[3];
  wire [1023:0] descriptor = {256'd0,
      64'h7000, 64'h6000, 60'h500, skew, 3'd0,        // masks of n, k, m
      32'd16, bias ? 32'd0 : 32'd16, 32'd16, 32'd16,  // strides of C, C0, B, A
      skew ? 64'h3000 : 64'h4000, 64'h4000,           // C, C0
      64'h2000, 64'h1000,                             // B, A
      16'd0, sums, 46'd0, panel, 16'd0, n, 16'd0, k, 16'd0, m, 18'd0, flags};
  wire [7:0] beat = 8'(128 / BYTES - 1) - left;
  wire [8*BYTES-1:0] word = descriptor >> {beat, 3'd0} * BYTES;
  wire [8*BYTES-1:0] rdata = described ? bit_i : word;

  heddle_engine dut (.clk_i(clk_i), .rst_ni(rst_ni), .irq_o(irq),
    .s_axil_awvalid(writes), .s_axil_awaddr(address), .s_axil_awready(awready),
    .s_axil_wvalid(writes), .s_axil_wdata(32'd1), .s_axil_wstrb(4'hf), .s_axil_wready(wready),
    .s_axil_bvalid(bvalid), .s_axil_bready(1'b1), .s_axil_arvalid(1'b0), .s_axil_araddr(12'd0), .s_axil_rready(1'b1),
    .m_axi_arid(arid), .m_axi_araddr(araddr), .m_axi_arlen(arlen), .m_axi_arsize(arsize), .m_axi_arburst(arburst),
    .m_axi_arlock(arlock), .m_axi_arcache(arcache), .m_axi_arprot(arprot), .m_axi_arqos(arqos),
    .m_axi_arvalid(arvalid), .m_axi_arready(!reading),
    .m_axi_rid(1'b0), .m_axi_rdata(rdata), .m_axi_rresp({rerror_i, 1'b0}), .m_axi_rlast(rlast),
    .m_axi_rvalid(reading), .m_axi_rready(rready),
    .m_axi_awid(awid), .m_axi_awaddr(awaddr), .m_axi_awlen(awlen), .m_axi_awsize(awsize), .m_axi_awburst(awburst),
    .m_axi_awlock(awlock), .m_axi_awcache(awcache), .m_axi_awprot(awprot), .m_axi_awqos(awqos),
    .m_axi_awvalid(awvalid), .m_axi_awready(1'b1),
    .m_axi_wdata(wdata), .m_axi_wstrb(wstrb), .m_axi_wlast(wlast), .m_axi_wvalid(wvalid), .m_axi_wready(1'b1),
    .m_axi_bid(1'b0), .m_axi_bresp({berror_i, 1'b0}), .m_axi_bvalid(written), .m_axi_bready(bready));
`ifdef RULES
  axi_read_rules #(.BYTES(BYTES), .BURSTS(1)) read_rules (.clk_i(clk_i), .rst_ni(rst_ni),
    .arid_i(arid), .araddr_i(araddr), .arlen_i(arlen), .arsize_i(arsize), .arburst_i(arburst),
    .arlock_i(arlock), .arcache_i(arcache), .arprot_i(arprot), .arqos_i(arqos),
    .arvalid_i(arvalid), .arready_i(!reading), .rdata_i(rdata), .rresp_i({rerror_i, 1'b0}),
    .rlast_i(rlast), .rvalid_i(reading), .rready_i(rready));
  axi_write_rules #(.BYTES(BYTES), .BURSTS(1)) write_rules (.clk_i(clk_i), .rst_ni(rst_ni),
    .awid_i(awid), .awaddr_i(awaddr), .awlen_i(awlen), .awsize_i(awsize), .awburst_i(awburst),
    .awlock_i(awlock), .awcache_i(awcache), .awprot_i(awprot), .awqos_i(awqos),
    .awvalid_i(awvalid), .awready_i(1'b1),
    .wdata_i(wdata), .wstrb_i(wstrb), .wlast_i(wlast), .wvalid_i(wvalid), .wready_i(1'b1),
    .bvalid_i(written), .bready_i(bready));
`endif

  (* hierconn *) wire \dut.u_registers.halted_q ;
  (* hierconn *) wire [3:0] \dut.u_registers.irq_status_q ;
  (* hierconn *) wire [4:0] \dut.u_check.active_q ;
  (* hierconn *) wire [15:0] \dut.head_q ;
  (* hierconn *) wire [15:0] \dut.u_ring.index_q ;

  reg reset = 0, error = 0, unread = 0;
  reg [7:0] cycle = 0;
  wire hit = reading & rready & rerror_i;
  always @(posedge clk_i) begin
    reset <= 1;
    cycle <= cycle + 1;
    if (reading & rready & rlast) described <= 1;
    error <= error | hit | (written & berror_i);
    unread <= unread | (hit & !described);
  end
  wire zero = sizes[1:0] == 0 | sizes[3:2] == 0 | sizes[5:4] == 0, above = sizes[1] | sizes[3] | sizes[5];
  wire refused = unread | zero | above | flags[1:0] == 3 | flags[3:2] == 3 | flags[13] | sums | (panel & flags[1:0] != 1)
      | flags[5] | flags[9] | (skew & flags[10]);
  wire ended = \dut.head_q == 1 & \dut.u_ring.index_q == 1 & \dut.u_check.active_q == 0;
`ifdef FORMAL
  // What is offered stays.
  reg held = 0, was_bit = 0, was_error = 0;
  always @(posedge clk_i) {held, was_bit, was_error} <= {reading & !rready, bit_i, rerror_i};
  always @* begin
    assume (rst_ni == reset);
    if (held) assume (bit_i == was_bit & rerror_i == was_error);
`ifndef RULES
    if (cycle == LAST) begin
`ifdef WHOLE
      if (error) assert (\dut.u_registers.halted_q );
`else
      assume (refused);
      assert (\dut.u_registers.halted_q );
`endif
      assert (ended);
      assert (\dut.u_registers.irq_status_q [1] == \dut.u_registers.halted_q );
      assert (\dut.u_registers.irq_status_q [0] == (flags[7] & !\dut.u_registers.halted_q ));
    end
`endif
  end
`endif
endmodule
