@BANNER@
//
// @BENCH@
//
// Self-checking test bench of @TOP@, @TITLE@. Random descriptors of each
// layout and policy, with and without masks, rows at any address, sums from zero, from memory, from
// one row for all and from the job before, go through the ring; jobs that cannot be done and jobs
// that meet a bus error stand among them. A memory answers after a while and pauses at random. After
// each ring every byte of it is compared with what a plain product leaves there, so that a byte
// written outside C is found too; and counters, interrupts and error records with what is due.
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
module @BENCH@;

  localparam ROWS = @ROWS@; // rows of PEs
  localparam COLS = @COLS@; // columns of PEs
  localparam LANES = (ROWS > COLS) ? ROWS : COLS; // the larger of both
  localparam WORD = @WORD@; // bits of an operand
  localparam VALUE = @VALUE@; // bits of the integers that operands stand for
  localparam ACC = @ACC@; // bits of a sum
  localparam SEED = @SEED@; // bits of ordinary seeds
  localparam OPERAND = @OPERAND@; // bytes of an operand in memory
  localparam SUM = @SUM@; // bytes of a sum in memory
  localparam BUS = @BUS@; // bytes of a bus word
  localparam ADDR = @ADDR@; // bits of an address
  localparam READS = @READS@; // read bursts under way, at most
  localparam WRITES = @WRITES@; // write bursts under way, at most
  localparam A_WORDS = @A_WORDS@; // words of the buffer of A
  localparam B_SLOTS = @B_SLOTS@; // slots of the buffer of B
  localparam SLOT_WORDS = @SLOT_WORDS@; // words of a slot
  localparam SUM_WORDS = @SUM_WORDS@; // words of the accumulators
  localparam RING_BITS = @RING_BITS@; // the ring has 2 to the power of this descriptors
  localparam JOBS = 1 << RING_BITS; // of a round: a full ring

  // The largest M, K and N, and the most products of a job: some tiles, and more than one word of a
  // mask for a small array.
  localparam DIM = (LANES < 8) ? 40 : LANES + 5;
  localparam WORK = (ROWS*COLS*96 + 64 > 6000) ? 6000 : ROWS*COLS*96 + 64;
  // Rounds: fewer for an array that takes long to simulate.
  localparam ROUNDS = (LANES <= 4) ? 8 : 6;
  localparam LIMIT = 20000; // cycles in which something passes the bus

  // Memory. It lies where the highest bit of an address is set, the ring at its beginning.
  localparam PAD = 8; // elements between two rows, at most
  localparam MASK = 64*((DIM + 511)/512); // bytes of a mask, and its alignment
  localparam MOST = (DIM*DIM < WORK) ? DIM*DIM : WORK; // elements of a matrix
  localparam PLACE = 2*(MOST + DIM*PAD)*(OPERAND + SUM) + 3*(MASK + 64) + 8*(BUS + 64); // of a job
  localparam RING = JOBS*@DESCRIPTOR@;
  localparam BYTES = 64*((RING + JOBS*PLACE + 63)/64);
  localparam [ADDR-1:0] BASE = {1'b1, {(ADDR-1){1'b0}}};
  reg [7:0] memory [0:BYTES-1];
  reg [7:0] wanted [0:BYTES-1]; // what it must become

  // Registers, and fields of a descriptor by their lowest bit.
@OFFSETS@

@FIELDS@

  // The engine's ports.
@PORTS@

  @TOP@ dut (
@CONNECTIONS@
  );

  integer now = 0; // cycles
  integer moved = 0; // the last one in which something passed the bus
  integer errors = 0;
  integer compared = 0; // sums

  // How a round goes: pauses in eighths of all cycles, cycles until memory answers, whether what the
  // engine must ignore is unknown (X).
  integer pauses = 0;
  integer latency = 0;
  reg unknown = 1'b0;
  // Seeds near the ends of their range.
  reg extreme = 1'b0;
//: if float
  // Powers of two of the operands.
  integer a_scale = 0, w_scale = 0;
//: end

