// The C driver at work on the Verilated registers: its reads and writes go over AXI4-Lite. The bench is
// the engine behind them: it takes descriptors from the ring in memory and compares them with what was
// submitted. Usage: bench DRIVER.so. Says PASS, or what is wrong.
#include "Vheddle_engine_registers.h"
#include "heddle_engine.h"
#include "verilated.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <dlfcn.h>

static Vheddle_engine_registers *dut;
static const uintptr_t BASE = 0x40000000;
static const uint64_t RING_ADDRESS = 0x3080000080;
static const uint32_t RING_BITS = 3;
static heddle_engine_descriptor ring[1 << RING_BITS];

// The engine: jobs that were submitted and not seen yet, whether it takes none, or is never idle, what it
// did.
static std::deque<heddle_engine_descriptor> submitted;
static bool stands = false, busy = false;
static uint32_t delay = 0, jobs = 0, failed = 0, cycles = 0, irqs = 0;
// What the identification registers are made to read; 0: what they do.
static uint32_t forged_id = 0, forged_version = 0;

static void fail(const char *what) {
  printf("FAIL: %s (cycle %u)\n", what, cycles);
  exit(1);
}

static uint32_t noise();

// Each 13th job fails.
static bool fails(const heddle_engine_descriptor &job) { return (job.flags >> 16) % 13 == 12; }

static void engine() {
  const uint16_t pending = dut->tail_o - dut->head_i;
  dut->done_irq_i = 0;
  dut->job_i = 0;
  dut->error_valid_i = 0;
  dut->busy_i = !dut->idle_i;
  if (dut->enable_o && pending > (1u << RING_BITS)) fail("more descriptors than the ring has");
  if (busy) {
    dut->idle_i = 0;
    return;
  }
  if (stands || dut->halted_o || !dut->enable_o || pending == 0) {
    dut->idle_i = 1;
    return;
  }
  if (dut->idle_i) {
    dut->idle_i = 0;
    delay = noise() % 20;
    return;
  }
  if (delay-- != 0) return;
  if (dut->ring_base_o != RING_ADDRESS || dut->ring_bits_o != RING_BITS) fail("another ring");
  const auto &job = ring[dut->head_i % (1u << RING_BITS)];
  if (submitted.empty() || memcmp(&job, &submitted.front(), sizeof job) != 0) fail("another descriptor");
  submitted.pop_front();
  if (fails(job)) {
    dut->error_valid_i = 1;
    dut->error_code_i = HEDDLE_ENGINE_CODE_BUS;
    dut->error_operand_i = HEDDLE_ENGINE_OPERAND_B;
    dut->error_resp_i = 3;
    dut->error_tag_i = job.flags >> 16;
    dut->error_index_i = dut->head_i;
    dut->error_addr_i = job.b;
    ++failed;
  }
  dut->done_irq_i = (job.flags & HEDDLE_ENGINE_DESC_IRQ_MASK) != 0;
  irqs += dut->done_irq_i;
  dut->job_i = 1;
  dut->head_i = dut->head_i + 1;
  dut->idle_i = 1;
  ++jobs;
}

static void cycle() {
  dut->eval();
  engine();
  dut->eval();
  dut->clk_i = 1;
  dut->eval();
  dut->clk_i = 0;
  dut->eval();
  if (++cycles > 1000000) fail("it never ends");
}

// What software sees of a register.
static uint32_t told(uint32_t offset, uint32_t data) {
  if (offset == HEDDLE_ENGINE_ID && forged_id) return forged_id;
  if (offset == HEDDLE_ENGINE_VERSION && forged_version) return forged_version;
  return data;
}

#define IN(pin) dut->s_axil_##pin##_i
#define OUT(pin) dut->s_axil_##pin##_o
#include "lite.h"

static void is(bool right, const char *what) {
  if (!right) fail(what);
}

