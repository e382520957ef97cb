// inside: heddle_fifo
// A place of a queue's ring, any one, and the word in it: what surrounds the queue follows a word by it.
  (* anyconst *) reg [ADDRESS_BITS-1:0] f_at;
  wire [BITS-1:0] f_word = words_q[f_at];
