// inside: heddle_fifo
// The queue holds what was pushed and not popped, in order: f_line is a line of words, the oldest one first, and
// what lies in the ring, from pop_at_q on, is that. So after a reset, and then always.
  reg f_past = 1'b0;
  reg [WORDS*BITS-1:0] f_line;
  reg [COUNT_BITS-1:0] f_count;
  wire f_push = push_valid_i & push_ready_o;
  wire f_pop = pop_valid_o & pop_ready_i;
  wire [WORDS*BITS-1:0] f_rest = f_pop ? f_line >> BITS : f_line;
  wire [COUNT_BITS-1:0] f_less = f_count - f_pop;
  wire [31:0] f_up_to = pop_at_q + f_count;
  wire [WORDS-1:0] f_same;
  genvar f_i;
  generate
    for (f_i = 0; f_i < WORDS; f_i = f_i + 1) begin: f_word
      wire [31:0] at = pop_at_q + f_i;
      wire [BITS-1:0] word = words_q[(at < WORDS) ? at : at - WORDS];
      assign f_same[f_i] = f_i >= f_count | word == f_line[f_i*BITS +: BITS];
      always @(posedge clk_i)
        f_line[f_i*BITS +: BITS] <= (f_push & f_less == f_i) ? push_data_i
            : f_rest[f_i*BITS +: BITS];
    end
  endgenerate
  always @(posedge clk_i) begin
    f_past <= 1'b1;
    if (!rst_ni) f_count <= 0;
    else f_count <= f_less + f_push;
  end
  wire f_so = &f_same & f_count == count_q & count_q <= WORDS & push_at_q < WORDS & pop_at_q < WORDS
      & push_at_q == ((f_up_to < WORDS) ? f_up_to : f_up_to - WORDS)
      & valid_q == (count_q != 0) & more_q == (count_q > 1) & full_q == (count_q == WORDS)
      & (!valid_q | oldest_q == words_q[pop_at_q]);
  always @* begin
    if (f_past) assert (f_so);
    else if (rst_ni) assume (f_so);
    if (rst_ni & (f_past | f_so)) begin
      assert (push_ready_o == (f_count != WORDS) & pop_valid_o == (f_count != 0));
      if (pop_valid_o) assert (pop_data_o == f_line[BITS-1:0]);
    end
  end
