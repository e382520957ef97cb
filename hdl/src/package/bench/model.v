  // The model: what an array of tiles does, without a pipeline.

  integer now = 0; // enabled cycles
  integer elapsed = 0;
  reg started = 1'b0;
  reg [47:0] want_cycles = 48'd0;
  reg [47:0] want_macs = 48'd0;
  reg [47:0] want_gated = 48'd0;
  reg [47:0] want_dropped = 48'd0;
  reg want_wait = 1'b0;
  reg want_ovf = 1'b0;

  // The tile that waits for its first beat, and the one at work.
  reg loaded = 1'b0;
  reg [VALUE-1:0] next_weight [0:ROWS*COLS-1];
  reg [ROWS-1:0] next_rows;
  reg [COLS-1:0] next_cols;
  reg [VALUE-1:0] weight [0:ROWS*COLS-1];
  reg [ROWS-1:0] rows;
  reg [COLS-1:0] cols;
  integer w_beats = 0; // of the tile that loads

  function integer ones;
    input [LANES-1:0] bits;
    integer i;
    begin
      ones = 0;
      for (i = 0; i < LANES; i = i + 1) ones = ones + bits[i];
    end
  endfunction

  task wrong;
    begin
      errors = errors + 1;
      if (errors == 10) $display("further errors are counted only");
    end
  endtask

  task model_weights;
    integer i;
    reg [LANES*VALUE-1:0] values;
    begin
      values = wq_values[w_next];
//: if os
      if (os) begin
        for (i = 0; i < COLS; i = i + 1) next_weight[i] = values[i*VALUE +: VALUE];
      end
//: end
//: if both
      else
//: end
//: if ws
      if (wq_edge[w_next]) begin
        for (i = 0; i < ROWS; i = i + 1)
          next_weight[i*COLS + w_beats] = values[i*VALUE +: VALUE];
      end else begin
        for (i = 0; i < COLS; i = i + 1)
          next_weight[w_beats*COLS + i] = values[i*VALUE +: VALUE];
      end
//: end
      w_beats = w_beats + 1;
      if (wq_last[w_next]) begin
        if (loaded) begin
          if (errors < 10) $display("error: weights accepted over those of a tile that waits");
          wrong;
        end
        next_rows = wq_rows[w_next];
        next_cols = wq_cols[w_next];
        loaded = 1'b1;
        w_beats = 0;
      end
      w_next = w_next + 1;
    end
  endtask

  task swap;
    integer i;
    begin
      if (!loaded) begin
        if (errors < 10) $display("error: a beat accepted before its weights");
        wrong;
      end
      for (i = 0; i < ROWS*COLS; i = i + 1) weight[i] = next_weight[i];
      rows = next_rows;
      cols = next_cols;
      loaded = 1'b0;
    end
  endtask

  task count_beat;
    input keep;
    integer useful;
    begin
      useful = keep ? ones(rows) * ones(cols) : 0;
      want_macs = want_macs + useful;
      want_gated = want_gated + (ROWS*COLS - useful);
      if (!keep) want_dropped = want_dropped + 1;
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
      for (n = 0; n < COLS; n = n + 1) if (cols[n] && aq_keep[a_next]) begin
        acc = sums[n*ACC +: ACC];
        for (k = 0; k < ROWS; k = k + 1) if (rows[k]) begin
          step(values[k*VALUE +: VALUE], weight[k*COLS + n]);
          want_ovf = want_ovf | overflowed;
        end
        sums[n*ACC +: ACC] = sum(acc);
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
  // Output-stationary: for each row of each of the tiles that take turns, what is held
  // (seeds of the next group or sums of the last one) and the sums at work.
  integer turns = 0, exchanges = 0; // how many so far
  integer place;
  reg [COLS*ACC-1:0] held_sums [0:PHASES*ROWS-1];
  reg [COLS-1:0] held_keep [0:PHASES*ROWS-1];
  reg [COLS*ACC-1:0] work_sums [0:PHASES*ROWS-1];
  reg [COLS-1:0] work_keep [0:PHASES*ROWS-1];
  initial for (place = 0; place < PHASES*ROWS; place = place + 1) begin
    held_keep[place] = {COLS{1'b0}};
    work_keep[place] = {COLS{1'b0}};
  end

  // Seeds of a row go in, and what it held comes out.
  task model_exchange;
    integer n;
    reg [COLS*ACC-1:0] sums;
    begin
      place = (exchanges % PHASES) * ROWS + (exchanges / PHASES) % ROWS;
      sums = held_sums[place];
      for (n = 0; n < COLS; n = n + 1) sums[n*ACC +: ACC] = sum(sums[n*ACC +: ACC]);
      due_sums[due_count] = sums;
      due_keep[due_count] = held_keep[place];
      due_at[due_count] = now + LATENCY;
      due_count = due_count + 1;
      held_sums[place] = xq_seeds[x_next];
      held_keep[place] = xq_keep[x_next];
      exchanges = exchanges + 1;
      x_next = x_next + 1;
    end
  endtask

  // Seeds and sums of one tile change places.
  task turn;
    integer m;
    reg [COLS*ACC-1:0] sums;
    reg [COLS-1:0] keep;
    begin
      for (m = 0; m < ROWS; m = m + 1) begin
        place = (turns % PHASES) * ROWS + m;
        sums = work_sums[place];
        keep = work_keep[place];
        work_sums[place] = held_sums[place];
        work_keep[place] = held_keep[place];
        held_sums[place] = sums;
        held_keep[place] = keep;
      end
    end
  endtask

  // An output-stationary beat, one k, or a flush.
  task model_turn;
    integer m, n;
    reg [ROWS*VALUE-1:0] values;
    reg [COLS*ACC-1:0] sums;
    begin
      if (aq_first[a_next] || aq_flush[a_next]) turn;
      if (!aq_flush[a_next]) begin
        swap;
        values = aq_values[a_next];
        for (m = 0; m < ROWS; m = m + 1) if (rows[m] && aq_keep[a_next]) begin
          place = (turns % PHASES) * ROWS + m;
          sums = work_sums[place];
          for (n = 0; n < COLS; n = n + 1) if (cols[n]) begin
            acc = sums[n*ACC +: ACC];
            step(values[m*VALUE +: VALUE], weight[n]);
            sums[n*ACC +: ACC] = acc;
            want_ovf = want_ovf | overflowed;
          end
          work_sums[place] = sums;
        end
        count_beat(aq_keep[a_next]);
      end
      turns = turns + 1;
      a_next = a_next + 1;
    end
  endtask

//: end
