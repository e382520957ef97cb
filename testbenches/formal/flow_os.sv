// An output-stationary array, from edge to edge, like flow.sv: the solver picks one exchange,
// and what leaves for it, LATENCY enabled cycles later, is what a behavioural model says.
// In the model, words, beats, turns and exchanges take effect at once, in the order in which
// the edge accepts them; so nothing is lost, doubled or overtaken under any stall, and each
// beat meets its own word-beat and its own group's seeds.
//
// Operands and seeds have one bit that is not zero, and sums are compared in their lowest bit:
// one product, seed or sum too many or too few, or in the wrong place, changes it.
module flow_os #(
  parameter integer ROWS = 2,
  parameter integer COLS = 2,
  parameter integer MUL = 1,
  parameter integer ADD = 1
) (
  input wire clk_i,
  input wire rst_ni,
  input wire en_i,
  input wire w_valid_i,
  input wire w_keep_i,
  input wire [ROWS-1:0] row_keep_i,
  input wire [COLS-1:0] col_keep_i,
  input wire a_valid_i,
  input wire a_first_i,
  input wire a_flush_i,
  input wire a_keep_i,
  input wire x_valid_i,
  input wire x_last_i,
  input wire [COLS-1:0] x_keep_i,
  input wire [COLS-1:0] top_i,
  input wire [ROWS-1:0] act_i,
  input wire [COLS-1:0] seed_i,
  input wire pick_i
);
  localparam integer LATENCY = ROWS * ADD + COLS + MUL;
  localparam integer P = ADD;
  localparam integer TILE = ROWS * COLS;

  reg [COLS*8-1:0] w_top;
  reg [ROWS*8-1:0] a;
  reg [COLS*32-1:0] seeds;
  integer m, n;
  always @* begin
    w_top = 0;
    a = 0;
    seeds = 0;
    for (n = 0; n < COLS; n = n + 1) begin
      w_top[n*8] = top_i[n];
      seeds[n*32] = seed_i[n];
    end
    for (m = 0; m < ROWS; m = m + 1) a[m*8] = act_i[m];
  end

  wire w_ready, a_ready, x_ready, s_valid;
  wire [COLS-1:0] s_keep;
  wire [COLS*32-1:0] sums;
  heddle_array #(.ROWS(ROWS), .COLS(COLS)) dut (.clk_i(clk_i), .rst_ni(rst_ni), .en_i(en_i), .clear_i(1'b0),
    .w_valid_i(w_valid_i), .w_ready_o(w_ready), .w_last_i(1'b0), .w_keep_i(w_keep_i),
    .w_top_i(w_top), .row_keep_i(row_keep_i), .col_keep_i(col_keep_i),
`ifdef BOTH
    .w_os_i(1'b1), .a_os_i(1'b1), .w_edge_i(1'b0), .w_left_i({ROWS*8{1'b0}}),
`endif
    .a_valid_i(a_valid_i), .a_ready_o(a_ready), .a_first_i(a_first_i), .a_flush_i(a_flush_i),
    .a_keep_i(a_keep_i), .a_i(a), .c_i(seeds),
    .x_valid_i(x_valid_i), .x_ready_o(x_ready), .x_last_i(x_last_i), .x_keep_i(x_keep_i),
    .s_valid_o(s_valid), .s_keep_o(s_keep), .s_o(sums),
    .ovf_o(), .wait_o(), .cycles_o(), .macs_o(), .gated_o(), .dropped_o());
  wire load = w_valid_i & w_ready;
  wire fire = a_valid_i & a_ready;
  wire beat = fire & !a_flush_i;
  wire turn = fire & (a_first_i | a_flush_i);
  wire exchange = x_valid_i & x_ready;

  // Whose turn it is, and the row that is exchanged next.
  reg [2:0] phase = 0, a_turn = 0, x_turn = 0, x_row = 0;
  // By phase: seeds are complete. By phase, row and column: sums and held words, kept or not.
  reg [P-1:0] seeded = 0;
  reg [P*TILE-1:0] sum, sum_kept = 0, held, held_kept = 0;
  // The word-beat that waits.
  reg loaded = 0;
  reg [COLS-1:0] words, cols;
  reg [ROWS-1:0] rows;

  // The interface's rules for what is offered: the turns of a beat, or of a row, are alike,
  // and an exchange has no more rows than the array.
  reg first_q, flush_q, last_q;
  reg [P-1:0] running = 0;
  reg flushed_seeds;
  always @* begin
    if (a_turn != 0) assume (a_first_i == first_q & a_flush_i == flush_q);
    if (x_turn != 0) assume (x_last_i == last_q);
    if (x_row == ROWS - 1) assume (x_last_i);
