//! The mapper's words per port, in closed form, against those that the driver moves.

use heddle_cosim::array::behavioural::Behavioural;
use heddle_cosim::array::driver::{Driver, DriverOptions};
use heddle_cosim::mapper::{Mapper, Product, Rules};
use heddle_format::Format;
use heddle_gemm::{Job, Mask, MatMut, MatRef, Phase, Policy};
use heddle_hdl::ArrayConfig;

/// Words and most words per cycle of weights, activations, seeds and sums.
type Moved = [(u64, usize); 4];

/// A mask of `len` that keeps two of three.
fn mask(len: usize) -> Mask {
    Mask::new((0..len).map(|i| i % 3 != 1).collect())
}

fn driven(
    config: &ArrayConfig,
    policy: Policy,
    phase: Phase,
    shape: (usize, usize, usize),
) -> Moved {
    let (m, k, n) = shape;
    let (a, b) = (vec![1i8; m * k], vec![1i8; k * n]);
    // BP reads rows of W as columns of its transpose.
    let b = match phase {
        Phase::Backward => MatRef::row_major(&b, n, k).t(),
        _ => MatRef::row_major(&b, k, n),
    };
    let mask = mask(masked(phase, shape));
    let mut job = Job::new(MatRef::row_major(&a, m, k), b, 0);
    match phase {
        Phase::Forward => job.keep_k = Some(&mask),
        Phase::Backward => job.keep_n = Some(&mask),
        Phase::WeightGradient => job.keep_m = Some(&mask),
    }
    let mut c = vec![0i32; m * n];
    let report = Driver::new(*config, DriverOptions::default())
        .run(
            &mut Behavioural::new(*config),
            policy,
            &[job],
            &mut [MatMut::row_major(&mut c, m, n)],
            None,
        )
        .unwrap();
    let traffic = report.traffic[0];
    [
        traffic.weights,
        traffic.activations,
        traffic.seeds,
        traffic.sums,
    ]
    .map(|port| (port.words, port.peak_words))
}

fn masked(phase: Phase, (m, k, n): (usize, usize, usize)) -> usize {
    match phase {
        Phase::Forward => k,
        Phase::Backward => n,
        Phase::WeightGradient => m,
    }
}

fn mapped(
    config: &ArrayConfig,
    policy: Policy,
    phase: Phase,
    shape: (usize, usize, usize),
) -> Moved {
    let keep = mask(masked(phase, shape)).kept().len();
    let (m, k, n) = shape;
    let kept = match phase {
        Phase::Forward => (m, keep, n),
        Phase::Backward => (m, k, keep),
        Phase::WeightGradient => (keep, k, n),
    };
    let product = Product {
        phase,
        shape,
        kept,
        policy,
    };
    let mut mapper = Mapper::new(*config, Rules::default()).unwrap();
    let found = mapper.candidates(&product);
    let plain = found.iter().find(|one| one.name() == "ws").unwrap();
    let ports = &plain.bandwidth;
    let bytes = |bits: usize| bits as f64 / 8.0;
    let (w, a) = (bytes(config.operand_bits()), bytes(config.acc_bits()));
    [
        (ports.weights, w),
        (ports.activations, w),
        (ports.seeds, a),
        (ports.sums, a),
    ]
    .map(|(port, bytes)| (port.words, (port.peak / bytes) as usize))
}

#[test]
fn every_port_carries_what_the_driver_moves() {
    let config = ArrayConfig::new(4, 3, Format::Int8);
    for phase in Phase::ALL {
        for shape in [(5, 12, 9), (7, 10, 20), (1, 3, 2), (9, 33, 4)] {
            for policy in [Policy::Dense, Policy::Packed, Policy::Gated] {
                let moved = driven(&config, policy, phase, shape);
                let said = mapped(&config, policy, phase, shape);
                for port in 0..4 {
                    assert_eq!(
                        moved[port].0, said[port].0,
                        "{phase} {shape:?} {policy} port {port}"
                    );
                    // Dropped words leave gaps in beats that are sent: the peak is a bound.
                    assert!(moved[port].1 <= said[port].1);
                    if policy == Policy::Packed {
                        assert_eq!(moved[port].1, said[port].1);
                    }
                }
            }
        }
    }
}
