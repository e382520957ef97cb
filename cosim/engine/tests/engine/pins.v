// No engine: every output says what some input says, so that each pin is seen to be where it belongs.
module heddle_engine (
  input  wire         clk_i,
  input  wire         rst_ni,
  output wire         irq_o,
  input  wire         s_axil_awvalid, output wire s_axil_awready, input wire [11:0] s_axil_awaddr,
  input  wire         s_axil_wvalid,  output wire s_axil_wready,
  input  wire [31:0]  s_axil_wdata,   input  wire [3:0] s_axil_wstrb,
  output wire         s_axil_bvalid,  input  wire s_axil_bready, output wire [1:0] s_axil_bresp,
  input  wire         s_axil_arvalid, output wire s_axil_arready, input wire [11:0] s_axil_araddr,
  output wire         s_axil_rvalid,  input  wire s_axil_rready,
  output wire [31:0]  s_axil_rdata,   output wire [1:0] s_axil_rresp,
  output wire         m_axi_arvalid_o, input wire m_axi_arready_i,
  output wire [39:0]  m_axi_araddr_o, output wire [7:0] m_axi_arlen_o,
  output wire [2:0]   m_axi_arsize_o, output wire [1:0] m_axi_arburst_o,
  input  wire         m_axi_rvalid_i, output wire m_axi_rready_o, input wire [127:0] m_axi_rdata_i,
  input  wire [1:0]   m_axi_rresp_i,  input  wire m_axi_rlast_i,
  output wire         m_axi_awvalid_o, input wire m_axi_awready_i,
  output wire [39:0]  m_axi_awaddr_o, output wire [7:0] m_axi_awlen_o,
  output wire         m_axi_wvalid_o, input  wire m_axi_wready_i, output wire [127:0] m_axi_wdata_o,
  output wire [15:0]  m_axi_wstrb_o,  output wire m_axi_wlast_o,
  input  wire         m_axi_bvalid_i, output wire m_axi_bready_o, input wire [1:0] m_axi_bresp_i
);
  reg [7:0] cycles_q;
  always @(posedge clk_i) begin
    if (!rst_ni) cycles_q <= 8'd0;
    else cycles_q <= cycles_q + 8'd1;
  end
  assign irq_o = cycles_q == 8'd2;

  assign s_axil_awready = s_axil_awvalid;
  assign s_axil_wready = s_axil_wvalid;
  assign s_axil_bvalid = s_axil_bready;
  assign s_axil_bresp = s_axil_wstrb[1:0];
  assign s_axil_arready = s_axil_arvalid;
  assign s_axil_rvalid = s_axil_rready;
  assign s_axil_rdata = s_axil_wdata ^ {8'd0, s_axil_awaddr, s_axil_araddr};
  assign s_axil_rresp = s_axil_wstrb[3:2];

  assign m_axi_arvalid_o = m_axi_arready_i;
  assign m_axi_araddr_o = m_axi_rdata_i[39:0];
  assign m_axi_arlen_o = cycles_q;
  assign m_axi_arsize_o = 3'd4;
  assign m_axi_arburst_o = m_axi_rresp_i;
  assign m_axi_rready_o = m_axi_rvalid_i;
  assign m_axi_awvalid_o = m_axi_awready_i;
  assign m_axi_awaddr_o = m_axi_rdata_i[127:88];
  assign m_axi_awlen_o = 8'd255;
  assign m_axi_wvalid_o = m_axi_wready_i;
  assign m_axi_wdata_o = ~m_axi_rdata_i;
  assign m_axi_wstrb_o = m_axi_rdata_i[15:0];
  assign m_axi_wlast_o = m_axi_rlast_i;
  assign m_axi_bready_o = m_axi_bvalid_i & m_axi_bresp_i[1];
endmodule
