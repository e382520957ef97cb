// Counts enabled cycles from a start value that nothing resets.
module counter (
    input  wire        clk_i,
    input  wire        rst_ni,
    input  wire        en_i,
    input  wire        bad_i,
    output reg  [15:0] count_o,
    output wire        next_is_odd_o,
    output reg  [31:0] unset_o
);
    assign next_is_odd_o = count_o[0] ^ en_i;
    always @(posedge clk_i) begin
        if (!rst_ni) count_o <= 16'd0;
        else if (en_i) count_o <= count_o + 16'd1;
        if (bad_i) $stop;
        if (count_o == 16'd9) $finish;
    end
    // Keeps whatever it started from.
    always @(posedge clk_i) unset_o <= {unset_o[30:0], unset_o[31]};
endmodule
