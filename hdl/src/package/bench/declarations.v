@BANNER@
//
// @BENCH@
//
// Self-checking test bench of @TOP@, @ROWS@ x @COLS@ @FORMAT@. Tiles with full, random,
// empty and ragged masks, dropped beats, pauses at every handshake and stalls go in;
// every kept sum, its latency, the keep bits, the counters and the sticky flags are compared
// with a model of whole tiles, which shares nothing with the array. What the array must
// ignore is noise.
//: if float
// Operands are integers times a power of two, whose sums are exact: the model counts in
// integers. Rounding and special values are beyond this bench.
//: end
//
// Ends with PASS, or with FAIL and an exit status that is not 0. Runs in Icarus Verilog
// and in Verilator 5 (--binary).

`default_nettype none
/* verilator lint_off WIDTH */
module @BENCH@;

  localparam ROWS = @ROWS@;
  localparam COLS = @COLS@;
  localparam LANES = @LANES@; // the larger of both
  localparam WORD = @WORD@; // bits of an operand
  localparam VALUE = @VALUE@; // bits of the integers that operands stand for
  localparam ACC = @ACC@; // bits of a sum
  localparam SEED = @SEED@; // bits of ordinary seeds
  localparam LATENCY = @LATENCY@; // cycles from a beat to its sums
  localparam SETTLE = @SETTLE@; // cycles after which the counters are still
  localparam DEPTH = @DEPTH@; // entries of each queue
  localparam LIMIT = @LIMIT@; // cycles that no test takes
  localparam TESTS = @TESTS@; // of each kind
  localparam KINDS = @KINDS@; // of tests
//: if ws
  localparam TILES = @TILES@; // of a test
//: end
//: if os
  localparam PHASES = @PHASES@; // output-stationary tiles that take turns: a group
  localparam GROUPS = @GROUPS@; // of a test, at most
  localparam GROUP_BEATS = @GROUP_BEATS@; // of each tile, at most
//: end

  // The array's ports.
@PORTS@

  @TOP@ dut (
@CONNECTIONS@
  );

  integer errors = 0;
  integer compared = 0; // sums

  // What is offered in a test, in order: weights, beats, exchanges.
  integer w_count = 0, w_next = 0;
  reg [LANES*VALUE-1:0] wq_values [0:DEPTH-1];
  reg [LANES-1:0] wq_counts [0:DEPTH-1]; // words that count; the others are noise
  reg [ROWS-1:0] wq_rows [0:DEPTH-1];
  reg [COLS-1:0] wq_cols [0:DEPTH-1];
  reg wq_edge [0:DEPTH-1];
  reg wq_last [0:DEPTH-1];
  reg wq_keep [0:DEPTH-1];
  integer a_count = 0, a_next = 0;
  reg [ROWS*VALUE-1:0] aq_values [0:DEPTH-1];
  reg [ROWS-1:0] aq_counts [0:DEPTH-1];
  reg [COLS*ACC-1:0] aq_seeds [0:DEPTH-1];
  reg aq_first [0:DEPTH-1];
  reg aq_keep [0:DEPTH-1];
//: if os
  reg aq_flush [0:DEPTH-1];
  integer x_count = 0, x_next = 0;
  reg [COLS*ACC-1:0] xq_seeds [0:DEPTH-1];
  reg [COLS-1:0] xq_keep [0:DEPTH-1];
  reg xq_last [0:DEPTH-1];
//: end

  // Sums that must come: their value, their keep bits, when they are due.
  integer due_count = 0, due_next = 0;
  reg [COLS*ACC-1:0] due_sums [0:DEPTH-1];
  reg [COLS-1:0] due_keep [0:DEPTH-1];
  integer due_at [0:DEPTH-1];

  // How a test goes: cycles of reset and clear that are left, pauses and stalls in eighths
  // of all cycles, powers of two, seeds near the ends of their range.
  integer resets = 3, clears = 0;
  integer pauses = 0, stalls = 0;
  integer a_scale = 0, w_scale = 0;
  reg extreme = 1'b0;
//: if os
  reg os = @OS_ONLY@; // output-stationary tiles
//: end

