// inside: top
// A stage hands on each job that it took once, in their order, and none that it did not take; no more than HOLDS are in it.
`ifndef GOES
`define GOES job_valid_o & job_ready_i
`define NUMBER job_index_o
`endif
`ifndef COMES
`define COMES job_valid_i & job_ready_o
`define CAME job_index_i
`endif
  (* anyconst *) reg [4:0] f_picked;
  reg [4:0] f_came = 5'd0, f_went = 5'd0;
  reg [15:0] f_number;
  reg f_reset = 1'b0;
  wire f_comes = `COMES;
  wire f_goes = `GOES;
  wire [4:0] f_holds = f_came - f_went;
  always @(posedge clk_i) begin
    f_reset <= 1'b1;
    if (rst_ni) begin
      f_came <= f_came + f_comes;
      f_went <= f_went + f_goes;
      if (f_comes & f_came == f_picked) f_number <= `CAME;
    end
  end
  always @* begin
    assume (rst_ni == f_reset);
    if (rst_ni) begin
      assert (f_holds <= `HOLDS);
      if (f_goes) assert (f_holds != 0);
      if (f_goes & f_went == f_picked) assert (`NUMBER == f_number);
    end
  end
