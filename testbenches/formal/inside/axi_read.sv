// inside: heddle_axi_read
// Bursts go where they were cut to: axi_cut.sv says how, for the run that is taken here. A burst that
// the solver picks, by its number, of four in turn, is what AR says of the burst of this number, and what is
// said of the words of the burst of this number.
  localparam integer BYTE_BITS = $bits(skip_q);
  wire [32:0] f_behind = {1'b0, req_addr_i} + req_bytes_i;
  wire [32:0] f_words = ((f_behind - 1) >> BYTE_BITS) - (req_addr_i >> BYTE_BITS);
  (* anyconst *) reg [1:0] f_picked;
  reg [1:0] f_cut = 0, f_ar = 0, f_r = 0;
  reg f_to_ar = 1'b0, f_to_r = 1'b0, f_inside = 1'b0;
  reg [31:0] f_addr;
  reg [7:0] f_len;
  reg f_first, f_last;
  reg [1:0] f_to, f_ask_to;
  reg [BYTE_BITS-1:0] f_skip, f_ask_skip;
  wire f_cuts = cut_burst_valid & addresses_push_ready & bursts_push_ready;
  wire f_ars = arvalid_o & arready_i;
  wire f_rs = beat_valid_o & beat_ready_i;
  wire f_ends = f_rs & beats_pop_data[$bits(rdata_i)+2];
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      f_cut <= 0;
      f_ar <= 0;
      f_r <= 0;
      f_to_ar <= 1'b0;
      f_to_r <= 1'b0;
      f_inside <= 1'b0;
    end else begin
      f_cut <= f_cut + f_cuts;
      f_ar <= f_ar + f_ars;
      f_r <= f_r + f_ends;
      if (f_cuts & f_cut == f_picked) begin
        f_to_ar <= 1'b1;
        f_to_r <= 1'b1;
      end else begin
        if (f_ars & f_ar == f_picked) f_to_ar <= 1'b0;
        if (f_ends & f_r == f_picked) f_to_r <= 1'b0;
      end
      if (f_rs) f_inside <= !f_ends;
    end
    if (req_valid_i & req_ready_o) begin
      f_ask_to <= req_to_i;
      f_ask_skip <= req_addr_i[BYTE_BITS-1:0];
    end
    if (f_cuts & f_cut == f_picked) begin
      f_addr <= cut_burst_word << BYTE_BITS;
      f_len <= cut_burst_left;
      f_first <= cut_burst_first;
      f_last <= cut_burst_last;
      f_to <= f_ask_to;
      f_skip <= cut_burst_first ? f_ask_skip : 0;
    end
  end
  always @* if (rst_ni) begin
    // The words of the run are those in which the request has bytes.
    if (req_valid_i & req_bytes_i != 0)
      assert (@PORT:u_cut.run_left_i@ == f_words
          & @PORT:u_cut.run_word_i@ == req_addr_i >> BYTE_BITS);
    if (arvalid_o & f_to_ar & f_ar == f_picked) assert (araddr_o == f_addr & arlen_o == f_len);
    if (beat_valid_o & f_to_r & f_r == f_picked) begin
      assert (beat_to_o == f_to & beat_addr_o == f_addr);
      assert (beat_first_o == (f_first & !f_inside));
      assert (beat_last_o == (f_last & beats_pop_data[$bits(rdata_i)+2]));
      assert (beat_skip_o == (f_inside ? 0 : f_skip));
    end
    // A word is of a burst; the address of a burst is on AR in the cycle after it was cut, if AR is free.
    if (beat_valid_o) assert (f_cut != f_r);
    assert (arvalid_o == (f_cut != f_ar));
  end
