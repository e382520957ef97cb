// inside: heddle_engine
// Each job ends once, in its turn: in the cycle in which HEAD passes number n, store ends job n. A slot is taken from when a job
// is handed on until the job has left it, and no job's sums wait for a place in the queue. The ring is free, but numbers its
// descriptors (engine_order.sv); so are masks, load and sequence, but as a whole they hand on what they took, in order
// (engine_stage.sv).
  (* hierconn *) wire [4:0] \u_check.active_q ;
  (* hierconn *) wire [2:0] \u_check.slots_q ;
  (* hierconn *) wire \u_ended.held_q ;
  (* hierconn *) wire \u_ended.bad ;
  (* hierconn *) wire \u_ended.u_jobs.told ;
  (* hierconn *) wire [3:0] \u_ended.u_jobs.f_at ;
  (* hierconn *) wire [3:0] \u_ended.u_jobs.push_at_q ;
  (* hierconn *) wire [3:0] \u_ended.u_jobs.pop_at_q ;
  (* hierconn *) wire [4:0] \u_ended.u_jobs.count_q ;
  (* hierconn *) wire [`WORD-1:0] \u_ended.u_jobs.f_word ;
  (* hierconn *) wire [2:0] \u_store.state_q ;
  (* anyconst *) reg [15:0] f_picked;
  reg f_past = 1'b0;
  // Numbers of the next job to be handed on, to have its sums, to be taken by store.
  reg [15:0] f_jobs, f_sums, f_takes;
  wire f_stores = \u_store.state_q != 3'd0;
  always @(posedge clk_i) begin
    f_past <= 1'b1;
    if (!rst_ni) {f_jobs, f_sums, f_takes} <= 0;
    else begin
      f_jobs <= f_jobs + (check_job_valid & masks_job_ready);
      f_sums <= f_sums + (core_done_valid & ended_job_ready);
      f_takes <= f_takes + (ended_last_valid & store_last_ready);
    end
  end
  wire [15:0] f_active = f_jobs - head_q, f_inside = f_jobs - f_sums, f_waiting = f_sums - f_takes;
  wire [15:0] f_behind = f_picked - f_takes;
  wire f_so = f_active <= 16'd16 & \u_check.active_q == f_active & f_inside <= 16'd4 & f_waiting <= 16'd16
      & \u_check.slots_q == f_inside + \u_ended.held_q & \u_check.slots_q <= 3'd4
      & f_takes == head_q + f_stores & \u_store.state_q != 3'd7
      & (!\u_ended.held_q | f_waiting + f_stores == 16'd1)
      & \u_ended.u_jobs.told & \u_ended.u_jobs.count_q == f_waiting
      & \u_ended.u_jobs.push_at_q == f_sums[3:0] & \u_ended.u_jobs.pop_at_q == f_takes[3:0]
      & (f_behind >= f_waiting | \u_ended.u_jobs.f_word [`WORD-5 -: 16] == f_picked)
      & (!f_stores | f_picked != head_q | store_index == f_picked);
  always @* begin
    assume (\u_ended.u_jobs.f_at == f_picked[3:0]);
    assume (ring_index == f_jobs);
    if (core_done_valid) assume (f_inside != 0 & core_done_index == f_sums);
    if (f_past) assert (f_so);
    else if (rst_ni) assume (f_so);
    if (rst_ni) begin
      if (store_done) assert (\u_check.active_q != 0);
      if (store_done & f_picked == head_q) assert (store_index == head_q);
      if (ended_left) assert (\u_check.slots_q != 0);
      if (core_done_valid & !\u_ended.bad & !\u_ended.held_q ) assert (ended_job_ready);
    end
  end
