//! What the interface promises to the array (`hdl/INTERFACE.md`), as assumptions for proofs.

use heddle_hdl::{ArrayConfig, Dataflow};

/// Verilog for the body of a module that has the inputs of an array of `config` and its outputs
/// `w_ready_o`, `a_ready_o` and, if it has one, `x_ready_o` as `w_ready`, `a_ready` and `x_ready`.
/// Nothing is assumed of cycles in which `en_i` or the valid bit is low.
///
/// - A weight-stationary tile has no more words than the array has lanes, and ends; edge and masks are
///   held; a row or column is kept if and only if its word is; lanes without a word are not kept.
/// - A word of an output-stationary tile comes from the top and between tiles.
/// - After reset, a first beat is accepted before all other weight-stationary beats.
/// - The turns of an output-stationary beat or of an exchanged row are alike; no more rows are
///   exchanged than there are; a beat's k is kept if and only if its word's is. Of both dataflows: a
///   run begins with a first beat, and a flush finds no kept seeds. Narrower than the interface: with
///   several phases `clear_i` never comes.
pub fn assumptions(config: &ArrayConfig) -> String {
    match (config.dataflow.has_ws(), config.dataflow.has_os()) {
        (true, true) => stationary_weights(config) + &stationary_sums(config),
        (true, false) => stationary_weights(config),
        _ => stationary_sums(config),
    }
}

/// What is said of output-stationary tiles.
fn stationary_sums(config: &ArrayConfig) -> String {
    let (rows, phases) = (config.rows, config.phases());
    let both = config.dataflow == Dataflow::Both;
    let (os_word, os_beat) = match both {
        true => ("w_os_i", "a_os_i"),
        false => ("1'b1", "1'b1"),
    };
    let of_runs = match both {
        true => {
            "    if (en_i & a_valid_i & a_os_i & !a_flush_i & !a_first_i) assume (running[a_turn]);
    if (en_i & a_valid_i & a_os_i & a_flush_i) begin
      assume (!seeds_kept[a_turn]);
      if (en_i & x_valid_i & x_turn == a_turn) assume (x_keep_i == 0);
    end
"
        }
        false => "",
    };
    let of_clear = match phases > 1 {
        true => "    if (en_i) assume (!clear_i);\n",
        false => "",
    };
    format!(
        "  reg [2:0] a_turn, x_turn;
  reg [8:0] x_row;
  reg first_q, flush_q, last_q, word_kept;
  reg [{phases}-1:0] running, seeds_kept;
  always @* begin
    if (en_i & a_valid_i & {os_beat} & a_turn != 0)
      assume (a_first_i == first_q & a_flush_i == flush_q);
    if (en_i & a_valid_i & {os_beat} & !a_flush_i) assume (a_keep_i == word_kept);
    if (en_i & x_valid_i & x_turn != 0) assume (x_last_i == last_q);
    if (en_i & x_valid_i & x_row == {rows} - 1) assume (x_last_i);
{of_runs}{of_clear}  end
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      a_turn <= 0;
      x_turn <= 0;
      x_row <= 0;
      word_kept <= 0;
      running <= 0;
      seeds_kept <= 0;
    end else begin
      if (w_valid_i & w_ready & {os_word}) word_kept <= w_keep_i;
      if (x_valid_i & x_ready) begin
        x_turn <= x_turn == {phases} - 1 ? 0 : x_turn + 1;
        last_q <= x_last_i;
        if (x_turn == {phases} - 1) x_row <= x_last_i ? 0 : x_row + 1;
        if (x_keep_i != 0) seeds_kept[x_turn] <= 1;
      end
      if (a_valid_i & a_ready & {os_beat}) begin
        a_turn <= a_turn == {phases} - 1 ? 0 : a_turn + 1;
        first_q <= a_first_i;
        flush_q <= a_flush_i;
        if (a_first_i | a_flush_i) begin
          running[a_turn] <= !a_flush_i;
          seeds_kept[a_turn] <= 0;
        end
      end
    end
  end
"
    )
}

/// What is said of weight-stationary tiles.
fn stationary_weights(config: &ArrayConfig) -> String {
    let os = config.dataflow.has_os();
    let (os_word, os_beat) = match os {
        true => ("w_os_i", "a_os_i"),
        false => ("1'b0", "1'b0"),
    };
    let (rows, cols) = (config.rows, config.cols);
    let lane = |edge: &str, lanes: usize, mask: &str| {
        (0..lanes)
            .map(|lane| {
                format!(
                    "    if ({edge} & words == {lane}) lane_kept = {mask}[{lane}];\n    \
                     if ({edge} & words < {lane} & {mask}[{lane}]) later_kept = 1;\n"
                )
            })
            .collect::<String>()
    };
    format!(
        "  reg [8:0] words;
  reg edge_q, started;
  reg [{rows}-1:0] rows_q;
  reg [{cols}-1:0] cols_q;
  reg lane_kept, later_kept;
  always @* begin
    lane_kept = 0;
    later_kept = 0;
{top}{left}    if (en_i & a_valid_i & !{os_beat} & !a_first_i) assume (started);
    if (en_i & w_valid_i & {os_word}) assume (!w_edge_i & words == 0);
    if (en_i & w_valid_i & !{os_word}) begin
      assume (words < (w_edge_i ? {cols} : {rows}));
      assume (w_keep_i == lane_kept);
      if (w_last_i) assume (!later_kept);
      if (words + 1 == (w_edge_i ? {cols} : {rows})) assume (w_last_i);
      if (words != 0) begin
        assume (w_edge_i == edge_q);
        assume (row_keep_i == rows_q);
        assume (col_keep_i == cols_q);
      end
    end
  end
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      words <= 0;
      started <= 0;
    end else begin
      if (a_valid_i & a_ready & a_first_i & !{os_beat}) started <= 1;
      if (w_valid_i & w_ready) begin
        words <= w_last_i | {os_word} ? 0 : words + 1;
        edge_q <= w_edge_i;
        rows_q <= row_keep_i;
        cols_q <= col_keep_i;
      end
    end
  end
",
        top = lane("!w_edge_i", rows, "row_keep_i"),
        left = lane("w_edge_i", cols, "col_keep_i"),
    )
}
