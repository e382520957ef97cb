//: if waveform
  // The waveform: +waveform=FILE says where it goes. Verilator must be told
  // --trace or --trace-fst.
  reg [8*256-1:0] waveform;
  integer waveform_file;
  initial begin
    if (!$value$plusargs("waveform=%s", waveform)) waveform = "@BENCH@.vcd";
    // Without a place for it a simulator may end, and call that success.
    waveform_file = $fopen(waveform, "w");
    if (waveform_file == 0) begin
      $display("FAIL: cannot write the waveform %0s", waveform);
`ifdef __ICARUS__
      $finish_and_return(1);
`else
      $stop;
`endif
    end else begin
      $fclose(waveform_file);
      $dumpfile(waveform);
      $dumpvars(0, @BENCH@);
    end
  end

//: end
