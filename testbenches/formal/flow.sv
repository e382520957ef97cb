// A whole array, from edge to edge: no beat is dropped, duplicated or reordered under stall,
// and each beat meets the weights and masks of its own tile, for every spacing of tiles.
//
// The solver picks one beat. Its sums, LATENCY enabled cycles later, are what a behavioural
// model says: words are written into a matrix as they are accepted, the matrix goes to work
// with a tile's first beat, and the picked beat is multiplied with it at once. That sums leave
// exactly LATENCY enabled cycles after each beat, and at no other time, is all there is to
// order: nothing is lost, doubled or overtaken.
//
// Operands have one bit that is not zero, LANE, and seeds the lowest SEED: how a word
// moves does not depend on what it is. int_product.sv and int_sum.sv have all values.
module flow #(
  parameter integer ROWS = 2,
  parameter integer COLS = 2,
  parameter integer MUL = 1,
  parameter integer ADD = 1
) (
  input wire clk_i,
  input wire rst_ni,
  input wire en_i,
  input wire w_valid_i,
  input wire w_edge_i,
  input wire w_last_i,
  input wire w_keep_i,
  input wire [ROWS-1:0] row_keep_i,
  input wire [COLS-1:0] col_keep_i,
  input wire a_valid_i,
  input wire a_first_i,
  input wire a_keep_i,
  input wire [COLS-1:0] top_i,
  input wire [ROWS-1:0] left_i,
  input wire [ROWS-1:0] act_i,
  input wire [COLS-1:0] seed_i,
  input wire pick_i
);
  localparam integer LATENCY = ROWS * ADD + COLS + MUL;

  reg [COLS*8-1:0] w_top;
  reg [ROWS*8-1:0] w_left, a;
  reg [COLS*32-1:0] seeds;
  integer k, n;
  always @* begin
    w_top = 0;
    w_left = 0;
    a = 0;
    seeds = 0;
    for (n = 0; n < COLS; n = n + 1) begin
      w_top[n*8] = top_i[n];
      seeds[n*32] = seed_i[n];
    end
    for (k = 0; k < ROWS; k = k + 1) begin
      w_left[k*8] = left_i[k];
      a[k*8] = act_i[k];
    end
  end

  wire w_ready, a_ready, s_valid;
  wire [COLS-1:0] s_keep;
  wire [COLS*32-1:0] sums;
  heddle_array #(.ROWS(ROWS), .COLS(COLS)) dut (.clk_i(clk_i), .rst_ni(rst_ni), .en_i(en_i), .clear_i(1'b0),
    .w_valid_i(w_valid_i), .w_ready_o(w_ready), .w_edge_i(w_edge_i), .w_last_i(w_last_i),
    .w_keep_i(w_keep_i), .w_top_i(w_top), .w_left_i(w_left),
    .row_keep_i(row_keep_i), .col_keep_i(col_keep_i),
    .a_valid_i(a_valid_i), .a_ready_o(a_ready), .a_first_i(a_first_i), .a_keep_i(a_keep_i),
`ifdef BOTH
    .w_os_i(1'b0), .a_os_i(1'b0), .a_flush_i(1'b0), .x_valid_i(1'b0), .x_ready_o(),
    .x_last_i(1'b0), .x_keep_i({COLS{1'b0}}),
`endif
    .a_i(a), .c_i(seeds), .s_valid_o(s_valid), .s_keep_o(s_keep), .s_o(sums),
    .ovf_o(), .wait_o(), .cycles_o(), .macs_o(), .gated_o(), .dropped_o());
  wire load = w_valid_i & w_ready;
  wire beat = a_valid_i & a_ready;
  wire swap = beat & a_first_i;

  // The tile that loads and the one at work: words that are not kept are 0.
  reg [ROWS*COLS-1:0] next = 0, now = 0;
  reg [ROWS-1:0] next_rows = 0, now_rows = 0;
  reg [COLS-1:0] next_cols = 0, now_cols = 0;
  reg [7:0] words = 0;
  reg edge_q;
  reg started = 0;

  // The interface's rules for what is offered: masks and edge are held for a tile, it has no
  // more words than the array has lanes, and a row or column is kept if and only if its
  // word-beat is; lanes without a word-beat are not kept.
  wire in_tile = (words != 0);
  reg lane_kept, later_kept;
  always @* begin
    lane_kept = 0;
    later_kept = 0;
    for (k = 0; k < ROWS; k = k + 1) if (!w_edge_i) begin
      if (k == words) lane_kept = row_keep_i[k];
      if (k > words & row_keep_i[k]) later_kept = 1;
    end
    for (n = 0; n < COLS; n = n + 1) if (w_edge_i) begin
      if (n == words) lane_kept = col_keep_i[n];
      if (n > words & col_keep_i[n]) later_kept = 1;
    end
