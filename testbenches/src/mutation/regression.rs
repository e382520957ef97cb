//! What the regression does with one array, until the first difference.

use crate::batch::{Batch, Masks, Tested};
use crate::stream::check_mapped;
use crate::{handshakes, mappings, resets};
use heddle_array::port::{ArrayPort, Counters, CycleIn, CycleOut};
use heddle_array::ArrayError;
use heddle_array::{Disturbance, DriverOptions};
use heddle_gemm::Policy;
use heddle_hdl::{ArrayConfig, COUNTERS_SETTLE};
use heddle_schedule::Edge;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// How much is tried on an array without a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thorough {
    /// What most faults do not survive.
    Sample,
    /// Everything.
    Full,
}

/// An array whose counters do not start from zero, as if they did; and where nothing valid is
/// offered, or the array is stalled, noise is.
struct Noisy<'a> {
    array: &'a mut dyn ArrayPort,
    preload: u64,
    rng: ChaCha8Rng,
    input: CycleIn,
    /// What `wait_o` should be: a beat was offered to an array that was not stalled, and not taken.
    waited: bool,
    cycle: u64,
}

impl Noisy<'_> {
    /// Noise on everything that does not count in this cycle.
    fn spoil(&mut self, input: &CycleIn) {
        let rng = &mut self.rng;
        let mut bit = || rng.next_u32() & 1 == 1;
        self.input.clone_from(input);
        let to = &mut self.input;
        if !input.en {
            // A stalled array takes nothing, whatever is offered.
            (to.w_valid, to.a_valid, to.x_valid, to.clear) = (bit(), bit(), bit(), bit());
        }
        if !input.en || !input.w_valid {
            to.w_edge = [Edge::Top, Edge::Left][usize::from(bit())];
            (to.w_last, to.w_keep, to.w_os) = (bit(), bit(), bit());
        }
        if !input.en || !input.a_valid {
            (to.a_first, to.a_keep, to.a_os, to.a_flush) = (bit(), bit(), bit(), bit());
        }
        if !input.en || !input.x_valid {
            to.x_last = bit();
        }
        let mut noise = |bus: &mut Vec<u32>, idle: bool| {
            if !input.en || idle {
                bus.iter_mut().for_each(|word| {
                    *word = match rng.next_u32() {
                        // Sums at the ends of their range.
                        end if end & 3 == 0 => 0x7fff_ffff + (end >> 31),
                        any => any,
                    }
                });
            }
        };
        let no_top = !input.w_valid || input.w_edge == Edge::Left;
        noise(&mut to.w_top, no_top);
        noise(&mut to.w_left, !input.w_valid || input.w_edge == Edge::Top);
        noise(&mut to.row_keep, !input.w_valid);
        noise(&mut to.col_keep, !input.w_valid);
        noise(&mut to.a, !input.a_valid);
        noise(&mut to.x_keep, !input.x_valid);
        noise(&mut to.c, !input.x_valid && (!input.a_valid || input.a_os));
    }
}

impl ArrayPort for Noisy<'_> {
    fn reset(&mut self) -> Result<(), ArrayError> {
        self.waited = false;
        self.array.reset()
    }

    fn cycle(&mut self, input: &CycleIn, output: &mut CycleOut) -> Result<(), ArrayError> {
        self.spoil(input);
        self.array.cycle(&self.input, output)?;
        self.cycle += 1;
        if input.en {
            self.waited |= input.a_valid && !output.a_ready;
            self.waited &= !input.clear;
        }
        match self.array.counters().waited {
            found if found == self.waited => Ok(()),
            found => Err(ArrayError::Protocol {
                cycle: self.cycle,
                what: format!("wait_o is {found}, expected {}", self.waited),
            }),
        }
    }

    fn counters(&mut self) -> Counters {
        let counters = self.array.counters();
        let since = |count: u64| count.wrapping_sub(self.preload) & ((1 << 48) - 1);
        Counters {
            cycles: since(counters.cycles),
            macs: since(counters.macs),
            gated: since(counters.gated),
            dropped: since(counters.dropped),
            ..counters
        }
    }
}

