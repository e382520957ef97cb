// inside: heddle_*
// With en_i low no register changes, in whatever state it is.
  reg f_stalled = 0;
  reg [@BITS@-1:0] f_before;
  always @(posedge clk_i) begin
    f_stalled <= rst_ni & !en_i;
    f_before <= {@REGISTERS@};
    if (f_stalled) assert ({@REGISTERS@} == f_before);
  end
