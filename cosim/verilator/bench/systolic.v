// A plain weight-stationary int8 array, R x C, for timing the driving loop: about
// as much state and logic per processing element as Heddle's own, nothing else.
module systolic_pe (
    input  wire               clk_i,
    input  wire               load_i,
    input  wire               valid_i,
    input  wire signed [7:0]  w_i,
    input  wire signed [7:0]  a_i,
    input  wire signed [31:0] s_i,
    output reg                valid_o,
    output reg  signed [7:0]  w_o,
    output reg  signed [7:0]  a_o,
    output reg  signed [31:0] s_o
);
    reg signed [15:0] product_q;
    always @(posedge clk_i) begin
        if (load_i) w_o <= w_i;
        valid_o   <= valid_i;
        a_o       <= a_i;
        product_q <= a_i * w_o;
        if (valid_o) s_o <= s_i + {{16{product_q[15]}}, product_q};
    end
endmodule

module systolic #(
    parameter R = 16,
    parameter C = 16
) (
    input  wire            clk_i,
    input  wire            load_i,
    input  wire            valid_i,
    input  wire [C*8-1:0]  w_i,
    input  wire [R*8-1:0]  a_i,
    input  wire [C*32-1:0] s_i,
    output wire [C*32-1:0] s_o,
    output wire            valid_o
);
    wire [7:0]  w [0:(R+1)*C-1];
    wire [7:0]  a [0:R*(C+1)-1];
    wire        v [0:R*(C+1)-1];
    wire [31:0] s [0:(R+1)*C-1];
    genvar r, c;
    generate
        for (c = 0; c < C; c = c + 1) begin : edge_cols
            assign w[c] = w_i[c*8 +: 8];
            assign s[c] = s_i[c*32 +: 32];
            assign s_o[c*32 +: 32] = s[R*C + c];
        end
        for (r = 0; r < R; r = r + 1) begin : rows
            assign a[r*(C+1)] = a_i[r*8 +: 8];
            assign v[r*(C+1)] = valid_i;
            for (c = 0; c < C; c = c + 1) begin : cols
                systolic_pe pe (
                    .clk_i(clk_i), .load_i(load_i),
                    .valid_i(v[r*(C+1) + c]), .valid_o(v[r*(C+1) + c + 1]),
                    .w_i(w[r*C + c]), .w_o(w[(r+1)*C + c]),
                    .a_i(a[r*(C+1) + c]), .a_o(a[r*(C+1) + c + 1]),
                    .s_i(s[r*C + c]), .s_o(s[(r+1)*C + c])
                );
            end
        end
    endgenerate
    assign valid_o = v[R*(C+1) - 1];
endmodule
