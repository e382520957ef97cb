/* A driver for Heddle's engine, for programs without an operating system. C11, freestanding: it
 * allocates nothing, and needs no library.
 *
 * The processor is little endian, and sees memory as the engine does. Where it does not, or where
 * registers are not simply in memory, define these three before: */
#include "heddle_engine.h"

#ifndef HEDDLE_ENGINE_READ
/* Reads and writes a register at an address. */
#define HEDDLE_ENGINE_READ(address) (*(volatile uint32_t *)(address))
#define HEDDLE_ENGINE_WRITE(address, value) (*(volatile uint32_t *)(address) = (value))
#endif
#ifndef HEDDLE_ENGINE_FENCE
/* What was written to memory before is seen by the engine before what is written to registers
 * after. */
#define HEDDLE_ENGINE_FENCE() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#endif

/* A field of a register's value, and a value as a field. */
#define FIELD(value, name) \
  (((value) & HEDDLE_ENGINE_##name##_MASK) >> HEDDLE_ENGINE_##name##_SHIFT)

/* A word of a descriptor, whatever its members are. */
typedef uint32_t __attribute__((may_alias)) word_t;

_Static_assert(sizeof(struct heddle_engine_descriptor) == HEDDLE_ENGINE_DESC_BYTES,
               "a descriptor has no gaps");

static uint32_t get(const struct heddle_engine *engine, uint32_t offset) {
  return HEDDLE_ENGINE_READ(engine->registers + offset);
}

static void put(const struct heddle_engine *engine, uint32_t offset, uint32_t value) {
  HEDDLE_ENGINE_WRITE(engine->registers + offset, value);
}

static uint16_t head(const struct heddle_engine *engine) {
  return (uint16_t)FIELD(get(engine, HEDDLE_ENGINE_HEAD), HEAD_INDEX);
}

int heddle_engine_init(struct heddle_engine *engine, uintptr_t registers,
                       struct heddle_engine_descriptor *ring, uint64_t ring_address,
                       uint32_t ring_bits, uint32_t interrupts) {
  engine->registers = registers;
  engine->ring = ring;
  engine->ring_bits = ring_bits;
  if (get(engine, HEDDLE_ENGINE_ID) != HEDDLE_ENGINE_ID_VALUE) {
    return HEDDLE_ENGINE_NOT_AN_ENGINE;
  }
  if (FIELD(get(engine, HEDDLE_ENGINE_VERSION), VERSION_MAJOR) !=
      HEDDLE_ENGINE_VERSION_MAJOR_VALUE) {
    return HEDDLE_ENGINE_OTHER_VERSION;
  }
  const uint32_t addr_bits = FIELD(get(engine, HEDDLE_ENGINE_BUS), BUS_ADDR_BITS);
  const uint32_t most = FIELD(get(engine, HEDDLE_ENGINE_LIMITS), LIMITS_RING_BITS);
  if (ring_bits == 0 || ring_bits > most || ring_address % HEDDLE_ENGINE_DESC_BYTES != 0 ||
      (addr_bits < 64 && ring_address >> addr_bits != 0)) {
    return HEDDLE_ENGINE_BAD_RING;
  }
  put(engine, HEDDLE_ENGINE_CONTROL, HEDDLE_ENGINE_CONTROL_CLEAR_ERROR_MASK);
  if (!FIELD(get(engine, HEDDLE_ENGINE_STATUS), STATUS_IDLE)) {
    return HEDDLE_ENGINE_NOT_IDLE;
  }
  put(engine, HEDDLE_ENGINE_RING_BASE_LO, (uint32_t)ring_address);
  put(engine, HEDDLE_ENGINE_RING_BASE_HI, (uint32_t)(ring_address >> 32));
  put(engine, HEDDLE_ENGINE_RING_BITS, ring_bits);
  put(engine, HEDDLE_ENGINE_ACCESS, HEDDLE_ENGINE_ACCESS_REFUSED_MASK);
  put(engine, HEDDLE_ENGINE_CONTROL, HEDDLE_ENGINE_CONTROL_CLEAR_COUNTERS_MASK);
  (void)heddle_engine_interrupt(engine);
  put(engine, HEDDLE_ENGINE_IRQ_ENABLE, interrupts);
  put(engine, HEDDLE_ENGINE_CONTROL, HEDDLE_ENGINE_CONTROL_ENABLE_MASK);
  engine->tail = head(engine);
  return HEDDLE_ENGINE_OK;
}

int heddle_engine_submit(struct heddle_engine *engine,
                         const struct heddle_engine_descriptor *descriptor, uint16_t *index) {
  const uint32_t size = (uint32_t)1 << engine->ring_bits;
  const uint32_t pending = (uint16_t)(engine->tail - head(engine));
  if (pending >= size) {
    return HEDDLE_ENGINE_FULL;
  }
  const word_t *from = (const word_t *)descriptor;
  volatile word_t *to = (volatile word_t *)&engine->ring[engine->tail & (size - 1)];
  for (uint32_t word = 0; word < HEDDLE_ENGINE_DESC_BYTES / 4; ++word) {
    to[word] = from[word];
  }
  HEDDLE_ENGINE_FENCE();
  *index = engine->tail;
  engine->tail = (uint16_t)(engine->tail + 1);
  put(engine, HEDDLE_ENGINE_TAIL, engine->tail);
  return HEDDLE_ENGINE_OK;
}

int heddle_engine_is_done(const struct heddle_engine *engine, uint16_t index) {
  /* Numbers run free: what lies before the head by less than half of them is done. */
  const int done = (uint16_t)(head(engine) - index - 1) < 0x8000;
  HEDDLE_ENGINE_FENCE();
  return done;
}

int heddle_engine_wait(const struct heddle_engine *engine, uint16_t index) {
  while (!heddle_engine_is_done(engine, index)) {
    if (FIELD(get(engine, HEDDLE_ENGINE_STATUS), STATUS_HALTED)) {
      return heddle_engine_is_done(engine, index);
    }
  }
  return 1;
}

uint32_t heddle_engine_interrupt(const struct heddle_engine *engine) {
  const uint32_t happened = get(engine, HEDDLE_ENGINE_IRQ_STATUS);
  put(engine, HEDDLE_ENGINE_IRQ_STATUS, happened);
  return happened;
}

int heddle_engine_error(const struct heddle_engine *engine, struct heddle_engine_error *error) {
  if (!FIELD(get(engine, HEDDLE_ENGINE_STATUS), STATUS_HALTED)) {
    return 0;
  }
  const uint32_t record = get(engine, HEDDLE_ENGINE_ERROR);
  error->code = FIELD(record, ERROR_CODE);
  error->operand = FIELD(record, ERROR_OPERAND);
  error->response = FIELD(record, ERROR_RESPONSE);
  error->tag = (uint16_t)FIELD(record, ERROR_TAG);
  error->index = (uint16_t)FIELD(get(engine, HEDDLE_ENGINE_ERROR_INDEX), ERROR_INDEX_INDEX);
  error->address = (uint64_t)get(engine, HEDDLE_ENGINE_ERROR_ADDR_HI) << 32 |
                   get(engine, HEDDLE_ENGINE_ERROR_ADDR_LO);
  return 1;
}

void heddle_engine_clear_error(const struct heddle_engine *engine) {
  const uint32_t enable =
      get(engine, HEDDLE_ENGINE_CONTROL) & HEDDLE_ENGINE_CONTROL_ENABLE_MASK;
  put(engine, HEDDLE_ENGINE_CONTROL, enable | HEDDLE_ENGINE_CONTROL_CLEAR_ERROR_MASK);
}

int heddle_engine_refusal(const struct heddle_engine *engine,
                          struct heddle_engine_refusal *refusal) {
  const uint32_t last = get(engine, HEDDLE_ENGINE_ACCESS);
  if (!FIELD(last, ACCESS_REFUSED)) {
    return 0;
  }
  refusal->code = FIELD(last, ACCESS_CODE);
  refusal->address = FIELD(last, ACCESS_ADDRESS);
  refusal->write = FIELD(last, ACCESS_WRITE);
  refusal->count = FIELD(get(engine, HEDDLE_ENGINE_ACCESS_COUNT), ACCESS_COUNT_COUNT);
  put(engine, HEDDLE_ENGINE_ACCESS, HEDDLE_ENGINE_ACCESS_REFUSED_MASK);
  return 1;
}

uint64_t heddle_engine_counter(const struct heddle_engine *engine, uint32_t counter) {
  uint32_t high = get(engine, counter + 4);
  for (;;) {
    const uint32_t low = get(engine, counter);
    const uint32_t again = get(engine, counter + 4);
    if (again == high) {
      return (uint64_t)high << 32 | low;
    }
    high = again;
  }
}

void heddle_engine_clear_counters(const struct heddle_engine *engine) {
  const uint32_t enable =
      get(engine, HEDDLE_ENGINE_CONTROL) & HEDDLE_ENGINE_CONTROL_ENABLE_MASK;
  put(engine, HEDDLE_ENGINE_CONTROL, enable | HEDDLE_ENGINE_CONTROL_CLEAR_COUNTERS_MASK);
}

int heddle_engine_stop(const struct heddle_engine *engine) {
  put(engine, HEDDLE_ENGINE_CONTROL, 0);
  for (;;) {
    const uint32_t status = get(engine, HEDDLE_ENGINE_STATUS);
    if (FIELD(status, STATUS_IDLE)) {
      return HEDDLE_ENGINE_OK;
    }
    if (FIELD(status, STATUS_HALTED)) {
      return HEDDLE_ENGINE_NOT_IDLE;
    }
  }
}
