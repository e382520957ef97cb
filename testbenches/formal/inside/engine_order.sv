// inside: heddle_engine
// Descriptors are neither lost nor repeated: the numbers of those that are asked for, and of the jobs that are handed on,
// are 0, 1, 2, ..., each once; each is read from its place in the ring, between HEAD and TAIL; HEAD passes what is under way, one by
// one. The stages behind check are free, but end no job that they were not given, nor its slot (engine_ends.sv).
  (* hierconn *) wire [4:0] \u_check.active_q ;
  (* hierconn *) wire [2:0] \u_check.slots_q ;
  (* hierconn *) wire [3:0] \u_check.place_q ;
  (* hierconn *) wire [1:0] \u_check.step_q ;
  (* hierconn *) wire \u_ring.ask_q ;
  (* hierconn *) wire \u_ring.fill_q ;
  (* hierconn *) wire \u_ring.full_q ;
  (* hierconn *) wire \u_registers.u_axi_lite.known_q ;
  (* hierconn *) wire \u_registers.write_error_q ;
  (* hierconn *) wire [7:0] \u_registers.write_code ;
  wire f_judged = !\u_registers.u_axi_lite.known_q | \u_registers.write_error_q | \u_registers.write_code == 0;
  reg f_rested = 1'b0;
  wire [4:0] f_active = \u_check.active_q ;
  wire [2:0] f_fetch = {\u_ring.ask_q , \u_ring.fill_q , \u_ring.full_q };
  reg f_past = 1'b0;
  // Numbers of the next descriptor to be asked for, and of the next job.
  reg [15:0] f_asks, f_jobs;
  wire f_asked = ring_req_valid & read_req_ready;
  wire f_job = check_job_valid & masks_job_ready;
  always @(posedge clk_i) begin
    f_past <= 1'b1;
    f_rested <= !registers_enable & ring_idle & check_empty;
    if (!rst_ni) {f_asks, f_jobs} <= 0;
    else {f_asks, f_jobs} <= {f_asks + f_asked, f_jobs + f_job};
  end
  wire [15:0] f_size = 16'd1 << registers_ring_bits;
  wire [15:0] f_pending = registers_tail - head_q;
  wire [15:0] f_under_way = ring_index - head_q;
  wire f_so = f_pending <= f_size & registers_ring_bits <= 4'd3 & (registers_ring_bits != 0 | !registers_enable)
      & f_under_way == f_active & f_active <= 5'd16 & \u_check.slots_q <= 3'd4 & f_under_way <= f_pending & f_judged
      & (f_fetch == 0 | f_under_way < f_pending)
      & (f_fetch & (f_fetch - 3'd1)) == 0
      & (\u_check.step_q == 0 | ring_desc_valid)
      & f_jobs == ring_index & f_asks == ring_index + (|f_fetch[1:0])
      & \u_check.place_q == ring_index[3:0];
  always @* begin
    if (f_active == 0) assume (!store_done);
    if (\u_check.slots_q == 0) assume (!ended_left);
    // The read master answers what was asked, and nothing else.
    if (!\u_ring.fill_q ) assume (!(read_beat_valid & read_beat_to == 2'd0));
    if (f_past & f_rested) assert (ring_idle & check_empty);
    if (f_past) assert (f_so);
    else if (rst_ni) assume (f_so);
    if (rst_ni & f_asked) begin
      assert (ring_index == f_asks & f_under_way < f_pending);
      assert (ring_req_addr == registers_ring_base + {f_asks & (f_size - 16'd1), 7'd0});
    end
    if (rst_ni & f_job) assert (check_job_index == f_jobs & {check_job_turn, check_job_slot} == f_jobs[3:0] & ring_desc_valid);
  end
