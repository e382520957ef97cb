// A row that is not kept passes the sums unchanged, with the latency of a row that is: beat by
// beat, whatever the beats before and after it and the weights do.
//
// From an arbitrary state, with each cycle enabled: see frozen.sv. The multiplier is anything.
module gated_row #(
  parameter integer COLS = 2,
  parameter integer SUM = 32,
  parameter integer OPERAND = 8,
  parameter integer MUL = 1,
  parameter integer ADD = 1
) (
  input wire clk_i,
  input wire [OPERAND-1:0] act_i,
  input wire mac_i,
  input wire swap_i,
  input wire [OPERAND-1:0] west_i,
  input wire west_keep_i,
  input wire west_valid_i,
  input wire [COLS*OPERAND-1:0] north_i,
  input wire [COLS-1:0] north_keep_i,
  input wire [COLS-1:0] north_valid_i,
  input wire [COLS*SUM-1:0] sum_i,
  input wire [COLS-1:0] live_i,
  input wire [COLS-1:0] ovf_i
);
  wire [COLS*SUM-1:0] sum;
  wire [COLS-1:0] live, ovf;
  heddle_row #(.COLS(COLS)) dut (.clk_i(clk_i), .rst_ni(1'b1), .en_i(1'b1),
    .act_i(act_i), .mac_i(mac_i), .swap_i(swap_i),
    .west_i(west_i), .west_keep_i(west_keep_i), .west_valid_i(west_valid_i),
    .north_i(north_i), .north_keep_i(north_keep_i), .north_valid_i(north_valid_i),
    .south_o(), .south_keep_o(), .south_valid_o(),
    .sum_i(sum_i), .live_i(live_i), .sum_o(sum), .live_o(live)
`ifdef OVERFLOWS
    , .ovf_i(ovf_i), .ovf_o(ovf)
`endif
  );
`ifndef OVERFLOWS
  assign ovf = 0;
`endif

  // The beat's row bit comes to column c's adder c + 1 + MUL cycles after the row's edge.
  localparam integer WAY = COLS + MUL + ADD;
  reg [WAY-1:0] kept;
  always @(posedge clk_i) kept <= {kept, mac_i};

  reg [4:0] age = 0;
  always @(posedge clk_i) if (age != WAY + 1) age <= age + 1;

  genvar c;
  generate
    for (c = 0; c < COLS; c = c + 1) begin : column
      localparam integer LINE = SUM + 2;
      reg [ADD*LINE-1:0] line;
      always @(posedge clk_i) line <= {line, live_i[c], ovf_i[c], sum_i[c*SUM +: SUM]};
      wire [SUM-1:0] due = line[(ADD-1)*LINE +: SUM];
`ifdef OVERFLOWS
      wire [SUM-1:0] right = due;
      wire due_ovf = line[(ADD-1)*LINE + SUM];
`else
      // A NaN comes out as the one NaN that the hardware knows.
      wire nan = (due[30:23] == 8'hff) & (due[22:0] != 0);
      wire [SUM-1:0] right = nan ? 32'h7fc0_0000 : due;
      wire due_ovf = 0;
`endif
      always @* if (age == WAY + 1) begin
        assert (live[c] == line[ADD*LINE-1]);
        if (live[c] & !kept[c + MUL + ADD]) begin
          assert (sum[c*SUM +: SUM] == right);
          assert (ovf[c] == due_ovf);
        end
      end
    end
  endgenerate
endmodule
