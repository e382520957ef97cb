module {name} #(
  parameter UNITS = 2,   // how many units, a power of two, 2 or more
  parameter LEVELS = 1,  // clog2(UNITS)
  parameter BITS = 1     // width of a unit, 1 or more
) (
  input  wire [UNITS*LEVELS-1:0] fall_i,  // how far each kept unit is from its rank, others 0
  input  wire [UNITS*BITS-1:0]   data_i,  // /*from*/
  output wire [UNITS*BITS-1:0]   data_o   // /*to*/
);

  // A unit goes its way in steps of powers of two, the smallest first, and what is left of the way
  // goes with it. No two meet: between two kept units there is room for as many as the ways differ.
  reg [2*UNITS*LEVELS-1:0] fall;
  reg [LEVELS*UNITS-1:0] moves;
  integer step, from;

  always @(*) begin
    fall = {{UNITS*LEVELS{1'b0}}, fall_i};
    for (step = 0; step < LEVELS; step = step + 1) begin
      for (from = 0; from < UNITS; from = from + 1) begin
        moves[step*UNITS+from] = fall[from*LEVELS+step];
        if (fall[(from+(1 << step))*LEVELS+step]) begin
          fall[from*LEVELS +: LEVELS] = fall[(from+(1 << step))*LEVELS +: LEVELS];
        end else if (moves[step*UNITS+from]) begin
          fall[from*LEVELS +: LEVELS] = {LEVELS{1'b0}};
        end
      end
    end
  end

  reg [UNITS*BITS-1:0] data;
  integer level, unit;

/*way*/

  assign data_o = data;

endmodule
