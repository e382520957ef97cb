//! Random jobs against the golden model: back to back at full rate, with gaps, with
//! stalls; every policy and tile order; cycles against the cycle model, counters and
//! flags against what the driver and the golden model counted.

use half::bf16;
use heddle_array::{Disturbance, DriverOptions, VerilatedArray};
use heddle_format::Format;
use heddle_gemm::Policy;
use heddle_hdl::ArrayConfig;
use heddle_schedule::Mapping;
use heddle_testbenches::batch::{Batch, Masks, Tested};
use heddle_testbenches::mappings::ORDERS;
use heddle_testbenches::stream::check;
use heddle_testbenches::{arrays, full};
use heddle_trace::random_flow::RandomLaying;

/// How a batch is streamed.
type Options = (RandomLaying, DriverOptions);

/// Full rate in every order, then gaps and stalls, one kind at a time and together.
fn all_options(config: &ArrayConfig, seed: u64) -> Vec<Options> {
    let plain = Mapping::plain(config);
    let layings = ORDERS.map(|order| RandomLaying::drawn(plain, Some(plain.flow), order, 7));
    let orders = layings
        .into_iter()
        .map(|laying| (laying, DriverOptions::default()));
    let disturbances = [
        (0.5, 0.0, 0.0),
        (0.0, 0.5, 0.0),
        (0.0, 0.0, 0.5),
        (0.2, 0.3, 0.3),
    ];
    let disturbed = disturbances.into_iter().zip(layings);
    orders
        .chain(disturbed.map(|((weight_gap, beat_gap, stall), laying)| {
            let options = DriverOptions {
                disturbance: Some(Disturbance {
                    seed,
                    weight_gap,
                    beat_gap,
                    exchange_gap: beat_gap,
                    stall,
                }),
                // Both of what a host may do with lanes that have no word.
                holds_lanes: stall > 0.0,
                ..DriverOptions::default()
            };
            (laying, options)
        }))
        .collect()
}

fn run<E: Tested>(
    config: &ArrayConfig,
    array: &mut VerilatedArray,
    (laying, options): &Options,
    what: &str,
    batch: &Batch<E>,
) -> u64 {
    let mut overflows = 0;
    for policy in Policy::ALL {
        match check(config, array, policy, options, batch, *laying) {
            Ok(report) => overflows += u64::from(report.counters.overflow),
            Err(error) => panic!(
                "{}, {policy}, {what}, {laying:?}, {options:?}: {error}",
                config.slug()
            ),
        }
    }
    overflows
}

/// Batches of random jobs under all options; how many streams overflowed.
fn random<E: Tested>(config: &ArrayConfig, batches: u64, max_dim: usize) -> u64 {
    let mut array = arrays::verilated(config);
    let mut overflows = 0;
    for seed in 0..batches {
        let options = all_options(config, seed);
        let batch = Batch::<E>::random(config, seed, 3, max_dim);
        let what = format!("random batch {seed}");
        overflows += run(
            config,
            &mut array,
            &options[seed as usize % options.len()],
            &what,
            &batch,
        );
    }
    overflows
}

/// Every K from 1 through rows + 2 cols, each with few beats and with many, so that
/// tiles of every length meet the next one; then masks that keep all and none.
fn sweep<E: Tested>(config: &ArrayConfig) {
    let mut array = arrays::verilated(config);
    let (rows, cols) = (config.rows, config.cols);
    let options = all_options(config, 1);
    for k in 1..=rows + 2 * cols {
        let lengths = [1, 2, rows, config.latency() + 1];
        let shapes = lengths.map(|m| (m, k, 2 * cols + 1));
        let batch = Batch::<E>::of_shapes(config, k as u64, Masks::Random, shapes);
        for options in [&options[0], &options[2], &options[4 + k % 4]] {
            run(config, &mut array, options, &format!("K = {k}"), &batch);
        }
    }
    for masks in [Masks::AllKept, Masks::NoneKept] {
        let batch = Batch::<E>::of_shapes(
            config,
            1,
            masks,
            [(3, rows + 1, cols + 1), (1, 1, 1), (2, 3, 4)],
        );
        for options in &options {
            run(config, &mut array, options, &format!("{masks:?}"), &batch);
        }
    }
}

fn random_of(config: &ArrayConfig, batches: u64, max_dim: usize) -> u64 {
    match config.format {
        Format::Int8 => random::<i8>(config, batches, max_dim),
        Format::Int16 => random::<i16>(config, batches, max_dim),
        Format::Bf16 => random::<bf16>(config, batches, max_dim),
    }
}

#[test]
fn every_style_of_array() {
    let batches = if full() { 200 } else { 16 };
    for config in arrays::styles() {
        let overflows = random_of(&config, batches, 12);
        let narrow = config.format.is_integer() && config.acc_bits() < 40;
        assert!(
            !narrow || overflows > 0,
            "no sum of {} overflowed: too tame",
            config.slug()
        );
    }
}

#[test]
fn every_tile_length_meets_the_next() {
    for config in arrays::styles() {
        match config.format {
            Format::Int8 => sweep::<i8>(&config),
            Format::Int16 => sweep::<i16>(&config),
            Format::Bf16 => sweep::<bf16>(&config),
        }
    }
}

#[test]
fn larger_arrays() {
    for config in arrays::shapes() {
        let (batches, max_dim) = match (full(), config.rows * config.cols) {
            (true, _) => (400, 80),
            (false, 1) => (8, 12),
            (false, _) => (8, 48),
        };
        random_of(&config, batches, max_dim);
        if config.rows < 16 {
            match config.format {
                Format::Int8 => sweep::<i8>(&config),
                Format::Int16 => sweep::<i16>(&config),
                Format::Bf16 => sweep::<bf16>(&config),
            }
        }
    }
}
