//! One batch through an array, checked against everything that knows what must happen.

use crate::batch::{Batch, Tested};
use crate::mappings;
use crate::triples::NAN;
use heddle_array::port::ArrayPort;
use heddle_array::{Driver, DriverOptions, StreamReport};
use heddle_format::Format;
use heddle_gemm::{compare, Equality, GoldenEngine, Job, MatRef, Policy};
use heddle_hdl::ArrayConfig;
use heddle_schedule::model;
use heddle_schedule::plan::Plan;
use heddle_trace::random_flow::RandomLaying;
use heddle_trace::replay::accumulator;

/// Streams `batch` through `port`, each job laid out as `laying` says with its words entering along
/// their lines in memory, and checks it: the interface and the array's counters
/// (by the driver), every bit of every output and the sticky overflow flag against the
/// golden model, and, at full rate, every job's cycles against the cycle model.
///
/// # Errors
/// What was wrong first, as text.
pub fn check<E: Tested>(
    config: &ArrayConfig,
    port: &mut dyn ArrayPort,
    policy: Policy,
    options: &DriverOptions,
    batch: &Batch<E>,
    laying: RandomLaying,
) -> Result<StreamReport, String> {
    let along = |job: &Job<'_, E>| {
        let mut laying = laying;
        laying.mapping.edge = mappings::along(&job.b);
        laying
    };
    let layings: Vec<_> = batch.jobs().iter().map(along).collect();
    check_mapped(config, port, policy, options, batch, &layings)
}

/// [`check`] with a laying for each job.
///
/// # Errors
/// What was wrong first, as text.
pub fn check_mapped<E: Tested>(
    config: &ArrayConfig,
    port: &mut dyn ArrayPort,
    policy: Policy,
    options: &DriverOptions,
    batch: &Batch<E>,
    layings: &[RandomLaying],
) -> Result<StreamReport, String> {
    let jobs = batch.jobs();
    let mut expected = batch.seeds();
    let mut golden = GoldenEngine::new(accumulator(config));
    E::golden(&mut golden, policy, &jobs, &mut batch.views(&mut expected))
        .map_err(|error| error.to_string())?;

    let mut found = batch.seeds();
    let report = Driver::new(*config, options.clone())
        .run_mapped(
            port,
            policy,
            &jobs,
            layings,
            &mut batch.views(&mut found),
            None,
        )
        .map_err(|error| error.to_string())?;

    if config.format == Format::Bf16 {
        one_nan::<E>(&batch.seeds(), &found)?;
    }
    let outputs = batch
        .views(&mut expected)
        .into_iter()
        .zip(batch.views(&mut found));
    for (output, (expected, found)) in outputs.enumerate() {
        let (expected, found): (MatRef<'_, _>, MatRef<'_, _>) = (expected.as_ref(), found.as_ref());
        let result =
            compare(expected, found, Equality::Strict).map_err(|error| error.to_string())?;
        if let Some(first) = result.first {
            return Err(format!(
                "{} sums of output {output} are wrong, first {first}",
                result.mismatches
            ));
        }
    }
    let (found, expected) = (report.counters.overflow, golden.overflowed());
    if found != expected {
        return Err(format!("ovf_o is {found}, expected {expected}"));
    }
    if options.disturbance.is_none() {
        let plan = Plan::new(config, policy, layings, &jobs);
        let expected = model::predict(config, &plan);
        if report.job_cycles != expected {
            return Err(format!(
                "cycles are {:?}, the cycle model says {expected:?}",
                report.job_cycles
            ));
        }
    }
    Ok(report)
}

/// That sums are no other NaN than [`NAN`], whatever the payloads of those that came in.
fn one_nan<E: Tested>(seeds: &[Vec<E::Acc>], found: &[Vec<E::Acc>]) -> Result<(), String> {
    let bits = |value: &E::Acc| E::seed_bits(*value) as u32;
    let pairs = seeds.iter().flatten().zip(found.iter().flatten());
    for (seed, found) in pairs.map(|(seed, found)| (bits(seed), bits(found))) {
        // What no beat touched is as it was.
        if f32::from_bits(found).is_nan() && found != NAN && found != seed {
            return Err(format!("a sum is the NaN {found:08x}, not {NAN:08x}"));
        }
    }
    Ok(())
}
