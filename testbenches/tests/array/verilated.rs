//! The generated array itself, Verilated: the same batches as the behavioural one.
//!
//! Two small arrays only; `testbenches` sweeps many.

use crate::jobs::{Batch, Tested};
use half::bf16;
use heddle_array::build::BuildOptions;
use heddle_array::engine::{waveform, ArrayEngine};
use heddle_array::{Disturbance, DriverOptions, Text};
use heddle_format::{Format, Overflow};
use heddle_gemm::Policy;
use heddle_hdl::{ArrayConfig, Dataflow};
use heddle_testbenches::mappings::random;
use heddle_verilator::Optimize;

fn build_options() -> BuildOptions {
    BuildOptions {
        // What is synthesized, not what is faster.
        text: Text::Emitted,
        optimize: Optimize::Build,
        // Nothing may depend on registers that start at zero.
        random_registers: Some(7),
        ..BuildOptions::default()
    }
}

/// Streams `count` batches at full rate, then with gaps and stalls.
fn stream<E: Tested>(config: ArrayConfig, count: u64) {
    let disturbance = Disturbance {
        seed: 9,
        weight_gap: 0.3,
        beat_gap: 0.3,
        exchange_gap: 0.3,
        stall: 0.3,
    };
    for disturbance in [None, Some(disturbance)] {
        let driver = DriverOptions {
            disturbance,
            ..DriverOptions::default()
        };
        let mut engine = ArrayEngine::new(config, &build_options(), driver).unwrap();
        for seed in 0..count {
            let batch = Batch::<E>::random(&config, 300 + seed, 4, 20);
            for policy in Policy::ALL {
                let mut results = batch.seeds.clone();
                engine
                    .stream(
                        policy,
                        &batch.jobs(),
                        &mut batch.outputs(&mut results),
                        None,
                    )
                    .unwrap_or_else(|error| panic!("batch {seed} {policy}: {error}"));
                if let Some(mismatch) = batch.mismatch(&config, policy, &results) {
                    panic!("batch {seed} {policy}: {mismatch}");
                }
            }
        }
        for policy in Policy::ALL {
            let stats = engine.accounts().policy(policy);
            assert!(stats.jobs >= count);
            assert_eq!(stats.model_differences, 0);
        }
    }
}

#[test]
fn int8_streams_are_exact_and_take_the_models_cycles() {
    let config = ArrayConfig {
        acc_bits: Some(20),
        overflow: Overflow::Saturate,
        ..ArrayConfig::new(4, 3, Format::Int8)
    };
    stream::<i8>(config, 20);
}

#[test]
fn bf16_streams_are_exact_and_take_the_models_cycles() {
    stream::<bf16>(ArrayConfig::new(2, 3, Format::Bf16), 20);
}

/// Streams batches whose jobs are mapped at random, at full rate, then with gaps and stalls.
fn mapped<E: Tested>(config: ArrayConfig, count: u64) {
    let disturbance = Disturbance {
        seed: 9,
        weight_gap: 0.3,
        beat_gap: 0.3,
        exchange_gap: 0.3,
        stall: 0.3,
    };
    for disturbance in [None, Some(disturbance)] {
        let driver = DriverOptions {
            disturbance,
            ..DriverOptions::default()
        };
        let mut engine = ArrayEngine::new(config, &build_options(), driver).unwrap();
        for seed in 0..count {
            let batch = Batch::<E>::random(&config, 300 + seed, 4, 20);
            let mappings = random(&config, seed, batch.jobs.len());
            for policy in Policy::ALL {
                let mut results = batch.seeds.clone();
                engine
                    .stream_mapped(
                        policy,
                        &batch.jobs(),
                        &mappings,
                        &mut batch.outputs(&mut results),
                        None,
                    )
                    .unwrap_or_else(|error| panic!("batch {seed} {policy}: {error}"));
                if let Some(mismatch) = batch.mismatch(&config, policy, &results) {
                    panic!("batch {seed} {policy} {mappings:?}: {mismatch}");
                }
            }
        }
        for policy in Policy::ALL {
            assert_eq!(engine.accounts().policy(policy).model_differences, 0);
        }
    }
}

#[test]
fn int8_tiles_of_both_kinds_are_exact_and_take_the_models_cycles() {
    for (dataflow, add) in [(Dataflow::Os, 1), (Dataflow::Both, 2)] {
        let config = ArrayConfig {
            dataflow,
            add_stages: Some(add),
            ..ArrayConfig::new(3, 2, Format::Int8)
        };
        mapped::<i8>(config, 20);
    }
}

#[test]
fn bf16_tiles_of_both_kinds_are_exact_and_take_the_models_cycles() {
    let config = ArrayConfig {
        dataflow: Dataflow::Both,
        ..ArrayConfig::new(2, 3, Format::Bf16)
    };
    mapped::<bf16>(config, 20);
}

#[test]
fn a_waveform_of_one_job() {
    let config = ArrayConfig {
        acc_bits: Some(20),
        overflow: Overflow::Saturate,
        ..ArrayConfig::new(4, 3, Format::Int8)
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("job.vcd");
    let batch = Batch::<i8>::random(&config, 1, 1, 6);
    let mut results = batch.seeds.clone();
    waveform(
        config,
        &build_options(),
        DriverOptions::default(),
        Policy::Gated,
        &batch.jobs(),
        &mut batch.outputs(&mut results),
        &path,
    )
    .unwrap();
    assert_eq!(batch.mismatch(&config, Policy::Gated, &results), None);
    let wave = std::fs::read_to_string(&path).unwrap();
    assert!(
        wave.contains("s_valid_o") && wave.contains("$enddefinitions"),
        "{}",
        wave.len()
    );
}
