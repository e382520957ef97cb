// The C interface of a Verilated model. Compiled once per model, with
//   HEDDLE_MODEL      the model's class
//   HEDDLE_HEADER     the header that declares it
//   HEDDLE_CLOCK      the clock's member, if there is a clock
//   HEDDLE_TRACE      0 none, 1 VCD, 2 FST
//   HEDDLE_COVERAGE   0 or 1
// and heddle_ports.inc, one line PORT(member, width, is_output) per port.
//
// No C++ exception leaves this file: a function that can fail returns non-zero and
// keeps a message.

#include HEDDLE_HEADER
#include "verilated.h"
#if HEDDLE_TRACE == 1
#include "verilated_vcd_c.h"
using TraceFile = VerilatedVcdC;
#elif HEDDLE_TRACE == 2
#include "verilated_fst_c.h"
using TraceFile = VerilatedFstC;
#endif
#if HEDDLE_COVERAGE
#include "verilated_cov.h"
#endif

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>

#define HEDDLE_API extern "C" __attribute__((visibility("default")))

// Set while a waveform is written, to where an error belongs. Verilator's writer holds a lock,
// and closes its file in destructors, through which no exception may pass; after an error that
// returns it closes the file and goes on.
static thread_local std::string* waveform_error = nullptr;

// The runtime would end the whole program; an exception ends this model only.
void vl_fatal(const char* filename, int linenum, const char* hier, const char* msg) VL_MT_UNSAFE {
    std::string text = msg ? msg : "fatal error";
    if (filename && filename[0]) {
        text += " (" + std::string{filename} + ":" + std::to_string(linenum) + ")";
    }
    if (waveform_error) {
        // The first error says why; closing the file meets it again.
        if (waveform_error->empty()) *waveform_error = text;
        return;
    }
    throw std::runtime_error{text};
}

// What the checks in fst_checks.h call: whether a waveform is at fault.
extern "C" __attribute__((visibility("hidden"))) bool heddle_waveform_failed(const char* what) {
    if (!waveform_error) return false;
    if (waveform_error->empty()) {
        *waveform_error = std::string{"its writer wants "} + what + "; is there no room?";
    }
    return true;
}

void vl_finish(const char* filename, int linenum, const char* hier) VL_MT_UNSAFE {
    Verilated::threadContextp()->gotFinish(true);
}

namespace {

struct Port {
    void* storage;
    uint32_t width;
    uint32_t is_output;
};

template <typename T>
void* storage(T& scalar) {
    return &scalar;
}
template <std::size_t N>
void* storage(VlWide<N>& wide) {
    return wide.data();
}

const uint32_t PORTS = 0
#define PORT(member, width, is_output) +1
#include "heddle_ports.inc"
#undef PORT
    ;

struct Model {
    VerilatedContext context;
    std::unique_ptr<HEDDLE_MODEL> top;
    Port ports[PORTS ? PORTS : 1];
    std::string message;
#if HEDDLE_TRACE
    std::unique_ptr<TraceFile> trace;
#endif

    Model(bool randomize, int seed) {
        Verilated::threadContextp(&context);
        if (randomize) {
            context.randReset(2);
            context.randSeed(seed);
        }
#if HEDDLE_TRACE
        context.traceEverOn(true);
#endif
        top.reset(new HEDDLE_MODEL{&context, "TOP"});
        Port* port = ports;
#define PORT(member, width, is_output) *port++ = Port{storage(top->member), width, is_output};
#include "heddle_ports.inc"
#undef PORT
        // Runs the initial blocks, and lets the model see the clock low, without
        // which it would miss the first edge.
        top->eval();
    }

