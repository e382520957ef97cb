// What AMBA AXI4 asks of a master that reads, and what the engine promises beyond it, whatever is
// around: instantiated beside the master, with its read channels. The other side is assumed to be a
// legal slave that answers in order, as one ID demands.
module axi_read_rules #(
  parameter integer ADDR = 32,   // bits of an address
  parameter integer BYTES = 4,   // of the bus
  parameter integer BURSTS = 2,  // under way at most
  parameter integer COUNT = $clog2(BURSTS + 2)  // bits of their number
) (
  input wire clk_i,
  input wire rst_ni,
  input wire arid_i,
  input wire [ADDR-1:0] araddr_i,
  input wire [7:0] arlen_i,
  input wire [2:0] arsize_i,
  input wire [1:0] arburst_i,
  input wire arlock_i,
  input wire [3:0] arcache_i,
  input wire [2:0] arprot_i,
  input wire [3:0] arqos_i,
  input wire arvalid_i,
  input wire arready_i,
  input wire [8*BYTES-1:0] rdata_i,
  input wire [1:0] rresp_i,
  input wire rlast_i,
  input wire rvalid_i,
  input wire rready_i,
  // Bursts that were announced and whose last beat was not taken.
  output wire [COUNT-1:0] under_way_o
);
  localparam [2:0] SIZE = $clog2(BYTES);
  localparam integer NUMBER = (BURSTS > 1) ? $clog2(BURSTS) : 1;

  wire ar = arvalid_i & arready_i;
  wire r = rvalid_i & rready_i;

  // Bursts that were accepted, and the oldest one's beats.
  reg [7:0] lens [0:BURSTS-1];
  reg [NUMBER-1:0] next = 0, oldest = 0;
  reg [COUNT-1:0] count = 0;
  reg [7:0] beat = 0;
  wire last = beat == lens[oldest];
  assign under_way_o = count + arvalid_i;
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      next <= 0;
      oldest <= 0;
      count <= 0;
      beat <= 0;
    end else begin
      if (ar) begin
        lens[next] <= arlen_i;
        next <= (next == BURSTS - 1) ? 0 : next + 1;
      end
      if (r) beat <= last ? 0 : beat + 1;
      if (r & last) oldest <= (oldest == BURSTS - 1) ? 0 : oldest + 1;
      count <= count + ar - (r & last);
    end
  end

  reg past = 0, held_ar = 0, held_r = 0;
  reg [ADDR+7:0] was_ar;
  reg [8*BYTES+2:0] was_r;
  always @(posedge clk_i) begin
    past <= rst_ni;
    held_ar <= rst_ni & arvalid_i & !arready_i;
    held_r <= rst_ni & rvalid_i & !rready_i;
    was_ar <= {araddr_i, arlen_i};
    was_r <= {rdata_i, rresp_i, rlast_i};
  end

  wire [12:0] end_of_burst = {1'b0, araddr_i[11:0]} + ({5'd0, arlen_i} << SIZE) + BYTES;

  always @* if (rst_ni) begin
    // The slave: data only for what was accepted, the last beat marked, nothing withdrawn.
    if (count == 0) assume (!rvalid_i);
    if (rvalid_i) assume (rlast_i == last);
    if (held_r) assume (rvalid_i & was_r == {rdata_i, rresp_i, rlast_i});
    // An address that is offered stays.
    if (held_ar) assert (arvalid_i & was_ar == {araddr_i, arlen_i});
    if (arvalid_i) begin
      // INCR, of the whole width, aligned to it, one ID, nothing special.
      assert (arsize_i == SIZE & arburst_i == 2'b01 & araddr_i[SIZE-1:0] == 0);
      assert (!arid_i & !arlock_i & arcache_i == 4'b0011 & arprot_i == 0 & arqos_i == 0);
      // Within 4 KiB.
      assert (end_of_burst <= 13'd4096);
    end
    assert (under_way_o <= BURSTS);
    // Nothing is offered before the first edge behind a reset.
    if (!past) assert (!arvalid_i);
  end
endmodule
