  // The model: what an array of tiles does, without a pipeline.

  integer now = 0; // enabled cycles
  integer moved = 0; // when a handshake or a sum was the last time
  integer since = 0; // of them, since the last reset
  integer elapsed = 0; // of them, since the first weights or seeds
  reg started = 1'b0;
  reg fresh = 1'b0; // the last cycle was one of reset or clear
  reg [47:0] want_cycles = 48'd0;
  reg [47:0] want_macs = 48'd0;
  reg [47:0] want_gated = 48'd0;
  reg [47:0] want_dropped = 48'd0;
  reg [47:0] cycles_from = 48'd0; // what the count of cycles began with
  reg want_wait = 1'b0;
  reg want_ovf = 1'b0;

  // The tile that waits for its first beat, and the one at work.
  reg loaded = 1'b0;
  reg [VALUE-1:0] next_weight [0:WEIGHTS-1];
  reg [ROWS-1:0] next_rows;
  reg [COLS-1:0] next_cols;
//: if os
  reg next_keep; // of an output-stationary tile
//: end
  reg [VALUE-1:0] weight [0:WEIGHTS-1];
  reg [ROWS-1:0] rows;
  reg [COLS-1:0] cols;
//: if ws
  integer w_beats = 0; // of the tile that loads
//: end
//: if os
  reg keep_now;

  // Output-stationary: for each row of each of the tiles that take turns, what is held
  // (seeds of the next group or sums of the last one) and the sums at work.
  reg [COLS*ACC-1:0] held_sums [0:PHASES*ROWS-1];
  reg [COLS-1:0] held_keep [0:PHASES*ROWS-1];
  reg [COLS-1:0] held_ovf [0:PHASES*ROWS-1];
  reg [COLS*ACC-1:0] work_sums [0:PHASES*ROWS-1];
  reg [COLS-1:0] work_keep [0:PHASES*ROWS-1];
  reg [COLS-1:0] work_ovf [0:PHASES*ROWS-1];
  // The phase, and those of the next exchange and beat; the row that exchanges; phases whose
  // next group is seeded; whether there is a group at work.
  integer phase = 0, x_phase = 0, a_phase = 0, x_row = 0;
  reg [PHASES-1:0] seeded = {PHASES{1'b0}};
//: if both
  reg running = 1'b0;
//: end
//: end

  function [47:0] wide;
    input integer value;
    begin
      wide = {16'd0, $unsigned(value)};
    end
  endfunction

  function integer ones;
    input [LANES:0] bits;
    integer i;
    begin
      ones = 0;
      for (i = 0; i < LANES; i = i + 1) if (bits[i]) ones = ones + 1;
    end
  endfunction

  task model_clear;
    input [47:0] count;
    begin
      fresh = 1'b1;
      started = 1'b0;
      elapsed = 0;
      cycles_from = count;
      want_cycles = count;
      want_macs = count;
      want_gated = count;
      want_dropped = count;
      want_wait = 1'b0;
      want_ovf = 1'b0;
//: if os
      phase = 0;
//: end
    end
  endtask

  // Nothing is left of what went in.
  task model_reset;
//: if os
    integer i;
//: end
    begin
      model_clear(PRELOAD);
      since = 0;
      moved = now;
      loaded = 1'b0;
//: if ws
      w_beats = 0;
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
      x_phase = 0;
      a_phase = 0;
      x_row = 0;
      seeded = {PHASES{1'b0}};
//: if both
      running = 1'b0;
//: end
      for (i = 0; i < PHASES*ROWS; i = i + 1) begin
        held_keep[i] = {COLS{1'b0}};
        work_keep[i] = {COLS{1'b0}};
        held_ovf[i] = {COLS{1'b0}};
        work_ovf[i] = {COLS{1'b0}};
      end
//: end
    end
  endtask

  task model_weights;
    integer i;
//: if ws
    reg complete;
//: end
    reg [LANES*VALUE-1:0] values;
    begin
      values = wq_values[w_next];
//: if ws
      if (wq_edge[w_next]) begin
        for (i = 0; i < ROWS; i = i + 1) next_weight[i*COLS + w_beats] = values[i*VALUE +: VALUE];
      end else begin
        for (i = 0; i < COLS; i = i + 1) next_weight[w_beats*COLS + i] = values[i*VALUE +: VALUE];
      end
      w_beats = w_beats + 1;
      complete = wq_last[w_next];
//: if both
      next_keep = 1'b1;
      // A word-beat of an output-stationary tile is all of its weights.
      if (wq_os[w_next]) begin
        complete = 1'b1;
        next_keep = wq_keep[w_next];
      end
//: end
      if (complete) begin
        next_rows = wq_rows[w_next];
        next_cols = wq_cols[w_next];
        loaded = 1'b1;
        w_beats = 0;
      end
//: else
      // A word-beat is all of a tile's weights.
      for (i = 0; i < COLS; i = i + 1) next_weight[i] = values[i*VALUE +: VALUE];
      next_rows = wq_rows[w_next];
      next_cols = wq_cols[w_next];
      next_keep = wq_keep[w_next];
      loaded = 1'b1;
//: end
      w_next = w_next + 1;
    end
  endtask

  task swap;
    integer i;
    begin
      for (i = 0; i < WEIGHTS; i = i + 1) weight[i] = next_weight[i];
      rows = next_rows;
      cols = next_cols;
//: if os
      keep_now = next_keep;
//: end
      loaded = 1'b0;
    end
  endtask

  task count_beat;
    input keep;
    integer useful;
    begin
      useful = 0;
//: if os
      if (keep && keep_now) begin
//: else
      if (keep) begin
//: end
        useful = ones({{(LANES+1-ROWS){1'b0}}, rows});
        useful = useful * ones({{(LANES+1-COLS){1'b0}}, cols});
      end
      want_macs = want_macs + wide(useful);
      want_gated = want_gated + wide(ROWS*COLS - useful);
      if (!keep) want_dropped = want_dropped + 48'd1;
    end
  endtask

//: if ws
  // A weight-stationary beat: one m.
  task model_beat;
    integer k, n;
    reg [ROWS*VALUE-1:0] values;
    reg [COLS*ACC-1:0] sums;
    begin
      if (aq_first[a_next]) swap;
      values = aq_values[a_next];
      sums = aq_seeds[a_next];
      due_ovf[due_count] = 1'b0;
      for (n = 0; n < COLS; n = n + 1) if (cols[n] && aq_keep[a_next]) begin
        acc = sums[n*ACC +: ACC];
        for (k = 0; k < ROWS; k = k + 1) if (rows[k]) begin
          step(values[k*VALUE +: VALUE], weight[k*COLS + n]);
          if (overflowed) due_ovf[due_count] = 1'b1;
        end
        sums[n*ACC +: ACC] = acc;
      end
      due_sums[due_count] = sums;
      due_keep[due_count] = aq_keep[a_next] ? cols : {COLS{1'b0}};
      due_at[due_count] = now + LATENCY;
      due_count = due_count + 1;
      count_beat(aq_keep[a_next]);
      a_next = a_next + 1;
    end
  endtask

//: end
//: if os
  // Seeds of a row go in, and what it held comes out.
  task model_exchange;
    integer place;
    begin
      place = x_phase * ROWS + x_row;
      due_sums[due_count] = held_sums[place];
      due_keep[due_count] = held_keep[place];
      due_ovf[due_count] = |(held_ovf[place] & held_keep[place]);
      due_at[due_count] = now + LATENCY;
      due_count = due_count + 1;
      held_sums[place] = xq_seeds[x_next];
      held_keep[place] = xq_keep[x_next];
      held_ovf[place] = {COLS{1'b0}};
      if (xq_last[x_next]) seeded[x_phase] = 1'b1;
      if (x_phase == PHASES - 1) x_row = xq_last[x_next] ? 0 : x_row + 1;
      x_phase = (x_phase + 1) % PHASES;
      x_next = x_next + 1;
    end
  endtask

  // Seeds and sums of one tile change places.
  task turn;
    integer m, place;
    reg [COLS*ACC-1:0] sums;
    reg [COLS-1:0] keep, ovf;
    begin
      for (m = 0; m < ROWS; m = m + 1) begin
        place = a_phase * ROWS + m;
        sums = work_sums[place];
        keep = work_keep[place];
        ovf = work_ovf[place];
        work_sums[place] = held_sums[place];
        work_keep[place] = held_keep[place];
        work_ovf[place] = held_ovf[place];
        held_sums[place] = sums;
        held_keep[place] = keep;
        held_ovf[place] = ovf;
      end
      seeded[a_phase] = 1'b0;
//: if both
      running = !(aq_flush[a_next] && a_phase == PHASES - 1);
//: end
    end
  endtask

  // An output-stationary beat, one k, or a flush.
  task model_turn;
    integer m, n, place;
    reg [ROWS*VALUE-1:0] values;
    reg [COLS*ACC-1:0] sums;
    reg [COLS-1:0] keep, ovf;
    begin
      if (aq_first[a_next] || aq_flush[a_next]) turn;
      if (!aq_flush[a_next]) begin
        swap;
        values = aq_values[a_next];
        for (m = 0; m < ROWS; m = m + 1) if (rows[m] && aq_keep[a_next] && keep_now) begin
          place = a_phase * ROWS + m;
          sums = work_sums[place];
          keep = work_keep[place] & cols;
          ovf = work_ovf[place];
          for (n = 0; n < COLS; n = n + 1) if (keep[n]) begin
            acc = sums[n*ACC +: ACC];
            step(values[m*VALUE +: VALUE], weight[n]);
            sums[n*ACC +: ACC] = acc;
            if (overflowed) ovf[n] = 1'b1;
          end
          work_sums[place] = sums;
          work_ovf[place] = ovf;
        end
        count_beat(aq_keep[a_next]);
      end
      a_phase = (a_phase + 1) % PHASES;
      a_next = a_next + 1;
    end
  endtask

//: end
