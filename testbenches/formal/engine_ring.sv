// The ring as software may set it up: its place and size change only while the engine is disabled and
// idle; it is enabled only with a size in range; the doorbell never takes a descriptor back, and never
// counts more than the ring has. A write that is refused does none of that, nor anything else that the
// engine sees. What was right when it was judged is right when it is done. From any state in which this is so, and from reset.
// Assumed of the engine: it passes descriptors one by one, none that is not there, and none while it says that it is idle, which
// it says on while it is disabled (engine_order.sv).
module engine_ring #(
  parameter integer MOST = 3
) (
  input wire clk_i,
  input wire rst_ni,
  input wire awvalid_i, wvalid_i, bready_i, arvalid_i, rready_i,
  input wire [11:0] awaddr_i, araddr_i,
  input wire [31:0] wdata_i,
  input wire [3:0] wstrb_i,
  input wire idle_i, done_irq_i, error_valid_i,
  input wire passes_i
);
  wire bvalid, enable, halted, clear_error, clear_counters;
  wire [1:0] bresp;
  wire [33:0] base;
  wire [3:0] bits;
  wire [15:0] tail;
  reg [15:0] head;
  heddle_engine_registers dut (.clk_i(clk_i), .rst_ni(rst_ni),
    .s_axil_awvalid_i(awvalid_i), .s_axil_awaddr_i(awaddr_i), .s_axil_wvalid_i(wvalid_i), .s_axil_wdata_i(wdata_i),
    .s_axil_wstrb_i(wstrb_i), .s_axil_bvalid_o(bvalid), .s_axil_bresp_o(bresp), .s_axil_bready_i(bready_i),
    .s_axil_arvalid_i(arvalid_i), .s_axil_araddr_i(araddr_i), .s_axil_rready_i(rready_i),
    .enable_o(enable), .ring_base_o(base), .ring_bits_o(bits), .tail_o(tail), .halted_o(halted),
    .clear_error_o(clear_error), .clear_counters_o(clear_counters),
    .head_i(head), .idle_i(idle_i), .done_irq_i(done_irq_i), .error_valid_i(error_valid_i));

  wire [15:0] pending = tail - head;
  wire [15:0] size = 16'd1 << bits;
  reg past = 0, past_reset, past_enable, past_idle, past_waits;
  reg [33:0] past_base;
  reg [3:0] past_bits;
  reg [15:0] past_tail, past_pending;
  always @(posedge clk_i) begin
    past <= 1;
    if (!rst_ni) head <= 0;
    else if (passes_i & !idle_i & pending != 0) head <= head + 1;
    {past_reset, past_enable, past_idle, past_waits} <= {!rst_ni, enable, idle_i, bvalid & !bready_i};
    {past_base, past_bits, past_tail, past_pending} <= {base, bits, tail, pending};
  end
  (* hierconn *) wire \dut.u_axi_lite.known_q ;
  (* hierconn *) wire \dut.write_error_q ;
  (* hierconn *) wire [7:0] \dut.write_code ;
  wire judged = !\dut.u_axi_lite.known_q | \dut.write_error_q | \dut.write_code == 0;
  wire right = pending <= size & bits <= MOST & (bits != 0 | !enable) & judged;
  wire [15:0] forward = tail - past_tail;
  wire resized = past_base != base | past_bits != bits;
  wire refused = bvalid & !past_waits & bresp == 2;

  always @* begin
    assert (base[6:0] == 0);
    if (past & !past_enable & past_idle) assume (idle_i);
    if (!past) assume (right);
    else assert (right);
    if (past & !past_reset) begin
      if (resized) assert (!past_enable & past_idle);
      // Forward, and not beyond the ring; or, with a new ring, to the head.
      if (past_enable) assert (forward <= size & past_pending + forward <= size);
      if (!past_enable & forward != 0) assert (past_idle & pending == 0);
      if (refused) assert (!resized & enable == past_enable & forward == 0 & !clear_error & !clear_counters);
    end
  end
endmodule
