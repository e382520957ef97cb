//! Negative controls of output-stationary tiles: every planted fault must be caught.

use crate::jobs::Batch;
use heddle_array::port::{ArrayPort, Counters, CycleIn, CycleOut};
use heddle_array::ArrayError;
use heddle_array::{Disturbance, Driver, DriverOptions};
use heddle_format::Format;
use heddle_gemm::Policy;
use heddle_hdl::{ArrayConfig, Dataflow};
use heddle_testbenches::behavioural::Behavioural;
use heddle_testbenches::mappings::random;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    /// An exchange puts the seeds of the one before it in.
    SeedsOfAnotherRow,
    /// Column 0 of what is taken out changes its keep bit.
    WrongKeep,
    /// One exchange in seven is accepted and lost.
    LostExchange,
    /// A flush is accepted and lost.
    LostFlush,
    /// Exchanges are accepted in every phase.
    AnyPhase,
    /// Exchanges are accepted in no phase.
    NoPhase,
    /// A first beat does not wait for its seeds.
    NoWait,
    /// A dropped k is multiplied.
    KeptK,
    /// Row 0 computes although the mask says no.
    LeakingRow,
    /// The masks of one row of B last for the next.
    LateMask,
    /// The last row's seeds are not told from others.
    NoLastRow,
    /// A sum loses its lowest bit on its way out.
    WrongSum,
}

struct Faulty {
    array: Behavioural,
    fault: Fault,
    seeds: Vec<u32>,
    masks: Vec<u32>,
    exchanges: u64,
}

impl ArrayPort for Faulty {
    fn reset(&mut self) -> Result<(), ArrayError> {
        self.array.reset()
    }

    fn cycle(&mut self, input: &CycleIn, output: &mut CycleOut) -> Result<(), ArrayError> {
        let mut seen = input.clone();
        let lost = input.x_valid && self.exchanges % 7 == 6;
        let os_word = input.w_valid && input.w_os;
        match self.fault {
            Fault::SeedsOfAnotherRow if input.x_valid => seen.c.clone_from(&self.seeds),
            Fault::LostExchange if lost => seen.x_valid = false,
            Fault::LostFlush if input.a_flush => seen.a_valid = false,
            Fault::KeptK if input.a_os && !input.a_flush => seen.a_keep = true,
            Fault::LeakingRow if os_word => seen.row_keep[0] |= 1,
            Fault::LateMask if os_word => seen.col_keep.clone_from(&self.masks),
            Fault::NoLastRow => seen.x_last = false,
            _ => {}
        }
        self.array.cycle(&seen, output)?;
        match self.fault {
            Fault::WrongKeep => output.s_keep[0] ^= 1,
            Fault::LostExchange if lost => output.x_ready = input.en,
            Fault::LostFlush if input.a_valid && input.a_flush => output.a_ready = input.en,
            Fault::AnyPhase => output.x_ready = true,
            Fault::NoPhase => output.x_ready = false,
            Fault::NoWait if input.a_os && input.a_first => output.a_ready = true,
            Fault::WrongSum => output.s[0] &= !1,
            _ => {}
        }
        if input.en && input.x_valid && output.x_ready {
            self.exchanges += 1;
            self.seeds.clone_from(&input.c);
        }
        if input.en && os_word && output.w_ready {
            self.masks.clone_from(&input.col_keep);
        }
        Ok(())
    }

    fn counters(&mut self) -> Counters {
        self.array.counters()
    }
}

/// What catches the fault within a few random batches, if anything does.
fn caught(fault: Fault, disturbed: bool) -> Option<String> {
    for seed in 0..12 {
        let config = ArrayConfig {
            add_stages: Some(1 + seed as usize % 3),
            dataflow: [Dataflow::Os, Dataflow::Both][seed as usize % 2],
            ..ArrayConfig::new(4, 4, Format::Int8)
        };
        let options = DriverOptions {
            disturbance: disturbed.then_some(Disturbance {
                seed,
                weight_gap: 0.1,
                beat_gap: 0.1,
                exchange_gap: 0.1,
                stall: 0.2,
            }),
            ..DriverOptions::default()
        };
        let batch = Batch::<i8>::random(&config, seed, 3, 20);
        let mappings = random(&config, seed, batch.jobs.len());
        for policy in Policy::ALL {
            let mut array = Faulty {
                array: Behavioural::new(config),
                fault,
                seeds: CycleIn::new(&config).c,
                masks: vec![0],
                exchanges: 0,
            };
            let mut results = batch.seeds.clone();
            let run = Driver::new(config, options.clone()).run_mapped(
                &mut array,
                policy,
                &batch.jobs(),
                &mappings,
                &mut batch.outputs(&mut results),
                None,
            );
            if let Err(error) = run {
                return Some(error.to_string());
            }
            if let Some(mismatch) = batch.mismatch(&config, policy, &results) {
                return Some(mismatch);
            }
        }
    }
    None
}

#[test]
fn the_wrapper_itself_is_no_fault() {
    assert_eq!(caught(Fault::None, false), None);
    assert_eq!(caught(Fault::None, true), None);
}

#[test]
fn every_planted_fault_is_caught() {
    for (fault, by) in [
        (Fault::SeedsOfAnotherRow, "expected"),
        (Fault::WrongKeep, "s_keep_o"),
        (Fault::LostExchange, "cycle"),
        (Fault::LostFlush, ""),
        (Fault::AnyPhase, "x_ready_o is high"),
        (Fault::NoPhase, "x_ready_o is low"),
        (Fault::NoWait, "a_ready_o is high"),
        (Fault::KeptK, ""),
        (Fault::LeakingRow, ""),
        (Fault::LateMask, ""),
        (Fault::NoLastRow, "a_ready_o is low"),
        (Fault::WrongSum, "expected"),
    ] {
        for disturbed in [false, true] {
            let what =
                caught(fault, disturbed).unwrap_or_else(|| panic!("{fault:?} was not caught"));
            assert!(what.contains(by), "{fault:?} was caught as: {what}");
        }
    }
}
