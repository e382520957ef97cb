// Passes a value of every storage class through a register and combinationally.
module widths (
    input  wire         clk_i,
    input  wire         bit_i,
    input  wire [7:0]   byte_i,
    input  wire [12:0]  half_i,
    input  wire [31:0]  word_i,
    input  wire [63:0]  long_i,
    input  wire [64:0]  wide65_i,
    input  wire [299:0] wide300_i,
    output wire         bit_o,
    output reg  [7:0]   byte_o,
    output reg  [12:0]  half_o,
    output reg  [31:0]  word_o,
    output reg  [63:0]  long_o,
    output reg  [64:0]  wide65_o,
    output reg  [299:0] wide300_o,
    output wire [8:0]   ones_o
);
    assign bit_o = ~bit_i;
    // Sees bits beyond the width if anyone leaves them set.
    assign ones_o = {1'b0, byte_i} + {8'b0, half_i == 13'h1fff} + {8'b0, &wide65_i};
    always @(posedge clk_i) begin
        byte_o    <= ~byte_i;
        half_o    <= ~half_i;
        word_o    <= ~word_i;
        long_o    <= ~long_i;
        wide65_o  <= ~wide65_i;
        wide300_o <= ~wide300_i;
    end
endmodule
