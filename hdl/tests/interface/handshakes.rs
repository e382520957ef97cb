//! Offers that are withdrawn, refused or frozen, and when inputs must arrive.

use crate::cycles::{pack, Bench, Inputs};
use heddle_format::Format;
use heddle_hdl::{ArrayConfig, Dataflow, Gating};

/// Two rows of weights, 1 2 and 3 4.
pub fn weights() -> [Vec<(&'static str, u128)>; 2] {
    [[1, 2], [3, 4]].map(|row| {
        vec![
            ("w_valid_i", 1),
            ("w_edge_i", 0),
            ("w_last_i", u128::from(row[0] == 3)),
            ("w_keep_i", 1),
            ("w_top_i", pack(&row, 8)),
            ("row_keep_i", 0b11),
            ("col_keep_i", 0b11),
        ]
    })
}

/// A beat of activations 5 and 6 with seeds 100 and -100: the sums are 123 and -66.
pub const BEAT: Inputs<'static> = &[
    ("a_valid_i", 1),
    ("a_first_i", 1),
    ("a_keep_i", 1),
    ("a_i", 0x06_05),
    ("c_i", 0xffff_ff9c_0000_0064),
];
pub const SUMS: [Option<u128>; 2] = [Some(123), Some(0xffff_ffbe)];

pub fn int8() -> ArrayConfig {
    ArrayConfig::new(2, 2, Format::Int8)
}

#[test]
fn a_valid_may_be_withdrawn_and_only_sets_wait() {
    let Some(mut bench) = Bench::new(int8()) else {
        return;
    };
    // Refused for want of weights, with other values, and gone.
    let offered = bench.cycle(&[
        ("a_valid_i", 1),
        ("a_first_i", 1),
        ("a_keep_i", 1),
        ("a_i", 0x7f7f),
        ("c_i", 0),
    ]);
    bench.idle(3);
    let [first, last] = weights();
    bench.cycle(&first);
    bench.cycle(&last);
    // Weights of the next tile, refused while this one waits for its swap, and gone.
    let refused = bench.cycle(&first);
    bench.idle(3);
    let beat = bench.cycle(BEAT);
    bench.idle(30);
    let seen = bench.run();
    assert_eq!(seen.known(offered, "a_ready_o"), 0);
    assert_eq!(seen.known(offered, "wait_o"), 0);
    assert_eq!(seen.known(offered + 1, "wait_o"), 1);
    assert_eq!(seen.known(refused, "w_ready_o"), 0);
    let latency = int8().latency();
    assert_eq!(seen.all_sums(), [(beat + latency, SUMS.to_vec())]);
    let end = bench.now() - 1;
    assert_eq!(seen.known(end, "macs_o"), 4);
    assert_eq!(seen.known(end, "wait_o"), 1);
}

#[test]
fn weights_withdrawn_leave_no_trace() {
    let Some(mut bench) = Bench::new(int8()) else {
        return;
    };
    let [first, last] = weights();
    bench.cycle(&first);
    bench.cycle(&last);
    bench.cycle(&first);
    bench.cycle(BEAT);
    bench.idle(20);
    let seen = bench.run();
    assert_eq!(seen.known(bench.now() - 1, "wait_o"), 0);
}

#[test]
fn a_frozen_array_takes_nothing_and_holds_its_sums() {
    let Some(mut bench) = Bench::new(int8()) else {
        return;
    };
    let frozen = bench.cycle(&[
        ("en_i", 0),
        ("a_valid_i", 1),
        ("a_first_i", 1),
        ("w_valid_i", 1),
    ]);
    let [first, last] = weights();
    bench.cycle(&first);
    bench.cycle(&last);
    let beat = bench.cycle(BEAT);
    let out = beat + int8().latency();
    bench.idle(out - beat - 1);
    let held = [("en_i", 0), ("clear_i", 1)];
    bench.cycle(&held);
    bench.cycle(&held);
    bench.idle(20);
    let seen = bench.run();
    for ready in ["w_ready_o", "a_ready_o"] {
        assert_eq!(seen.known(frozen, ready), 0);
    }
    // Two frozen cycles and the one in which the sums are taken.
    assert_eq!(seen.cycles("s_valid_o"), [out, out + 1, out + 2]);
    assert_eq!(seen.sums(out + 2), SUMS);
    let end = bench.now() - 1;
    assert_eq!(seen.known(end, "wait_o"), 0, "a frozen offer is none");
    assert_eq!(seen.known(end, "macs_o"), 4, "a frozen clear is none");
}

#[test]
fn with_clock_gates_inputs_must_arrive_before_the_clock_falls() {
    for (gating, late, works) in [
        (Gating::Enable, true, true),
        (Gating::ClockGate, false, true),
        (Gating::ClockGate, true, false),
    ] {
        let config = ArrayConfig { gating, ..int8() };
        let Some(mut bench) = Bench::new(config) else {
            return;
        };
        bench.late = late;
        let [first, last] = weights();
        bench.cycle(&first);
        bench.cycle(&last);
        bench.cycle(BEAT);
        bench.idle(20);
        let sums = bench.run().all_sums();
        let right = sums.len() == 1 && sums[0].1 == SUMS;
        assert_eq!(right, works, "{gating}, late {late}: {sums:?}");
    }
}

#[test]
fn an_output_stationary_word_beat_comes_from_the_top() {
    let config = ArrayConfig {
        dataflow: Dataflow::Both,
        ..ArrayConfig::new(1, 1, Format::Int8)
    };
    for (edge, right) in [(0, true), (1, false)] {
        let Some(mut bench) = Bench::new(config) else {
            return;
        };
        bench.cycle(&[
            ("x_valid_i", 1),
            ("x_last_i", 1),
            ("x_keep_i", 1),
            ("c_i", 10),
        ]);
        bench.cycle(&[
            ("w_valid_i", 1),
            ("w_edge_i", edge),
            ("w_os_i", 1),
            ("w_keep_i", 1),
            ("w_top_i", 3),
            ("w_left_i", 5),
            ("row_keep_i", 1),
            ("col_keep_i", 1),
        ]);
        bench.cycle(&[
            ("a_valid_i", 1),
            ("a_os_i", 1),
            ("a_flush_i", 0),
            ("a_first_i", 1),
            ("a_keep_i", 1),
            ("a_i", 7),
        ]);
        for _ in 0..2 {
            bench.cycle(&[
                ("x_valid_i", 1),
                ("x_last_i", 1),
                ("x_keep_i", 0),
                ("c_i", 0),
                ("a_valid_i", 1),
                ("a_os_i", 1),
                ("a_flush_i", 1),
                ("a_first_i", 0),
            ]);
            bench.idle(1);
        }
        bench.idle(12);
        let sums = bench.run().all_sums();
        let kept: Vec<_> = sums.into_iter().filter_map(|(_, sums)| sums[0]).collect();
        assert_eq!(kept == [31], right, "edge {edge}: {kept:?}");
    }
}
