// The engine's writes: AXI4's rules; no burst begins before its words are there, or while stop_i is high; errors are
// told with their responses; idle is that all is done. By induction: what the registers of the block say is
// what the rules count (`so`), after a reset, and then always. Which bursts and words these are, and in
// what order, is told by inside/axi_write.sv.
`include "axi_write_rules.svh"

module axi_write #(
  parameter integer BURSTS = 2,
  parameter integer BYTES = 4
) (
  input wire clk_i,
  input wire rst_ni,
  input wire req_valid_i,
  input wire [31:0] req_addr_i,
  input wire [11:0] req_words_i,
  input wire word_valid_i,
  input wire [8*BYTES-1:0] word_data_i,
  input wire [BYTES-1:0] word_strb_i,
  input wire stop_i,
  input wire awready_i,
  input wire wready_i,
  input wire [1:0] bresp_i,
  input wire bvalid_i
);
  localparam integer COUNT = $clog2(BURSTS + 1);
  localparam integer AT = (BURSTS > 1) ? $clog2(BURSTS) : 1;
  localparam integer BYTE_BITS = $clog2(BYTES);
  localparam integer WORD = 32 - BYTE_BITS;
  localparam integer PAGE = 12 - BYTE_BITS;

  wire req_ready, word_ready, error, idle;
  wire [1:0] error_resp;
  wire [31:0] error_addr;
  wire awid, awlock, awvalid, wlast, wvalid, bready;
  wire [31:0] awaddr;
  wire [8*BYTES-1:0] wdata;
  wire [BYTES-1:0] wstrb;
  wire [7:0] awlen;
  wire [2:0] awsize, awprot;
  wire [1:0] awburst;
  wire [3:0] awcache, awqos;
  heddle_axi_write dut (.clk_i(clk_i), .rst_ni(rst_ni),
    .req_valid_i(req_valid_i), .req_ready_o(req_ready), .req_addr_i(req_addr_i),
    .req_words_i(req_words_i), .word_valid_i(word_valid_i), .word_ready_o(word_ready),
    .word_data_i(word_data_i), .word_strb_i(word_strb_i), .stop_i(stop_i),
    .error_o(error), .error_resp_o(error_resp), .error_addr_o(error_addr), .idle_o(idle),
    .awid_o(awid), .awaddr_o(awaddr), .awlen_o(awlen), .awsize_o(awsize), .awburst_o(awburst),
    .awlock_o(awlock), .awcache_o(awcache), .awprot_o(awprot), .awqos_o(awqos),
    .awvalid_o(awvalid), .awready_i(awready_i),
    .wdata_o(wdata), .wstrb_o(wstrb), .wlast_o(wlast), .wvalid_o(wvalid), .wready_i(wready_i),
    .bid_i(1'b0), .bresp_i(bresp_i), .bvalid_i(bvalid_i), .bready_o(bready));

  wire begins;
  wire [COUNT:0] under_way;
  axi_write_rules #(.BYTES(BYTES), .BURSTS(BURSTS), .COUNT(COUNT + 1)) rules (.clk_i(clk_i),
    .rst_ni(rst_ni),
    .awid_i(awid), .awaddr_i(awaddr), .awlen_i(awlen), .awsize_i(awsize), .awburst_i(awburst),
    .awlock_i(awlock), .awcache_i(awcache), .awprot_i(awprot), .awqos_i(awqos),
    .awvalid_i(awvalid), .awready_i(awready_i),
    .wdata_i(wdata), .wstrb_i(wstrb), .wlast_i(wlast), .wvalid_i(wvalid), .wready_i(wready_i),
    .bvalid_i(bvalid_i), .bready_i(bready), .begins_o(begins), .under_way_o(under_way));

  // Registers of the block and of the rules.
  (* hierconn *) wire \dut.leaves_q ;
  (* hierconn *) wire [3:0] \dut.left_q ;
  (* hierconn *) wire [5:0] \dut.there_q ;
  (* hierconn *) wire [5:0] \dut.u_words.count_q ;
  (* hierconn *) wire [4:0] \dut.u_words.push_at_q ;
  (* hierconn *) wire [4:0] \dut.u_words.pop_at_q ;
  (* hierconn *) wire [COUNT-1:0] \dut.u_answers.count_q ;
  (* hierconn *) wire [1:0] \dut.u_bursts.count_q ;
  (* hierconn *) wire \dut.u_bursts.push_at_q ;
  (* hierconn *) wire \dut.u_bursts.pop_at_q ;
  (* hierconn *) wire [WORD+3:0] \dut.u_bursts.older ;
  (* hierconn *) wire [WORD+3:0] \dut.u_bursts.newer ;
  (* hierconn *) wire \dut.u_cut.busy_q , \dut.u_cut.crosses_q ;
  (* hierconn *) wire [WORD-1:0] \dut.u_cut.word_q ;
  (* hierconn *) wire [11:0] \dut.u_cut.left_q ;
  (* hierconn *) wire \dut.u_bursts.told , \dut.u_words.told , \dut.u_answers.told ;
  (* hierconn *) wire \rules.past ;
  (* hierconn *) wire \rules.held_aw ;
  (* hierconn *) wire \rules.held_w ;
  (* hierconn *) wire \rules.in_burst ;
  (* hierconn *) wire [COUNT:0] \rules.unanswered ;
  (* hierconn *) wire [COUNT:0] \rules.unsent ;
  (* hierconn *) wire [COUNT:0] \rules.unaddressed ;
  (* hierconn *) wire [7:0] \rules.beat ;
  (* hierconn *) wire [7:0] \rules.len_now ;
  (* hierconn *) wire [39:0] \rules.was_aw ;
  (* hierconn *) wire [9*BYTES:0] \rules.was_w ;
  wire leaves = \dut.leaves_q ;
  wire [5:0] left = \dut.left_q ;
  wire [6:0] of_bursts = \dut.there_q + (leaves ? left + 6'd1 : 6'd0);
  wire [5:0] words = \dut.u_words.count_q ;

  // A burst of the queue stays within 4 KiB.
  function legal(input [WORD+3:0] burst);
    legal = burst[4+PAGE-1:4] + {1'b0, burst[3:0]} < (1 << PAGE);
  endfunction

  wire so_cut = !\dut.u_cut.busy_q | \dut.u_cut.crosses_q == ((~\dut.u_cut.word_q & 15) < \dut.u_cut.left_q );
  wire so_told = \dut.u_bursts.told & \dut.u_words.told & \dut.u_answers.told ;
  wire so_words = words == of_bursts & words <= 32 & \dut.there_q <= 32
      & \dut.u_words.push_at_q == \dut.u_words.pop_at_q + words[4:0];
  wire so_bursts = \dut.u_bursts.count_q <= 2
      & \dut.u_bursts.push_at_q == (\dut.u_bursts.pop_at_q ^ \dut.u_bursts.count_q [0])
      & (\dut.u_bursts.count_q == 0 | legal(\dut.u_bursts.older ))
      & (\dut.u_bursts.count_q != 2 | legal(\dut.u_bursts.newer ))
      & (!awvalid | legal({awaddr[31:BYTE_BITS], awlen[3:0]}));
  wire so_aw = \dut.u_answers.count_q == under_way & \dut.u_answers.count_q <= BURSTS
      & \rules.unaddressed == (awvalid & !begins) & \rules.unanswered <= BURSTS
      & \rules.unanswered >= \rules.unsent & \rules.unanswered >= \rules.unaddressed & (!\rules.held_aw | awvalid)
      & (!\rules.held_aw | \rules.was_aw == {awaddr, awlen});
  wire so_w = \rules.unsent == (wvalid & !begins) & (!begins | wvalid) & (!wvalid | leaves) & (!\rules.in_burst | wvalid)
      & (!\rules.held_w | (wvalid & \rules.was_w == {wdata, wstrb, wlast}))
      & (wvalid ? \rules.beat + left == \rules.len_now : \rules.beat == 0)
      & (!begins | (\rules.beat == 0 & left == awlen));
  wire so = so_cut & so_told & so_words & so_bursts & so_aw & so_w & (\rules.past | !(awvalid | wvalid));

  reg past = 0, stopped;
  always @(posedge clk_i) begin
    past <= 1;
    stopped <= stop_i;
  end
  always @* begin
    if (req_valid_i) assume (req_words_i != 0);
    if (past) assert (so);
    else if (rst_ni) assume (so);
    if (past & rst_ni & stopped) assert (!begins);
    if (rst_ni) begin
      // The whole burst is there when it begins.
      if (begins) assert (words > awlen);
      if (wvalid) assert (words != 0);
      // An error is told with its response.
      assert (error == (bvalid_i & bresp_i[1]) & error_resp == bresp_i);
      // Idle is that all is answered, and nothing waits.
      if (idle) assert (under_way == 0 & !awvalid & !wvalid & words == 0);
    end
  end
endmodule
