// inside: heddle_mask_walker
// A walk tells each index that is to be told once and in order, whether it is kept and becomes live, and in each
// cycle an index, or that a word without any is passed. Two words; f_mask and f_was are what the RAM has,
// whatever lies beyond the dimension. f_picked is an index that the solver picks.
  (* anyconst *) reg [63:0] f_mask;
  (* anyconst *) reg [63:0] f_was;
  (* anyconst *) reg [6:0] f_dim;
  (* anyconst *) reg f_masked, f_all, f_dense, f_resume, f_rises;
  (* anyconst *) reg [5:0] f_picked;
  reg f_past = 1'b0;
  reg f_busy, f_seen, f_any;
  reg [5:0] f_last;
  // Cycles since the start, up to four: when the first word is at work.
  reg [2:0] f_age;
  wire [63:0] f_in_dim = ~(64'd0) >> (7'd64 - f_dim);
  wire [63:0] f_kept = (f_mask | {64{!f_masked}}) & f_in_dim;
  wire [63:0] f_rising = (f_kept | {64{f_dense}}) & f_in_dim & {64{f_rises}};
  wire [63:0] f_before = f_was & {64{f_resume}};
  wire [63:0] f_told = (f_kept | {64{f_all}}) & f_in_dim;
  wire f_end = f_dim > 32;  // the last word
  always @(posedge clk_i) begin
    f_past <= 1'b1;
    if (!rst_ni) f_busy <= 1'b0;
    else if (start_i) f_busy <= 1'b1;
    else if (done_q) f_busy <= 1'b0;
    if (start_i | !rst_ni) begin
      f_seen <= 1'b0;
      f_any <= 1'b0;
      f_age <= 3'd0;
    end else begin
      if (told_q) begin
        f_any <= 1'b1;
        f_last <= index_q;
        if (index_q == f_picked) f_seen <= 1'b1;
      end
      if (f_age < 4) f_age <= f_age + 1;
    end
  end
  // What was told, with what is told now.
  wire f_seen_now = f_seen | (told_q & index_q == f_picked);
  wire f_any_now = f_any | told_q;
  wire [5:0] f_last_now = told_q ? index_q : f_last;
  wire f_word = f_picked[5];
  wire f_is_told = f_told[f_picked];
  wire [31:0] f_told_word = working_q ? f_told[63:32] : f_told[31:0];
  wire [31:0] f_above = 32'hfffffffe << f_last_now[4:0];
  wire f_line = reads_q | comes_q | works_q;
  wire [5:0] f_at = {passed_word_q, f_picked[4:0]};
  wire f_live = f_rising[f_at] | (f_before[f_at] & f_in_dim[f_at]);
  wire f_passed = passed_live_q[f_picked[4:0]];
  wire f_so = (!f_line | f_busy) & (!(told_q | passed_q | done_q) | f_busy)
      // The words follow each other.
      & (!reads_q | at_q <= f_end)
      & (!comes_q | (coming_q <= f_end & coming_last_q == (coming_q == f_end)))
      & (!works_q | (working_q <= f_end & working_last_q == (working_q == f_end)))
      & (!reads_q | !comes_q | (at_q & !coming_q))
      & (!comes_q | !works_q | (coming_q & !working_q))
      & (!reads_q | !works_q)
      & (!f_busy | !comes_q | coming_last_q | reads_q)
      & (!f_busy | !works_q | working_last_q | comes_q)
      & (!f_busy | f_line | done_q | f_age > 4)
      & !(f_line & done_q)
      & (!f_busy | last_index_q == f_dim - 7'd1)
      // How old the walk is.
      & (!reads_q | at_q | f_age == 0)
      & (!comes_q | coming_q | f_age == 1)
      & (!(f_busy & f_age == 0) | (reads_q & !at_q & !comes_q & !works_q))
      & (!(f_busy & f_age == 1) | (comes_q & !coming_q & !works_q))
      & (!(f_busy & f_age == 2) | (works_q & !working_q))
      & (!(f_busy & f_age < 3) | !(f_any | told_q | passed_q | done_q))
      & (!(f_busy & f_age >= 2) | works_q | done_q)
      & (!(f_busy & f_age >= 3) | told_q | passed_q)
      & (!done_q | (passed_q & passed_word_q == f_end))
      & (!passed_q | f_passed == f_live)
      & f_age <= 4
      // What is at work.
      & (!works_q | ((left_q & ~f_told_word) == 0
          & kept_q == (working_q ? f_kept[63:32] : f_kept[31:0])
          & fresh_q == (working_q ? f_rising[63:32] & ~f_before[63:32] : f_rising[31:0] & ~f_before[31:0])
          & live_q == (working_q ? f_rising[63:32] | (f_before[63:32] & f_in_dim[63:32])
              : f_rising[31:0] | (f_before[31:0] & f_in_dim[31:0]))))
      // The index that is picked is told, or still to be told.
      & (!(works_q & working_q == f_word) | left_q[f_picked[4:0]] == (f_is_told & !f_seen_now))
      & (!(f_busy & works_q & working_q < f_word) | !f_seen_now)
      & (!(f_busy & (reads_q | comes_q) & !works_q) | !f_any_now)
      & (!(f_busy & works_q & working_q > f_word) | f_seen_now == f_is_told)
      & (!done_q | f_seen_now == f_is_told)
      & (!f_seen_now | (f_any_now & f_is_told))
      // In order.
      & (!(works_q & f_any_now) | f_last_now[5] <= working_q)
      & (!(works_q & f_any_now & f_last_now[5] == working_q) | (left_q & ~f_above) == 0)
      & (!told_q | !f_any | index_q > f_last)
      & (!told_q | (f_told[index_q] & keep_q == f_kept[index_q]
          & rises_q == (f_rising[index_q] & !f_before[index_q])))
      & (!told_q | index_q != f_picked | !f_seen);
  always @* begin
    assume (f_dim != 0 & f_dim <= 64);
    assume (dim_i == f_dim & masked_i == f_masked & all_i == f_all & dense_i == f_dense
        & resume_i == f_resume & rises_i == f_rises);
    if (f_busy) assume (!start_i);
    if (comes_q) assume (mask_i == (coming_q ? f_mask[63:32] : f_mask[31:0])
        & live_i == (coming_q ? f_was[63:32] : f_was[31:0]));
    if (f_past) assert (f_so);
    else if (rst_ni) assume (f_so);
    if (rst_ni & (f_past | f_so) & f_busy) begin
      // In each cycle from the first word on an index, or the end of a word; the first in the fourth cycle.
      if (f_age >= 3) assert (told_q | passed_q);
      // Each index once, in order, and what is said of it.
      if (told_q & index_q == f_picked) assert (f_is_told & !f_seen);
      if (told_q & f_any) assert (index_q > f_last);
      if (told_q) assert (keep_q == f_kept[index_q] & rises_q == (f_rising[index_q] & !f_before[index_q]));
      if (done_q) assert (f_seen_now == f_is_told);
      if (done_q) assert (passed_q & passed_word_q == f_end);
      if (passed_q) assert (f_passed == f_live);
    end
  end
