module {name} #(
  parameter BITS = 1,         // width of a word, 1 or more
  parameter WORDS = 2,        // how many words, 2 or more
  parameter ADDRESS_BITS = 1  // width of their address, at least clog2(WORDS)
) (
  input  wire clk_i,  // clock

  input  wire write_i,  // writes wdata_i

  input  wire [ADDRESS_BITS-1:0] waddr_i,  // where

  input  wire [BITS-1:0] wdata_i,  // what is written

  input  wire read_i,  // reads; where low, rdata_o holds

  input  wire [ADDRESS_BITS-1:0] raddr_i,  // which word

  output wire [BITS-1:0] rdata_o  // the word, a cycle later
);

  reg [BITS-1:0] words_q [0:WORDS-1];  // the words
  reg [BITS-1:0] read_q;               // the word that was read

  assign rdata_o = read_q;

  // A word is written.
  always @(posedge clk_i) begin
    if (write_i) begin
      words_q[waddr_i] <= wdata_i;
    end
  end

  // A word is read. One that is written in the same cycle is unspecified: said to synthesis, which
  // would else put logic around the RAM that keeps the old word.
  always @(posedge clk_i) begin
    if (read_i) begin
      read_q <= (write_i && waddr_i == raddr_i) ? {BITS{1'bx}} : words_q[raddr_i];
    end
  end

endmodule
