// Read ahead of Verilator's FST writer. That ends the whole program where a check of its own
// fails, as on a full disk; while a waveform is written, the shim keeps what failed, and the
// writer goes on with a file that takes nothing any more.
#if __has_include("fstcpp/fstcpp_assertion.h")
#include "fstcpp/fstcpp_assertion.h"

#include <cstdlib>

// Defined by the shim: whether it has taken note.
extern "C" __attribute__((weak, visibility("hidden"))) bool heddle_waveform_failed(const char* what);

static inline void heddle_fst_check(bool good, const char* what) {
    if (good) return;
    if (!heddle_waveform_failed || !heddle_waveform_failed(what)) std::abort();
}

#undef FST_CHECK
#undef FST_CHECK_EQ
#undef FST_CHECK_NE
#undef FST_CHECK_GT
#undef FST_CHECK_GE
#undef FST_CHECK_LT
#undef FST_CHECK_LE
#define FST_CHECK(a) heddle_fst_check(bool(a), #a)
#define FST_CHECK_EQ(a, b) heddle_fst_check((a) == (b), #a " == " #b)
#define FST_CHECK_NE(a, b) heddle_fst_check((a) != (b), #a " != " #b)
#define FST_CHECK_GT(a, b) heddle_fst_check((a) > (b), #a " > " #b)
#define FST_CHECK_GE(a, b) heddle_fst_check((a) >= (b), #a " >= " #b)
#define FST_CHECK_LT(a, b) heddle_fst_check((a) < (b), #a " < " #b)
#define FST_CHECK_LE(a, b) heddle_fst_check((a) <= (b), #a " <= " #b)
#endif
