module {name} (
  input  wire clk_i,      // clock
  input  wire en_i,       // lets the next pulse through
  input  wire test_en_i,  // lets every pulse through, for scan test
  output wire clk_o       // gated clock
);

  reg en_q;  // lets the pulse through

  assign clk_o = clk_i & en_q;

  // The enable is held while the clock is high.
  always @(negedge clk_i) begin
    en_q <= en_i | test_en_i;
  end

endmodule
