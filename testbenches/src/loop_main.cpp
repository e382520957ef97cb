// A plain C++ main that drives a Verilated model, as one would write it by hand: the
// yardstick of the Rust loop. Compiled by Verilator's own makefile, with
//   model_inputs.inc   one line IN(member) per input but the clock
//   model_outputs.inc  one line OUT(member) per output
//   HEDDLE_CLOCK      the clock's member
//
// Arguments: the file of stimuli (32-bit words, one record per cycle) and the number
// of cycles. It prints a line once it has read them. For each line on standard input it
// drives them all once and prints the nanoseconds of CPU time and a checksum of all outputs
// of all cycles.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <vector>

#include "Vmodel.h"
#include "verilated.h"

template <typename T>
static inline void read_in(T& port, const uint32_t*& word) {
    port = static_cast<T>(*word++);
}
static inline void read_in(QData& port, const uint32_t*& word) {
    std::memcpy(&port, word, sizeof port);
    word += 2;
}
template <std::size_t N>
static inline void read_in(VlWide<N>& port, const uint32_t*& word) {
    std::memcpy(port.data(), word, N * sizeof *word);
    word += N;
}

static inline uint64_t mix(uint64_t sum, uint64_t value) { return (sum ^ value) * 0x100000001b3; }
template <typename T>
static inline void write_out(const T& port, uint64_t& sum) {
    sum = mix(sum, port);
}
template <std::size_t N>
static inline void write_out(const VlWide<N>& port, uint64_t& sum) {
    for (std::size_t i = 0; i < N; ++i) sum = mix(sum, port.data()[i]);
}

// Nanoseconds that this thread has spent on a CPU.
static int64_t thread_time() {
    timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const std::size_t cycles = std::strtoull(argv[2], nullptr, 10);
    std::vector<uint32_t> stimuli;
    if (FILE* const file = std::fopen(argv[1], "rb")) {
        std::fseek(file, 0, SEEK_END);
        stimuli.resize(std::ftell(file) / sizeof(uint32_t));
        std::rewind(file);
        if (std::fread(stimuli.data(), sizeof(uint32_t), stimuli.size(), file) != stimuli.size())
            return 1;
        std::fclose(file);
    } else {
        return 1;
    }

    std::puts("ready");
    std::fflush(stdout);

    VerilatedContext context;
    Vmodel top{&context};
    top.eval();
    char line[16];
    while (std::fgets(line, sizeof line, stdin)) {
        const int64_t start = thread_time();
        uint64_t sum = 0;
        const uint32_t* word = stimuli.data();
        for (std::size_t cycle = 0; cycle < cycles; ++cycle) {
#define IN(member) read_in(top.member, word);
#include "model_inputs.inc"
            top.HEDDLE_CLOCK = 0;
            top.eval();
            context.timeInc(1);
#define OUT(member) write_out(top.member, sum);
#include "model_outputs.inc"
            top.HEDDLE_CLOCK = 1;
            top.eval();
            context.timeInc(1);
        }
        const int64_t time = thread_time() - start;
        std::printf("%lld %llu\n", static_cast<long long>(time),
                    static_cast<unsigned long long>(sum));
        std::fflush(stdout);
    }
    top.final();
    return 0;
}
