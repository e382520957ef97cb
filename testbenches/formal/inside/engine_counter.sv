// inside: heddle_engine_counter
  // Whatever is on its way: the words, the carry and what is added next are the number counted.
  reg f_past_q = 1'b0;
  reg [63:0] f_q;
  wire [63:0] f_found = count_o + {31'd0, carry_q, 32'd0} + {47'd0, add_q};
  always @(posedge clk_i) begin
    f_past_q <= 1'b1;
    if (!rst_ni | clear_i) f_q <= 64'd0;
    else f_q <= f_q + {47'd0, add_i};
  end
  always @* begin
    if (!f_past_q) assume (f_found == f_q);
    else assert (f_found == f_q);
  end
