module {name} #(
  parameter BITS = 1,  // width of a word, 1 or more
  parameter WORDS = 2  // how many words, 1 or more; with 2 or more a word enters in each cycle
) (
  input  wire clk_i,   // clock
  input  wire rst_ni,  // reset, active low, held for one rising edge or more

  input  wire            push_valid_i,  // a word comes
  output wire            push_ready_o,  // there is room for it
  input  wire [BITS-1:0] push_data_i,   // the word

  output wire            pop_valid_o,  // there is a word
  input  wire            pop_ready_i,  // it is taken if there is one
  output wire [BITS-1:0] pop_data_o    // the oldest word
);

/*bits_to*/

  localparam ADDRESS_BITS = bits_to(WORDS - 1);
  localparam COUNT_BITS = bits_to(WORDS);
  localparam [31:0] LAST = WORDS - 1;
  localparam [31:0] TWO = 2;

  reg [BITS-1:0] words_q [0:WORDS-1];  // the words
  reg [ADDRESS_BITS-1:0] push_at_q;    // where the next word goes
  reg [ADDRESS_BITS-1:0] pop_at_q;     // where the oldest word is
  reg [COUNT_BITS-1:0] count_q;        // how many words there are

  // What is told lies in registers, lest others wait for the RAM: the oldest word again, and
  // whether there is one, another one, room.
  reg [BITS-1:0] oldest_q;
  reg valid_q, more_q, full_q;

  wire push = push_valid_i & push_ready_o;
  wire pop = pop_valid_o & pop_ready_i;
  wire up = push & !pop;
  wire down = pop & !push;

  wire [ADDRESS_BITS-1:0] next_at = (pop_at_q == LAST[ADDRESS_BITS-1:0]) ? {ADDRESS_BITS{1'b0}}
      : pop_at_q + {{ADDRESS_BITS-1{1'b0}}, 1'b1};

  assign push_ready_o = !full_q;
  assign pop_valid_o = valid_q;
  assign pop_data_o = oldest_q;

  // Words are not reset.
  always @(posedge clk_i) begin
    if (push) begin
      words_q[push_at_q] <= push_data_i;
    end
    if (pop | !valid_q) begin
      oldest_q <= more_q ? words_q[next_at] : push_data_i;
    end
  end

  // Both places go round.
  always @(posedge clk_i/*edge*/) begin
    if (!rst_ni) begin
      push_at_q <= {ADDRESS_BITS{1'b0}};
      pop_at_q <= {ADDRESS_BITS{1'b0}};
      count_q <= {COUNT_BITS{1'b0}};
      valid_q <= 1'b0;
      more_q <= 1'b0;
      full_q <= 1'b0;
    end else begin
      if (push) begin
        push_at_q <= (push_at_q == LAST[ADDRESS_BITS-1:0]) ? {ADDRESS_BITS{1'b0}}
            : push_at_q + {{ADDRESS_BITS-1{1'b0}}, 1'b1};
      end
      if (pop) begin
        pop_at_q <= next_at;
      end
      if (up) begin
        count_q <= count_q + {{COUNT_BITS-1{1'b0}}, 1'b1};
        valid_q <= 1'b1;
        more_q <= valid_q;
        full_q <= count_q == LAST[COUNT_BITS-1:0];
      end else if (down) begin
        count_q <= count_q - {{COUNT_BITS-1{1'b0}}, 1'b1};
        valid_q <= more_q;
        more_q <= (count_q != TWO[COUNT_BITS-1:0]) & more_q;
        full_q <= 1'b0;
      end
    end
  end

endmodule
