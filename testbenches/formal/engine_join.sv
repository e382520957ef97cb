// The networks of kept units: each unit of a word comes to its rank among the kept ones, and from there back to
// its place; what is kept is counted.
module engine_join #(
  parameter integer UNITS = 16,
  parameter integer LEVELS = 4
) (
  input wire [UNITS-1:0] kept_i,
  input wire [UNITS-1:0] data_i
);
  wire [UNITS*LEVELS-1:0] fall;
  wire [LEVELS:0] count;
  wire [UNITS-1:0] joined, parted;
  heddle_ranks #(.UNITS(UNITS), .LEVELS(LEVELS)) ranks (.kept_i(kept_i), .fall_o(fall), .count_o(count));
  heddle_join_units #(.UNITS(UNITS), .LEVELS(LEVELS), .BITS(1)) join_units (.fall_i(fall), .data_i(data_i), .data_o(joined));
  heddle_part_units #(.UNITS(UNITS), .LEVELS(LEVELS), .BITS(1)) part_units (.fall_i(fall), .data_i(joined), .data_o(parted));

  // Ranks by counting from below.
  integer unit, rank;
  always @* begin
    rank = 0;
    for (unit = 0; unit < UNITS; unit = unit + 1) begin
      if (kept_i[unit]) begin
        assert (joined[rank] == data_i[unit]);
        assert (parted[unit] == data_i[unit]);
        rank = rank + 1;
      end
    end
    assert (count == rank);
  end
endmodule
