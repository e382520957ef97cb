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
  localparam [31:0] FULL = WORDS;

  reg [BITS-1:0] words_q [0:WORDS-1];  // the words
  reg [ADDRESS_BITS-1:0] push_at_q;    // where the next word goes
  reg [ADDRESS_BITS-1:0] pop_at_q;     // where the oldest word is
  reg [COUNT_BITS-1:0] count_q;        // how many words there are

  wire push = push_valid_i & push_ready_o;
  wire pop = pop_valid_o & pop_ready_i;

  assign push_ready_o = count_q != FULL[COUNT_BITS-1:0];
  assign pop_valid_o = count_q != {COUNT_BITS{1'b0}};
  assign pop_data_o = words_q[pop_at_q];

  // Words are not reset.
  always @(posedge clk_i) begin
    if (push) begin
      words_q[push_at_q] <= push_data_i;
    end
  end

  // Both places go round.
  always @(posedge clk_i/*edge*/) begin
    if (!rst_ni) begin
      push_at_q <= {ADDRESS_BITS{1'b0}};
      pop_at_q <= {ADDRESS_BITS{1'b0}};
      count_q <= {COUNT_BITS{1'b0}};
    end else begin
      if (push) begin
        push_at_q <= (push_at_q == LAST[ADDRESS_BITS-1:0]) ? {ADDRESS_BITS{1'b0}}
            : push_at_q + {{ADDRESS_BITS-1{1'b0}}, 1'b1};
      end
      if (pop) begin
        pop_at_q <= (pop_at_q == LAST[ADDRESS_BITS-1:0]) ? {ADDRESS_BITS{1'b0}}
            : pop_at_q + {{ADDRESS_BITS-1{1'b0}}, 1'b1};
      end
      if (push & !pop) begin
        count_q <= count_q + {{COUNT_BITS-1{1'b0}}, 1'b1};
      end else if (pop & !push) begin
        count_q <= count_q - {{COUNT_BITS-1{1'b0}}, 1'b1};
      end
    end
  end

endmodule
