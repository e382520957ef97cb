// The C driver and a program on top of it, at work on the Verilated engine: its reads and writes of registers
// go over AXI4-Lite, descriptors and operands lie in the memory behind AXI4. Usage: bench PROGRAM.so. Says
// PASS, or what is wrong.
#include "Vheddle_engine.h"
#include "heddle_engine.h"
#include "verilated.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <dlfcn.h>

static Vheddle_engine *dut;
static const uintptr_t BASE = 0x40000000;
// Memory, and where the engine sees it; guards stand around it.
static const uint64_t ADDRESS = 0x3080000000;
static const uint32_t MEMORY = 0x1000, GUARD = 64;
static uint8_t storage[GUARD + MEMORY + GUARD];
static const uint32_t BUS = 8;
static uint32_t cycles = 0;

static void fail(const char *what) {
  printf("FAIL: %s (cycle %u)\n", what, cycles);
  exit(1);
}

static uint32_t noise();

struct Burst {
  uint64_t at;
  uint32_t beats;
  bool bad;
};
static std::deque<Burst> reads, writes;
static std::deque<int> answers;

static uint8_t *place(uint64_t at) {
  return at >= ADDRESS && at + BUS <= ADDRESS + MEMORY ? storage + GUARD + (at - ADDRESS) : nullptr;
}

// Memory in a cycle: what it offers stays, what it takes it takes at random.
static void offer() {
  dut->m_axi_arready = noise() % 4 != 0;
  dut->m_axi_awready = noise() % 4 != 0;
  dut->m_axi_wready = !writes.empty() && noise() % 4 != 0;
  if (!dut->m_axi_rvalid && !reads.empty() && noise() % 4 != 0) {
    const Burst &burst = reads.front();
    const uint8_t *from = place(burst.at);
    uint64_t word = 0;
    if (from) memcpy(&word, from, BUS);
    dut->m_axi_rvalid = 1;
    dut->m_axi_rdata = word;
    dut->m_axi_rresp = from ? 0 : 3;
    dut->m_axi_rlast = burst.beats == 1;
  }
  if (!dut->m_axi_bvalid && !answers.empty() && noise() % 4 != 0) {
    dut->m_axi_bvalid = 1;
    dut->m_axi_bresp = answers.front();
  }
}

static bool r_taken = false, b_taken = false;

static void take() {
  if (dut->m_axi_wvalid && dut->m_axi_wready) {
    Burst &burst = writes.front();
    uint8_t *to = place(burst.at);
    burst.bad |= !to;
    for (uint32_t i = 0; to && i < BUS; ++i) {
      if (dut->m_axi_wstrb >> i & 1) to[i] = dut->m_axi_wdata >> (8 * i);
    }
    burst.at += BUS;
    if (--burst.beats == 0) {
      answers.push_back(burst.bad ? 3 : 0);
      writes.pop_front();
    }
  }
  if (dut->m_axi_arvalid && dut->m_axi_arready)
    reads.push_back({dut->m_axi_araddr, dut->m_axi_arlen + 1u, false});
  if (dut->m_axi_awvalid && dut->m_axi_awready)
    writes.push_back({dut->m_axi_awaddr, dut->m_axi_awlen + 1u, false});
  r_taken = dut->m_axi_rvalid && dut->m_axi_rready;
  if (r_taken) {
    reads.front().at += BUS;
    if (--reads.front().beats == 0) reads.pop_front();
  }
  b_taken = dut->m_axi_bvalid && dut->m_axi_bready;
  if (b_taken) answers.pop_front();
}

static void cycle() {
  offer();
  dut->eval();
  take();
  dut->clk_i = 1;
  dut->eval();
  dut->clk_i = 0;
  if (r_taken) dut->m_axi_rvalid = 0;
  if (b_taken) dut->m_axi_bvalid = 0;
  dut->eval();
  if (++cycles > 200000) fail("it never ends");
}

static uint32_t told(uint32_t, uint32_t data) { return data; }

#define IN(pin) dut->s_axil_##pin
#define OUT(pin) dut->s_axil_##pin
#include "lite.h"

typedef const char *Application(uintptr_t registers, uint8_t *memory, uint64_t address);

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  void *program = dlopen(argv[1], RTLD_NOW);
  if (!program) fail(dlerror());
  Application *application = (Application *)dlsym(program, "application");
  dut = new Vheddle_engine;
  for (int i = 0; i < 4; ++i) cycle();
  dut->rst_ni = 1;
  cycle();
  memset(storage, 0xa5, sizeof storage);
  const char *wrong = application(BASE, storage + GUARD, ADDRESS);
  if (wrong) fail(wrong);
  if (refused) fail("an access was refused");
  for (uint32_t i = 0; i < GUARD; ++i) {
    if (storage[i] != 0xa5 || storage[GUARD + MEMORY + i] != 0xa5) fail("a guard was written");
  }
  printf("PASS: %u cycles\n", cycles);
  return 0;
}
