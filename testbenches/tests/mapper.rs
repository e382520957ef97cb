//! What the mapper says of a mapping, cycles and words per port, against what the driver
//! spends and moves when it is given the product that way round.

use heddle_array::driver::{Driver, DriverOptions};
use heddle_format::Format;
use heddle_gemm::{Job, Mask, MatMut, MatRef, Phase, Policy, Shape};
use heddle_hdl::ArrayConfig;
use heddle_schedule::job::kept_shape;
use heddle_schedule::mapper::layout::{Layout, UnitOrder};
use heddle_schedule::mapper::{Mapper, Product, Rules};
use heddle_schedule::{Choice, Mapping};
use heddle_testbenches::behavioural::Behavioural;

/// Words and most words per cycle of weights, activations, seeds and sums.
type Moved = [(u64, usize); 4];

/// A mask of `len` that keeps two of three.
fn mask(len: usize) -> Mask {
    Mask::new((0..len).map(|i| i % 3 != 1).collect())
}

/// Cycles and words of a driven job: the product, or `turned` its transpose.
fn driven(
    config: &ArrayConfig,
    policy: Policy,
    phase: Phase,
    shape: Shape,
    turned: bool,
) -> (u64, Moved) {
    let Shape { m, k, n } = shape;
    let (a, b) = (vec![1i8; m * k], vec![1i8; k * n]);
    // Where they lie: X by samples, of which WG takes the transpose; W by rows, of which BP
    // takes the transpose.
    let a = match phase {
        Phase::WeightGradient => MatRef::row_major(&a, k, m).t(),
        _ => MatRef::row_major(&a, m, k),
    };
    let b = match phase {
        Phase::Backward => MatRef::row_major(&b, n, k).t(),
        _ => MatRef::row_major(&b, k, n),
    };
    let mask = mask(masked(phase, shape));
    let mut job = if turned {
        Job::new(b.t(), a.t(), 0)
    } else {
        Job::new(a, b, 0)
    };
    match (phase, turned) {
        (Phase::Forward, _) => job.keep_k = Some(&mask),
        (Phase::Backward, false) | (Phase::WeightGradient, true) => job.keep_n = Some(&mask),
        (Phase::WeightGradient, false) | (Phase::Backward, true) => job.keep_m = Some(&mask),
    }
    let (rows, cols) = if turned { (n, m) } else { (m, n) };
    let mut c = vec![0i32; m * n];
    let options = DriverOptions {
        mapping: Some(Choice::Fixed(Mapping {
            edge: Layout::new(phase, UnitOrder::BatchMajor).edge(turned),
            ..Mapping::plain(config)
        })),
        ..DriverOptions::default()
    };
    let report = Driver::new(*config, options)
        .run(
            &mut Behavioural::new(*config),
            policy,
            &[job],
            &mut [MatMut::row_major(&mut c, rows, cols)],
            None,
        )
        .unwrap();
    let traffic = report.traffic[0];
    let ports = [
        traffic.weights,
        traffic.activations,
        traffic.seeds,
        traffic.sums,
    ];
    (
        report.cycles,
        ports.map(|port| (port.words, port.peak_words)),
    )
}

fn masked(phase: Phase, shape: Shape) -> usize {
    match phase {
        Phase::Forward => shape.k,
        Phase::Backward => shape.n,
        Phase::WeightGradient => shape.m,
    }
}

/// Cycles and words that the mapper states for the mapping called `name`.
fn mapped(
    config: &ArrayConfig,
    policy: Policy,
    phase: Phase,
    shape: Shape,
    name: &str,
) -> (u64, Moved) {
    let keep = mask(masked(phase, shape)).kept().len();
    let kept = kept_shape(phase, shape, keep).unwrap();
    let product = Product {
        phase,
        shape,
        kept,
        policy,
    };
    let mut mapper = Mapper::new(*config, Rules::default()).unwrap();
    let found = mapper.candidates(&product);
    let plain = found.iter().find(|one| one.name() == name).unwrap();
    let ports = &plain.bandwidth;
    let bytes = |bits: usize| bits as f64 / 8.0;
    let (w, a) = (bytes(config.operand_bits()), bytes(config.acc_bits()));
    let ports = [
        (ports.weights, w),
        (ports.activations, w),
        (ports.seeds, a),
        (ports.sums, a),
    ];
    (
        plain.count.cycles,
        ports.map(|(port, bytes)| (port.words, (port.peak / bytes) as usize)),
    )
}

#[test]
fn the_driver_spends_and_moves_what_the_mapper_says() {
    let config = ArrayConfig::new(4, 3, Format::Int8);
    for phase in Phase::ALL {
        for (m, k, n) in [(5, 12, 9), (7, 10, 20), (1, 3, 2), (9, 33, 4)] {
            let shape = Shape { m, k, n };
            for policy in [Policy::Dense, Policy::Packed, Policy::Gated] {
                for (name, turned) in [("ws", false), ("ws transposed", true)] {
                    let (cycles, moved) = driven(&config, policy, phase, shape, turned);
                    let (said, ports) = mapped(&config, policy, phase, shape, name);
                    let case = format!("{name}: {phase} {shape} {policy}");
                    assert_eq!(cycles, said, "{case}");
                    for (moved, port) in moved.into_iter().zip(ports) {
                        assert_eq!(moved.0, port.0, "{case}");
                        // Dropped words leave gaps in beats that are sent.
                        assert!(moved.1 <= port.1, "{case}");
                        if policy == Policy::Packed {
                            assert_eq!(moved.1, port.1, "{case}");
                        }
                    }
                }
            }
        }
    }
}

/// The control: turned the other way round, the driver's cycles are not those stated.
#[test]
fn another_mapping_has_other_cycles() {
    let config = ArrayConfig::new(4, 3, Format::Int8);
    let shape = Shape::new(7, 10, 20);
    let (cycles, _) = driven(&config, Policy::Dense, Phase::Forward, shape, true);
    let (said, _) = mapped(&config, Policy::Dense, Phase::Forward, shape, "ws");
    assert_ne!(cycles, said);
}
