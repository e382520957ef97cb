// inside: heddle_expand
// What is asked of the write master is what its proof assumes of it: a run has a word at least. And each word has a
// strobe: words that lie wholly outside of a row, or in dropped columns, are left out.
  reg f_past = 1'b0;
  always @(posedge clk_i) f_past <= 1'b1;
  wire f_so = (!req_q | req_words_q != 0) & (!out_q | out_units_q != 0);
  always @* begin
    if (f_past) assert (f_so);
    else if (rst_ni) assume (f_so);
    if (f_past & rst_ni & req_valid_o) assert (req_words_o != 0);
    if (f_past & rst_ni & word_valid_o) assert (word_strb_o != 0);
  end
