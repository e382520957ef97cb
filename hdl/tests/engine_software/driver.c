/* The driver, its accesses those of the bench. */
#include <stdint.h>
uint32_t bench_read(uintptr_t address);
void bench_write(uintptr_t address, uint32_t data);
#define HEDDLE_ENGINE_READ(address) bench_read(address)
#define HEDDLE_ENGINE_WRITE(address, value) bench_write(address, value)
#include "heddle_engine.c"
