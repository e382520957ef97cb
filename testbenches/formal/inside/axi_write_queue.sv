// inside: heddle_fifo
// The words of a queue of two, the older one first: axi_write.sv reads them by these names.
  wire [BITS-1:0] older = words_q[pop_at_q];
  wire [BITS-1:0] newer = words_q[(WORDS == 2) ? !pop_at_q[0] : pop_at_q];
