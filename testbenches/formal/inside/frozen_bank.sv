// inside: heddle_bank
// A word changes only where the bank is told to write; which word is the solver's choice.
  (* anyconst *) reg [ADDRESS_BITS-1:0] f_word;
  reg f_stalled = 0;
  reg [BITS-1:0] f_before;
  always @(posedge clk_i) begin
    f_stalled <= !write_i;
    f_before <= words_q[f_word];
    if (f_stalled) assert (words_q[f_word] == f_before);
  end
