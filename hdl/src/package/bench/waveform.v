//: if waveform
  // The waveform: +waveform=FILE says where it goes. Verilator must be told
  // --trace or --trace-fst.
  reg [8*256-1:0] waveform;
  initial begin
    if (!$value$plusargs("waveform=%s", waveform)) waveform = "@BENCH@.vcd";
    $dumpfile(waveform);
    $dumpvars(0, @BENCH@);
  end

//: end
