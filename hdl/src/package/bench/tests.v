  // What is sent.

  function [LANES-1:0] random_mask;
    input unused;
    integer i;
    begin
      random_mask = {LANES{1'b0}};
      for (i = 0; i < LANES; i = i + 1) random_mask[i] = !one_in(4);
    end
  endfunction

  function [LANES*VALUE-1:0] random_values;
    input unused;
    integer i;
    begin
      random_values = {LANES*VALUE{1'b0}};
      for (i = 0; i < LANES; i = i + 1) random_values[i*VALUE +: VALUE] = operand(1'b0);
    end
  endfunction

  function [COLS*ACC-1:0] random_seeds;
    input unused;
    integer i;
    begin
      random_seeds = {COLS*ACC{1'b0}};
      for (i = 0; i < COLS; i = i + 1) random_seeds[i*ACC +: ACC] = seed(1'b0);
    end
  endfunction

  // A word-beat, of whose tile `part_rows` and `part_cols` are kept; of its words some count.
  reg [LANES-1:0] part_rows, part_cols;

  task put_words;
    input [LANES-1:0] counts;
    input keep;
    begin
      wq_keep[w_count] = keep;
      wq_values[w_count] = random_values(1'b0);
      wq_rows[w_count] = part_rows[ROWS-1:0];
      wq_cols[w_count] = part_cols[COLS-1:0];
      wq_counts[w_count] = keep ? counts : {LANES{1'b0}};
      w_count = w_count + 1;
    end
  endtask

  // A beat of a tile of which those are kept.
  task put_beat;
    input first;
    input keep;
    reg [LANES*VALUE-1:0] values;
    begin
      values = random_values(1'b0);
      aq_first[a_count] = first;
      aq_keep[a_count] = keep;
      aq_values[a_count] = values[ROWS*VALUE-1:0];
      aq_counts[a_count] = keep ? part_rows[ROWS-1:0] : {ROWS{1'b0}};
      a_count = a_count + 1;
    end
  endtask

//: if ws
  // The same of weight-stationary tiles.
  task ws_words;
    input from_left;
    input last;
    input keep;
    begin
//: if both
      wq_os[w_count] = 1'b0;
//: end
      wq_edge[w_count] = from_left;
      wq_last[w_count] = last;
      put_words(from_left ? part_rows : part_cols, keep);
    end
  endtask

  task ws_beat;
    input first;
    input keep;
    begin
//: if both
      aq_os[a_count] = 1'b0;
//: end
//: if os
      aq_flush[a_count] = 1'b0;
//: end
      aq_live[a_count] = keep ? part_cols[COLS-1:0] : {COLS{1'b0}};
      put_beat(first, keep);
      aq_seeds[a_count-1] = random_seeds(1'b0);
    end
  endtask

//: end
//: if os
  // The same of output-stationary tiles; a flush is no beat, but takes its place.
  task os_words;
    input keep;
    begin
//: if both
      wq_os[w_count] = 1'b1;
      wq_edge[w_count] = 1'b0;
//: end
      put_words(part_cols, keep);
    end
  endtask

  task os_beat;
    input flush;
    input first;
    input keep;
    begin
//: if both
      aq_os[a_count] = 1'b1;
//: end
      aq_flush[a_count] = flush;
      put_beat(first, keep);
    end
  endtask

//: end
//: if ws
  // A weight-stationary tile of a style, 0 to 7.
  task ws_tile;
    input integer style;
    integer i, full, loads, beats;
    reg from_left, keeps;
    begin
      from_left = one_in(2);
      full = from_left ? COLS : ROWS;
      loads = full;
      part_rows = {LANES{1'b1}};
      part_cols = {LANES{1'b1}};
      beats = 1 + below(BEATS);
      case (style)
        0: beats = BEATS;
        1, 2: begin
          part_rows = random_mask(1'b0);
          part_cols = random_mask(1'b0);
        end
        3: if (one_in(2)) part_rows = {LANES{1'b0}}; else part_cols = {LANES{1'b0}};
        4: begin // ragged: masked where it gets no weight
          loads = 1 + below(full);
          part_rows = random_mask(1'b0);
        end
        5: begin
          loads = 1;
          beats = 1;
        end
        7: part_rows[0] = 1'b0; // the first tile: what is off has never been on
        default: loads = 1 + below(full);
      endcase
      for (i = loads; i < LANES; i = i + 1) begin
        if (from_left) part_cols[i] = 1'b0;
        else part_rows[i] = 1'b0;
      end
      for (i = 0; i < loads; i = i + 1) begin
        keeps = from_left ? part_cols[i] : part_rows[i];
        ws_words(from_left, i == loads - 1, keeps);
      end
      for (i = 0; i < beats; i = i + 1) begin
        keeps = !one_in(4);
        if (style == 0) keeps = 1'b1;
        if (style == 6) keeps = 1'b0;
        ws_beat(i == 0, keeps);
      end
    end
  endtask

  integer next_style = 7;

  task ws_tiles;
    input integer tiles;
    integer i;
    begin
      for (i = 0; i < tiles; i = i + 1) begin
        ws_tile(next_style);
        next_style = (next_style + 1) % 7;
      end
    end
  endtask

  // As many kept products, and dropped beats, as take every counter to where it carries.
  task ws_long;
    integer i;
    begin
      part_rows = {LANES{1'b1}};
      part_cols = {LANES{1'b1}};
      for (i = 0; i < ROWS; i = i + 1) ws_words(1'b0, i == ROWS - 1, 1'b1);
      for (i = 0; i < GAP + KEPT; i = i + 1) ws_beat(i == 0, i < KEPT);
    end
  endtask

//: end
//: if os
  // A run of output-stationary groups, and what ends it.
  task os_groups;
    input integer groups;
    input integer beats; // of each tile
    input integer kept; // of them, the first ones at least
    integer g, k, m, p, used, many;
    reg [PHASES*LANES-1:0] all_rows; // kept m and n of each tile of a group
    reg [PHASES*LANES-1:0] all_cols;
    reg keeps, word_keeps; // either drops a k
    begin
      used = ROWS;
      // The others are left out.
      if (kept == 0 && one_in(4)) used = 1 + below(ROWS);
      if (kept == 0 && one_in(4)) used = 1;
      for (g = 0; g < groups + 2; g = g + 1) begin
        for (p = 0; p < PHASES; p = p + 1) begin
          all_rows[p*LANES +: LANES] = random_mask(1'b0);
          all_cols[p*LANES +: LANES] = random_mask(1'b0);
          if (kept > 0) all_rows[p*LANES +: LANES] = {LANES{1'b1}};
          if (kept > 0) all_cols[p*LANES +: LANES] = {LANES{1'b1}};
          if (g == 1) all_rows[p*LANES +: LANES] = {LANES{1'b1}};
          if (g == 1 || g == 3) all_cols[p*LANES +: LANES] = {LANES{1'b1}};
          if (g == 2) all_rows[p*LANES +: LANES] = {LANES{1'b0}};
          for (m = used; m < LANES; m = m + 1) all_rows[p*LANES + m] = 1'b0;
        end
        for (m = 0; m < used; m = m + 1) for (p = 0; p < PHASES; p = p + 1) begin
          xq_last[x_count] = m == used - 1;
          xq_seeds[x_count] = random_seeds(1'b0);
          // Two exchanges of nothing follow the last group: its sums leave.
          part_cols = all_cols[p*LANES +: LANES];
          xq_keep[x_count] = {COLS{1'b0}};
          if (g < groups && all_rows[p*LANES + m]) xq_keep[x_count] = part_cols[COLS-1:0];
          x_count = x_count + 1;
        end
        many = g < groups ? beats : 1;
        for (k = 0; k < many; k = k + 1) for (p = 0; p < PHASES; p = p + 1) begin
          keeps = k < kept || !one_in(4);
          if (kept > 0 && k >= kept) keeps = 1'b0;
          // Of a kept m or n some k may be dropped, too.
          part_rows = all_rows[p*LANES +: LANES];
          part_cols = all_cols[p*LANES +: LANES];
          word_keeps = 1'b1;
          if (kept == 0) begin
            part_rows = part_rows & random_mask(1'b0);
            part_cols = part_cols & random_mask(1'b0);
            word_keeps = !one_in(8);
            // What is off in the first group has never been on.
            if (test == 0 && g == 0 && k == 0) part_rows[0] = 1'b0;
          end
          if (g < groups) os_words(word_keeps);
          os_beat(g >= groups, k == 0, keeps);
        end
//: if both
        // What may come between the flushes.
        if (g == groups && one_in(2)) ws_tiles(1);
//: end
      end
    end
  endtask

  task os_run;
    os_groups(1 + below(GROUPS), 1 + below(GROUP_BEATS), 0);
  endtask

//: end
  // A sum that leaves, and no other, when so many cycles are counted.
  task chime;
    input integer count;
    begin
      from = count - LATENCY - 1;
      part_rows = {LANES{1'b0}};
      part_rows[0] = 1'b1;
      part_cols = {LANES{1'b1}};
//: if ws
      ws_words(1'b0, 1'b1, 1'b1);
      ws_beat(1'b1, 1'b1);
//: else
      // Weights begin the count so that the exchange comes in the first phase.
      w_from = (PHASES * LIMIT - from) % PHASES;
      os_words(1'b1);
      xq_last[x_count] = 1'b0;
      xq_seeds[x_count] = random_seeds(1'b0);
      xq_keep[x_count] = {COLS{1'b1}};
      x_count = x_count + 1;
//: end
    end
  endtask

  // What a test sends.
  task fill;
    begin
      if (test >= TESTS + 1) begin
        chime(GAP + test - TESTS - CHIMES);
      end else if (test == TESTS) begin
//: if ws
        ws_long;
//: else
        os_groups(1, (GAP + KEPT) / PHASES + 1, (KEPT + PHASES - 1) / PHASES);
//: end
      end else begin
//: if both
        case (test % KINDS)
          0: os_run;
          1: begin
            ws_tiles(1);
            os_run;
            ws_tiles(2);
          end
          default: ws_tiles(TILES);
        endcase
//: end
//: if only_ws
        ws_tiles(TILES);
//: end
//: if only_os
        os_run;
//: end
      end
    end
  endtask

  // How often a handshake pauses.
  function integer pauses;
    input unused;
    begin
      case (below(4))
        0: pauses = 2;
        1: pauses = 5;
        default: pauses = 0;
      endcase
    end
  endfunction

  // How it sends that.
  task prepare;
    integer i, round;
    begin
//: if both
      round = test / KINDS;
//: else
      round = test;
//: end
      w_count = 0;
      w_next = 0;
      a_count = 0;
      a_next = 0;
      due_count = 0;
      due_next = 0;
//: if os
      x_count = 0;
      x_next = 0;
      x_pauses = 0;
//: end
      w_pauses = 0;
      a_pauses = 0;
      stalls = 0;
      w_from = 0;
      from = 0;
      patience = 3'd0;
      extreme = 1'b0;
      interrupts = 0;
//: if float
      a_scale = below(80) - 40;
      w_scale = below(80) - 40;
//: end
      // Not in a simulator that does not know it.
      unknown = 1'bx;
      unknown = unknown === 1'bx && round % 2 == 0;
      if (test >= TESTS) begin
        resets = 1;
      end else begin
        // Full rate; stalls only; and what chance brings.
        case (round % 4)
          0: stalls = 0;
          1: stalls = 3;
          default: begin
            w_pauses = pauses(1'b0);
            a_pauses = pauses(1'b0);
//: if os
            x_pauses = pauses(1'b0);
//: end
            stalls = pauses(1'b0);
          end
        endcase
        for (i = 0; i < 3; i = i + 1) patience[i] = one_in(2);
        extreme = one_in(2);
        if (test == 0 || one_in(2)) begin
          resets = 1 + below(2);
          interrupts = below(INTERRUPTS + 1);
          until_reset = 1 + below(SPAN);
        end else begin
          clear = 1'b1;
          until_clear = one_in(2) ? 0 : below(IDLE);
          fill;
        end
      end
    end
  endtask

  integer settled;

  initial begin
    clk_i = 1'b1;
    model_reset;
    for (test = 0; test <= TESTS + CHIMES && errors < 10; test = test + 1) begin
      prepare;
      settled = 0;
      moved = now;
      while (settled < SETTLE && now < moved + LIMIT && errors < 10) begin
        #1 drive;
        #4 clk_i = 1'b0;
        #4 observe;
        if (busy(1'b0)) settled = 0;
        else if (en_i) settled = settled + 1;
        #1 clk_i = 1'b1;
      end
      if (now >= moved + LIMIT) begin
        $display("error: no end: %0d of %0d weights, %0d of %0d beats taken, %0d of %0d sums",
                 w_next, w_count, a_next, a_count, due_next, due_count);
        errors = errors + 10; // what follows would only repeat it
      end
      if (errors < 10) check_counters;
    end
    if (compared == 0) errors = errors + 1; // nothing was tested
    if (errors == 0) begin
      $display("PASS: %0d sums right", compared);
      $finish;
    end else begin
      $display("FAIL: %0d errors, %0d sums compared", errors, compared);
`ifdef __ICARUS__
      $finish_and_return(1);
`else
      $stop;
`endif
    end
  end

endmodule
`default_nettype wire
