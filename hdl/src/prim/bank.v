module {name} #(
  parameter BITS = 1,         // width of a word, 1 or more
  parameter WORDS = 2,        // how many words, 2 or more
  parameter ADDRESS_BITS = 1  // width of their address, at least clog2(WORDS)
) (
  input  wire clk_i,    // clock
  input  wire write_i,  // writes data_i

  input  wire [ADDRESS_BITS-1:0] addr_i,  // which word

  input  wire [BITS-1:0] data_i,  // what is written
  output wire [BITS-1:0] data_o   // the word before that
);

  reg [BITS-1:0] words_q [0:WORDS-1];  // the words

  assign data_o = words_q[addr_i];

  // The word that is read may be replaced.
  always @(posedge clk_i) begin
    if (write_i) begin
      words_q[addr_i] <= data_i;
    end
  end

endmodule
