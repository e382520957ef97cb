  // A round: a ring of jobs, in some rounds with one among them that fails.

  localparam GOOD = 0, BAD_FIELD = 1, BAD_READ = 2, BAD_WRITE = 3; // kinds of rounds

  integer round = 0;
  reg [31:0] begun_q = 32'd0; // from which its noise begins
  integer index = 0; // of the next descriptor
  integer kind = 0, bad_index = 0, errors_told = 0;
  reg [15:0] bad_tag = 16'd0;

  task draw_job;
    input integer what;
    input last;
    reg plain;
    integer back;
    begin
      plain = what != GOOD;
      resume = stay;
      tag = draw_tag(1'b0);
      if (!resume) draw_chain(plain);
      stay = !plain && !last && one_in(2);
      draw_operands(plain);
      irq = last || one_in(2);
      if (plain) begin
        // A job that fails leaves everything as it was.
        bad_index = index;
        bad_tag = tag;
        if (what == BAD_FIELD) k = 0;
        if (what == BAD_READ) b_at = BYTES;
        back = c_at;
        if (what == BAD_WRITE) c_at = BYTES;
        write_descriptor(index);
        c_at = back;
      end else begin
        write_descriptor(index);
        multiply;
      end
      index = index + 1;
    end
  endtask

  function [15:0] draw_tag;
    input unused;
    reg [31:0] bits;
    begin
      bits = draw(1'b0);
      draw_tag = bits[31:16];
    end
  endfunction

  // Fills memory with noise, and the ring with jobs: the same in each round, whatever the memory
  // drew for its pauses until then, so that jobs do not depend on how long others take.
  task draw_round;
    integer i, bad;
    reg [63:0] any;
    begin
      noise_q = 32'h2545_f491 ^ begun_q;
      begun_q = begun_q + 32'h9e37_79b9;
      kind = (round < 2) ? GOOD : round % 4;
      bad = (kind == GOOD) ? -1 : below(JOBS - 1);
      pauses = (round % 3 == 0) ? 0 : 1 + below(5);
      latency = one_in(2) ? 1 + below(8) : 30 + below(60);
      unknown = one_in(2);
      extreme = one_in(2);
      for (i = 0; i < BYTES; i = i + 1) begin
        if (i % 8 == 0) any = noise(1'b0);
        memory[i] = any[8*(i % 8) +: 8];
        wanted[i] = any[8*(i % 8) +: 8];
      end
      cursor = RING;
      macs = 0;
      overflow_due = 1'b0;
      overflow_seen = 1'b0;
      for (i = 0; i < JOBS; i = i + 1)
        draw_job((i == bad) ? kind : GOOD, i == JOBS - 1 || i + 1 == bad);
    end
  endtask

  // The error of the round, and that no other job is begun before it is cleared.
  task take_error;
    begin
      errors_told = errors_told + 1;
      if (kind == GOOD || errors_told > 1) wrong("a job fails");
      get(R_STATUS);
      if (!access_data[S_HALTED]) wrong("an error does not halt the engine");
      get(R_ERROR);
      if (access_data[31:16] != bad_tag) wrong("another tag");
      case (kind)
        BAD_FIELD: if (access_data[7:0] != CODE_ZERO) wrong("another code");
        default: begin
          if (access_data[7:0] != CODE_BUS || access_data[13:12] != 2'd3) wrong("another code");
          if (access_data[10:8] != ((kind == BAD_READ) ? OPERAND_B : OPERAND_C))
            wrong("another operand");
          get(R_ERROR_ADDR_LO);
          if (access_data[30:0] != BYTES[30:0]) wrong("another address");
        end
      endcase
      expect_value(R_ERROR_INDEX, {16'd0, bad_index[15:0]});
      put_right(R_CONTROL, CONTROL_ENABLE | CONTROL_CLEAR_ERROR);
      expect_value(R_ERROR, 32'd0);
    end
  endtask

  // Serves interrupts until all jobs are done.
  task serve;
    reg finished;
    reg [31:0] causes;
    begin
      finished = 1'b0;
      moved = now;
      while (!finished && errors < 10) begin
        while (!irq_o && now < moved + LIMIT) cycle;
        if (!irq_o) begin
          get(R_HEAD);
          $display("error: no end: at job %0d of %0d", access_data, index);
          errors = errors + 10; // what follows would only repeat it
        end
        get(R_IRQ_STATUS);
        causes = access_data;
        put_right(R_IRQ_STATUS, causes);
        overflow_seen = overflow_seen || causes[3];
        if (causes[2]) wrong("an access is refused");
        if (causes[1]) take_error;
        get(R_HEAD);
        finished = access_data[15:0] == index[15:0];
      end
    end
  endtask

  task compare;
    integer i, told;
    begin
      told = 0;
      for (i = 0; i < BYTES; i = i + 1) begin
        if (memory[i] !== wanted[i]) begin
          if (told < 4)
            $display("error: round %0d: byte %0d is 0x%02x, not 0x%02x", round, i, memory[i], wanted[i]);
          told = told + 1;
          errors = errors + 1;
        end
      end
    end
  endtask

  // An access that is refused is told, and has no effect.
  task refuse;
    begin
      put(R_HEAD, 32'd7);
      if (access_resp != 2'd2) wrong("a write to HEAD is not refused");
      if (!irq_o) cycle;
      if (!irq_o) wrong("no interrupt of an access that is refused");
      expect_value(R_IRQ_STATUS, 32'd4);
      expect_value(R_ACCESS, {4'd8, R_HEAD, 7'd0, 1'b1, REFUSED_READ_ONLY});
      put_right(R_ACCESS, 32'h8000_0000);
      put_right(R_IRQ_STATUS, 32'd4);
      expect_value(R_ACCESS, 32'd0);
      if (irq_o) wrong("the interrupt stays");
    end
  endtask

  initial begin
    clk_i = 1'b1;
    repeat (4) cycle;
    rst_ni = 1'b1;
    cycle;
    check_constants;
    put_right(R_RING_BASE_LO, BASE[31:0]);
    put_right(R_RING_BASE_HI, ring_high(1'b0));
    put_right(R_RING_BITS, RING_BITS);
    put_right(R_IRQ_ENABLE, 32'd7);
    put_right(R_CONTROL, CONTROL_ENABLE);
    refuse;
    for (round = 0; round < ROUNDS && errors < 10; round = round + 1) begin
      errors_told = 0;
      draw_round;
      put_right(R_CONTROL, CONTROL_ENABLE | CONTROL_CLEAR_COUNTERS);
      // In two goes.
      put_right(R_TAIL, {16'd0, index[15:0]} - 32'd1);
      put_right(R_TAIL, {16'd0, index[15:0]});
      serve;
      if (errors_told != ((kind == GOOD) ? 0 : 1)) wrong("a job that fails is not told");
      if (errors < 10) compare;
      repeat (8) cycle;
      get(R_STATUS);
      if (!access_data[S_IDLE]) wrong("not idle when all is done");
      // The last jobs may have been done while an interrupt was served; overflow has none here.
      get(R_IRQ_STATUS);
      overflow_seen = overflow_seen || access_data[3];
      put_right(R_IRQ_STATUS, 32'd9);
      expect_value(R_IRQ_STATUS, 32'd0);
      // A job that failed by a bus error may have set it.
      if (overflow_due ? !overflow_seen : (overflow_seen && kind < BAD_READ))
        wrong("overflow is told otherwise");
      if (irq_o) wrong("the interrupt stays");
      expect_value(R_JOBS_LO, JOBS);
      if (kind == GOOD) expect_value(R_MACS_LO, $unsigned(macs));
    end
    if (compared == 0) errors = errors + 1; // nothing was tested
    if (errors == 0) begin
      $display("PASS: %0d jobs, %0d sums right", index, compared);
      $finish;
    end else begin
      $display("FAIL: %0d errors, %0d jobs, %0d sums compared", errors, index, compared);
`ifdef __ICARUS__
      $finish_and_return(1);
`else
      $stop;
`endif
    end
  end

  function [31:0] ring_high;
    input unused;
    reg [63:0] wide;
    begin
      wide = {{(64-ADDR){1'b0}}, BASE};
      ring_high = wide[63:32];
    end
  endfunction

endmodule
`default_nettype wire
