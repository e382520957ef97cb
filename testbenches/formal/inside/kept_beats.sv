// inside: heddle_pe
// Each beat is kept, and the words of a dropped row are not: a PE with a kept weight gets no
// activation that does not count, in a column that is kept.
  reg [`STAGES-1:0] f_way;
  always @(posedge clk_i) f_way <= {f_way, on_q & !mac_q};
  always @* assume (!(live_i & f_way[`STAGES-1]));
