// The array's edge: every handshake is as hdl/INTERFACE.md says, and weights and masks swap
// together, exactly once per tile, for every spacing of tiles and stalls.
//
// Tiles are numbered as their last words are accepted. The solver picks one number, of eight in
// turn, and the masks given with its last word are kept aside: when a tile of that number is at
// work, its masks are what is used, in its first beat and in all others, and in no other tile's.
module handshake #(
  parameter integer ROWS = 2,
  parameter integer COLS = 2
) (
  input wire clk_i,
  input wire rst_ni,
  input wire en_i,
  input wire clear_i,
  input wire w_valid_i,
  input wire w_edge_i,
  input wire w_last_i,
  input wire [ROWS-1:0] row_keep_i,
  input wire [COLS-1:0] col_keep_i,
  input wire a_valid_i,
  input wire a_first_i,
  input wire a_keep_i
);
  wire w_ready, a_ready, load, beat, swap, waited;
  wire [ROWS-1:0] west_valid, mac;
  wire [COLS-1:0] north_valid, live;
  heddle_control #(.ROWS(ROWS), .COLS(COLS)) dut (.clk_i(clk_i), .rst_ni(rst_ni), .en_i(en_i), .clear_i(clear_i),
    .w_valid_i(w_valid_i), .w_edge_i(w_edge_i), .w_last_i(w_last_i),
    .row_keep_i(row_keep_i), .col_keep_i(col_keep_i),
    .a_valid_i(a_valid_i), .a_first_i(a_first_i), .a_keep_i(a_keep_i),
    .w_ready_o(w_ready), .a_ready_o(a_ready), .load_o(load), .beat_o(beat), .swap_o(swap),
    .west_valid_o(west_valid), .north_valid_o(north_valid), .mac_o(mac), .live_o(live),
    .wait_o(waited));

  (* anyconst *) reg [2:0] picked;

  // Tiles whose weights are complete, and tiles that have started; the difference waits.
  reg [2:0] loaded = 0, started = 0;
  reg working = 0, seen = 0;
  reg [ROWS-1:0] rows;
  reg [COLS-1:0] cols;
  wire completes = en_i & w_valid_i & w_ready & w_last_i;
  wire first = en_i & a_valid_i & a_ready & a_first_i;
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      loaded <= 0;
      started <= 0;
      working <= 0;
      seen <= 0;
    end else begin
      if (completes) begin
        loaded <= loaded + 1;
        if (loaded == picked) begin
          rows <= row_keep_i;
          cols <= col_keep_i;
          seen <= 1;
        end
      end
      if (first) begin
        started <= started + 1;
        working <= 1;
      end
    end
  end
  wire [2:0] waiting = loaded - started;
  // The tile of a beat that is accepted now.
  wire [2:0] tile = first ? started : started - 3'd1;

  reg reset = 0;
  always @(posedge clk_i) reset <= 1;
  always @* begin
    if (!reset) assume (!rst_ni);
    if (reset & rst_ni) begin
      // At most one complete tile waits; none is swapped twice, none is lost.
      assert (waiting <= 1);
      // When a handshake is possible: at once, except for the reasons that the interface gives.
      assert (a_ready == (en_i & (!a_first_i | waiting == 1)));
      assert (w_ready == (en_i & (waiting == 0 | first)));
      // What the inside is told is the handshake at the edge. It moves with en_i only (frozen_*).
      if (en_i) begin
        assert (load == (w_valid_i & w_ready));
        assert (beat == (a_valid_i & a_ready));
        assert (swap == first);
      end
      assert (west_valid == ((load & w_edge_i) ? row_keep_i : 0));
      assert (north_valid == ((load & !w_edge_i) ? col_keep_i : 0));
      // The masks of the beat's own tile, rows and columns alike; before any tile, none.
      if (!beat) assert (mac == 0 & live == 0);
      if (beat & !a_keep_i) assert (mac == 0);
      if (en_i & beat & !first & !working) assert (mac == 0 & live == 0);
      if (en_i & beat & (first | working) & seen & tile == picked) begin
        assert (live == cols);
        if (a_keep_i) assert (mac == rows);
      end
    end
  end
endmodule
