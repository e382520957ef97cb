/* Firmware of an accelerator, as an engineer would begin: products of int8 in each layout, a chain of
 * two, errors and what to do about them. Freestanding C99; the engine sees memory from `address` on,
 * this program at `memory`. Ends with what was wrong, or with 0. */
#include "heddle_engine.h"

enum { M = 5, K = 7, N = 6, RING_BITS = 2 };
/* Where things lie, as offsets. */
enum {
  RING = 0x0,
  MASK = 0x400,
  BIAS = 0x440,
  A = 0x500,
  B = 0x601,
  C = 0x700,
  OTHER_A = 0x900,
  OTHER_B = 0xa00,
  MEMORY = 0x1000
};

static struct heddle_engine engine;
static uint8_t *memory;
static uint64_t address;
static int32_t expected[M][N];

static int8_t operand(uint32_t at, uint32_t index) {
  return (int8_t)memory[at + index];
}

static void fill(void) {
  uint32_t state = 12345;
  for (uint32_t i = MASK; i < MEMORY; ++i) {
    state = state * 1664525u + 1013904223u;
    memory[i] = (uint8_t)(state >> 24);
  }
}

/* Rows are as long as they are wide: A[M][K], B[K][N], TN: A[K][M], NT: B[N][K]. */
static void multiply(uint32_t layout, uint32_t a, uint32_t b, uint8_t keep) {
  for (uint32_t m = 0; m < M; ++m) {
    for (uint32_t n = 0; n < N; ++n) {
      for (uint32_t k = 0; k < K; ++k) {
        const int8_t left = operand(a, layout == HEDDLE_ENGINE_LAYOUT_TN ? k * M + m : m * K + k);
        const int8_t right = operand(b, layout == HEDDLE_ENGINE_LAYOUT_NT ? n * K + k : k * N + n);
        if (keep >> k & 1) {
          expected[m][n] += left * right;
        }
      }
    }
  }
}

static int32_t word(uint32_t at) {
  return (int32_t)(memory[at] | (uint32_t)memory[at + 1] << 8 | (uint32_t)memory[at + 2] << 16 |
                   (uint32_t)memory[at + 3] << 24);
}

static int is_right(void) {
  for (uint32_t m = 0; m < M; ++m) {
    for (uint32_t n = 0; n < N; ++n) {
      if (word(C + (m * N + n) * 4) != expected[m][n]) {
        return 0;
      }
    }
  }
  return 1;
}

static void start_from(int bias) {
  for (uint32_t m = 0; m < M; ++m) {
    for (uint32_t n = 0; n < N; ++n) {
      expected[m][n] = bias ? word(BIAS + n * 4) : 0;
    }
  }
}

static struct heddle_engine_descriptor descriptor(uint32_t layout, uint32_t a, uint32_t b) {
  const struct heddle_engine_descriptor job = {
      .flags = layout << HEDDLE_ENGINE_DESC_LAYOUT_SHIFT |
               HEDDLE_ENGINE_POLICY_PACKED << HEDDLE_ENGINE_DESC_POLICY_SHIFT |
               0x1234u << HEDDLE_ENGINE_DESC_TAG_SHIFT,
      .m = M,
      .k = K,
      .n = N,
      .a = address + a,
      .b = address + b,
      .c = address + C,
      .a_stride = layout == HEDDLE_ENGINE_LAYOUT_TN ? M : K,
      .b_stride = layout == HEDDLE_ENGINE_LAYOUT_NT ? K : N,
      .c_stride = N * 4,
  };
  return job;
}

/* Submits a job, and waits for it if it is the last one. */
static int run(const struct heddle_engine_descriptor *job, int last) {
  uint16_t index;
  if (heddle_engine_submit(&engine, job, &index) != HEDDLE_ENGINE_OK) {
    return 0;
  }
  return !last || heddle_engine_wait(&engine, index);
}

