// A product as a sum of rows, for yosys' techmap: the gates are the same wherever the same operands
// are multiplied. Those that yosys makes depend on the order of names.
(* techmap_celltype = "$mul" *)
module multiply #(
  parameter A_SIGNED = 0,
  parameter B_SIGNED = 0,
  parameter A_WIDTH = 1,
  parameter B_WIDTH = 1,
  parameter Y_WIDTH = 1
) (
  input  wire [A_WIDTH-1:0] A,
  input  wire [B_WIDTH-1:0] B,
  output wire [Y_WIDTH-1:0] Y
);
  wire [Y_WIDTH-1:0] a, b;
  \$pos #(.A_SIGNED(A_SIGNED), .A_WIDTH(A_WIDTH), .Y_WIDTH(Y_WIDTH)) extend_a (.A(A), .Y(a));
  \$pos #(.A_SIGNED(B_SIGNED), .A_WIDTH(B_WIDTH), .Y_WIDTH(Y_WIDTH)) extend_b (.A(B), .Y(b));

  // Row i is at i * Y_WIDTH.
  wire [(Y_WIDTH+1)*Y_WIDTH-1:0] sum;
  assign sum[Y_WIDTH-1:0] = 0;
  assign Y = sum[Y_WIDTH*Y_WIDTH +: Y_WIDTH];
  genvar i;
  generate
    for (i = 0; i < Y_WIDTH; i = i + 1) begin : rows
      assign sum[(i+1)*Y_WIDTH +: Y_WIDTH] = sum[i*Y_WIDTH +: Y_WIDTH] + ((a << i) & {Y_WIDTH{b[i]}});
    end
  endgenerate
endmodule
