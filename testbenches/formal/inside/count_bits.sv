// inside: heddle_counters
// What is added to a counter has 17 bits, as count.sv takes for granted: the 18th is 0.
  wire [17:0] f_macs = @PORT:u_macs.add_i@;
  wire [17:0] f_gated = @PORT:u_gated.add_i@;
  wire [17:0] f_dropped = @PORT:u_dropped.add_i@;
  wire [17:0] f_cycles = @PORT:u_cycles.add_i@;
  always @* assert (!f_macs[17] & !f_gated[17] & !f_dropped[17] & !f_cycles[17]);
