// The rules of AXI4 for a master that reads, at the pins of the whole engine, from reset and for all times, whatever its other
// blocks do: all but the read master are free (KEEP in proofs.txt). Its writes: axi_write.sv, engine_runs.sv, engine_pins.sv.
`include "axi_read_rules.svh"

module engine_axi #(
  parameter integer READS = 1,
  parameter integer WRITES = 1
) (
  input wire clk_i,
  input wire rst_ni,
  input wire arready_i, rlast_i, rvalid_i, awready_i, wready_i, bvalid_i,
  input wire [31:0] rdata_i,
  input wire [1:0] rresp_i, bresp_i
);
  wire arid, arlock, arvalid, rready, awid, awlock, awvalid, wlast, wvalid, bready;
  wire [31:0] araddr, awaddr, wdata;
  wire [7:0] arlen, awlen;
  wire [2:0] arsize, arprot, awsize, awprot;
  wire [1:0] arburst, awburst;
  wire [3:0] arcache, arqos, awcache, awqos, wstrb;
  heddle_engine dut (.clk_i(clk_i), .rst_ni(rst_ni),
    .m_axi_arid(arid), .m_axi_araddr(araddr), .m_axi_arlen(arlen), .m_axi_arsize(arsize), .m_axi_arburst(arburst),
    .m_axi_arlock(arlock), .m_axi_arcache(arcache), .m_axi_arprot(arprot), .m_axi_arqos(arqos),
    .m_axi_arvalid(arvalid), .m_axi_arready(arready_i),
    .m_axi_rid(1'b0), .m_axi_rdata(rdata_i), .m_axi_rresp(rresp_i), .m_axi_rlast(rlast_i),
    .m_axi_rvalid(rvalid_i), .m_axi_rready(rready),
    .m_axi_awid(awid), .m_axi_awaddr(awaddr), .m_axi_awlen(awlen), .m_axi_awsize(awsize), .m_axi_awburst(awburst),
    .m_axi_awlock(awlock), .m_axi_awcache(awcache), .m_axi_awprot(awprot), .m_axi_awqos(awqos),
    .m_axi_awvalid(awvalid), .m_axi_awready(awready_i),
    .m_axi_wdata(wdata), .m_axi_wstrb(wstrb), .m_axi_wlast(wlast), .m_axi_wvalid(wvalid), .m_axi_wready(wready_i),
    .m_axi_bid(1'b0), .m_axi_bresp(bresp_i), .m_axi_bvalid(bvalid_i), .m_axi_bready(bready));
  axi_read_rules #(.BURSTS(READS)) read_rules (.clk_i(clk_i), .rst_ni(rst_ni),
    .arid_i(arid), .araddr_i(araddr), .arlen_i(arlen), .arsize_i(arsize), .arburst_i(arburst),
    .arlock_i(arlock), .arcache_i(arcache), .arprot_i(arprot), .arqos_i(arqos),
    .arvalid_i(arvalid), .arready_i(arready_i), .rdata_i(rdata_i), .rresp_i(rresp_i),
    .rlast_i(rlast_i), .rvalid_i(rvalid_i), .rready_i(rready));
  // Reset once, at the start.
  reg reset = 0;
  always @(posedge clk_i) reset <= 1;
  always @* assume (rst_ni == reset);
endmodule
