// inside: heddle_engine_load
// A job that is refused is handed on with its code: each cycle brings it nearer while there is space, of which it asks for none;
// nothing is read or ordered for it.
  reg f_past = 1'b0, f_refused, f_space, f_stays;
  reg [7:0] f_code;
  reg [2:0] f_left_before;
  wire f_comes = job_valid_i & job_ready_o;
  wire f_goes = job_valid_o & job_ready_i;
  wire f_none = !works_q & !needs_a_q & !needs_c0_q;
  wire [2:0] f_left = (state_q == 3'd1) ? 3'd6 - step_q : (state_q == 3'd3) ? 3'd2 : (state_q == 3'd5) ? 3'd1 : 3'd0;
  always @(posedge clk_i) begin
    f_past <= 1'b1;
    f_refused <= rst_ni & (f_comes ? |job_code_i : f_refused & !f_goes);
    f_stays <= rst_ni & !f_comes & f_refused & !f_goes;
    f_space <= space_a_fits & sums_free_q;
    f_left_before <= f_left;
    if (f_comes) f_code <= job_code_i;
  end
  wire f_so = (state_q != 3'd0 | step_q == 3'd0) & (!f_refused | (f_code != 0 & job_code_q == f_code
      & ((state_q == 3'd1 & step_q <= 3'd3 & !handed_q & (step_q == 0 | f_none))
      | ((state_q == 3'd3 | state_q == 3'd5) & !handed_q & f_none) | (state_q == 3'd0 & handed_q & f_none))));
  always @* begin
    if (f_past) assert (f_so);
    else if (rst_ni) assume (f_so);
    if (rst_ni & f_past & f_refused) begin
      assert (!req_valid_o & !order_valid_o & job_code_o == f_code & job_valid_o == (f_left == 0));
      if (f_stays & f_space & f_left_before != 0) assert (f_left < f_left_before);
    end
  end
