module {name} #(
  parameter BITS = 1,  // width of the data
  parameter DEPTH = 1  // cycles of delay; 0 is a wire
) (
  input  wire clk_i,   // clock
  input  wire rst_ni,  // reset of the address, active low
  input  wire en_i,    // low freezes the line

  input  wire [BITS-1:0] data_i,  // data
  output wire [BITS-1:0] data_o   // data, delayed
);

  // Bits of a number up to `most`.
  function automatic integer bits_to;
    input integer most;
    begin
      bits_to = 1;
      while ((1 << bits_to) <= most) begin
        bits_to = bits_to + 1;
      end
    end
  endfunction

  // Rings of 16 words or fewer, one behind the other and side by side in one RAM, and registers
  // for the rest. Lines of less than 4 are registers: they would save less than an address costs.
  localparam RINGS = (DEPTH < 4) ? 0 : (DEPTH + 15) / 16;
  localparam WORDS = (DEPTH < 4) ? 1 : DEPTH / RINGS;
  localparam REST = DEPTH - RINGS * WORDS;

  wire [BITS-1:0] ringed;  // data behind the rings

  generate
    if (RINGS == 0) begin: g_no_ring
      wire unused_reset = &{1'b0, rst_ni};

      assign ringed = data_i;
    end else begin: g_rings
      localparam ADDRESS_BITS = bits_to(WORDS - 1);
      localparam [31:0] LAST = WORDS - 1;

      (* ram_style = "distributed" *)
      reg [RINGS*BITS-1:0] words_q [0:WORDS-1];  // the words that turn
      reg [ADDRESS_BITS-1:0] at_q;               // the oldest word of each ring

      wire [RINGS*BITS-1:0] oldest = words_q[at_q];
      wire [(RINGS+1)*BITS-1:0] line = {oldest, data_i};

      assign ringed = line[RINGS*BITS +: BITS];

      // The oldest word of a ring goes to the next one, and its place is taken.
      always @(posedge clk_i) begin
        if (en_i) begin
          words_q[at_q] <= line[RINGS*BITS-1:0];
        end
      end

      // The address goes round.
      always @(posedge clk_i/*edge*/) begin
        if (!rst_ni) begin
          at_q <= {ADDRESS_BITS{1'b0}};
        end else if (en_i) begin
          at_q <= (at_q == LAST[ADDRESS_BITS-1:0]) ? {ADDRESS_BITS{1'b0}}
              : at_q + {{ADDRESS_BITS-1{1'b0}}, 1'b1};
        end
      end
    end

    if (REST == 0) begin: g_no_rest
      wire unused_clock = &{1'b0, clk_i, en_i};

      assign data_o = ringed;
    end else begin: g_rest
      reg [REST*BITS-1:0] rest_q;  // the oldest data in the high bits

      wire [(REST+1)*BITS-1:0] line = {rest_q, ringed};

      assign data_o = line[REST*BITS +: BITS];

      // The registers move up by one element.
      always @(posedge clk_i) begin
        if (en_i) begin
          rest_q <= line[REST*BITS-1:0];
        end
      end
    end
  endgenerate

endmodule
