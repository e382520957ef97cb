// The networks of kept units: JOIN brings each kept unit of a word to its rank among them, else PART brings units from
// their ranks to the places of the kept ones; how many are kept is counted.
module engine_join #(
  parameter integer UNITS = 16,
  parameter integer LEVELS = 4
) (
  input wire [UNITS-1:0] kept_i,
  input wire [UNITS-1:0] data_i
);
  wire [UNITS*LEVELS-1:0] fall;
  wire [LEVELS:0] count;
  wire [UNITS-1:0] moved;
  heddle_ranks #(.UNITS(UNITS), .LEVELS(LEVELS)) ranks (.kept_i(kept_i), .fall_o(fall), .count_o(count));
`ifdef JOIN
  heddle_join_units #(.UNITS(UNITS), .LEVELS(LEVELS), .BITS(1)) dut (.fall_i(fall), .data_i(data_i), .data_o(moved));
`else
  heddle_part_units #(.UNITS(UNITS), .LEVELS(LEVELS), .BITS(1)) dut (.fall_i(fall), .data_i(data_i), .data_o(moved));
`endif

  // Ranks by counting from below.
  integer unit, rank;
  always @* begin
    rank = 0;
    for (unit = 0; unit < UNITS; unit = unit + 1) begin
      if (kept_i[unit]) begin
`ifdef JOIN
        assert (moved[rank] == data_i[unit]);
`else
        assert (moved[unit] == data_i[rank]);
`endif
        rank = rank + 1;
      end
    end
    assert (count == rank);
  end
endmodule