    void eval() {
        Verilated::threadContextp(&context);
        top->eval();
    }

#if HEDDLE_TRACE
    // Does something to the waveform; throws what went wrong, whatever the writer does.
    template <typename F>
    void traced(F action) {
        std::string error;
        waveform_error = &error;
        try {
            action();
        } catch (const std::exception& exception) {
            error = exception.what();
        } catch (...) {
            error = "unknown C++ exception";
        }
        waveform_error = nullptr;
        if (!error.empty()) throw std::runtime_error{"the waveform: " + error};
    }

    ~Model() {
        std::string ignored;
        waveform_error = &ignored;
        trace.reset();
        waveform_error = nullptr;
    }
#endif

#ifdef HEDDLE_CLOCK
    void clock(uint8_t level) {
        top->HEDDLE_CLOCK = level;
        eval();
#if HEDDLE_TRACE
        if (VL_UNLIKELY(trace)) traced([&] { trace->dump(context.time()); });
#endif
        context.timeInc(1);
    }
#endif

    template <typename F>
    int guarded(F action) {
        try {
            action();
            return 0;
        } catch (const std::exception& error) {
            message = error.what();
        } catch (...) {
            message = "unknown C++ exception";
        }
        return 1;
    }
};

}  // namespace

// Null on failure; the message is then in the given buffer.
HEDDLE_API Model* heddle_create(int randomize, int seed, char* message, std::size_t length) {
    const char* text = "unknown C++ exception";
    std::string kept;
    try {
        return new Model(randomize != 0, seed);
    } catch (const std::exception& error) {
        kept = error.what();
        text = kept.c_str();
    } catch (...) {}
    if (length) {
        std::strncpy(message, text, length - 1);
        message[length - 1] = '\0';
    }
    return nullptr;
}

HEDDLE_API void heddle_destroy(Model* model) {
    model->guarded([&] {
        Verilated::threadContextp(&model->context);
        model->top->final();
#if HEDDLE_TRACE
        if (model->trace) model->traced([&] { model->trace->close(); });
#endif
    });
    delete model;
}

HEDDLE_API uint32_t heddle_ports(Model* model, const Port** ports) {
    *ports = model->ports;
    return PORTS;
}

HEDDLE_API const char* heddle_message(Model* model) { return model->message.c_str(); }

HEDDLE_API uint64_t heddle_time(Model* model) { return model->context.time(); }

HEDDLE_API int heddle_finished(Model* model) { return model->context.gotFinish(); }

HEDDLE_API int heddle_eval(Model* model) {
    return model->guarded([&] { model->eval(); });
}

#ifdef HEDDLE_CLOCK
HEDDLE_API int heddle_clock(Model* model, uint8_t level) {
    return model->guarded([&] { model->clock(level); });
}

HEDDLE_API int heddle_cycle(Model* model) {
    return model->guarded([&] {
        model->clock(1);
        model->clock(0);
    });
}
#endif

#if HEDDLE_TRACE
HEDDLE_API int heddle_trace_open(Model* model, const char* path) {
    return model->guarded([&] {
        Verilated::threadContextp(&model->context);
        if (model->trace) model->traced([&] { model->trace->close(); });
        model->trace.reset(new TraceFile);
        model->top->trace(model->trace.get(), 99);
        model->traced([&] { model->trace->open(path); });
        if (!model->trace->isOpen()) {
            model->trace.reset();
            throw std::runtime_error{std::strerror(errno)};
        }
    });
}

HEDDLE_API int heddle_trace_flush(Model* model) {
    return model->guarded([&] {
        if (model->trace) model->traced([&] { model->trace->flush(); });
    });
}

HEDDLE_API int heddle_trace_close(Model* model) {
    return model->guarded([&] {
        if (!model->trace) return;
        model->traced([&] {
            model->trace->close();
            model->trace.reset();
        });
    });
}
#endif

#if HEDDLE_COVERAGE
HEDDLE_API int heddle_coverage_write(Model* model, const char* path) {
    return model->guarded([&] {
        Verilated::threadContextp(&model->context);
        model->context.coveragep()->write(path);
    });
}
#endif
