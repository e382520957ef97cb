//! Negative controls: an array with a planted fault must be caught, each of them.

use crate::jobs::Batch;
use heddle_array::port::{ArrayPort, Counters, CycleIn, CycleOut};
use heddle_array::ArrayError;
use heddle_array::{Disturbance, Driver, DriverOptions};
use heddle_format::Format;
use heddle_gemm::Policy;
use heddle_hdl::ArrayConfig;
use heddle_testbenches::behavioural::Behavioural;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    /// Row 0 computes although its mask says no.
    LeakingGate,
    /// A tile runs with the row mask of the one before it.
    LateMask,
    /// The first two activations change places.
    SwappedOperands,
    /// The lowest bit of a sum is lost.
    WrongRounding,
    /// `s_valid_o` stays high.
    StuckValid,
    /// A beat that is accepted right after a stall is lost.
    LostBeat,
    /// Sums come one cycle late.
    LateSums,
    /// The first beat of a tile is never accepted.
    NeverReady,
    /// A first beat takes the tile before its own.
    LateSwap,
    /// Useful MACs are counted too few.
    WrongCounter,
    /// A dropped beat's sums are marked kept.
    KeptDrop,
}

struct Faulty {
    array: Behavioural,
    fault: Fault,
    masks: Vec<u32>,
    stalled: bool,
    late: Option<CycleOut>,
    beats: u64,
}

impl ArrayPort for Faulty {
    fn reset(&mut self) -> Result<(), ArrayError> {
        self.array.reset()
    }

    fn cycle(&mut self, input: &CycleIn, output: &mut CycleOut) -> Result<(), ArrayError> {
        let mut seen = input.clone();
        match self.fault {
            Fault::LeakingGate => seen.row_keep[0] |= 1,
            Fault::LateMask => seen.row_keep.clone_from(&self.masks),
            Fault::SwappedOperands => {
                let word = &mut seen.a[0];
                *word = *word & !0xffff | word.swap_bytes() >> 16;
            }
            Fault::LostBeat if self.stalled && input.en && !input.a_first => seen.a_valid = false,
            Fault::NeverReady if input.a_first => seen.a_valid = false,
            Fault::LateSwap if input.a_first => {
                self.beats += 1;
                seen.a_first = !self.beats.is_multiple_of(5);
            }
            _ => {}
        }
        self.array.cycle(&seen, output)?;
        if input.w_valid && output.w_ready && input.w_last && input.en {
            self.masks.clone_from(&input.row_keep);
        }
        match self.fault {
            Fault::WrongRounding => output.s[0] &= !1,
            Fault::StuckValid => output.s_valid = true,
            Fault::LostBeat if seen.a_valid != input.a_valid => output.a_ready = true,
            Fault::LateSwap if seen.a_first != input.a_first => output.a_ready = true,
            Fault::LateSums if input.en => {
                let now = self.late.replace(output.clone());
                output.s_valid = false;
                if let Some(before) = now {
                    output.s_valid = before.s_valid;
                    output.s.clone_from(&before.s);
                    output.s_keep.clone_from(&before.s_keep);
                }
            }
            Fault::NeverReady => output.a_ready &= !input.a_first,
            Fault::KeptDrop => output.s_keep[0] |= 1,
            _ => {}
        }
        self.stalled = !input.en;
        Ok(())
    }

    fn counters(&mut self) -> Counters {
        let counters = self.array.counters();
        Counters {
            macs: counters.macs - u64::from(self.fault == Fault::WrongCounter && counters.macs > 0),
            ..counters
        }
    }
}

/// What catches the fault within a few random batches, if anything does.
fn caught(fault: Fault) -> Option<String> {
    let config = ArrayConfig::new(4, 4, Format::Int8);
    let options = DriverOptions {
        disturbance: Some(Disturbance {
            seed: 1,
            weight_gap: 0.1,
            beat_gap: 0.1,
            exchange_gap: 0.1,
            stall: 0.2,
        }),
        ..DriverOptions::default()
    };
    for seed in 0..10 {
        let batch = Batch::<i8>::random(&config, seed, 3, 20);
        for policy in Policy::ALL {
            let mut array = Faulty {
                array: Behavioural::new(config),
                fault,
                masks: vec![0],
                stalled: false,
                late: None,
                beats: 0,
            };
            let mut results = batch.seeds.clone();
            let run = Driver::new(config, options.clone()).run(
                &mut array,
                policy,
                &batch.jobs(),
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
    assert_eq!(caught(Fault::None), None);
}

#[test]
fn every_planted_fault_is_caught() {
    for (fault, by) in [
        (Fault::LeakingGate, "expected"),
        (Fault::LateMask, "expected"),
        (Fault::SwappedOperands, "expected"),
        (Fault::WrongRounding, "expected"),
        (Fault::StuckValid, "s_valid_o is high"),
        (Fault::LostBeat, "cycle"),
        (Fault::LateSums, "not valid"),
        (Fault::NeverReady, "stuck"),
        (Fault::LateSwap, ""),
        (Fault::WrongCounter, "macs_o"),
        (Fault::KeptDrop, "s_keep_o"),
    ] {
        let what = caught(fault).unwrap_or_else(|| panic!("{fault:?} was not caught"));
        assert!(what.contains(by), "{fault:?} was caught as: {what}");
    }
}
