  // Memory behind AXI4. Bursts are served in their order.

  localparam QUEUE = 64; // bursts
  integer r_first = 0, r_count = 0, r_beat = 0;
  reg [ADDR-1:0] rq_addr [0:QUEUE-1];
  integer rq_beats [0:QUEUE-1];
  integer rq_due [0:QUEUE-1]; // not before
  integer w_first = 0, w_count = 0, w_beat = 0;
  reg [ADDR-1:0] wq_addr [0:QUEUE-1];
  integer wq_beats [0:QUEUE-1];
  integer b_first = 0, b_count = 0;
  reg [1:0] bq_resp [0:QUEUE-1];
  integer bq_due [0:QUEUE-1];
  reg r_taken = 1'b0, b_taken = 1'b0;

  task wrong;
    input [8*64-1:0] what;
    begin
      $display("error: %0s, cycle %0d", what, now);
      errors = errors + 1;
    end
  endtask

  // The place of a beat of a burst, or -1.
  function integer place_of;
    input [ADDR-1:0] addr;
    input integer beat;
    integer at;
    begin
      at = $signed({1'b0, addr[30:0]}) + beat*BUS;
      if ((addr >> 31) != (BASE >> 31) || at > BYTES - BUS) place_of = -1;
      else place_of = at;
    end
  endfunction

  // What an address channel must say.
  task check_burst;
    input [ADDR-1:0] addr;
    input [7:0] len;
    input [2:0] size;
    input [1:0] burst;
    integer page;
    integer bytes;
    begin
      page = $signed({20'd0, addr[11:0]});
      bytes = ($signed({24'd0, len}) + 1) * BUS;
      if (page % BUS != 0) wrong("a burst is not aligned");
      if (page + bytes > 4096) wrong("a burst crosses 4 KiB");
      if (burst != 2'd1 || (1 << size) != BUS) wrong("another kind or size of burst");
    end
  endtask

  task drive_memory;
    integer at, i;
    reg [63:0] any;
    begin
      if (r_taken) m_axi_rvalid = 1'b0;
      if (b_taken) m_axi_bvalid = 1'b0;
      r_taken = 1'b0;
      b_taken = 1'b0;
      m_axi_arready = r_count < QUEUE && below(8) >= pauses;
      m_axi_awready = w_count < QUEUE && below(8) >= pauses;
      m_axi_wready = w_count > 0 && b_count < QUEUE && below(8) >= pauses;
      // What is offered stays.
      if (!m_axi_rvalid && r_count > 0 && below(8) >= pauses && now >= rq_due[r_first]) begin
        at = place_of(rq_addr[r_first], r_beat);
        m_axi_rvalid = 1'b1;
        m_axi_rlast = r_beat + 1 == rq_beats[r_first];
        m_axi_rresp = (at < 0) ? 2'd3 : 2'd0;
        for (i = 0; i < BUS; i = i + 1) begin
          any = noise(1'b0);
          m_axi_rdata[8*i +: 8] = (at < 0) ? any[7:0] : memory[at + i];
        end
      end
      if (!m_axi_bvalid && b_count > 0 && below(8) >= pauses && now >= bq_due[b_first]) begin
        m_axi_bvalid = 1'b1;
        m_axi_bresp = bq_resp[b_first];
      end
    end
  endtask

  // What the engine offers, and whether it must go on to.
  localparam OFFER_A = ADDR + 8;
  localparam OFFER_W = 9*BUS + 1;
  reg ar_waits = 1'b0, aw_waits = 1'b0, w_waits = 1'b0;
  reg [OFFER_A-1:0] ar_offer, aw_offer;
  reg [OFFER_W-1:0] w_offer;

  task check_offers;
    begin
      if (ar_waits && (!m_axi_arvalid || ar_offer !== {m_axi_araddr, m_axi_arlen}))
        wrong("what is offered on AR changes");
      if (aw_waits && (!m_axi_awvalid || aw_offer !== {m_axi_awaddr, m_axi_awlen}))
        wrong("what is offered on AW changes");
      if (w_waits && (!m_axi_wvalid || w_offer !== {m_axi_wdata, m_axi_wstrb, m_axi_wlast}))
        wrong("what is offered on W changes");
      // Normal memory, bufferable, not cached; data, unprivileged, secure.
      if ({m_axi_arid, m_axi_arlock, m_axi_arcache, m_axi_arprot, m_axi_arqos} !== 13'b0011_0000000
          || {m_axi_awid, m_axi_awlock, m_axi_awcache, m_axi_awprot, m_axi_awqos} !== 13'b0011_0000000)
        wrong("what is constant is not");
      ar_waits = m_axi_arvalid && !m_axi_arready;
      aw_waits = m_axi_awvalid && !m_axi_awready;
      w_waits = m_axi_wvalid && !m_axi_wready;
      ar_offer = {m_axi_araddr, m_axi_arlen};
      aw_offer = {m_axi_awaddr, m_axi_awlen};
      w_offer = {m_axi_wdata, m_axi_wstrb, m_axi_wlast};
    end
  endtask

  task observe_reads;
    integer last;
    begin
      if (m_axi_arvalid && m_axi_arready) begin
        check_burst(m_axi_araddr, m_axi_arlen, m_axi_arsize, m_axi_arburst);
        last = (r_first + r_count) % QUEUE;
        rq_addr[last] = m_axi_araddr;
        rq_beats[last] = $signed({24'd0, m_axi_arlen}) + 1;
        rq_due[last] = now + latency;
        r_count = r_count + 1;
        moved = now;
        if (r_count > READS) wrong("too many reads under way");
      end
      if (m_axi_rvalid && m_axi_rready) begin
        r_taken = 1'b1;
        r_beat = r_beat + 1;
        moved = now;
        if (m_axi_rlast) begin
          r_beat = 0;
          r_first = (r_first + 1) % QUEUE;
          r_count = r_count - 1;
        end
      end
    end
  endtask

  task observe_writes;
    integer last, at, i;
    begin
      // A beat is one of the bursts before: its ready said that there is one.
      if (m_axi_wvalid && m_axi_wready) begin
        at = place_of(wq_addr[w_first], w_beat);
        w_beat = w_beat + 1;
        moved = now;
        if (at >= 0) begin
          for (i = 0; i < BUS; i = i + 1)
            if (m_axi_wstrb[i]) memory[at + i] = m_axi_wdata[8*i +: 8];
        end
        if (m_axi_wlast != (w_beat == wq_beats[w_first])) wrong("the last beat is not told");
        if (w_beat == wq_beats[w_first]) begin
          last = (b_first + b_count) % QUEUE;
          bq_resp[last] = (at < 0) ? 2'd3 : 2'd0;
          bq_due[last] = now + latency;
          b_count = b_count + 1;
          w_beat = 0;
          w_first = (w_first + 1) % QUEUE;
          w_count = w_count - 1;
        end
      end
      if (m_axi_awvalid && m_axi_awready) begin
        check_burst(m_axi_awaddr, m_axi_awlen, m_axi_awsize, m_axi_awburst);
        last = (w_first + w_count) % QUEUE;
        wq_addr[last] = m_axi_awaddr;
        wq_beats[last] = $signed({24'd0, m_axi_awlen}) + 1;
        w_count = w_count + 1;
        moved = now;
        if (w_count + b_count > WRITES) wrong("too many writes under way");
      end
      if (m_axi_bvalid && m_axi_bready) begin
        b_taken = 1'b1;
        b_first = (b_first + 1) % QUEUE;
        b_count = b_count - 1;
      end
    end
  endtask

