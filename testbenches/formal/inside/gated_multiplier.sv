// inside: heddle_mul_*
// The registers inside a multiplier change only where the PE tells it to.
  reg f_off = 0;
  reg [@BITS@-1:0] f_before;
  always @(posedge clk_i) begin
    f_off <= rst_ni & !en_i;
    f_before <= {@REGISTERS@};
    if (f_off) assert ({@REGISTERS@} == f_before);
  end
