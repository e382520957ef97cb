// inside: heddle_axi_read
// What goes into the queues and comes out of them, which engine_fifo.sv is about, is what passes the ports: so
// bursts are those that were cut (axi_cut.sv), each is on AR and known beside its words, in order, and each
// word comes out as it came. What is known of a request (f_ask_*) and of the place in a burst (f_inside) is
// what the registers say: so after a reset or a request, and then always.
  localparam integer BYTE_BITS = $bits(skip_q);
  wire [1:0] f_to;
  wire [31:0] f_addr;
  wire [15:0] f_bytes;
  assign {f_to, f_addr, f_bytes} = requests_pop_data;
  wire [32:0] f_behind = {1'b0, f_addr} + f_bytes;
  wire [32:0] f_left = ((f_behind - 1) >> BYTE_BITS) - (f_addr >> BYTE_BITS);
  (* hierconn *) wire [49:0] \u_requests.push_data_i ;
  (* hierconn *) wire [$bits(bursts_pop_data)-1:0] \u_bursts.push_data_i ;
  reg f_past = 1'b0, f_inside;
  reg [1:0] f_ask_to;
  reg [BYTE_BITS-1:0] f_ask_skip;
  wire f_cuts = cut_burst_valid & @PORT:u_cut.burst_ready_i@;
  wire f_takes = beat_valid_o & beat_ready_i;
  wire f_last = beats_pop_data[$bits(rdata_i)+2];
  always @(posedge clk_i) begin
    f_past <= 1'b1;
    if (!rst_ni) f_inside <= 1'b0;
    else if (f_takes) f_inside <= !f_last;
    if (!rst_ni) {f_ask_to, f_ask_skip} <= 0;
    else if (requests_pop_valid & @PORT:u_requests.pop_ready_i@)
      {f_ask_to, f_ask_skip} <= {f_to, f_addr[BYTE_BITS-1:0]};
  end
  wire f_so = {f_inside, f_ask_to, f_ask_skip} == {inside_q, to_q, skip_q};
  always @* begin
    if (f_past) assert (f_so);
    else if (rst_ni) assume (f_so);
    if (rst_ni) begin
      // The words of a run are those in which the request has bytes.
      assert (@PORT:u_requests.push_valid_i@ == req_valid_i);
      assert (\u_requests.push_data_i  == {req_to_i, req_addr_i, req_bytes_i});
      assert (@PORT:u_cut.run_valid_i@ == requests_pop_valid);
      if (requests_pop_valid & f_bytes != 0)
        assert (@PORT:u_cut.run_left_i@ == f_left
            & @PORT:u_cut.run_word_i@ == f_addr >> BYTE_BITS);
      // A burst goes into both queues at once, as it was cut.
      assert ((@PORT:u_addresses.push_valid_i@ & addresses_push_ready) == f_cuts);
      assert ((@PORT:u_bursts.push_valid_i@ & bursts_push_ready) == f_cuts);
      assert (@PORT:u_addresses.push_data_i@ == {cut_burst_word, cut_burst_left});
      assert (\u_bursts.push_data_i  == {f_ask_to, cut_burst_first, cut_burst_last,
          cut_burst_first ? f_ask_skip : {BYTE_BITS{1'b0}}, cut_burst_word});
      // AR.
      assert ({araddr_o, arlen_o} == {addresses_pop_data[$bits(addresses_pop_data)-1:$bits(cut_burst_left)],
          {BYTE_BITS{1'b0}}, {8-$bits(cut_burst_left){1'b0}},
          addresses_pop_data[$bits(cut_burst_left)-1:0]});
      assert (@PORT:u_addresses.pop_ready_i@ == arready_i);
      // Words, and the burst beside them until its last one is taken.
      assert (@PORT:u_beats.push_data_i@ == {rlast_i, rresp_i, rdata_i}
          & @PORT:u_beats.push_valid_i@ == rvalid_i & @PORT:u_beats.pop_ready_i@ == beat_ready_i);
      assert ({beat_resp_o, beat_data_o} == beats_pop_data[$bits(rdata_i)+1:0]);
      assert (beat_error_o == beat_resp_o[1] & beat_valid_o == beats_pop_valid);
      assert (@PORT:u_bursts.pop_ready_i@ == (f_takes & f_last));
      assert ({beat_to_o, beat_first_o | f_inside, beat_last_o | !f_last} ==
          {bursts_pop_data[$bits(bursts_pop_data)-1:$bits(bursts_pop_data)-2],
           bursts_pop_data[$bits(bursts_pop_data)-3] | f_inside,
           bursts_pop_data[$bits(bursts_pop_data)-4] | !f_last});
      if (f_inside) assert (!beat_first_o);
      if (!f_last) assert (!beat_last_o);
      assert (beat_skip_o == (f_inside ? {BYTE_BITS{1'b0}}
          : bursts_pop_data[$bits(cut_burst_word) +: BYTE_BITS]));
      assert (beat_addr_o == {bursts_pop_data[$bits(cut_burst_word)-1:0], {BYTE_BITS{1'b0}}});
    end
  end