`ifdef BOTH
    // Where tiles may be of either dataflow, a group's first beat begins a run, and a flush
    // ends it: it finds no kept seeds.
    if (a_valid_i & !a_flush_i & !a_first_i) assume (running[a_turn]);
    if (a_valid_i & a_flush_i) assume (!flushed_seeds);
`endif
  end

  reg [P*TILE-1:0] next_sum, next_sum_kept, next_held, next_held_kept;
  integer p, at;
  reg was;
  always @* begin
    flushed_seeds = 0;
    next_sum = sum;
    next_sum_kept = sum_kept;
    next_held = held;
    next_held_kept = held_kept;
    for (p = 0; p < P; p = p + 1)
      for (m = 0; m < ROWS; m = m + 1)
        for (n = 0; n < COLS; n = n + 1) begin
          at = p * TILE + m * COLS + n;
          if (exchange & p == x_turn & m == x_row) begin
            next_held[at] = seed_i[n];
            next_held_kept[at] = x_keep_i[n];
          end
          if (p == a_turn & next_held_kept[at]) flushed_seeds = 1;
          if (turn & p == a_turn) begin
            was = next_sum[at];
            next_sum[at] = next_held[at];
            next_held[at] = was;
            was = next_sum_kept[at];
            next_sum_kept[at] = next_held_kept[at];
            next_held_kept[at] = was;
          end
          if (beat & p == a_turn & a_keep_i & rows[m] & cols[n])
            next_sum[at] = next_sum[at] ^ (act_i[m] & words[n]);
        end
  end
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      {phase, a_turn, x_turn, x_row, sum_kept, held_kept, loaded} <= 0;
      seeded <= 0;
      running <= 0;
    end else if (en_i) begin
      phase <= (phase == P - 1) ? 0 : phase + 1;
      {sum, sum_kept, held, held_kept} <= {next_sum, next_sum_kept, next_held, next_held_kept};
      if (fire) begin
        a_turn <= (a_turn == P - 1) ? 0 : a_turn + 1;
        first_q <= a_first_i;
        flush_q <= a_flush_i;
      end
      if (exchange) begin
        x_turn <= (x_turn == P - 1) ? 0 : x_turn + 1;
        if (x_turn == P - 1) x_row <= x_last_i ? 0 : x_row + 1;
        last_q <= x_last_i;
        if (x_last_i) seeded[x_turn] <= 1;
      end
      if (turn) begin
        seeded[a_turn] <= 0;
        running[a_turn] <= !a_flush_i;
      end
      loaded <= load | (loaded & !beat);
      if (load) begin
        words <= w_keep_i ? top_i : 0;
        cols <= col_keep_i;
        rows <= row_keep_i;
      end
    end
  end

  // What leaves when.
  reg [LATENCY-1:0] exchanges = 0;
  always @(posedge clk_i)
    if (!rst_ni) exchanges <= 0; else if (en_i) exchanges <= {exchanges, exchange};

  // The picked exchange.
  reg picked = 0;
  reg [4:0] age = 0;
  reg [COLS-1:0] kept, right;
  always @(posedge clk_i) begin
    if (!rst_ni) picked <= 0;
    else if (exchange & pick_i & !picked) begin
      picked <= 1;
      age <= 1;
      for (n = 0; n < COLS; n = n + 1) begin
        kept[n] <= held_kept[x_turn*TILE + x_row*COLS + n];
        right[n] <= held[x_turn*TILE + x_row*COLS + n];
      end
    end else if (en_i & picked & age <= LATENCY) age <= age + 1;
  end

  reg reset = 0;
  always @(posedge clk_i) reset <= 1;
  always @* begin
    if (!reset) assume (!rst_ni);
    else assume (rst_ni);
    if (reset) begin
      assert (w_ready == (en_i & (!loaded | beat)));
      assert (x_ready == (en_i & phase == x_turn & !seeded[x_turn]));
      assert (a_ready == (en_i & phase == a_turn & (loaded | a_flush_i)
        & (!(a_first_i | a_flush_i) | seeded[a_turn] | (exchange & x_last_i & x_turn == a_turn))));
      assert (s_valid == exchanges[LATENCY-1]);
      if (picked & age == LATENCY) begin
        assert (s_valid);
        assert (s_keep == kept);
        for (n = 0; n < COLS; n = n + 1)
          if (kept[n]) assert (sums[n*32] == right[n]);
      end
    end
  end
endmodule
