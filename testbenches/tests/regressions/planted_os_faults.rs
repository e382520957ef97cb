//! Negative control of output-stationary tiles: faults in the Verilog of an array with both
//! dataflows, each of which the very check must catch that passes without it.
//!
//! Two faults are not here, because they show nowhere but in power. A dead seed (its keep
//! bit is 0) that overwrites the held word: what it overwrites leaves in the same exchange,
//! and sums of dead seeds are unspecified. And a dropped k whose `a_keep_i` is lost (or
//! whose `w_keep_i` is): both say so, and either keeps the PE from adding.

use crate::planted_faults::{each_is_caught, options, Fault};
use heddle_array::port::ArrayPort;
use heddle_array::VerilatedArray;
use heddle_format::Format;
use heddle_gemm::Policy;
use heddle_hdl::{ArrayConfig, Dataflow};
use heddle_testbenches::batch::Batch;
use heddle_testbenches::stream::check_mapped;
use heddle_testbenches::{full, handshakes, mappings, resets};

/// On the way of seeds and sums through the PEs.
const SUMS: [Fault; 8] = [
    Fault {
        what: "an exchange in the wrong row",
        module: "heddle_turns",
        changes: &[(
            "{ROWS{exchange}} & row;",
            "{ROWS{exchange}} & {row[0], row[1]};",
        )],
    },
    Fault {
        what: "a turn that does not swap: the PE goes on holding the seed",
        module: "heddle_accumulator",
        changes: &[("wire turn = ring_i & !spin_i;", "wire turn = 1'b0;")],
    },
    Fault {
        what: "a ring that does not go round: the adder takes the chain",
        module: "heddle_accumulator",
        changes: &[(
            "assign acc_o = spin_i ? acc_i :",
            "assign acc_o = spin_i ? sum_i :",
        )],
    },
    Fault {
        what: "seeds that do not pass by when exchange and turn meet",
        module: "heddle_accumulator",
        changes: &[("seed_i ?", "(seed_i | turn) ?")],
    },
    Fault {
        what: "words on their way that overwrite the held ones of other rows",
        module: "heddle_accumulator",
        changes: &[("(!turn & exch_i & live_i)", "(!turn & live_i)")],
    },
    Fault {
        what: "a chain that forgets what was kept",
        module: "heddle_accumulator",
        changes: &[(
            "(exch_i ? held_live_q[1] : live_i) &",
            "(exch_i ? held_live_q[1] : 1'b0) &",
        )],
    },
    Fault {
        what: "sums of the other dataflow that enter the ring",
        module: "heddle_accumulator",
        changes: &[(
            "wire alive = acc_live_i & was_ring_q[1];",
            "wire alive = acc_live_i;",
        )],
    },
    Fault {
        what: "words of a bank that all go to one address",
        module: "heddle_bank",
        changes: &[("words_q[addr_i]", "words_q[addr_i & 1'b0]")],
    },
];

/// In handshakes, phases, words and counters.
const EDGE: [Fault; 6] = [
    Fault {
        what: "an exchange accepted while the next group is seeded",
        module: "heddle_turns",
        changes: &[(" & !seeded_q[1] &", " &")],
    },
    Fault {
        what: "a weight-stationary beat accepted during a run",
        module: "heddle_control",
        changes: &[(" & !busy_i", "")],
    },
    Fault {
        what: "beats accepted a phase late",
        module: "heddle_turns",
        changes: &[(
            "ready_o = (a_phase_q == phase_q)",
            "ready_o = (a_phase_q != phase_q)",
        )],
    },
    Fault {
        what: "a lost share tag: words are captured and not passed on",
        module: "heddle_pe",
        changes: &[(
            "north_valid_i & (occupied | north_share_i);",
            "north_valid_i & occupied;",
        )],
    },
    Fault {
        what: "a counter of one row only",
        module: "heddle_counters",
        changes: &[("share_q[LOAD_LATENCY-1] ? mac_line", "1'b0 ? mac_line")],
    },
    Fault {
        what: "dropped k that are not counted",
        module: "heddle_counters",
        changes: &[(
            "beat_dropped_q <= beat_q[LOAD_LATENCY-1] & !keep_q[LOAD_LATENCY-1];",
            "beat_dropped_q <= beat_q[LOAD_LATENCY-1] & !keep_q[LOAD_LATENCY-1] & !swap_q[LOAD_LATENCY-1];",
        )],
    },
];

