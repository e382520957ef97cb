// A processor's accesses to registers over AXI4-Lite, each channel when it likes: the reads and writes of
// driver.c. Who includes this has said what the pins are, IN(pin) and OUT(pin), and has dut, BASE, cycle()
// and told(offset, data), what software is to see of a register.

static uint32_t noise() {
  static uint32_t state = 1;
  state = state * 1664525u + 1013904223u;
  return state >> 8;
}

// What was refused since it was last asked.
static bool refused = false;

extern "C" uint32_t bench_read(uintptr_t address) {
  IN(arvalid) = 1;
  IN(araddr) = address - BASE;
  IN(rready) = 0;
  while (dut->eval(), !OUT(arready)) cycle();
  cycle();
  IN(arvalid) = 0;
  for (uint32_t wait = noise() % 3; wait != 0; --wait) cycle();
  while (dut->eval(), !OUT(rvalid)) cycle();
  const uint32_t data = OUT(rdata);
  refused |= OUT(rresp) != 0;
  IN(rready) = 1;
  cycle();
  IN(rready) = 0;
  return told(address - BASE, data);
}

extern "C" void bench_write(uintptr_t address, uint32_t data) {
  IN(awaddr) = address - BASE;
  IN(wdata) = data;
  IN(wstrb) = 15;
  bool aw = true, w = true;
  while (aw || w) {
    IN(awvalid) = aw && noise() % 2;
    IN(wvalid) = w && noise() % 2;
    dut->eval();
    const bool took_aw = IN(awvalid) && OUT(awready);
    const bool took_w = IN(wvalid) && OUT(wready);
    cycle();
    aw = aw && !took_aw;
    w = w && !took_w;
  }
  IN(awvalid) = IN(wvalid) = 0;
  while (dut->eval(), !OUT(bvalid)) cycle();
  refused |= OUT(bresp) != 0;
  IN(bready) = 1;
  cycle();
  IN(bready) = 0;
}
