// inside: heddle_engine_ended
// The queue before store: of the jobs that came, number n, any n, lies at place n mod 16 until it goes, which it does once, in
// its turn, with all that it came with; no more than 16 wait. Each job that came has left its slot, once, but for one that
// is held. Numbers are counted modulo 32, so that 16 of them are told apart.
  (* hierconn *) wire \u_jobs.told ;
  (* hierconn *) wire [3:0] \u_jobs.f_at ;
  (* hierconn *) wire [3:0] \u_jobs.push_at_q ;
  (* hierconn *) wire [3:0] \u_jobs.pop_at_q ;
  (* hierconn *) wire [4:0] \u_jobs.count_q ;
  (* hierconn *) wire [`WORD-1:0] \u_jobs.f_word ;
  (* anyconst *) reg [4:0] f_picked;
  reg f_past = 1'b0;
  reg [4:0] f_came, f_went, f_left;
  reg [`WORD-1:0] f_kept;
  wire [`WORD-1:0] f_given = {job_slot_i, job_turn_i, job_index_i, job_tag_i, job_policy_i, job_c0_i, job_bias_i,
      job_irq_i, job_mask_n_i, bad, job_m_i, job_n_i, kept_n_kept_i, job_sums_i, job_c_stride_i, job_code_i, job_resume_i,
      job_keep_a_i, job_stay_i, job_c_i};
  wire [`WORD-1:0] f_told = {last_slot_o, last_turn_o, last_index_o, last_tag_o, last_policy_o, last_c0_o, last_bias_o,
      last_irq_o, last_mask_n_o, last_bad_o, last_m_o, last_n_o, last_n_kept_o, last_sums_o, last_c_stride_o, once_code_o,
      once_resume_o, once_keep_a_o, once_stay_o, once_c_o};
  wire f_comes = job_valid_i & job_ready_o;
  wire f_goes = last_valid_o & last_ready_i;
  wire [4:0] f_holds = f_came - f_went;
  wire [4:0] f_behind = f_picked - f_went;
  wire f_waits = f_behind < f_holds;
  always @(posedge clk_i) begin
    f_past <= 1'b1;
    if (!rst_ni) {f_came, f_went, f_left} <= 0;
    else {f_came, f_went, f_left} <= {f_came + f_comes, f_went + f_goes, f_left + left_o};
    if (f_comes & f_came == f_picked) f_kept <= f_given;
  end
  wire f_so = \u_jobs.told & f_holds <= 5'd16 & \u_jobs.count_q == f_holds & \u_jobs.push_at_q == f_came[3:0]
      & \u_jobs.pop_at_q == f_went[3:0] & f_left == f_came - held_q & (!f_waits | \u_jobs.f_word == f_kept);
  always @* begin
    assume (\u_jobs.f_at == f_picked[3:0]);
    if (f_past) assert (f_so);
    else if (rst_ni) assume (f_so);
    if (rst_ni & (f_past | f_so)) begin
      if (f_goes) assert (f_holds != 0);
      if (f_goes & f_went == f_picked) assert (f_told == f_kept);
      if (left_o) assert (f_left != f_came | f_comes);
    end
  end
