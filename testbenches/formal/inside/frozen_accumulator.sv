// inside: heddle_accumulator
// With en_i low no bank is told to write.
  always @* if (!en_i) assert (!held_bank_0_en_i & !chain_bank_0_en_i);
