// inside: heddle_pe
// An integer product that does not count is zero, so that the adder may always add it. Proved
// from reset; a proof that starts from an arbitrary state assumes it there (-DKNOWN).
`ifdef KNOWN
  reg f_start = 1;
  always @(posedge clk_i) f_start <= 0;
  always @* if (f_start & !`COUNTS) assume (`PRODUCT == 0);
`else
  reg f_reset = 0;
  always @(posedge clk_i) f_reset <= f_reset | !rst_ni;
  always @* if (f_reset & !`COUNTS) assert (`PRODUCT == 0);
`endif
