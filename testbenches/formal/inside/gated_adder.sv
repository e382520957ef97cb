// inside: heddle_add_*
// The registers of an adder through which only dropped columns pass do not change.
  reg f_dead = 0;
  reg [@BITS@-1:0] f_before;
  always @(posedge clk_i) begin
    f_dead <= rst_ni & !(|{live_i, @REGISTERS:^live@});
    f_before <= {@REGISTERS@};
    if (f_dead) assert ({@REGISTERS@} == f_before);
  end