/// Registers that a reset in the midst of work leaves as they are.
const RESETS: [Fault; 3] = [
    Fault {
        what: "a run that goes on after a reset",
        module: "heddle_turns",
        changes: &[("busy_q <= 1'b0;", "busy_q <= busy_q;")],
    },
    Fault {
        what: "seeds that are in after a reset",
        module: "heddle_turns",
        changes: &[("seeded_q <= 2'd0;", "seeded_q <= seeded_q;")],
    },
    Fault {
        what: "words that are held after a reset",
        module: "heddle_accumulator",
        changes: &[("held_live_q <= 2'd0;", "held_live_q <= held_live_q;")],
    },
];

/// More of both kinds, for the long run: each is a build.
const MORE: [Fault; 9] = [
    Fault {
        what: "an exchange that reaches the second row too early",
        module: "heddle_west_edge",
        changes: &[(".DEPTH(x*ADD_LATENCY + PRODUCT_LATENCY)", ".DEPTH(2)")],
    },
    Fault {
        what: "a dead seed that counts as a kept one",
        module: "heddle_accumulator",
        changes: &[(
            "exch_i ? live_i : held_live_q[1]",
            "exch_i ? 1'b1 : held_live_q[1]",
        )],
    },
    Fault {
        what: "an overflow that is forgotten in the ring",
        module: "heddle_accumulator",
        changes: &[(
            "acc_ovf_o = spin_i ? acc_ovf_i :",
            "acc_ovf_o = spin_i ? 1'b0 :",
        )],
    },
    Fault {
        what: "an overflow that is forgotten in the chain",
        module: "heddle_accumulator",
        changes: &[("exch_i ? held_ovf_q[1] : ovf_i", "exch_i ? 1'b0 : ovf_i")],
    },
    Fault {
        what: "an exchange accepted beside a weight-stationary beat",
        module: "heddle_turns",
        changes: &[(" & !ws_i;", ";")],
    },
    Fault {
        what: "a first beat that does not wait for its seeds",
        module: "heddle_turns",
        changes: &[("(!begins | seeded_q[1] | seeds)", "1'b1")],
    },
    Fault {
        what: "a flush that does not end the run",
        module: "heddle_turns",
        changes: &[(
            "busy_q <= !(flush_i & (a_phase_q == 1'b1));",
            "busy_q <= 1'b1;",
        )],
    },
    Fault {
        what: "words of a weight-stationary tile that go to every row",
        module: "heddle_pe",
        changes: &[("(occupied | north_share_i)", "1'b1")],
    },
    Fault {
        what: "cycles counted from the first word on, not from the first exchange",
        module: "heddle_counters",
        changes: &[("begins_q <= (load_i | exchange_i)", "begins_q <= load_i")],
    },
];

/// What the regression finds wrong with an array, if anything.
fn regression(config: &ArrayConfig, array: &mut VerilatedArray) -> Result<(), String> {
    for seed in 0..16 {
        let batch = Batch::<i8>::related(config, seed, 5, 9);
        let mappings = mappings::random(config, seed, 5);
        for policy in Policy::ALL {
            for options in &options(seed) {
                check_mapped(config, array, policy, options, &batch, &mappings)?;
            }
        }
    }
    // What a driver that keeps the order of the plan never offers.
    handshakes::check(config, array)?;
    array.reset().map_err(|error| error.to_string())?;
    (0..8).try_for_each(|seed| resets::check(config, array, seed))
}

/// Two phases, so that turns, banks and a bit of phase are there; sums that overflow.
fn array() -> ArrayConfig {
    ArrayConfig {
        acc_bits: Some(16),
        add_stages: Some(2),
        dataflow: Dataflow::Both,
        ..ArrayConfig::new(2, 2, Format::Int8)
    }
}

#[test]
fn on_the_way_of_sums_each_is_caught() {
    each_is_caught(&array(), &SUMS, regression);
}

#[test]
fn after_a_reset_each_is_caught() {
    each_is_caught(&array(), &RESETS, regression);
}

#[test]
fn at_the_edge_each_is_caught() {
    each_is_caught(&array(), &EDGE, regression);
}

#[test]
fn in_the_long_run_more_are_caught() {
    if full() {
        each_is_caught(&array(), &MORE, regression);
    }
}
