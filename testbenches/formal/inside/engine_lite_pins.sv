// inside: heddle_engine_registers
// The AXI4-Lite port is that of the block whose rules axi_lite.sv proves, whatever the registers answer.
  always @* begin
    assert (s_axil_awready_o == @PORT:u_axi_lite.s_axil_awready_o@);
    assert (s_axil_wready_o == @PORT:u_axi_lite.s_axil_wready_o@);
    assert (s_axil_bvalid_o == @PORT:u_axi_lite.s_axil_bvalid_o@);
    assert (s_axil_bresp_o == @PORT:u_axi_lite.s_axil_bresp_o@);
    assert (s_axil_arready_o == @PORT:u_axi_lite.s_axil_arready_o@);
    assert (s_axil_rvalid_o == @PORT:u_axi_lite.s_axil_rvalid_o@);
    assert (s_axil_rdata_o == @PORT:u_axi_lite.s_axil_rdata_o@);
    assert (s_axil_rresp_o == @PORT:u_axi_lite.s_axil_rresp_o@);
    assert (s_axil_awvalid_i == @PORT:u_axi_lite.s_axil_awvalid_i@);
    assert (s_axil_awaddr_i == @PORT:u_axi_lite.s_axil_awaddr_i@);
    assert (s_axil_wvalid_i == @PORT:u_axi_lite.s_axil_wvalid_i@);
    assert (s_axil_wdata_i == @PORT:u_axi_lite.s_axil_wdata_i@);
    assert (s_axil_wstrb_i == @PORT:u_axi_lite.s_axil_wstrb_i@);
    assert (s_axil_bready_i == @PORT:u_axi_lite.s_axil_bready_i@);
    assert (s_axil_arvalid_i == @PORT:u_axi_lite.s_axil_arvalid_i@);
    assert (s_axil_araddr_i == @PORT:u_axi_lite.s_axil_araddr_i@);
    assert (s_axil_rready_i == @PORT:u_axi_lite.s_axil_rready_i@);
  end
