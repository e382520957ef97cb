  // What is sent.

  // Random masks and values, wide enough for every use.
  function [LANES-1:0] random_mask;
    input unused;
    integer i;
    begin
      for (i = 0; i < LANES; i = i + 1) random_mask[i] = random(4) != 0;
    end
  endfunction

  function [LANES*VALUE-1:0] random_values;
    input unused;
    integer i;
    begin
      for (i = 0; i < LANES; i = i + 1) random_values[i*VALUE +: VALUE] = random(0);
    end
  endfunction

  function [COLS*ACC-1:0] random_seeds;
    input unused;
    integer i;
    begin
      for (i = 0; i < COLS; i = i + 1) random_seeds[i*ACC +: ACC] = seed(1'b0);
    end
  endfunction

//: if ws
  // A weight-stationary tile: so many rows of weights from the top or columns from the
  // left, so many beats, of which those of `tile_dropped` are dropped.
  reg from_left;
  reg [ROWS-1:0] tile_rows;
  reg [COLS-1:0] tile_cols;
  reg [31:0] tile_dropped;
  integer tile_loads, tile_beats;

  task ws_tile;
    integer i, m;
    begin
      for (i = tile_loads; i < LANES; i = i + 1) begin
        if (from_left && i < COLS) tile_cols[i] = 1'b0;
        if (!from_left && i < ROWS) tile_rows[i] = 1'b0;
      end
      for (i = 0; i < tile_loads; i = i + 1) begin
        wq_edge[w_count] = from_left;
        wq_last[w_count] = i == tile_loads - 1;
        wq_keep[w_count] = from_left ? tile_cols[i] : tile_rows[i];
        wq_values[w_count] = random_values(1'b0);
        wq_rows[w_count] = tile_rows;
        wq_cols[w_count] = tile_cols;
        wq_counts[w_count] = {LANES{1'b0}};
        if (wq_keep[w_count]) begin
          if (from_left) wq_counts[w_count] = tile_rows;
          else wq_counts[w_count] = tile_cols;
        end
        w_count = w_count + 1;
      end
      for (m = 0; m < tile_beats; m = m + 1) begin
        aq_first[a_count] = m == 0;
        aq_keep[a_count] = !tile_dropped[m];
//: if os
        aq_flush[a_count] = 1'b0;
//: end
        aq_values[a_count] = random_values(1'b0);
        aq_counts[a_count] = tile_dropped[m] ? {ROWS{1'b0}} : tile_rows;
        aq_seeds[a_count] = random_seeds(1'b0);
        a_count = a_count + 1;
      end
    end
  endtask

  task ws_tiles;
    integer i, full;
    begin
//: if os
      os = 1'b0;
//: end
      for (i = 0; i < TILES; i = i + 1) begin
        from_left = i % 2; // the others from the top
        full = from_left ? COLS : ROWS;
        tile_loads = full;
        tile_rows = {ROWS{1'b1}};
        tile_cols = {COLS{1'b1}};
        tile_beats = 1 + random(6);
        tile_dropped = 32'd0;
        case (i / 2)
          0: tile_beats = 5;
          1: begin
            tile_rows = random_mask(1'b0);
            tile_cols = random_mask(1'b0);
            tile_dropped = random(64);
          end
          2: tile_rows = {ROWS{1'b0}};
          3: tile_cols = {COLS{1'b0}};
          4: tile_dropped = 32'd63;
          5: begin // ragged: masked where it gets no weight
            tile_loads = 1 + random(full);
            tile_rows = random_mask(1'b0);
          end
          default: begin
            tile_loads = 1;
            tile_beats = 1;
          end
        endcase
        ws_tile;
      end
    end
  endtask

//: end
//: if os
  // A run of output-stationary groups, and what ends it.
  task os_groups;
    integer groups, beats, g, k, m, p;
    reg [PHASES*ROWS-1:0] all_rows; // kept m and n of each tile of a group
    reg [PHASES*COLS-1:0] all_cols;
    begin
      os = 1'b1;
      groups = 2 + random(GROUPS - 1);
      beats = 1 + random(GROUP_BEATS);
      for (g = 0; g < groups + 2; g = g + 1) begin
        for (p = 0; p < PHASES; p = p + 1) begin
          all_rows[p*ROWS +: ROWS] = random_mask(1'b0);
          all_cols[p*COLS +: COLS] = random_mask(1'b0);
          if (g == 0) all_rows[p*ROWS +: ROWS] = {ROWS{1'b1}};
          if (g == 1) all_cols[p*COLS +: COLS] = {COLS{1'b1}};
          if (g == 2) all_rows[p*ROWS +: ROWS] = {ROWS{1'b0}};
        end
        for (m = 0; m < ROWS; m = m + 1) for (p = 0; p < PHASES; p = p + 1) begin
          xq_last[x_count] = m == ROWS - 1;
          xq_seeds[x_count] = random_seeds(1'b0);
          // Two exchanges of nothing follow the last group: its sums leave.
          xq_keep[x_count] = {COLS{1'b0}};
          if (g < groups && all_rows[p*ROWS + m]) xq_keep[x_count] = all_cols[p*COLS +: COLS];
          x_count = x_count + 1;
        end
        for (k = 0; k < (g < groups ? beats : 1); k = k + 1)
          for (p = 0; p < PHASES; p = p + 1) begin
            aq_first[a_count] = k == 0;
            aq_flush[a_count] = g >= groups;
            aq_keep[a_count] = random(4) != 0;
            aq_values[a_count] = random_values(1'b0);
            aq_counts[a_count] = {ROWS{1'b0}};
            aq_seeds[a_count] = {COLS*ACC{1'b0}};
            if (g < groups) begin
              wq_edge[w_count] = 1'b0;
              wq_last[w_count] = 1'b1;
              wq_keep[w_count] = aq_keep[a_count];
              wq_values[w_count] = random_values(1'b0);
              // Of a kept m some k may be dropped, too.
              wq_rows[w_count] = all_rows[p*ROWS +: ROWS] & random_mask(1'b0);
              wq_cols[w_count] = all_cols[p*COLS +: COLS];
              wq_counts[w_count] = {LANES{1'b0}};
              if (aq_keep[a_count]) begin
                aq_counts[a_count] = wq_rows[w_count];
                wq_counts[w_count] = wq_cols[w_count];
              end
              w_count = w_count + 1;
            end
            a_count = a_count + 1;
          end
      end
    end
  endtask

//: end
  // What a test sends, and how.
  task prepare;
    input integer index; // 0, 1, ...
    begin
      w_count = 0;
      w_next = 0;
      a_count = 0;
      a_next = 0;
      due_count = 0;
      due_next = 0;
//: if os
      x_count = 0;
      x_next = 0;
//: end
      // Full rate; some pauses and stalls; many; stalls only.
      case ((index / KINDS) % 4)
        0: begin pauses = 0; stalls = 0; end
        1: begin pauses = 3; stalls = 2; end
        2: begin pauses = 5; stalls = 5; end
        default: begin pauses = 0; stalls = 3; end
      endcase
//: if int
      extreme = index >= 4 * KINDS;
//: else
      a_scale = random(80) - 40;
      w_scale = random(80) - 40;
//: end
      case (index % KINDS)
//: if ws
        1: ws_tiles;
//: end
//: if os
        @OS_TEST@: os_groups;
//: end
        default: clears = 1; // nothing but that
      endcase
    end
  endtask

  integer test, settled, limit;

  initial begin
    clk_i = 1'b1;
    for (test = 0; test < TESTS * KINDS; test = test + 1) begin
      prepare(test);
      limit = now + LIMIT;
      settled = 0;
      while (settled < SETTLE && now < limit) begin
        #1 drive;
        #4 clk_i = 1'b0;
        #4 observe;
        if (busy(1'b0)) settled = 0;
        else if (en_i) settled = settled + 1;
        #1 clk_i = 1'b1;
      end
      if (now >= limit) begin
        $display("error: no end: %0d of %0d weights, %0d of %0d beats taken, %0d of %0d sums", w_next,
                 w_count, a_next, a_count, due_next, due_count);
        wrong;
        test = TESTS * KINDS; // what follows would only repeat it
      end
      check_counters;
    end
    if (compared == 0) wrong; // nothing was tested
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
