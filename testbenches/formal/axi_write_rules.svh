// What AMBA AXI4 asks of a master that writes, and what the engine promises beyond it, whatever is
// around: instantiated beside the master, with its write channels. The other side is assumed to be a
// legal slave that answers in order, as one ID demands.
module axi_write_rules #(
  parameter integer ADDR = 32,   // bits of an address
  parameter integer BYTES = 4,   // of the bus
  parameter integer BURSTS = 2,  // under way at most
  parameter integer LONGEST = 16, // beats of a burst at most
  parameter integer COUNT = 8     // bits of numbers of bursts
) (
  input wire clk_i,
  input wire rst_ni,
  input wire awid_i,
  input wire [ADDR-1:0] awaddr_i,
  input wire [7:0] awlen_i,
  input wire [2:0] awsize_i,
  input wire [1:0] awburst_i,
  input wire awlock_i,
  input wire [3:0] awcache_i,
  input wire [2:0] awprot_i,
  input wire [3:0] awqos_i,
  input wire awvalid_i,
  input wire awready_i,
  input wire [8*BYTES-1:0] wdata_i,
  input wire [BYTES-1:0] wstrb_i,
  input wire wlast_i,
  input wire wvalid_i,
  input wire wready_i,
  input wire bvalid_i,
  input wire bready_i,
  // A burst is announced in this cycle: the first one in which its address is offered.
  output wire begins_o,
  // Bursts that were announced and not answered.
  output wire [COUNT-1:0] under_way_o
);
  localparam [2:0] SIZE = $clog2(BYTES);

  reg past, held_aw, held_w, in_burst;
  reg [ADDR+7:0] was_aw;
  reg [9*BYTES:0] was_w;
  always @(posedge clk_i) begin
    past <= rst_ni;
    held_aw <= rst_ni & awvalid_i & !awready_i;
    held_w <= rst_ni & wvalid_i & !wready_i;
    was_aw <= {awaddr_i, awlen_i};
    was_w <= {wdata_i, wstrb_i, wlast_i};
    in_burst <= rst_ni & wvalid_i & !(wready_i & wlast_i);
  end

  // Bursts that were announced, whose addresses and last words went; beats of the burst whose words go.
  reg [COUNT-1:0] unanswered, unsent, unaddressed;
  reg [7:0] beat;
  reg [7:0] len;  // of the burst whose words go, once it was announced
  wire begins = awvalid_i & !held_aw;
  wire aw = awvalid_i & awready_i;
  wire w = wvalid_i & wready_i;
  wire b = bvalid_i & bready_i;
  wire [7:0] len_now = begins ? awlen_i : len;
  assign begins_o = begins;
  assign under_way_o = unanswered + begins;
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      unanswered <= 0;
      unsent <= 0;
      unaddressed <= 0;
      beat <= 0;
    end else begin
      unanswered <= unanswered + begins - b;
      unsent <= unsent + begins - (w & wlast_i);
      unaddressed <= unaddressed + begins - aw;
      if (w) beat <= wlast_i ? 0 : beat + 1;
    end
    len <= len_now;
  end

  wire [12:0] end_of_burst = {1'b0, awaddr_i[11:0]} + ({5'd0, awlen_i} << SIZE) + BYTES;

  always @* if (rst_ni) begin
    // The slave: a response only for a burst whose address and last word it has.
    if (unanswered == ((unsent > unaddressed) ? unsent : unaddressed)) assume (!bvalid_i);
    // What is offered stays.
    if (held_aw) assert (awvalid_i & was_aw == {awaddr_i, awlen_i});
    if (held_w) assert (wvalid_i & was_w == {wdata_i, wstrb_i, wlast_i});
    if (awvalid_i) begin
      // INCR, of the whole width, aligned to it, one ID, nothing special.
      assert (awsize_i == SIZE & awburst_i == 2'b01 & awaddr_i[SIZE-1:0] == 0);
      assert (!awid_i & !awlock_i & awcache_i == 4'b0011 & awprot_i == 0 & awqos_i == 0);
      // Within 4 KiB, and not too long.
      assert (end_of_burst <= 13'd4096 & awlen_i < LONGEST);
    end
    // A burst is announced when the words of those before it have gone, with its first word.
    if (begins) assert (unsent == 0 & unaddressed == 0 & wvalid_i & beat == 0);
    // Words only of an announced burst, without a gap, as many as announced, the last one marked.
    if (wvalid_i) assert ((begins | unsent != 0) & wlast_i == (beat == len_now));
    if (in_burst) assert (wvalid_i);
    // The bound; and responses are taken at once.
    assert (under_way_o <= BURSTS);
    assert (bready_i);
    // Nothing is offered before the first edge behind a reset.
    if (!past) assert (!awvalid_i & !wvalid_i);
  end
endmodule
