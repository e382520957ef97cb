module {name} #(
  parameter UNITS = 2,  // how many units, a power of two, 2 or more
  parameter LEVELS = 1  // clog2(UNITS)
) (
  input  wire [UNITS-1:0] kept_i,  // kept units

  output wire [UNITS*LEVELS-1:0] fall_o,   // how many below a kept unit are dropped; of others 0
  output wire [LEVELS:0]         count_o   // how many are kept
);

  localparam WIDTH = LEVELS + 1;

  // Sums of ever longer stretches, of what is dropped up to and with each unit.
  reg [UNITS*WIDTH-1:0] dropped;
  reg [UNITS*LEVELS-1:0] fall;
  integer level, unit;

  always @(*) begin
    for (unit = 0; unit < UNITS; unit = unit + 1) begin
      dropped[unit*WIDTH +: WIDTH] = {{LEVELS{1'b0}}, !kept_i[unit]};
    end
    for (level = 0; level < LEVELS; level = level + 1) begin
      for (unit = UNITS - 1; unit >= (1 << level); unit = unit - 1) begin
        dropped[unit*WIDTH +: WIDTH] = dropped[unit*WIDTH +: WIDTH]
            + dropped[(unit-(1 << level))*WIDTH +: WIDTH];
      end
    end
    for (unit = 0; unit < UNITS; unit = unit + 1) begin
      fall[unit*LEVELS +: LEVELS] = dropped[unit*WIDTH +: LEVELS] & {LEVELS{kept_i[unit]}};
    end
  end

  assign fall_o = fall;
  assign count_o = {1'b1, {LEVELS{1'b0}}} - dropped[(UNITS-1)*WIDTH +: WIDTH];

endmodule
