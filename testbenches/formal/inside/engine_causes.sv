// inside: heddle_engine
// Each busy cycle is told to the counters as exactly one of the seven causes, every other cycle as none: COMPUTE and the six
// WAITs add up to BUSY. Whatever state the engine is in.
  wire [6:0] f_causes = {@PORT:u_registers.compute_i@, @PORT:u_registers.wait_a_i@, @PORT:u_registers.wait_b_i@,
      @PORT:u_registers.wait_c0_i@, @PORT:u_registers.wait_store_i@, @PORT:u_registers.wait_sum_i@,
      @PORT:u_registers.wait_job_i@};
  always @* begin
    assert ((f_causes & (f_causes - 7'd1)) == 0);
    assert (@PORT:u_registers.busy_i@ == (f_causes != 0));
  end
