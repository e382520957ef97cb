module {name} #(
  parameter BITS = 1,  // width of the data, 1 or more
  parameter DEPTH = 1  // cycles of delay, 0 (a wire) or more
) (
  input  wire clk_i,   // clock
  input  wire rst_ni,  // reset of the address, active low
  input  wire en_i,    // low freezes the line

  input  wire [BITS-1:0] data_i,  // data
  output wire [BITS-1:0] data_o   // data, delayed
);

/*bits_to*/

  generate
    if (DEPTH == 0) begin: g_wire
      // Nothing to clock.
      wire unused = &{1'b0, clk_i, rst_ni, en_i};

      assign data_o = data_i;
    end else if (DEPTH < 4) begin: g_short
/*unused*/      // Registers: an address would cost more than a RAM saves.
      reg [DEPTH*BITS-1:0] line_q;  // the oldest data in the high bits

      wire [(DEPTH+1)*BITS-1:0] line = {line_q, data_i};

      assign data_o = line[DEPTH*BITS +: BITS];

/*line*/
    end else begin: g_rings
      // Rings of 16 words or fewer, one behind the other and side by side in one RAM, and
      // registers for the rest.
      localparam RINGS = (DEPTH + 15) / 16;
      localparam WORDS = DEPTH / RINGS;
      localparam REST = DEPTH - RINGS * WORDS;
      localparam ADDRESS_BITS = bits_to(WORDS - 1);
      localparam [31:0] LAST = WORDS - 1;

      (* ram_style = "distributed" *)
      reg [RINGS*BITS-1:0] words_q [0:WORDS-1];  // the words that turn
      reg [ADDRESS_BITS-1:0] at_q;               // the oldest word of each ring

      wire [RINGS*BITS-1:0] oldest = words_q[at_q];
      wire [(RINGS+1)*BITS-1:0] line = {oldest, data_i};
      wire [BITS-1:0] ringed = line[RINGS*BITS +: BITS];  // data behind the rings

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

      if (REST == 0) begin: g_no_rest
        assign data_o = ringed;
      end else begin: g_rest
        reg [REST*BITS-1:0] rest_q;  // the oldest data in the high bits

        wire [(REST+1)*BITS-1:0] rest = {rest_q, ringed};

        assign data_o = rest[REST*BITS +: BITS];

        // The registers move up by one element.
        always @(posedge clk_i) begin
          if (en_i) begin
            rest_q <= rest[REST*BITS-1:0];
          end
        end
      end
    end
  endgenerate

endmodule
