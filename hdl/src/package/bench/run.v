  // A cycle: drive after the rising edge, observe before the next one.

  task drive;
    integer i;
    reg [63:0] any;
    reg [2:0] pace_w, pace_a;
    reg [LANES*VALUE-1:0] w_values;
    reg [LANES-1:0] w_counts;
    reg [ROWS*VALUE-1:0] a_values;
    reg [ROWS-1:0] a_counts;
    reg [COLS*ACC-1:0] sums;
    reg sums_count;
    reg [COLS*WORD-1:0] top;
    reg [ROWS*WORD-1:0] acts;
    reg [COLS*ACC-1:0] seeds;
    reg [ROWS-1:0] row_keep;
    reg [COLS-1:0] col_keep;
//: if ws
    reg [ROWS*WORD-1:0] left;
//: end
//: if os
    reg [COLS-1:0] x_keep;
//: end
    begin
      rst_ni = resets == 0;
      clear_i = clears > 0;
      if (resets > 0) resets = resets - 1;
      any = noise(1'b0);
      en_i = any[2:0] >= stalls;
      pace_w = any[5:3];
      pace_a = any[8:6];
      w_valid_i = w_next < w_count && pace_w >= pauses;
      a_valid_i = a_next < a_count && pace_a >= pauses;
      w_values = wq_values[w_next];
      w_counts = wq_counts[w_next];
      a_values = aq_values[a_next];
      a_counts = aq_counts[a_next];
      sums = aq_seeds[a_next];
      sums_count = a_valid_i;
//: if os
      x_valid_i = x_next < x_count && any[11:9] >= pauses;
      if (os) begin
        sums = xq_seeds[x_next];
        sums_count = x_valid_i;
      end
//: end
      w_last_i = w_valid_i ? wq_last[w_next] : any[12];
      w_keep_i = w_valid_i ? wq_keep[w_next] : any[13];
      a_first_i = a_valid_i ? aq_first[a_next] : any[14];
      a_keep_i = a_valid_i ? aq_keep[a_next] : any[15];
//: if ws
      w_edge_i = w_valid_i ? wq_edge[w_next] : any[16];
//: end
//: if os
      a_flush_i = a_valid_i ? aq_flush[a_next] : any[17];
      x_last_i = x_valid_i ? xq_last[x_next] : any[18];
//: end
//: if both
      w_os_i = w_valid_i ? os : any[19];
      a_os_i = a_valid_i ? os : any[20];
//: end
      for (i = 0; i < ROWS; i = i + 1) begin
        any = noise(1'b0);
        row_keep[i] = w_valid_i ? wq_rows[w_next][i] : any[63];
        acts[i*WORD +: WORD] = any[WORD-1:0];
        if (a_valid_i && a_counts[i])
          acts[i*WORD +: WORD] = word(a_values[i*VALUE +: VALUE], a_scale);
//: if ws
        left[i*WORD +: WORD] = any[WORD+15:16];
        if (w_valid_i && w_edge_i && w_counts[i])
          left[i*WORD +: WORD] = word(w_values[i*VALUE +: VALUE], w_scale);
//: end
      end
      for (i = 0; i < COLS; i = i + 1) begin
        any = noise(1'b0);
        seeds[i*ACC +: ACC] = any[ACC-1:0];
        if (sums_count) seeds[i*ACC +: ACC] = sum(sums[i*ACC +: ACC]);
        any = noise(1'b0);
        col_keep[i] = w_valid_i ? wq_cols[w_next][i] : any[63];
//: if os
        x_keep[i] = x_valid_i ? xq_keep[x_next][i] : any[62];
//: end
        top[i*WORD +: WORD] = any[WORD-1:0];
        if (w_valid_i && @FROM_TOP@ && w_counts[i])
          top[i*WORD +: WORD] = word(w_values[i*VALUE +: VALUE], w_scale);
      end
      // Ports change as a whole: Verilator 5.006 misses changes of parts.
      a_i = acts;
      c_i = seeds;
      w_top_i = top;
      row_keep_i = row_keep;
      col_keep_i = col_keep;
//: if ws
      w_left_i = left;
//: end
//: if os
      x_keep_i = x_keep;
//: end
    end
  endtask

  // Whether something is still to be sent or to come.
  function busy;
    input unused;
    begin
      busy = resets > 0 || clears > 0 || w_next < w_count || a_next < a_count || due_next < due_count;
//: if os
      busy = busy || x_next < x_count;
//: end
    end
  endfunction

  task check_sums;
    integer n;
    reg [COLS*ACC-1:0] sums;
    begin
      if (due_next == due_count) begin
        if (errors < 10) $display("error: cycle %0d: sums of no beat", now);
        wrong;
      end else begin
        sums = due_sums[due_next];
        if (due_at[due_next] != now) begin
          if (errors < 10) $display("error: cycle %0d: sums due in cycle %0d", now, due_at[due_next]);
          wrong;
        end
        if (s_keep_o !== due_keep[due_next]) begin
          if (errors < 10)
            $display("error: cycle %0d: keep bits %b, expected %b", now, s_keep_o, due_keep[due_next]);
          wrong;
        end
        for (n = 0; n < COLS; n = n + 1) if (due_keep[due_next][n]) begin
          compared = compared + 1;
          if (s_o[n*ACC +: ACC] !== sums[n*ACC +: ACC]) begin
            if (errors < 10)
              $display("error: cycle %0d: column %0d: sum %h, expected %h", now, n,
                       s_o[n*ACC +: ACC], sums[n*ACC +: ACC]);
            wrong;
          end
        end
        due_next = due_next + 1;
      end
    end
  endtask

  // What the next rising edge does.
  task observe;
    reg w_taken, a_taken, x_taken;
    begin
      w_taken = w_valid_i && w_ready_o;
      a_taken = a_valid_i && a_ready_o;
//: if os
      x_taken = x_valid_i && x_ready_o;
//: else
      x_taken = 1'b0;
//: end
      if (rst_ni && ^{w_ready_o, a_ready_o, s_valid_o} === 1'bx) begin
        if (errors < 10) $display("error: cycle %0d: a ready or valid is unknown", now);
        wrong;
      end
      if (!en_i && (w_ready_o || a_ready_o)) begin
        if (errors < 10) $display("error: cycle %0d: ready in a stall", now);
        wrong;
      end
      if (rst_ni && en_i) begin
        now = now + 1;
        started = started || w_taken || x_taken;
        if (started) elapsed = elapsed + 1;
        want_wait = want_wait || a_valid_i && !a_taken;
        // A seed may come in the cycle of its first beat, which takes the place of the
        // waiting tile before the next one's weights do.
//: if os
        if (x_taken) model_exchange;
//: end
//: if both
        if (a_taken && os) model_turn;
        if (a_taken && !os) model_beat;
//: end
//: if only_ws
        if (a_taken) model_beat;
//: end
//: if only_os
        if (a_taken) model_turn;
//: end
        if (w_taken) model_weights;
        if (s_valid_o) begin
          want_cycles = elapsed;
          check_sums;
        end
        if (clear_i) begin
          started = 1'b0;
          elapsed = 0;
          want_cycles = 48'd0;
          want_macs = 48'd0;
          want_gated = 48'd0;
          want_dropped = 48'd0;
          want_wait = 1'b0;
          want_ovf = 1'b0;
          clears = clears - 1;
        end
      end
    end
  endtask

  task check_counter;
    input [8*7-1:0] name;
    input [47:0] found;
    input [47:0] want;
    begin
      if (found !== want) begin
        if (errors < 10) $display("error: %0s is %0d, expected %0d", name, found, want);
        wrong;
      end
    end
  endtask

  task check_counters;
    begin
      check_counter("cycles", cycles_o, want_cycles);
      check_counter("macs", macs_o, want_macs);
      check_counter("gated", gated_o, want_gated);
      check_counter("dropped", dropped_o, want_dropped);
      check_counter("wait", wait_o, want_wait);
//: if int
      check_counter("ovf", ovf_o, want_ovf);
//: end
    end
  endtask