// The driver's functions.
#define FUNCTION(name) static decltype(&heddle_engine_##name) name
FUNCTION(init);
FUNCTION(submit);
FUNCTION(is_done);
FUNCTION(wait);
FUNCTION(interrupt);
FUNCTION(error);
FUNCTION(clear_error);
FUNCTION(refusal);
FUNCTION(counter);
FUNCTION(clear_counters);
FUNCTION(stop);

static void load(const char *path) {
  void *driver = dlopen(path, RTLD_NOW);
  if (!driver) fail(dlerror());
#define LOAD(name) name = (decltype(name))dlsym(driver, "heddle_engine_" #name)
  LOAD(init);
  LOAD(submit);
  LOAD(is_done);
  LOAD(wait);
  LOAD(interrupt);
  LOAD(error);
  LOAD(clear_error);
  LOAD(refusal);
  LOAD(counter);
  LOAD(clear_counters);
  LOAD(stop);
}

static int start(heddle_engine *engine, uint64_t address, uint32_t bits) {
  return init(engine, BASE, ring, address, bits, HEDDLE_ENGINE_IRQ_ENABLE_DONE_MASK |
              HEDDLE_ENGINE_IRQ_ENABLE_ERROR_MASK | HEDDLE_ENGINE_IRQ_ENABLE_ACCESS_MASK);
}

static void refuses_what_it_cannot(heddle_engine *engine) {
  is(start(engine, RING_ADDRESS, 0) == HEDDLE_ENGINE_BAD_RING, "a ring without size");
  is(start(engine, RING_ADDRESS, 9) == HEDDLE_ENGINE_BAD_RING, "a ring that is too large");
  is(start(engine, RING_ADDRESS + 64, 3) == HEDDLE_ENGINE_BAD_RING, "a ring that is not aligned");
  is(start(engine, RING_ADDRESS | 1ull << 40, 3) == HEDDLE_ENGINE_BAD_RING, "a ring that is nowhere");
  forged_id = 7;
  is(start(engine, RING_ADDRESS, 3) == HEDDLE_ENGINE_NOT_AN_ENGINE, "another identification");
  forged_id = 0;
  forged_version = 2 << 16;
  is(start(engine, RING_ADDRESS, 3) == HEDDLE_ENGINE_OTHER_VERSION, "another version");
  forged_version = 0;
  busy = true;
  is(start(engine, RING_ADDRESS, 3) == HEDDLE_ENGINE_NOT_IDLE, "an engine at work");
  busy = false;
}

// Takes what interrupts, as a handler would; the jobs that failed are told.
static uint32_t handled_errors = 0, handled_jobs = 0;
static void handle(heddle_engine *engine) {
  dut->eval();
  if (!dut->irq_o) return;
  const uint32_t happened = interrupt(engine);
  struct heddle_engine_error what;
  if (happened & HEDDLE_ENGINE_IRQ_STATUS_DONE_MASK) ++handled_jobs;
  if (happened & HEDDLE_ENGINE_IRQ_STATUS_ERROR_MASK) {
    is(error(engine, &what), "no error");
    is(what.code == HEDDLE_ENGINE_CODE_BUS && what.operand == HEDDLE_ENGINE_OPERAND_B, "another error");
    is(what.response == 3 && what.tag % 13 == 12, "another response or tag");
    is(what.address == (0x1000000000ull | (uint64_t)what.tag << 12), "another address");
    is(is_done(engine, what.index), "the job that failed is not done");
    clear_error(engine);
    is(!error(engine, &what), "the error stays");
    ++handled_errors;
  }
}

