// inside: heddle_accumulator
// With en_i low no bank is told to write.
  always @* if (!en_i) assert (!(@PORT:u_held_bank.write_i@ | @PORT:u_chain_bank.write_i@));
