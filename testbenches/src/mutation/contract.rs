//! What the interface promises to the array (`hdl/INTERFACE.md`), as assumptions for proofs.

use heddle_hdl::ArrayConfig;

/// Verilog for the body of a module that has the inputs of an array of `config` and its outputs
/// `w_ready_o` and `a_ready_o` as `w_ready` and `a_ready`. Nothing is assumed of cycles in which
/// `en_i` or the valid bit is low.
///
/// - A weight-stationary tile has no more words than the array has lanes; edge and masks are
///   held; a row or column is kept if and only if its word is; lanes without a word are not kept.
/// - A word of an output-stationary tile comes from the top and between tiles.
/// - After reset, a first beat is accepted before all other weight-stationary beats.
pub fn assumptions(config: &ArrayConfig) -> String {
    let (ws, os) = (config.dataflow.has_ws(), config.dataflow.has_os());
    if !ws {
        // Each word is a tile by itself, with masks of its own.
        return String::new();
    }
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