`ifdef UNRESET
    // Without a reset of the masks, there is a first beat before all others.
    if (a_valid_i & !a_first_i) assume (started);
`endif
    if (w_valid_i) begin
      assume (words < (w_edge_i ? COLS : ROWS));
      assume (w_keep_i == lane_kept);
      if (w_last_i) assume (!later_kept);
      if (in_tile) begin
        assume (w_edge_i == edge_q);
        assume (row_keep_i == next_rows);
        assume (col_keep_i == next_cols);
      end
    end
  end

  reg [ROWS*COLS-1:0] fresh;
  always @* begin
    fresh = in_tile ? next : 0;
    for (k = 0; k < ROWS; k = k + 1)
      for (n = 0; n < COLS; n = n + 1)
        if (row_keep_i[k] & col_keep_i[n]) begin
          if (!w_edge_i & k == words) fresh[k*COLS+n] = top_i[n];
          if (w_edge_i & n == words) fresh[k*COLS+n] = left_i[k];
        end
  end
  wire [ROWS*COLS-1:0] at_work = swap ? next : now;
  wire [ROWS-1:0] rows = swap ? next_rows : now_rows;
  wire [COLS-1:0] cols = swap ? next_cols : now_cols;
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      {next, now, next_rows, now_rows, next_cols, now_cols, words} <= 0;
      started <= 0;
    end else begin
      if (swap) started <= 1;
      if (swap) {now, now_rows, now_cols} <= {next, next_rows, next_cols};
      if (load) begin
        next <= fresh;
        next_rows <= row_keep_i;
        next_cols <= col_keep_i;
        edge_q <= w_edge_i;
        words <= w_last_i ? 0 : words + 1;
      end
    end
  end

  // What leaves when.
  reg [LATENCY-1:0] beats = 0;
  always @(posedge clk_i) if (!rst_ni) beats <= 0; else if (en_i) beats <= {beats, beat};

  // The picked beat.
  reg picked = 0;
  reg [4:0] age = 0;
  reg [COLS-1:0] kept;
  reg [COLS*3-1:0] right;
  reg [2:0] sum;
  always @(posedge clk_i) begin
    if (!rst_ni) picked <= 0;
    else if (beat & pick_i & !picked) begin
      picked <= 1;
      age <= 1;
      kept <= a_keep_i ? cols : 0;
      for (n = 0; n < COLS; n = n + 1) begin
        sum = seed_i[n];
        for (k = 0; k < ROWS; k = k + 1) sum = sum + (rows[k] & at_work[k*COLS+n] & act_i[k]);
        right[n*3 +: 3] <= sum;
      end
    end else if (en_i & picked & age <= LATENCY) age <= age + 1;
  end

  reg reset = 0;
  always @(posedge clk_i) reset <= 1;
  always @* begin
    if (!reset) assume (!rst_ni);
    else assume (rst_ni);
    if (reset) begin
      assert (s_valid == beats[LATENCY-1]);
      if (picked & age == LATENCY) begin
        assert (s_valid);
        assert (s_keep == kept);
        for (n = 0; n < COLS; n = n + 1)
          if (kept[n]) assert (sums[n*32 +: 32] == right[n*3 +: 3]);
      end
    end
  end
endmodule
