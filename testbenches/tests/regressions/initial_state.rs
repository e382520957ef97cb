//! Registers that start at random values: what they held before reset must not show,
//! not even where the datapath has no reset.

use half::bf16;
use heddle_array::build::build;
use heddle_array::{BuildOptions, DriverOptions, VerilatedArray};
use heddle_format::Format;
use heddle_gemm::Policy;
use heddle_hdl::{ArrayConfig, Reset};
use heddle_schedule::Mapping;
use heddle_testbenches::batch::{Batch, Tested};
use heddle_testbenches::stream::{check, check_mapped};
use heddle_testbenches::{arrays, mappings, resets};

fn any_start<E: Tested>(config: &ArrayConfig) {
    let options = BuildOptions {
        random_registers: Some(0),
        ..arrays::build_options()
    };
    let library = build(config, &options).unwrap_or_else(|error| panic!("{error}"));
    for seed in 1..=12 {
        let mut array = VerilatedArray::new(config, &library, Some(seed)).unwrap();
        let options = DriverOptions::default();
        let plain = Mapping::plain(config).into();
        let batch = Batch::<E>::random(config, u64::from(seed), 3, 9);
        let related = Batch::<E>::related(config, u64::from(seed), 4, 9);
        let mappings = mappings::random(config, u64::from(seed), 4);
        if let Err(error) = resets::check(config, &mut array, u64::from(seed)) {
            panic!("{}, registers from seed {seed}: {error}", config.slug());
        }
        for policy in Policy::ALL {
            let plain = check(config, &mut array, policy, &options, &batch, plain);
            let result = plain.and_then(|_| {
                check_mapped(config, &mut array, policy, &options, &related, &mappings)
            });
            if let Err(error) = result {
                panic!(
                    "{}, registers from seed {seed}, {policy}: {error}",
                    config.slug()
                );
            }
        }
    }
}

#[test]
fn does_not_show_without_a_reset_of_the_datapath() {
    let configs: Vec<_> = arrays::styles()
        .into_iter()
        .chain(arrays::flows())
        .filter(|config| config.reset() == Reset::None)
        .collect();
    // Among the last ones an array whose held words are banks, which no reset clears.
    assert_eq!(configs.len(), 4);
    any_start_each(configs);
}

/// Nor have skew lines in distributed RAM.
#[test]
fn does_not_show_in_skew_lines() {
    any_start_each(arrays::ram_lines().into_iter().take(2));
}

/// Held words have no reset in any style: an array with one word each.
#[test]
fn does_not_show_in_held_words() {
    let config = arrays::flows()[0];
    assert_eq!((config.phases(), config.reset()), (1, Reset::Sync));
    any_start_each([config]);
}

fn any_start_each(configs: impl IntoIterator<Item = ArrayConfig>) {
    for config in configs {
        match config.format {
            Format::Int8 => any_start::<i8>(&config),
            Format::Int16 => any_start::<i16>(&config),
            Format::Bf16 => any_start::<bf16>(&config),
        }
    }
}
