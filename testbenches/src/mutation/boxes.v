// The boxes of cuts.v.
(* blackbox *)
module cut_memory #(parameter INS = 1, OUTS = 1) (input [INS-1:0] ASKS, output [OUTS-1:0] READ);
endmodule
(* blackbox *)
module cut_register #(parameter INS = 1, OUTS = 1) (input [INS-1:0] D, output [OUTS-1:0] Q);
endmodule
