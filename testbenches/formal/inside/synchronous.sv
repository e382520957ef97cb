// inside: top
// Clock gates pass both edges of the clock, so time runs in half cycles here: the clock has
// its two halves in turn, and the inputs change with its rising edge only. Scan test is off.
  (* gclk *) reg f_time;
  reg f_clk = 0;
  reg [@BITS:inputs@-1:0] f_inputs;
  always @(posedge f_time) begin
    f_clk <= clk_i;
    f_inputs <= {@INPUTS@};
    assume (clk_i != f_clk);
  end
  always @* if (f_clk == clk_i || !clk_i) assume ({@INPUTS@} == f_inputs);
  always @* assume (!test_en_i);
