//! Output-stationary tiles beside weight-stationary ones: random jobs, each mapped in its
//! own way, against the golden model, the cycle model and the driver's account of counters
//! and flags; at full rate, with gaps, with stalls.

use half::bf16;
use heddle_array::{Disturbance, DriverOptions, VerilatedArray};
use heddle_format::Format;
use heddle_gemm::Policy;
use heddle_hdl::{ArrayConfig, Dataflow};
use heddle_schedule::plan::{Plan, Step};
use heddle_testbenches::batch::{Batch, Masks, Tested};
use heddle_testbenches::stream::check_mapped;
use heddle_testbenches::{arrays, full, handshakes, mappings};
use heddle_trace::random_flow::RandomLaying;

/// Calls a function of an operand type with that of `config`.
macro_rules! with_format {
    ($then:ident($config:expr $(, $more:expr)*)) => {
        match $config.format {
            Format::Int8 => $then::<i8>($config $(, $more)*),
            Format::Int16 => $then::<i16>($config $(, $more)*),
            Format::Bf16 => $then::<bf16>($config $(, $more)*),
        }
    };
}

/// Full rate, then gaps of each kind and stalls alone, then all of them.
fn options(seed: u64) -> Vec<DriverOptions> {
    let disturbed = [
        (0.5, 0.0, 0.0, 0.0),
        (0.0, 0.5, 0.0, 0.0),
        (0.0, 0.0, 0.5, 0.0),
        (0.0, 0.0, 0.0, 0.5),
        (0.1, 0.1, 0.8, 0.2),
        (0.2, 0.3, 0.3, 0.3),
    ];
    let disturbed =
        disturbed.into_iter().map(
            |(weight_gap, beat_gap, exchange_gap, stall)| DriverOptions {
                disturbance: Some(Disturbance {
                    seed,
                    weight_gap,
                    beat_gap,
                    exchange_gap,
                    stall,
                }),
                ..DriverOptions::default()
            },
        );
    std::iter::once(DriverOptions::default())
        .chain(disturbed)
        .collect()
}

/// What has been met so far: a regression that never met it proves nothing.
#[derive(Debug, Default)]
struct Met {
    overflows: usize,
    waits: usize,
    dropped: u64,
    chains: usize,
    waiting_groups: usize,
    tile_after_group: usize,
}

impl Met {
    fn run<E: Tested>(
        &mut self,
        config: &ArrayConfig,
        array: &mut VerilatedArray,
        options: &DriverOptions,
        (batch, mappings): (&Batch<E>, &[RandomLaying]),
        what: &str,
    ) {
        for policy in Policy::ALL {
            let report = check_mapped(config, array, policy, options, batch, mappings)
                .unwrap_or_else(|error| {
                    panic!(
                        "{}, {policy}, {what}, {options:?}, {mappings:?}: {error}",
                        config.slug()
                    )
                });
            self.overflows += usize::from(report.counters.overflow);
            self.waits += usize::from(report.counters.waited);
            self.dropped += report.counters.dropped;
            let plan = Plan::new(config, policy, mappings, &batch.jobs());
            self.chains += plan.units.iter().filter(|unit| unit.is_chain()).count();
            for (index, step) in plan.steps.iter().enumerate() {
                match step {
                    Step::Group(group) => self.waiting_groups += usize::from(group.after.is_some()),
                    Step::Tile(_) => {
                        let before = index.checked_sub(1).map(|before| &plan.steps[before]);
                        self.tile_after_group +=
                            usize::from(matches!(before, Some(Step::Flush { .. })));
                    }
                    Step::Flush { .. } => {}
                }
            }
        }
    }
}

/// Batches of related jobs, each mapped at random.
fn random<E: Tested>(config: &ArrayConfig, batches: u64, max_dim: usize) {
    let mut array = arrays::verilated(config);
    let mut met = Met::default();
    for seed in 0..batches {
        let options = options(seed);
        let batch = Batch::<E>::related(config, seed, 5, max_dim);
        let mappings = mappings::random(config, seed, 5);
        met.run(
            config,
            &mut array,
            &options[seed as usize % options.len()],
            (&batch, &mappings),
            &format!("random batch {seed}"),
        );
        let plain = DriverOptions::default();
        met.run(
            config,
            &mut array,
            &plain,
            (&batch, &mappings),
            &format!("random batch {seed} at full rate"),
        );
    }
    let integer = config.format.is_integer();
    let both = config.dataflow == Dataflow::Both;
    assert!(
        met.waits > 0
            && met.dropped > 0
            && met.chains > 0
            && met.waiting_groups > 0
            && (!integer || met.overflows > 0)
            && (!both || met.tile_after_group > 0),
        "{}: too tame: {met:?}",
        config.slug()
    );
}

/// Every K from 1 through rows + 2 cols, M and N from 1 on, one dataflow after the other;
/// then masks that keep all and none.
fn sweep<E: Tested>(config: &ArrayConfig) {
    let mut array = arrays::verilated(config);
    let mut met = Met::default();
    let (rows, cols) = (config.rows, config.cols);
    let options = options(1);
    for k in 1..=rows + 2 * cols {
        let lengths = [1, rows, rows + 1, 2 * rows + 1];
        let shapes = lengths.into_iter().zip([1, cols, cols + 1, 2 * cols + 1]);
        // Every M with every N would be many; each K turns them against each other.
        let shapes: Vec<_> = shapes
            .clone()
            .zip(shapes.cycle().skip(k % 4))
            .map(|((m, _), (_, n))| (m, k, n))
            .collect();
        let batch = Batch::<E>::of_shapes(config, k as u64, Masks::Random, shapes);
        for first in 0..2 {
            let mappings = mappings::alternating(config, first, 4);
            for options in [&options[0], &options[1 + (k + first) % 6]] {
                let what = format!("K = {k}");
                met.run(config, &mut array, options, (&batch, &mappings), &what);
            }
        }
    }
    for masks in [Masks::AllKept, Masks::NoneKept] {
        let shapes = [(3, rows + 1, cols + 1), (1, 1, 1), (2, 3, 4)];
        let batch = Batch::<E>::of_shapes(config, 1, masks, shapes);
        for (seed, options) in options.iter().enumerate() {
            for mappings in [
                mappings::alternating(config, seed, 3),
                mappings::random(config, seed as u64, 3),
            ] {
                let what = format!("{masks:?}");
                met.run(config, &mut array, options, (&batch, &mappings), &what);
            }
        }
    }
}

#[test]
fn every_mapping_on_small_arrays() {
    let batches = if full() { 300 } else { 28 };
    for config in arrays::flows() {
        with_format!(random(&config, batches, 12));
    }
}

#[test]
fn every_tile_length_meets_every_other() {
    let configs = arrays::flows()
        .into_iter()
        .chain(arrays::dsps())
        .chain(arrays::staged())
        .chain(arrays::ram_lines());
    for config in configs {
        with_format!(sweep(&config));
    }
}

#[test]
fn every_mapping_on_16_by_16() {
    let (batches, max_dim) = if full() { (200, 90) } else { (14, 40) };
    random::<i8>(&arrays::large(), batches, max_dim);
}

#[test]
fn neither_dataflow_enters_while_the_other_is_at_work() {
    let configs = arrays::flows().into_iter().chain([arrays::large()]);
    for config in configs.filter(|config| config.dataflow == Dataflow::Both) {
        let mut array = arrays::verilated(&config);
        for _ in 0..3 {
            handshakes::check(&config, &mut array)
                .unwrap_or_else(|error| panic!("{}: {error}", config.slug()));
        }
    }
}
