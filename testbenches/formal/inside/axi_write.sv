// inside: heddle_axi_write
// What goes into the queues and comes out of them, which engine_fifo.sv is about, is what passes the ports: so
// bursts are those that were cut (axi_cut.sv), each word leaves as it came, in order, and a response is told
// with the address of its burst.
  localparam integer BYTE_BITS = $bits(req_addr_i) - $bits(aw_word_q);
  reg f_past = 1'b0, f_on_bus;
  reg [$bits(bursts_pop_data)-1:0] f_burst;
  always @(posedge clk_i) begin
    f_past <= 1'b1;
    f_on_bus <= on_bus & rst_ni;
    f_burst <= bursts_pop_data;
  end
  always @* if (rst_ni) begin
    // A run is that of the request.
    assert (@PORT:u_cut.run_word_i@ == req_addr_i >> BYTE_BITS);
    if (req_valid_i) assert (@PORT:u_cut.run_left_i@ + 12'd1 == req_words_i);
    // Words in and out: out where W takes one, or where one is dropped.
    assert (@PORT:u_words.push_data_i@ == {word_strb_i, word_data_i}
        & @PORT:u_words.push_valid_i@ == word_valid_i & word_ready_o == words_push_ready);
    assert ({wstrb_o, wdata_o} == words_pop_data);
    assert (@PORT:u_words.pop_ready_i@ == (wvalid_o ? wready_i : leaves_q));
    // Bursts in and out: a burst that leaves is on AW in the next cycle, or dropped while stop_i is high.
    assert (@PORT:u_bursts.push_data_i@ == {cut_burst_word, cut_burst_left});
    assert (@PORT:u_bursts.pop_ready_i@ == (on_bus | (begins & stop_i)));
    if (f_past & f_on_bus)
      assert (awvalid_o & {awaddr_o >> BYTE_BITS, awlen_o[3:0]} == {f_burst[$bits(f_burst)-1:4], f_burst[3:0]});
    // Responses' bursts in and out.
    assert (@PORT:u_answers.push_valid_i@ == on_bus
        & @PORT:u_answers.push_data_i@ == bursts_pop_data >> 4);
    assert (@PORT:u_answers.pop_ready_i@ == bvalid_i & error_addr_o == answers_pop_data << BYTE_BITS);
  end
