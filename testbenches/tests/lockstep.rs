//! The comparison of mutants with an original tells those that nothing can notice from those that show.

use heddle_testbenches::mutation::equal::Verdict;
use heddle_testbenches::mutation::lockstep::Lockstep;

/// A queue of one word with a memory behind it, and faults that `mutsel` chooses.
const DESIGN: &str = "
module queue (
  input wire clk_i, rst_ni,
  input wire [3:0] mutsel,
  input wire push_i, pop_i,
  input wire [3:0] word_i,
  output wire valid_o,
  output wire [3:0] word_o,
  output wire [3:0] kept_o
);
  reg valid_q, once_q, never_q;
  reg [3:0] word_q, kept_q;
  reg [3:0] kept [0:7];
  wire push = push_i & !valid_q;
  assign valid_o = valid_q;
  // 1: the word shows where there is none; 2: it shows wrong.
  wire [3:0] word = (mutsel == 1) ? word_q : valid_q ? word_q : 4'd0;
  assign word_o = (mutsel == 2) ? word ^ 4'd1 : word;
  assign kept_o = kept_q;
  always @(posedge clk_i) begin
    if (push) word_q <= word_i;
    // 3: a register holds something else while nobody reads it.
    else if (mutsel == 3 & !valid_q) word_q <= 4'd5;
    // 4: the other way to say the same; 5: what never happens.
    valid_q <= (mutsel == 4) ? ((push | valid_q) & !(valid_q & pop_i)) : push | (valid_q & !pop_i);
    if (mutsel == 5 & never_q) valid_q <= 1'b1;
    once_q <= push | once_q;
    never_q <= never_q & once_q;
    // 6: it holds something else while it is read.
    if (mutsel == 6 & push_i & valid_q) word_q <= word_i;
    // 7: what is written to the memory; 8: the word that is not written.
    if (push) kept[word_i[2:0]] <= (mutsel == 7) ? 4'd0 : word_i;
    else if (mutsel == 8 & !push_i & push) kept[0] <= 4'd1;
    kept_q <= kept[valid_q ? word_q[2:0] : 3'd0];
    if (!rst_ni) begin
      valid_q <= 1'b0;
      once_q <= 1'b0;
      never_q <= 1'b0;
      // 9: the same after reset.
      word_q <= (mutsel == 9) ? 4'd3 : 4'd0;
    end
  end
endmodule
";

#[test]
fn what_can_be_noticed_is_told_from_what_cannot() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("design.v"), DESIGN).unwrap();
    let commands =
        "read_verilog design.v\nhierarchy -check -top queue\nproc\nmemory_collect\nflatten\n";
    let compared = Lockstep::of(commands, "rst_ni", dir.path()).unwrap();
    let of = |number| compared.verdict(number, 60, dir.path()).unwrap();
    for (number, verdict, place) in [
        (0, Verdict::Equal, ""),
        (1, Verdict::Different, "word_o"),
        (2, Verdict::Different, "word_o"),
        (3, Verdict::Equal, "word_q"),
        (4, Verdict::Equal, ""),
        (5, Verdict::Equal, ""),
        (6, Verdict::Different, "word_o"),
        // Whether what is written to a memory is seen is not looked into.
        (7, Verdict::Open, "a memory"),
        (8, Verdict::Equal, ""),
        (9, Verdict::Equal, "word_q"),
    ] {
        let found = of(number);
        assert_eq!(found.verdict, verdict, "{number}: {found:?}");
        assert!(found.place.contains(place), "{number}: {found:?}");
    }
}
