// The engine comes to rest, whatever goes wrong: of one descriptor, any at all whose M, K and N are at most 1, with any
// masks and operands, and with any responses to its bursts, it has made an end within LAST cycles from reset; the record holds an
// error if there was one in a response, and there is an end with or without error, told as asked. The memory answers at once;
// the driver sets up the ring as soon as it can.
module engine_error #(
  parameter integer LAST = 100
) (
  input wire clk_i,
  input wire rst_ni,
  input wire [127:0] rdata_i,
  input wire [1:0] rresp_i, bresp_i
);
  wire arvalid, rready, awvalid, wlast, wvalid, irq;
  wire [7:0] arlen;

  // The size of the ring, enable, the doorbell: address and data together, each when the one before was answered.
  reg [1:0] step = 0;
  reg asked = 0;
  wire awready, wready, bvalid;
  wire writes = rst_ni & step != 3 & !asked;
  wire [11:0] address = (step == 0) ? 12'h068 : (step == 1) ? 12'h040 : 12'h070;
  always @(posedge clk_i) begin
    if (writes & awready & wready) asked <= 1;
    if (bvalid) {asked, step} <= {1'b0, step + 2'd1};
  end

  // A memory that answers at once, a burst after the other, as there is one ID and one under way.
  reg reading = 0, written = 0;
  reg [7:0] left;
  wire rlast = left == 0;
  always @(posedge clk_i) begin
    if (arvalid & !reading) {reading, left} <= {1'b1, arlen};
    else if (reading & rready) {reading, left} <= {!rlast, left - 8'd1};
    written <= wvalid & wlast;
  end

  heddle_engine dut (.clk_i(clk_i), .rst_ni(rst_ni), .irq_o(irq),
    .s_axil_awvalid(writes), .s_axil_awaddr(address), .s_axil_awready(awready),
    .s_axil_wvalid(writes), .s_axil_wdata(32'd1), .s_axil_wstrb(4'hf), .s_axil_wready(wready),
    .s_axil_bvalid(bvalid), .s_axil_bready(1'b1), .s_axil_arvalid(1'b0), .s_axil_rready(1'b1),
    .m_axi_arlen(arlen), .m_axi_arvalid(arvalid), .m_axi_arready(!reading),
    .m_axi_rid(1'b0), .m_axi_rdata(rdata_i), .m_axi_rresp(rresp_i), .m_axi_rlast(rlast),
    .m_axi_rvalid(reading), .m_axi_rready(rready),
    .m_axi_awvalid(awvalid), .m_axi_awready(1'b1),
    .m_axi_wlast(wlast), .m_axi_wvalid(wvalid), .m_axi_wready(1'b1),
    .m_axi_bid(1'b0), .m_axi_bresp(bresp_i), .m_axi_bvalid(written));

  (* hierconn *) wire \dut.u_registers.halted_q ;
  (* hierconn *) wire [3:0] \dut.u_registers.irq_status_q ;
  (* hierconn *) wire [2:0] \dut.u_check.active_q ;
  (* hierconn *) wire [15:0] \dut.head_q ;
  (* hierconn *) wire [15:0] \dut.u_ring.index_q ;

  reg reset = 0, error = 0, described = 0, asks = 0;
  reg [7:0] cycle = 0;
  wire first = reading & !described & left == 7;
  always @(posedge clk_i) begin
    reset <= 1;
    cycle <= cycle + 1;
    if (reading & rready & rlast) described <= 1;
    if (first) asks <= rdata_i[7];
    error <= error | (reading & rready & rresp_i[1]) | (written & bresp_i[1]);
  end
  always @* begin
    assume (rst_ni == reset);
    // M, K and N.
    if (first) assume (rdata_i[47:33] == 0 & rdata_i[79:65] == 0 & rdata_i[111:97] == 0);
    if (cycle == LAST) begin
      assert (\dut.head_q == 1 & \dut.u_ring.index_q == 1 & \dut.u_check.active_q == 0);
      if (error) assert (\dut.u_registers.halted_q );
      assert (\dut.u_registers.irq_status_q [1] == \dut.u_registers.halted_q );
      assert (\dut.u_registers.irq_status_q [0] == (asks & !\dut.u_registers.halted_q ));
    end
  end
endmodule
