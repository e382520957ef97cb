  // A cycle: drive after the rising edge, observe before the next one.

  task drive;
    integer i;
    reg [63:0] any;
    reg patient;
    reg wild; // the array must look at nothing
    reg [LANES*VALUE-1:0] w_values;
    reg [LANES-1:0] w_counts;
    reg [ROWS*VALUE-1:0] a_values;
    reg [ROWS-1:0] a_counts;
    reg [COLS*ACC-1:0] sums;
    reg [COLS-1:0] live;
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
      if (interrupts > 0 && resets == 0) begin
        if (until_reset == 0) begin
          interrupts = interrupts - 1;
          until_reset = 1 + below(SPAN);
          resets = 1 + below(2);
        end else begin
          until_reset = until_reset - 1;
        end
      end
      rst_ni = resets == 0;
      if (resets > 0) resets = resets - 1;
      en_i = below(8) >= stalls;
      wild = !rst_ni || (!en_i && one_in(2));
      w_valid_i = w_next < w_count && since >= w_from && below(8) >= w_pauses;
      patient = patience[0];
      if (aq_first[a_next]) patient = patience[2];
//: if os
      if (aq_flush[a_next]) patient = patience[1];
//: end
      a_valid_i = a_next < a_count && !clear && elapsed >= from && below(8) >= a_pauses;
      if (a_valid_i && !acceptable(1'b0) && patient) a_valid_i = 1'b0;
      clear_i = clear && until_clear == 0;
      w_values = wq_values[w_next];
      w_counts = wq_counts[w_next];
      a_values = aq_values[a_next];
      a_counts = aq_counts[a_next];
//: if ws
      sums = aq_seeds[a_next];
      live = a_valid_i ? aq_live[a_next] : {COLS{1'b0}};
//: end
//: if os
      x_valid_i = x_next < x_count && !clear && elapsed >= from && below(8) >= x_pauses;
//: end
//: if both
      // A weight-stationary beat that is offered has c_i.
      if (x_valid_i && !(a_valid_i && !aq_os[a_next])) begin
        sums = xq_seeds[x_next];
        live = xq_keep[x_next];
      end
//: end
//: if only_os
      sums = xq_seeds[x_next];
      live = x_valid_i ? xq_keep[x_next] : {COLS{1'b0}};
//: end
      if (wild) begin
        any = noise(1'b0);
        w_valid_i = any[0];
        a_valid_i = any[1];
        clear_i = any[2];
        live = {COLS{1'b0}};
        w_counts = {LANES{1'b0}};
        a_counts = {ROWS{1'b0}};
//: if os
        x_valid_i = any[3];
//: end
      end
      any = noise(1'b0);
      w_last_i = any[12];
      w_keep_i = any[13];
      a_first_i = any[14];
      a_keep_i = any[15];
//: if ws
      w_edge_i = any[16];
//: end
//: if os
      a_flush_i = any[17];
      x_last_i = any[18];
//: end
//: if both
      w_os_i = any[19];
      a_os_i = any[20];
//: end
      if (w_valid_i && !wild) begin
        w_keep_i = wq_keep[w_next];
//: if only_ws
        w_last_i = wq_last[w_next];
//: end
//: if both
        // A word-beat of an output-stationary tile is its last in any case.
        if (!wq_os[w_next]) w_last_i = wq_last[w_next];
//: end
//: if ws
        w_edge_i = wq_edge[w_next];
//: end
//: if both
        w_os_i = wq_os[w_next];
//: end
      end
      if (a_valid_i && !wild) begin
//: if only_ws
        a_first_i = aq_first[a_next];
        a_keep_i = aq_keep[a_next];
//: else
        if (!aq_flush[a_next]) begin
          a_first_i = aq_first[a_next];
          a_keep_i = aq_keep[a_next];
        end
//: end
//: if only_os
        a_flush_i = aq_flush[a_next];
//: end
//: if both
        if (aq_os[a_next]) a_flush_i = aq_flush[a_next];
        a_os_i = aq_os[a_next];
//: end
      end
//: if os
      if (x_valid_i && !wild) x_last_i = xq_last[x_next];
//: end
      for (i = 0; i < ROWS; i = i + 1) begin
        any = noise(1'b0);
        row_keep[i] = any[63];
        if (w_valid_i && !wild) row_keep[i] = wq_rows[w_next][i];
        acts[i*WORD +: WORD] = any[WORD-1:0];
        if (a_valid_i && a_counts[i])
          acts[i*WORD +: WORD] = act_word(a_values[i*VALUE +: VALUE]);
//: if ws
        left[i*WORD +: WORD] = any[WORD+15:16];
        if (w_valid_i && w_edge_i && w_counts[i])
          left[i*WORD +: WORD] = weight_word(w_values[i*VALUE +: VALUE]);
//: end
      end
      for (i = 0; i < COLS; i = i + 1) begin
        any = noise(1'b0);
        seeds[i*ACC +: ACC] = any[ACC-1:0];
        if (live[i]) seeds[i*ACC +: ACC] = sum(sums[i*ACC +: ACC]);
        any = noise(1'b0);
        col_keep[i] = any[63];
        if (w_valid_i && !wild) col_keep[i] = wq_cols[w_next][i];
//: if os
        x_keep[i] = any[62];
        if (x_valid_i && !wild) x_keep[i] = xq_keep[x_next][i];
//: end
        top[i*WORD +: WORD] = any[WORD-1:0];
//: if ws
        if (w_valid_i && !w_edge_i && w_counts[i])
//: else
        if (w_valid_i && w_counts[i])
//: end
          top[i*WORD +: WORD] = weight_word(w_values[i*VALUE +: VALUE]);
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

  // Whether the beat that comes next would be accepted in an enabled cycle, seeds of that very
  // cycle left aside.
  function acceptable;
    input unused;
    begin
//: if only_ws
      acceptable = loaded || !aq_first[a_next];
//: end
//: if both
      acceptable = !running && (loaded || !aq_first[a_next]);
      if (aq_os[a_next]) begin
        acceptable = a_phase == phase && (loaded || aq_flush[a_next]);
        if ((aq_first[a_next] || aq_flush[a_next]) && !seeded[phase]) acceptable = 1'b0;
      end
//: end
//: if only_os
      acceptable = a_phase == phase && (loaded || aq_flush[a_next]);
      if ((aq_first[a_next] || aq_flush[a_next]) && !seeded[phase]) acceptable = 1'b0;
//: end
    end
  endfunction

  // Whether something is still to be sent or to come.
  function busy;
    input unused;
    begin
      busy = resets > 0 || clear || w_next < w_count || a_next < a_count || due_next < due_count;
//: if os
      if (x_next < x_count) busy = 1'b1;
//: end
    end
  endfunction

  // One of the outputs, of up to 48 bits.
  task check;
    input [8*7-1:0] name;
    input [47:0] found;
    input [47:0] want;
    begin
      if (found !== want) begin
        $display("error: cycle %0d of test %0d: %0s is %0d, expected %0d", now, test, name,
                 found, want);
        errors = errors + 1;
      end
    end
  endtask

  task check_flag;
    input [8*7-1:0] name;
    input found;
    input want;
    begin
      if (found !== want) check(name, {47'd0, found}, {47'd0, want});
    end
  endtask

  task check_counters;
    begin
      check("cycles", cycles_o, want_cycles);
      check("macs", macs_o, want_macs);
      check("gated", gated_o, want_gated);
      check("dropped", dropped_o, want_dropped);
    end
  endtask

  task check_sums;
    integer n;
    reg [COLS*ACC-1:0] sums;
    reg [COLS-1:0] keep;
    reg [ACC-1:0] want;
    begin
      sums = due_sums[due_next];
      keep = due_keep[due_next];
      if (s_keep_o !== keep) begin
        $display("error: cycle %0d of test %0d: keep bits %b, expected %b", now, test, s_keep_o,
                 keep);
        errors = errors + 1;
      end
      for (n = 0; n < COLS; n = n + 1) if (keep[n]) begin
        compared = compared + 1;
        want = sum(sums[n*ACC +: ACC]);
        if (s_o[n*ACC +: ACC] !== want) begin
          $display("error: cycle %0d of test %0d: column %0d: sum %h, expected %h", now, test, n,
                   s_o[n*ACC +: ACC], want);
          errors = errors + 1;
        end
      end
      want_cycles = cycles_from + wide(elapsed);
      if (due_ovf[due_next]) want_ovf = 1'b1;
      due_next = due_next + 1;
    end
  endtask

  // What the ready outputs must be, by the rules of the interface.
  reg want_w_ready, want_a_ready;
//: if os
  reg want_x_ready;
//: end

  task expect_ready;
    reg swaps;
//: if os
    reg seeds;
//: end
    begin
//: if os
      want_x_ready = x_phase == phase && !seeded[phase];
//: if both
      if (a_valid_i && !a_os_i) want_x_ready = 1'b0;
//: end
      seeds = x_valid_i && want_x_ready && x_last_i;
//: end
//: if only_ws
      want_a_ready = loaded || !a_first_i;
//: end
//: if both
      want_a_ready = !running && (loaded || !a_first_i);
      if (a_os_i) begin
        want_a_ready = a_phase == phase && (loaded || a_flush_i);
        if ((a_first_i || a_flush_i) && !seeded[phase] && !seeds) want_a_ready = 1'b0;
      end
//: end
//: if only_os
      want_a_ready = a_phase == phase && (loaded || a_flush_i);
      if ((a_first_i || a_flush_i) && !seeded[phase] && !seeds) want_a_ready = 1'b0;
//: end
      swaps = a_valid_i && want_a_ready;
//: if only_ws
      if (!a_first_i) swaps = 1'b0;
//: end
//: if only_os
      if (a_flush_i) swaps = 1'b0;
//: end
//: if both
      if (a_os_i ? a_flush_i : !a_first_i) swaps = 1'b0;
//: end
      want_w_ready = swaps || !loaded;
      if (!en_i) begin
        want_w_ready = 1'b0;
        want_a_ready = 1'b0;
//: if os
        want_x_ready = 1'b0;
//: end
      end
    end
  endtask

  // What the next rising edge does.
  task observe;
    reg w_taken, a_taken, valid;
//: if os
    reg x_taken;
//: end
    begin
      if (!rst_ni) begin
        model_reset;
        if (resets == 0) fill;
      end else begin
        expect_ready;
        check_flag("w_ready", w_ready_o, want_w_ready);
        // Without a beat it may depend on what is unknown.
        if (!unknown || a_valid_i === 1'b1 || !en_i) check_flag("a_ready", a_ready_o, want_a_ready);
//: if os
        check_flag("x_ready", x_ready_o, want_x_ready);
//: end
        check_flag("wait", wait_o, want_wait);
//: if int
        check_flag("ovf", ovf_o, want_ovf);
//: end
        valid = 1'b0;
        if (due_next < due_count) valid = due_at[due_next] == now + 1;
        check_flag("s_valid", s_valid_o, valid);
        if (fresh) check_counters;
        if (^{cycles_o, macs_o, gated_o, dropped_o} === 1'bx) check_counters;
        if (en_i) begin
          fresh = 1'b0;
          now = now + 1;
          since = since + 1;
          w_taken = w_valid_i && w_ready_o === 1'b1;
          a_taken = a_valid_i && a_ready_o === 1'b1;
          if (w_taken) started = 1'b1;
//: if os
          x_taken = x_valid_i && x_ready_o === 1'b1;
          if (x_taken) started = 1'b1;
          if (x_taken) moved = now;
//: end
          if (w_taken || a_taken || valid) moved = now;
          if (started) elapsed = elapsed + 1;
          if (a_valid_i && !a_taken) want_wait = 1'b1;
          // A seed may come in the cycle of its first beat, which takes the place of the
          // waiting tile before the next one's weights do.
//: if os
          if (x_taken) model_exchange;
//: end
//: if both
          if (a_taken && a_os_i) model_turn;
          if (a_taken && !a_os_i) model_beat;
//: end
//: if only_ws
          if (a_taken) model_beat;
//: end
//: if only_os
          if (a_taken) model_turn;
//: end
          if (w_taken) model_weights;
          if (valid) check_sums;
//: if os
          phase = (phase + 1) % PHASES;
//: end
          if (clear_i) model_clear(CLEARED);
          if (clear && until_clear == 0) clear = 1'b0;
          if (clear) until_clear = until_clear - 1;
        end
      end
    end
  endtask

