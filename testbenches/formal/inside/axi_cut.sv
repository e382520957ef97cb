// inside: heddle_axi_*_cut
// The bursts of a run: the first begins where the run does, each where the one before it ended, and the last
// ends where the run does; none crosses 4 KiB, of PAGE bus words, or is longer than LONGEST; one goes in each
// cycle in which it is taken, and the next run follows without a gap. So every word of every run is in exactly
// one burst. A run that was taken is f_*: the next word that no burst had, and how many there are from there on.
  reg f_past = 1'b0;
  reg [$bits(word_q)-1:0] f_word;
  reg [$bits(left_q):0] f_words;
  reg f_first;
  wire f_takes = run_valid_i & run_ready_o;
  wire f_goes = burst_valid_o & burst_ready_i;
  wire [$bits(left_q):0] f_of_burst = {{$bits(left_q){1'b0}}, 1'b1} + burst_left_o;
  always @(posedge clk_i) begin
    f_past <= 1'b1;
    if (!rst_ni) f_words <= 0;
    else if (f_takes) f_words <= {1'b0, run_left_i} + 1;
    else if (f_goes) f_words <= f_words - f_of_burst;
    if (f_takes) f_word <= run_word_i;
    else if (f_goes) f_word <= f_word + f_of_burst;
    f_first <= f_takes | (f_first & !f_goes);
  end
  // What the registers say is what is left of the run: so after a reset, and then always.
  wire f_so = busy_q == (f_words != 0)
      & (!busy_q | (f_word == word_q & f_words == {1'b0, left_q} + 1
      & crosses_q == ((~word_q & (`LONGEST - 1)) < left_q)
`ifdef READS
      & f_first == first_q
`endif
      ));
  wire [31:0] f_of_page = burst_word_o & (`PAGE - 1);
  always @* begin
    if (f_past) assert (f_so);
    else if (rst_ni) assume (f_so);
    if (rst_ni & (f_past | f_so)) begin
      assert (burst_valid_o == (f_words != 0));
      if (burst_valid_o) begin
        assert (burst_word_o == f_word & f_of_burst <= f_words);
        assert (f_of_page + burst_left_o < `PAGE & burst_left_o < `LONGEST);
        // A burst is no shorter than it must be.
        assert (f_of_burst == f_words | (f_word + f_of_burst) % `LONGEST == 0);
`ifdef READS
        assert (burst_first_o == f_first & burst_last_o == (f_words == f_of_burst));
`endif
      end
      assert (run_ready_o == (f_words == 0 | (f_goes & f_words == f_of_burst)));
    end
  end
