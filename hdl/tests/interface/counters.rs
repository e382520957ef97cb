//! Counters and sticky flags: when they may be read, what `clear_i` does to work in flight,
//! where they begin and end.

use crate::cycles::{pack, Bench};
use crate::handshakes::{int8, weights, BEAT};
use heddle_format::Format;
use heddle_hdl::{ArrayConfig, Reset, COUNTERS_SETTLE};

const COUNTERS: [&str; 4] = ["cycles_o", "macs_o", "gated_o", "dropped_o"];

#[test]
fn clear_wants_an_idle_array() {
    // The cycles from the beat to the clear, and whether nothing is left behind.
    let exact = int8().latency() + COUNTERS_SETTLE;
    for (after, clean) in [(0, false), (1, false), (exact, true)] {
        let Some(mut bench) = Bench::new(int8()) else {
            return;
        };
        let [first, last] = weights();
        bench.cycle(&first);
        bench.cycle(&last);
        if after == 0 {
            bench.cycle(&[BEAT, &[("clear_i", 1)]].concat());
        } else {
            bench.cycle(BEAT);
            bench.idle(after - 1);
            bench.cycle(&[("clear_i", 1)]);
        }
        bench.idle(40);
        let seen = bench.run();
        let end = bench.now() - 1;
        let left: Vec<_> = COUNTERS.iter().map(|name| seen.known(end, name)).collect();
        assert_eq!(
            left == [0; 4],
            clean,
            "clear {after} cycles after: {left:?}"
        );
        assert!(left[1] == 0 || left[1] == 4, "{left:?}");
    }
}

#[test]
fn cycles_count_from_the_first_weights_after_a_clear() {
    for (clear_first, expected) in [(true, 2 + int8().latency() as u128 + 1), (false, 0)] {
        let Some(mut bench) = Bench::new(int8()) else {
            return;
        };
        let [first, last] = weights();
        if clear_first {
            bench.cycle(&[("clear_i", 1)]);
        }
        bench.cycle(&first);
        bench.cycle(&last);
        if !clear_first {
            bench.cycle(&[("clear_i", 1)]);
        }
        bench.cycle(BEAT);
        bench.idle(40);
        let seen = bench.run();
        let end = bench.now() - 1;
        assert_eq!(seen.known(end, "cycles_o"), expected);
        // What counts as useful is known from the weights, cleared or not.
        assert_eq!(seen.known(end, "macs_o"), 4);
    }
}

#[test]
fn counters_wrap_and_clear_puts_preload_back_unless_reset_is_asynchronous() {
    for reset in [Reset::Sync, Reset::None, Reset::Async] {
        let config = ArrayConfig {
            reset: Some(reset),
            ..int8()
        };
        let Some(mut bench) = Bench::new(config) else {
            return;
        };
        bench.preload = (1 << 48) - 1;
        let [first, last] = weights();
        bench.cycle(&first);
        bench.cycle(&last);
        bench.cycle(BEAT);
        bench.idle(40);
        let clear = bench.cycle(&[("clear_i", 1)]);
        bench.idle(1);
        let seen = bench.run();
        assert_eq!(seen.known(2, "macs_o"), (1 << 48) - 1, "{reset}");
        assert_eq!(
            seen.known(clear, "macs_o"),
            3,
            "{reset}: 2^48 - 1 + 4 wraps"
        );
        let again = if reset == Reset::Async {
            0
        } else {
            (1 << 48) - 1
        };
        assert_eq!(seen.known(clear + 1, "macs_o"), again, "{reset}");
    }
}

#[test]
fn overflow_may_be_read_in_the_cycle_after_its_sums() {
    let config = ArrayConfig {
        acc_bits: Some(16),
        ..ArrayConfig::new(1, 2, Format::Int8)
    };
    // Both columns overflow; kept are none, the first, the second.
    for keep in [0b00, 0b01, 0b10] {
        let Some(mut bench) = Bench::new(config) else {
            return;
        };
        bench.cycle(&[
            ("w_valid_i", 1),
            ("w_edge_i", 0),
            ("w_last_i", 1),
            ("w_keep_i", 1),
            ("w_top_i", 0x01_01),
            ("row_keep_i", 1),
            ("col_keep_i", keep),
        ]);
        let beat = bench.cycle(&[
            ("a_valid_i", 1),
            ("a_first_i", 1),
            ("a_keep_i", 1),
            ("a_i", 1),
            ("c_i", pack(&[32767, 32767], 16)),
        ]);
        bench.idle(20);
        let clear = bench.cycle(&[("clear_i", 1)]);
        bench.idle(1);
        let seen = bench.run();
        let out = beat + config.latency();
        assert_eq!(seen.cycles("s_valid_o"), [out]);
        let told: Vec<_> = (out + 1..=clear).filter(|_| keep != 0).collect();
        assert_eq!(seen.cycles("ovf_o"), told, "kept {keep:02b}");
    }
}
