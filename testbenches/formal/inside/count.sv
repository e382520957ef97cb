// inside: heddle_count
  // Whatever the carries on their way: the parts and they are the number counted.
  reg f_past_q = 1'b0;
  reg [47:0] f_q;
  wire [47:0] f_found = count_o + {30'd0, low_carry_q, 17'd0} + {14'd0, mid_carry_q, 33'd0};
  always @(posedge clk_i) begin
    f_past_q <= 1'b1;
    if (!rst_ni) f_q <= PRELOAD;
    else if (en_i) f_q <= f_q + {31'd0, add_i};
  end
  always @* begin
    // What is added has 17 bits, and the port one more: see count_bits.sv.
    assume (!add_i[17]);
    if (!f_past_q) assume (f_found == f_q);
    else assert (f_found == f_q);
  end
