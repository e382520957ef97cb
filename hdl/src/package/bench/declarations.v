@BANNER@
//
// @BENCH@
//
// Self-checking test bench of @TOP@, ROWS x COLS @FORMAT@. Tiles with full, random,
// empty and ragged masks, dropped beats, pauses at every handshake, stalls, and resets in
// the midst of it all go in. In every cycle the ready and valid outputs and the sticky
// flags are compared with a model of whole tiles, which shares nothing with the array, and
// so is every kept sum with its keep bits; the counters once they have settled, also while
// they carry from one part to the next. Operands reach the ends of their range. What the
// array must ignore is noise, in half of the tests unknown (X).
//: if float
// Operands are integers times a power of two, whose sums are exact: the model counts in
// integers. Rounding and special values are beyond this bench.
//: end
//
// Ends with PASS, or with FAIL and an exit status that is not 0. Runs in Icarus Verilog
// and in Verilator 5 (--binary).

`default_nettype none
// Of random bits it takes what it needs.
/* verilator lint_off UNUSEDSIGNAL */
module @BENCH@ #(
  parameter ROWS = @ROWS@, // rows of PEs, of array and bench
  parameter COLS = @COLS@ // columns of PEs
);

  localparam LANES = (ROWS > COLS) ? ROWS : COLS; // the larger of both
  localparam WORD = @WORD@; // bits of an operand
  localparam VALUE = @VALUE@; // bits of the integers that operands stand for
  localparam ACC = @ACC@; // bits of a sum
  localparam SEED = @SEED@; // bits of ordinary seeds
  localparam MUL_STAGES = @MUL_STAGES@; // cycles of a product
  localparam ADD_STAGES = @ADD_STAGES@; // cycles of a step of a sum
  localparam LATENCY = ROWS*ADD_STAGES + COLS + MUL_STAGES; // cycles from a beat to its sums
//: if os
  localparam PHASES = ADD_STAGES; // output-stationary tiles that take turns: a group
//: end
  localparam SETTLE = @SETTLE@; // cycles after which the counters are still
//: if os
  // The slowest handshake comes once in a while in its phase.
  localparam LIMIT = 100 + LATENCY + 64*PHASES; // enabled cycles in which something moves
  localparam SPAN = LATENCY + 4*PHASES*LANES; // cycles from reset to reset, at most
  localparam IDLE = LANES + PHASES; // enabled cycles before a clear, at most
//: else
  localparam LIMIT = 164 + LATENCY; // enabled cycles in which something moves
  localparam SPAN = LATENCY + 4*LANES; // cycles from reset to reset, at most
  localparam IDLE = LANES + 1; // enabled cycles before a clear, at most
//: end
  localparam INTERRUPTS = 3; // resets in the midst of a test, at most
  localparam CHIMES = 3; // tests whose last sum leaves while a counter carries

  // Tests with random traffic: fewer for an array that takes long to simulate and has more lanes
  // to meet a fault in. Each four are at full rate, with stalls, and twice with pauses; every other
  // of them has X for noise.
  localparam ROUNDS = (LANES == 1) ? 64 : (LANES <= 4) ? 16 : (LANES <= 8) ? 8 : 4;
//: if both
  localparam KINDS = 3; // output-stationary, both in turns, weight-stationary
  localparam TESTS = ROUNDS*KINDS;
//: else
  localparam TESTS = ROUNDS;
//: end
//: if ws
  localparam WEIGHTS = ROWS*COLS; // of a tile, at most
  localparam TILES = @TILES@; // of a test
  localparam BEATS = @BEATS@; // of a tile, at most
//: end
//: if only_os
  localparam WEIGHTS = COLS; // of a beat
//: end
//: if os
  localparam GROUPS = @GROUPS@; // of a test, at most
  localparam GROUP_BEATS = @GROUP_BEATS@; // of each tile, at most
//: end

  // The counters begin so far below 2^48, where all their parts carry: every sum takes that long
  // at least, and counts while it does.
  localparam GAP = LATENCY + 8;
  localparam KEPT = (GAP + ROWS*COLS - 1) / (ROWS*COLS) + 1; // full beats with as many products
  localparam [47:0] PRELOAD = 48'd0 - wide(GAP);
  localparam [47:0] CLEARED = @CLEARED@; // what clear_i puts into them

  // Entries of each queue: more than any test has.
  localparam DEPTH =
//: if ws
      TILES*(LANES + BEATS) +
//: end
//: if os
      (GROUPS + 2)*(ROWS + GROUP_BEATS)*PHASES + 4*PHASES +
//: end
      GAP + KEPT + 1;

  // The array's ports.
@PORTS@

  @TOP@ #(.ROWS(ROWS), .COLS(COLS), .PRELOAD(PRELOAD)) dut (
@CONNECTIONS@
  );

  integer test = 0;
  integer errors = 0;
  integer compared = 0; // sums

  // What is offered in a test, in order: weights, beats, exchanges.
  integer w_count = 0, w_next = 0;
  reg [LANES*VALUE-1:0] wq_values [0:DEPTH-1];
  reg [LANES-1:0] wq_counts [0:DEPTH-1]; // words that count; the others are noise
  reg [ROWS-1:0] wq_rows [0:DEPTH-1];
  reg [COLS-1:0] wq_cols [0:DEPTH-1];
  reg wq_keep [0:DEPTH-1];
//: if ws
  reg wq_edge [0:DEPTH-1];
  reg wq_last [0:DEPTH-1];
//: end
//: if both
  reg wq_os [0:DEPTH-1]; // of an output-stationary tile
//: end
  integer a_count = 0, a_next = 0;
  reg [ROWS*VALUE-1:0] aq_values [0:DEPTH-1];
  reg [ROWS-1:0] aq_counts [0:DEPTH-1];
  reg aq_first [0:DEPTH-1];
  reg aq_keep [0:DEPTH-1];
//: if ws
  reg [COLS*ACC-1:0] aq_seeds [0:DEPTH-1];
  reg [COLS-1:0] aq_live [0:DEPTH-1]; // seeds that count
//: end
//: if both
  reg aq_os [0:DEPTH-1];
//: end
//: if os
  reg aq_flush [0:DEPTH-1];
  integer x_count = 0, x_next = 0;
  reg [COLS*ACC-1:0] xq_seeds [0:DEPTH-1];
  reg [COLS-1:0] xq_keep [0:DEPTH-1];
  reg xq_last [0:DEPTH-1];
//: end

  // Sums that must come: their value, their keep bits, whether one overflowed, when they are due.
  integer due_count = 0, due_next = 0;
  reg [COLS*ACC-1:0] due_sums [0:DEPTH-1];
  reg [COLS-1:0] due_keep [0:DEPTH-1];
  reg due_ovf [0:DEPTH-1];
  integer due_at [0:DEPTH-1];

  // How a test goes. Cycles of reset that are left; resets in its midst that are left, and
  // cycles until the next; a clear that is to come, and enabled cycles until then.
  integer resets = 0, interrupts = 0, until_reset = 0;
  reg clear = 1'b0;
  integer until_clear = 0;
  // Pauses and stalls in eighths of all cycles. Whether flushes, first and other beats are not
  // offered while they would have to wait.
  integer w_pauses = 0, a_pauses = 0, stalls = 0;
  reg [2:0] patience = 3'd0;
  // Weights are not offered for so many enabled cycles; beats and exchanges until so many are
  // counted.
  integer w_from = 0, from = 0;
//: if os
  integer x_pauses = 0;
//: end
//: if float
  // Powers of two of the operands.
  integer a_scale = 0, w_scale = 0;
//: end
  // Seeds near the ends of their range, and X for noise.
  reg extreme = 1'b0;
  reg unknown = 1'b0;

