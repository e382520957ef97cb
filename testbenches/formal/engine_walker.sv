// A walk tells each index that is to be told once and in order, whether it is kept and becomes live, and in each
// cycle an index or a word without any. Masks of two words, and whatever lies beyond the dimension.
module engine_walker (
  input wire clk_i,
  input wire rst_ni,
  input wire start_i,
  input wire [6:0] dim_i,
  input wire masked_i,
  input wire all_i,
  input wire dense_i,
  input wire resume_i,
  input wire rises_i
);
  (* anyconst *) reg [63:0] mask;
  (* anyconst *) reg [63:0] was;
  (* anyconst *) reg [5:0] picked;

  wire read, word, valid, keep, fresh, live_valid, live_word, done;
  wire [5:0] index;
  wire [31:0] live;
  reg [31:0] mask_word, was_word;
  always @(posedge clk_i) if (read) begin
    mask_word <= word ? mask[63:32] : mask[31:0];
    was_word <= word ? was[63:32] : was[31:0];
  end

  // What is asked holds during the walk.
  reg busy = 0;
  reg [6:0] dim;
  reg masked, all, dense, resume, rises;
  wire start = start_i & !busy;
  heddle_mask_walker dut (.clk_i(clk_i), .rst_ni(rst_ni), .start_i(start), .dim_i(start ? dim_i : dim),
    .masked_i(masked), .all_i(all), .dense_i(dense), .resume_i(resume), .rises_i(rises),
    .read_o(read), .word_o(word), .mask_i(mask_word), .live_i(was_word),
    .index_valid_o(valid), .index_o(index), .keep_o(keep), .fresh_o(fresh),
    .live_valid_o(live_valid), .live_word_o(live_word), .live_o(live), .done_o(done));

  wire exists = {1'b0, picked} < dim;
  wire kept = exists & (!masked | mask[picked]);
  wire told = exists & (all | kept);
  wire before = resume & was[picked];
  wire rising = rises & exists & (kept | dense);

  reg seen = 0, any = 0, begun = 0, second = 0;
  reg [5:0] last;
  reg [2:0] idle = 0;
  always @(posedge clk_i) begin
    if (!rst_ni) begin
      busy <= 0;
      seen <= 0;
      any <= 0;
      begun <= 0;
      second <= 0;
      idle <= 0;
    end else if (start) begin
      busy <= 1;
      {dim, masked, all, dense, resume, rises} <= {dim_i, masked_i, all_i, dense_i, resume_i, rises_i};
      seen <= 0;
      any <= 0;
      begun <= 0;
      second <= 0;
      idle <= 0;
    end else if (busy) begin
      idle <= idle + 1;
      if (valid) begin
        last <= index;
        any <= 1;
        if (index == picked) seen <= 1;
      end
      if (valid | live_valid) begun <= 1;
      if (live_valid) second <= 1;
      if (done) busy <= 0;
    end
  end

  reg reset = 0;
  always @(posedge clk_i) reset <= 1;
  always @* begin
    if (!reset) assume (!rst_ni);
    assume (dim_i != 0 & dim_i <= 64);
    if (reset & rst_ni) begin
      if (busy) begin
        // One event in each cycle from the first on, which comes in the fourth cycle.
        if (begun) assert (valid | live_valid);
        if (!begun & (valid | live_valid)) assert (idle == 3);
        if (!begun) assert (idle <= 3);
        // A word without an index takes a cycle, others none but for their indices.
        if (live_valid & !valid) assert (!any | last[5] != live_word);
        if (valid) begin
          // In order, so none twice.
          if (any) assert (index > last);
          if (index == picked) begin
            assert (told & !seen);
            assert (keep == kept);
            assert (fresh == (rising & !before));
          end
        end
        if (live_valid) begin
          assert (live_word == second);
          if (live_word == picked[5]) begin
            assert (live[picked[4:0]] == (exists & (rising | before)));
            assert (seen | (valid & index == picked) | !told);
          end
        end
        if (done) assert (live_valid & (live_word == (dim > 32)));
        if (done & told) assert (seen | (valid & index == picked));
        if (live_valid & live_word == (dim > 32)) assert (done);
      end else begin
        assert (!valid & !live_valid & !done);
      end
    end
  end
endmodule
