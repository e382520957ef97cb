// inside: heddle_fifo
// The words of a queue of two, the older one first: axi_write.sv reads them by these names.
  wire [BITS-1:0] older = words_q[pop_at_q];
  wire [BITS-1:0] newer = words_q[(WORDS == 2) ? !pop_at_q[0] : pop_at_q];
// Words lie from the place of the oldest one on, and what is told of them is what they are.
  wire [COUNT_BITS+ADDRESS_BITS:0] behind = pop_at_q + count_q;
  wire told = pop_at_q < WORDS & count_q <= WORDS
      & push_at_q == ((behind < WORDS) ? behind : behind - WORDS) & valid_q == (count_q != 0) & more_q == (count_q > 1) & full_q == (count_q == WORDS)
      & (!valid_q | oldest_q == words_q[pop_at_q]);