/// What is wrong with `array`, whose counters start from `preload`: the first difference to
/// the golden model, the cycle model or the interface.
pub fn first_difference<E: Tested>(
    config: &ArrayConfig,
    array: &mut dyn ArrayPort,
    preload: u64,
    thorough: Thorough,
) -> Option<String> {
    let mut array = Noisy {
        array,
        preload,
        rng: ChaCha8Rng::seed_from_u64(preload),
        input: CycleIn::new(config),
        waited: false,
        cycle: 0,
    };
    run::<E>(config, &mut array, thorough).err()
}

fn run<E: Tested>(
    config: &ArrayConfig,
    array: &mut dyn ArrayPort,
    thorough: Thorough,
) -> Result<(), String> {
    let (batches, dim, directed, beats) = match thorough {
        Thorough::Sample => (6, 7, 4, 24),
        Thorough::Full => (60, 9, 80, 24),
    };
    // A group of output-stationary tiles has more cycles in which no product is looked at.
    let directed = directed * if config.dataflow.has_os() { 3 } else { 1 };
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for seed in 0..batches {
        let batch = match seed % 6 {
            4 => {
                let shapes = [(3, 2, 2), (1, 4, 3), (5, 1, 1)];
                let masks = [Masks::AllKept, Masks::NoneKept][(seed / 6 % 2) as usize];
                Batch::<E>::of_shapes(config, seed, masks, shapes)
            }
            5 => Batch::related(config, seed, 3, dim),
            _ => Batch::random(config, seed, 3, dim),
        };
        let jobs = batch.jobs().len();
        let mappings = match seed % 2 {
            0 => mappings::alternating(config, seed as usize, jobs),
            _ => mappings::random(config, seed, jobs),
        };
        for policy in Policy::ALL {
            for disturbance in [None, Some(disturbance(seed))] {
                let options = DriverOptions {
                    disturbance,
                    ..DriverOptions::default()
                };
                check_mapped(config, array, policy, &options, &batch, &mappings)?;
            }
        }
        if config.dataflow == heddle_hdl::Dataflow::Both && seed % 6 == 0 {
            handshakes::check(config, array)?;
            array.reset().map_err(|error| error.to_string())?;
        }
        // One number alone: a flag of one place is not hidden by those of others.
        for tiny in 0..8 {
            let shape = (1, 1 + tiny % 2, 1 + tiny / 2 % 2);
            let batch =
                Batch::<E>::of_shapes(config, 8 * seed + tiny as u64, Masks::Random, [shape]);
            let mappings = mappings::random(config, seed, 1);
            let options = DriverOptions::default();
            check_mapped(config, array, Policy::Gated, &options, &batch, &mappings)?;
        }
        // Of few cycles, so that those that the counters carry to their high bits are seen as well.
        counters_stay(config, array, seed)?;
        for _ in 0..directed {
            let batch = Batch::<E>::directed(config, rng.next_u64(), beats);
            let mappings = mappings::random(config, seed, 1);
            let options = DriverOptions::default();
            check_mapped(config, array, Policy::Gated, &options, &batch, &mappings)?;
        }
        counters_stay(config, array, seed)?;
        resets::check(config, array, seed)?;
    }
    Ok(())
}

/// An idle array's counters do not change, in any number of cycles; and are zero once cleared,
/// without a sum that would set them.
fn counters_stay(
    config: &ArrayConfig,
    array: &mut dyn ArrayPort,
    cycles: u64,
) -> Result<(), String> {
    let before = array.counters();
    let (mut input, mut output) = (CycleIn::new(config), CycleOut::new(config));
    let mut rest = |array: &mut dyn ArrayPort, cycles: u64, clear: bool| {
        input.clear = clear;
        let mut cycles = 0..cycles;
        let result = cycles.try_for_each(|_| array.cycle(&input, &mut output));
        result.map_err(|error| error.to_string())
    };
    rest(array, 1 + cycles % 4, false)?;
    let after = array.counters();
    if before != after {
        return Err(format!(
            "an idle array's counters go from {before:?} to {after:?}"
        ));
    }
    rest(array, 1, true)?;
    rest(array, COUNTERS_SETTLE as u64, false)?;
    match array.counters() {
        cleared if cleared == Counters::default() => Ok(()),
        cleared => Err(format!("cleared counters are {cleared:?}")),
    }
}

fn disturbance(seed: u64) -> Disturbance {
    Disturbance {
        seed,
        weight_gap: 0.2,
        beat_gap: 0.2,
        exchange_gap: 0.2,
        stall: 0.2,
    }
}
