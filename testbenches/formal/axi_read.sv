// The engine's reads: AXI4's rules, and the words come out in the order in which they came in, none lost. Which bursts
// there are, and what is told beside their words, is the subject of inside/axi_read.sv and inside/axi_cut.sv.
`include "axi_read_rules.svh"

module axi_read #(
  parameter integer BURSTS = 2
) (
  input wire clk_i,
  input wire rst_ni,
  input wire req_valid_i,
  input wire [31:0] req_addr_i,
  input wire [15:0] req_bytes_i,
  input wire [1:0] req_to_i,
  input wire beat_ready_i,
  input wire arready_i,
  input wire [1:0] rdata_i,
  input wire [1:0] rresp_i,
  input wire rlast_i,
  input wire rvalid_i
);
  wire req_ready, beat_valid, beat_first, beat_last, beat_error, idle;
  wire [31:0] beat_data, beat_addr;
  wire [1:0] beat_to, beat_skip, beat_resp;
  wire arid, arlock, arvalid, rready;
  wire [31:0] araddr;
  wire [7:0] arlen;
  wire [2:0] arsize, arprot;
  wire [1:0] arburst;
  wire [3:0] arcache, arqos;
  // How data moves does not depend on what they are: two bits may be set.
  wire [31:0] rdata = {30'd0, rdata_i};
  heddle_axi_read dut (.clk_i(clk_i), .rst_ni(rst_ni),
    .req_valid_i(req_valid_i), .req_ready_o(req_ready), .req_addr_i(req_addr_i),
    .req_bytes_i(req_bytes_i), .req_to_i(req_to_i),
    .beat_valid_o(beat_valid), .beat_ready_i(beat_ready_i), .beat_data_o(beat_data),
    .beat_to_o(beat_to), .beat_first_o(beat_first), .beat_last_o(beat_last),
    .beat_skip_o(beat_skip), .beat_error_o(beat_error), .beat_resp_o(beat_resp),
    .beat_addr_o(beat_addr), .idle_o(idle),
    .arid_o(arid), .araddr_o(araddr), .arlen_o(arlen), .arsize_o(arsize), .arburst_o(arburst),
    .arlock_o(arlock), .arcache_o(arcache), .arprot_o(arprot), .arqos_o(arqos),
    .arvalid_o(arvalid), .arready_i(arready_i),
    .rid_i(1'b0), .rdata_i(rdata), .rresp_i(rresp_i), .rlast_i(rlast_i), .rvalid_i(rvalid_i),
    .rready_o(rready));

  wire [$clog2(BURSTS+2)-1:0] under_way;
  axi_read_rules #(.BURSTS(BURSTS)) rules (.clk_i(clk_i), .rst_ni(rst_ni),
    .arid_i(arid), .araddr_i(araddr), .arlen_i(arlen), .arsize_i(arsize), .arburst_i(arburst),
    .arlock_i(arlock), .arcache_i(arcache), .arprot_i(arprot), .arqos_i(arqos),
    .arvalid_i(arvalid), .arready_i(arready_i), .rdata_i(rdata), .rresp_i(rresp_i),
    .rlast_i(rlast_i), .rvalid_i(rvalid_i), .rready_i(rready), .under_way_o(under_way));

  // A word that the solver picks, by its number, of four in turn: it comes out as that number.
  (* anyconst *) reg [1:0] picked;
  reg [1:0] came = 0, went = 0;
  wire [1:0] there = came - went;
  reg waits = 0;
  reg [3:0] word;
  reg held = 0;
  reg [3:0] was;
  always @(posedge clk_i) begin
    held <= rst_ni & beat_valid & !beat_ready_i;
    was <= {beat_data[1:0], beat_resp};
    if (!rst_ni) begin
      came <= 0;
      went <= 0;
      waits <= 0;
    end else begin
      if (rvalid_i & rready) came <= came + 1;
      if (beat_valid & beat_ready_i) went <= went + 1;
      if (rvalid_i & rready & came == picked) begin
        waits <= 1;
        word <= {rdata_i, rresp_i};
      end else if (beat_valid & beat_ready_i & went == picked) waits <= 0;
    end
  end

  reg reset = 0;
  always @(posedge clk_i) reset <= 1;
  always @* begin
    assume (rst_ni == reset);
    if (reset) begin
      // No word is lost, made or turned; at most two wait.
      assert (beat_valid == (came != went));
      assert (there <= 2'd2);
      if (beat_valid & waits & went == picked) assert ({beat_data[1:0], beat_resp} == word);
      if (beat_valid) assert (beat_error == beat_resp[1] & beat_data[31:2] == 0);
      if (held) assert (beat_valid & {beat_data[1:0], beat_resp} == was);
      // Idle is that nothing is under way.
      if (idle) assert (under_way == 0 & !beat_valid);
    end
  end
endmodule
