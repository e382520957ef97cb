// inside: heddle_masks
// A job that is refused is handed on from the cycle behind that in which it came, with its code, and nothing is read for it.
  reg f_past = 1'b0, f_refused;
  reg [7:0] f_code;
  wire f_comes = job_valid_i & job_ready_o;
  always @(posedge clk_i) begin
    f_past <= 1'b1;
    f_refused <= rst_ni & (f_comes ? |job_code_i : f_refused & !(job_valid_o & job_ready_i));
    if (f_comes) f_code <= job_code_i;
  end
  wire f_so = !f_refused | (busy_q & asks_q == 0 & awaits_q == 0 & failed_q & f_code != 0 & job_code_q == f_code);
  always @* begin
    // The read master answers what was asked, and nothing else.
    if (awaits_q == 0) assume (!beat_valid_i);
    if (f_past) assert (f_so);
    else if (rst_ni) assume (f_so);
    if (rst_ni & f_past & f_refused) assert (job_valid_o & job_code_o == f_code & !req_valid_o);
  end