/* FP: a mask of k, one row of C0 for all. */
static int forward(void) {
  struct heddle_engine_descriptor job = descriptor(HEDDLE_ENGINE_LAYOUT_NN, A, B);
  job.flags |= HEDDLE_ENGINE_DESC_C0_MASK | HEDDLE_ENGINE_DESC_MASK_K_MASK;
  job.c0_base = address + BIAS;
  job.k_mask = address + MASK;
  memory[MASK] = 0x5b;
  start_from(1);
  multiply(HEDDLE_ENGINE_LAYOUT_NN, A, B, 0x5b);
  return run(&job, 1) && is_right();
}

/* BP. */
static int backward(void) {
  const struct heddle_engine_descriptor job = descriptor(HEDDLE_ENGINE_LAYOUT_NT, A, B);
  start_from(0);
  multiply(HEDDLE_ENGINE_LAYOUT_NT, A, B, 0xff);
  return run(&job, 1) && is_right();
}

/* WG of two steps: the sums stay on chip between them. */
static int gradients(void) {
  struct heddle_engine_descriptor first = descriptor(HEDDLE_ENGINE_LAYOUT_TN, A, B);
  struct heddle_engine_descriptor second = descriptor(HEDDLE_ENGINE_LAYOUT_TN, OTHER_A, OTHER_B);
  first.flags |= HEDDLE_ENGINE_DESC_STAY_MASK;
  second.flags |= HEDDLE_ENGINE_DESC_RESUME_MASK;
  start_from(0);
  multiply(HEDDLE_ENGINE_LAYOUT_TN, A, B, 0xff);
  multiply(HEDDLE_ENGINE_LAYOUT_TN, OTHER_A, OTHER_B, 0xff);
  return run(&first, 0) && run(&second, 1) && is_right();
}

/* A job that fails, and what is told of it. */
static int fails(const struct heddle_engine_descriptor *job, uint32_t code, uint64_t where) {
  struct heddle_engine_error error;
  uint16_t index;
  if (heddle_engine_submit(&engine, job, &index) != HEDDLE_ENGINE_OK) {
    return 0;
  }
  while (!heddle_engine_error(&engine, &error)) {
  }
  if (error.code != code || error.index != index || error.tag != 0x1234 || error.address != where) {
    return 0;
  }
  if (!heddle_engine_is_done(&engine, index) || !is_right()) {
    return 0;
  }
  heddle_engine_clear_error(&engine);
  return !heddle_engine_error(&engine, &error);
}

/* A descriptor that cannot be done, and a bus error; the jobs behind them are done. */
static int recovers(void) {
  struct heddle_engine_descriptor job = descriptor(HEDDLE_ENGINE_LAYOUT_NN, A, B);
  job.k = 0;
  if (!fails(&job, HEDDLE_ENGINE_CODE_ZERO, 0) || !backward()) {
    return 0;
  }
  job = descriptor(HEDDLE_ENGINE_LAYOUT_NN, A, MEMORY);
  return fails(&job, HEDDLE_ENGINE_CODE_BUS, address + MEMORY) && gradients();
}

const char *application(uintptr_t registers, uint8_t *seen, uint64_t at);

const char *application(uintptr_t registers, uint8_t *seen, uint64_t at) {
  memory = seen;
  address = at;
  fill();
  if (heddle_engine_init(&engine, registers, (struct heddle_engine_descriptor *)(void *)(memory + RING),
                         address + RING, RING_BITS, 0) != HEDDLE_ENGINE_OK) {
    return "the engine does not start";
  }
  if (!forward()) {
    return "FP";
  }
  if (!backward()) {
    return "BP";
  }
  if (!gradients()) {
    return "WG";
  }
  if (!recovers()) {
    return "errors";
  }
  /* Three products of four jobs, two that fail, two products of three jobs behind them. */
  if (heddle_engine_counter(&engine, HEDDLE_ENGINE_COUNT_JOBS) != 9) {
    return "the count of jobs";
  }
  return heddle_engine_stop(&engine) == HEDDLE_ENGINE_OK ? 0 : "the engine does not stop";
}
