/* The driver. An engine, and the ring that the driver keeps for it; one thread at a time. */
struct heddle_engine {
  uintptr_t registers;                             /* address of its registers */
  volatile struct heddle_engine_descriptor *ring;  /* the ring in memory */
  uint32_t ring_bits;                              /* the ring has 1 << ring_bits descriptors */
  uint16_t tail;                                   /* number of the next descriptor */
};

/* What went wrong with a job. */
struct heddle_engine_error {
  uint32_t code;     /* HEDDLE_ENGINE_CODE_... */
  uint32_t operand;  /* of a bus error: HEDDLE_ENGINE_OPERAND_... */
  uint32_t response; /* of a bus error: 2 SLVERR, 3 DECERR */
  uint16_t tag;      /* of the descriptor */
  uint16_t index;    /* its number */
  uint64_t address;  /* of a bus error: of the burst */
};

/* An access to a register that was refused. */
struct heddle_engine_refusal {
  uint32_t code;    /* HEDDLE_ENGINE_REFUSED_... */
  uint32_t address; /* offset of the register */
  uint32_t write;   /* 1: a write, 0: a read */
  uint32_t count;   /* how many there were, this one being the last */
};

/* What functions return that can fail. */
#define HEDDLE_ENGINE_OK 0
#define HEDDLE_ENGINE_NOT_AN_ENGINE (-1) /* another identification */
#define HEDDLE_ENGINE_OTHER_VERSION (-2) /* another major version of the interface */
#define HEDDLE_ENGINE_NOT_IDLE (-3)      /* jobs are under way */
#define HEDDLE_ENGINE_BAD_RING (-4)      /* the ring's size or address */
#define HEDDLE_ENGINE_FULL (-5)          /* the ring has no place */

#ifdef __cplusplus
extern "C" {
#endif

/* Takes an engine that is idle, gives it a ring of 1 << ring_bits descriptors at `ring`, which the
 * engine sees at ring_address, a multiple of 128; clears what was recorded and counted, enables.
 * `interrupts`: bits of HEDDLE_ENGINE_IRQ_ENABLE, 0 for polling. */
int heddle_engine_init(struct heddle_engine *engine, uintptr_t registers,
                       struct heddle_engine_descriptor *ring, uint64_t ring_address,
                       uint32_t ring_bits, uint32_t interrupts);

/* Puts a descriptor into the ring and rings the doorbell; its number goes to *index. */
int heddle_engine_submit(struct heddle_engine *engine,
                         const struct heddle_engine_descriptor *descriptor, uint16_t *index);

/* Whether the job with this number is done; it may have failed. */
int heddle_engine_is_done(const struct heddle_engine *engine, uint16_t index);

/* Waits until the job is done, or until the engine halts before it: 1 if it is done. */
int heddle_engine_wait(const struct heddle_engine *engine, uint16_t index);

/* What has happened, bits of HEDDLE_ENGINE_IRQ_STATUS, which are cleared. For the interrupt's
 * handler, before it looks at what is done. */
uint32_t heddle_engine_interrupt(const struct heddle_engine *engine);

/* Whether the engine is halted by an error, which is told. */
int heddle_engine_error(const struct heddle_engine *engine, struct heddle_engine_error *error);

/* Clears the error: the engine takes the next job. */
void heddle_engine_clear_error(const struct heddle_engine *engine);

/* Whether an access was refused; tells the last one, and clears the record. */
int heddle_engine_refusal(const struct heddle_engine *engine,
                          struct heddle_engine_refusal *refusal);

/* A counter: HEDDLE_ENGINE_COUNT_... */
uint64_t heddle_engine_counter(const struct heddle_engine *engine, uint32_t counter);

/* Sets all counters to 0. */
void heddle_engine_clear_counters(const struct heddle_engine *engine);

/* No more descriptors are fetched; waits for those that were, unless an error halts the engine:
 * HEDDLE_ENGINE_OK, or HEDDLE_ENGINE_NOT_IDLE. */
int heddle_engine_stop(const struct heddle_engine *engine);

#ifdef __cplusplus
}
#endif