static void works(heddle_engine *engine) {
  const uint32_t all = 300;
  uint32_t tag = 0, full = 0;
  uint16_t index = 0;
  while (tag < all) {
    heddle_engine_descriptor job;
    uint32_t *word = (uint32_t *)&job;
    for (unsigned i = 0; i < sizeof job / 4; ++i) word[i] = noise();
    const uint32_t irq = tag % 4 == 3 ? HEDDLE_ENGINE_DESC_IRQ_MASK : 0;
    job.flags = tag << HEDDLE_ENGINE_DESC_TAG_SHIFT | irq;
    job.b = 0x1000000000ull | (uint64_t)tag << 12;
    stands = noise() % 8 == 0;
    submitted.push_back(job);
    const int said = submit(engine, &job, &index);
    if (said != HEDDLE_ENGINE_OK) {
      is(said == HEDDLE_ENGINE_FULL && submitted.size() >= (1u << RING_BITS) - 1, "not full");
      submitted.pop_back();
      stands = false;
      ++full;
      if (!submitted.empty() && noise() % 2) wait(engine, index);
    } else {
      is(!refused, "an access was refused");
      ++tag;
    }
    handle(engine);
  }
  stands = false;
  while (!wait(engine, index)) handle(engine);
  for (int i = 0; i < 20; ++i) cycle();
  handle(engine);
  is(submitted.empty() && jobs == all, "jobs are left");
  is(is_done(engine, 65530) && !is_done(engine, index + 1), "done when numbers ran over");
  is(full > 10 && failed == all / 13 && handled_errors == failed, "full rings or errors");
  is(irqs == all / 4 && handled_jobs > irqs / 2, "interrupts");
  dut->eval();
  is(!dut->irq_o, "the interrupt stays");
  is(counter(engine, HEDDLE_ENGINE_COUNT_JOBS) == all, "another count of jobs");
  is(counter(engine, HEDDLE_ENGINE_COUNT_BUSY) > all, "another count of cycles");
  clear_counters(engine);
  is(counter(engine, HEDDLE_ENGINE_COUNT_JOBS) == 0, "a count that was cleared");
  is(dut->enable_o, "disabled by a command");
}

static void tells_overflow(heddle_engine *engine) {
  dut->overflow_i = 1;
  cycle();
  dut->overflow_i = 0;
  cycle();
  dut->eval();
  is(!dut->irq_o, "an interrupt that is not enabled");
  is(interrupt(engine) == HEDDLE_ENGINE_IRQ_STATUS_OVERFLOW_MASK, "no overflow");
  is(interrupt(engine) == 0, "the overflow stays");
}

static void tells_refusals(heddle_engine *engine) {
  struct heddle_engine_refusal last;
  is(!refusal(engine, &last), "a refusal");
  bench_write(BASE + HEDDLE_ENGINE_RING_BITS, 3);
  bench_write(BASE + HEDDLE_ENGINE_HEAD, 0);
  is(refused && dut->irq_o, "nothing was refused");
  is(interrupt(engine) == HEDDLE_ENGINE_IRQ_STATUS_ACCESS_MASK, "another interrupt");
  is(refusal(engine, &last), "no refusal");
  is(last.code == HEDDLE_ENGINE_REFUSED_READ_ONLY && last.address == HEDDLE_ENGINE_HEAD, "another refusal");
  is(last.write == 1 && last.count == 2, "another kind or count of refusals");
  is(!refusal(engine, &last), "the refusal stays");
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  load(argv[1]);
  dut = new Vheddle_engine_registers;
  // Numbers run over while the bench runs.
  dut->head_i = 65500;
  dut->idle_i = 1;
  cycle();
  dut->rst_ni = 1;
  heddle_engine engine;
  refuses_what_it_cannot(&engine);
  is(start(&engine, RING_ADDRESS, RING_BITS) == HEDDLE_ENGINE_OK, "not started");
  is(!refused, "an access of init was refused");
  works(&engine);
  tells_overflow(&engine);
  tells_refusals(&engine);
  is(stop(&engine) == HEDDLE_ENGINE_OK && !dut->enable_o, "not stopped");
  printf("PASS: %u jobs, %u errors, %u cycles\n", jobs, failed, cycles);
  return 0;
}
