//! Registers that start at random values: what they held before reset must not show,
//! not even where the datapath has no reset.

use half::bf16;
use heddle_cosim::array::verilated::build;
use heddle_cosim::array::{BuildOptions, DriverOptions, VerilatedArray};
use heddle_format::Format;
use heddle_gemm::Policy;
use heddle_hdl::{ArrayConfig, Reset};
use heddle_testbenches::arrays;
use heddle_testbenches::batch::{Batch, Tested};
use heddle_testbenches::stream::check;

fn any_start<E: Tested>(config: &ArrayConfig) {
    let options = BuildOptions {
        random_registers: Some(0),
        ..arrays::build_options()
    };
    let library = build(config, &options).unwrap_or_else(|error| panic!("{error}"));
    for seed in 1..=12 {
        let mut array = VerilatedArray::new(config, &library, Some(seed)).unwrap();
        let batch = Batch::<E>::random(config, u64::from(seed), 3, 9);
        for policy in Policy::ALL {
            if let Err(error) = check(
                config,
                &mut array,
                policy,
                &DriverOptions::default(),
                &batch,
            ) {
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
        .filter(|config| config.reset == Reset::None)
        .collect();
    assert_eq!(configs.len(), 3);
    for config in configs {
        match config.format {
            Format::Int8 => any_start::<i8>(&config),
            Format::Int16 => any_start::<i16>(&config),
            Format::Bf16 => any_start::<bf16>(&config),
        }
    }
}
