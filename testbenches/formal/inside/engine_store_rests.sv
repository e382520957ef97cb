// inside: heddle_engine_store
// A job that fails comes to its end, whenever that becomes known: while what is written is taken, each cycle brings it
// nearer, by rows first, then by the words of the row that is read; it orders no further row; then it is told once, with its code.
  reg f_past = 1'b0, f_ready = 1'b0, f_failed = 1'b0;
  reg [7:0] f_code;
  reg [2:0] f_was;
  wire [2:0] f_rank = (state_q <= 3'd2) ? 3'd4 : (state_q == 3'd3) ? 3'd3 : (state_q == 3'd4) ? 3'd2 : (state_q == 3'd5);
  wire [10:0] f_left = {f_rank, (state_q == 3'd4) ? {1'b0, left_q} : 8'd0};
  reg [10:0] f_left_before;
  wire f_so = state_q != 3'd7 & (state_q != 3'd4 | left_q != 0);
  always @(posedge clk_i) begin
    f_past <= rst_ni;
    f_ready <= order_ready_i & sum_req_ready_i & expand_idle_i & write_idle_i;
    f_failed <= rst_ni & (code_q != 0) & state_q != 3'd0;
    f_code <= code_q;
    f_was <= state_q;
    f_left_before <= f_left;
  end
  always @* begin
    if (f_past) assert (f_so);
    else assume (f_so);
    if (f_past & f_failed) begin
      if (f_was == 3'd6) assert (state_q == 3'd0 & !done_o);
      else begin
        assert (code_q == f_code & state_q != 3'd0);
        if (f_ready) assert (f_left < f_left_before);
        // No row but that which was looked at.
        if (f_was != 3'd2) assert (!order_valid_o | f_was == 3'd3);
      end
    end
    if (done_o) assert (failed_o == (code_q != 0) & code_o == code_q & !(irq_o & failed_o));
  end
