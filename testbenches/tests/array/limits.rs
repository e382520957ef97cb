//! The workload's own shapes at full rate: cycles, bandwidth, and bad input.

use heddle_array::driver::{Driver, DriverOptions};
use heddle_array::ArrayError;
use heddle_format::Format;
use heddle_gemm::{GemmError, Job, Mask, MatMut, MatRef, Policy, Shape};
use heddle_hdl::ArrayConfig;
use heddle_schedule::count;
use heddle_schedule::Edge;
use heddle_testbenches::behavioural::Behavioural;

/// Streams FP 20 x 130 x 520, a fifth of the workload's in either direction, and
/// checks that the simulated count is the model's and that the ports carry what they
/// should.
#[test]
fn a_forward_product_streams_at_the_models_rate() {
    let config = ArrayConfig::new(16, 16, Format::Int8);
    let (m, k, n) = (20, 130, 520);
    let (a, b) = (vec![1i8; m * k], vec![1i8; k * n]);
    let keep: Mask = (0..k).map(|i| i % 2 == 0).collect();
    let job = Job {
        keep_k: Some(&keep),
        ..Job::new(MatRef::row_major(&a, m, k), MatRef::row_major(&b, k, n), 0)
    };
    let mut driver = Driver::new(config, DriverOptions::default());
    let mut array = Behavioural::new(config);
    let mut cycles = Vec::new();
    for policy in Policy::ALL {
        let mut c = vec![0; m * n];
        let mut outputs = [MatMut::row_major(&mut c, m, n)];
        let report = driver
            .run(&mut array, policy, &[job], &mut outputs, None)
            .unwrap();
        let shape = Shape { m, k, n };
        let kept = Shape { k: k / 2, ..shape };
        let counted = count(&config, shape, kept, policy, Edge::Top);
        assert_eq!(report.cycles, counted.cycles);
        assert!(c.iter().all(|&sum| sum == 65));
        let traffic = report.traffic[0];
        // Kept words only, each word of B once, whatever the policy.
        assert_eq!(traffic.weights.words, (65 * n) as u64);
        assert_eq!(traffic.weights.peak_words, 16);
        assert!(traffic.activations.peak_bytes() <= 16.0);
        assert_eq!(traffic.seeds.words, traffic.sums.words);
        assert!(traffic.sums.mean_bytes(report.cycles) <= 64.0);
        cycles.push(report.cycles);
    }
    assert_eq!(cycles[0], cycles[1]);
    // 130 rows are 9 tiles of 16, 65 are 5.
    assert!(cycles[0] as f64 / cycles[2] as f64 > 1.75);
}

#[test]
fn misfits_are_bad_input_with_the_offending_value() {
    let config = ArrayConfig {
        acc_bits: Some(16),
        ..ArrayConfig::new(2, 2, Format::Int8)
    };
    let mut driver = Driver::new(config, DriverOptions::default());
    let mut array = Behavioural::new(config);
    let (a, b) = ([1i8; 6], [1i8; 6]);
    let job = Job::new(MatRef::row_major(&a, 2, 3), MatRef::row_major(&b, 3, 2), 0);

    let mut c = [0, 0, 40_000, 0];
    let mut outputs = [MatMut::row_major(&mut c, 2, 2)];
    let error = driver
        .run(&mut array, Policy::Dense, &[job], &mut outputs, None)
        .unwrap_err();
    assert!(
        matches!(
            error,
            ArrayError::Gemm(GemmError::Seed {
                row: 1,
                col: 0,
                value: 40_000,
                bits: 16,
                ..
            })
        ),
        "{error}"
    );
    assert!(error.is_bad_input());

    // Where the seed's row is dropped, it is never read.
    let keep: Mask = [true, false].into_iter().collect();
    let masked = Job {
        keep_m: Some(&keep),
        ..job
    };
    driver
        .run(&mut array, Policy::Dense, &[masked], &mut outputs, None)
        .unwrap();

    let short = Mask::all(1);
    let misfit = Job {
        keep_k: Some(&short),
        ..job
    };
    let error = driver
        .run(&mut array, Policy::Dense, &[misfit], &mut outputs, None)
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("length of the mask on k is 1, expected 3"),
        "{error}"
    );

    let wide = [1i16; 6];
    let other = Job::new(
        MatRef::row_major(&wide, 2, 3),
        MatRef::row_major(&wide, 3, 2),
        0,
    );
    let mut c = [0i64; 4];
    let mut outputs = [MatMut::row_major(&mut c, 2, 2)];
    let error = driver
        .run(&mut array, Policy::Dense, &[other], &mut outputs, None)
        .unwrap_err();
    assert!(error.to_string().contains("--format int16"), "{error}");
    assert!(error.is_bad_input());
}
