  // The processor's side: accesses to registers, each channel when it likes.

  reg aw_wanted = 1'b0, w_wanted = 1'b0, ar_wanted = 1'b0; // to be taken yet
  reg b_seen = 1'b0, r_seen = 1'b0;
  reg [11:0] access_addr;
  reg [31:0] access_data;
  reg [1:0] access_resp;

  task drive_registers;
    begin
      if (!aw_wanted) s_axil_awvalid = 1'b0;
      else if (one_in(2)) s_axil_awvalid = 1'b1;
      if (!w_wanted) s_axil_wvalid = 1'b0;
      else if (one_in(2)) s_axil_wvalid = 1'b1;
      if (!ar_wanted) s_axil_arvalid = 1'b0;
      else if (one_in(2)) s_axil_arvalid = 1'b1;
      s_axil_awaddr = access_addr;
      s_axil_araddr = access_addr;
      s_axil_wdata = access_data;
      s_axil_wstrb = 4'b1111;
      s_axil_bready = one_in(2);
      s_axil_rready = one_in(2);
    end
  endtask

  task observe_registers;
    begin
      if (s_axil_awvalid && s_axil_awready) aw_wanted = 1'b0;
      if (s_axil_wvalid && s_axil_wready) w_wanted = 1'b0;
      if (s_axil_arvalid && s_axil_arready) ar_wanted = 1'b0;
      if (s_axil_bvalid && s_axil_bready) begin
        b_seen = 1'b1;
        access_resp = s_axil_bresp;
      end
      if (s_axil_rvalid && s_axil_rready) begin
        r_seen = 1'b1;
        access_resp = s_axil_rresp;
        access_data = s_axil_rdata;
      end
    end
  endtask

  // A cycle: drive after the rising edge, observe before the next one.
  task cycle;
    begin
      #1 drive_memory;
      drive_registers;
      #4 clk_i = 1'b0;
      #4 check_offers;
      observe_reads;
      observe_writes;
      observe_registers;
      now = now + 1;
      #1 clk_i = 1'b1;
    end
  endtask

  // Waits for a response; it comes, or the engine hangs.
  task respond;
    input is_write;
    integer left;
    begin
      left = 100;
      while (!(is_write ? b_seen : r_seen) && left > 0) begin
        cycle;
        left = left - 1;
      end
      if (left == 0) wrong("a register does not answer");
    end
  endtask

  task put;
    input [11:0] offset;
    input [31:0] value;
    begin
      access_addr = offset;
      access_data = value;
      aw_wanted = 1'b1;
      w_wanted = 1'b1;
      b_seen = 1'b0;
      respond(1'b1);
    end
  endtask

  // What a register reads, in access_data.
  task get;
    input [11:0] offset;
    begin
      access_addr = offset;
      ar_wanted = 1'b1;
      r_seen = 1'b0;
      respond(1'b0);
      if (access_resp != 2'd0) wrong("a read is refused");
    end
  endtask

  task put_right;
    input [11:0] offset;
    input [31:0] value;
    begin
      put(offset, value);
      if (access_resp != 2'd0) wrong("a write is refused");
    end
  endtask

  task expect_value;
    input [11:0] offset;
    input [31:0] value;
    begin
      get(offset);
      if (access_data !== value) begin
        $display("error: register 0x%03x reads 0x%08x, not 0x%08x", offset, access_data, value);
        errors = errors + 1;
      end
    end
  endtask

  // What the engine says of itself.
  task check_constants;
    begin
@CONSTANTS@
    end
  endtask

