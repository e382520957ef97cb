//! The integer golden model against the naive loop over `Accumulator::step`.

mod common;

use common::*;
use heddle_format::{Format, Overflow};
use heddle_gemm::{
    Accumulator, Engine, GemmError, GoldenEngine, Job, Kernel, MatMut, MatRef, Policy, Scratch,
};
use proptest::prelude::*;
use rand::Rng;

fn engines(accumulator: Accumulator) -> impl Iterator<Item = GoldenEngine> {
    Kernel::ALL
        .into_iter()
        .filter_map(move |kernel| GoldenEngine::with_kernel(accumulator, kernel).ok())
}

fn overflow() -> impl Strategy<Value = Overflow> {
    prop_oneof![Just(Overflow::Wrap), Just(Overflow::Saturate)]
}

fn seeds(accumulator: Accumulator) -> impl FnMut(&mut dyn rand::RngCore) -> i64 {
    let (min, max) = accumulator.range();
    move |rng| match rng.random_range(0..8) {
        0 => min,
        1 => max,
        2 => rng.random_range(min..=max),
        _ => rng.random_range(-1000..1000).clamp(min, max),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn int8_is_the_naive_loop(
        seed: u64, m in 1_usize..=20, k in 1_usize..=40, n in 1_usize..=70,
        bits in 2_usize..=32, overflow in overflow(),
    ) {
        let accumulator = Accumulator { bits, overflow };
        let mut seeds = seeds(accumulator);
        let case = Case::random(
            &mut rng(seed), (m, k, n), (99, 77), |rng| rng.random::<i8>(), |rng| seeds(rng) as i32,
        );
        let mut scratch = Scratch::default();
        for policy in Policy::ALL {
            let (expected, overflows) = naive_integer(&case, policy, accumulator);
            for mut engine in engines(accumulator) {
                prop_assert_eq!(&case.run(&mut engine, policy, &mut scratch).unwrap(), &expected);
                prop_assert_eq!(engine.overflows(), overflows);
                prop_assert_eq!(engine.overflowed(), overflows > 0);
            }
        }
    }

    #[test]
    fn int16_is_the_naive_loop(
        seed: u64, m in 1_usize..=20, k in 1_usize..=40, n in 1_usize..=70,
        bits in prop_oneof![Just(64), Just(63), Just(48), Just(33), Just(32), 2_usize..=64],
        overflow in overflow(), extremes: bool,
    ) {
        let accumulator = Accumulator { bits, overflow };
        let mut seeds = seeds(accumulator);
        let case = Case::random(
            &mut rng(seed), (m, k, n), (99, 77),
            |rng| match (extremes, rng.random()) { (true, true) => i16::MAX, (true, false) => i16::MIN, _ => rng.random() },
            |rng| seeds(rng),
        );
        let mut scratch = Scratch::default();
        for policy in Policy::ALL {
            let (expected, overflows) = naive_integer(&case, policy, accumulator);
            for mut engine in engines(accumulator) {
                prop_assert_eq!(&case.run(&mut engine, policy, &mut scratch).unwrap(), &expected);
                prop_assert_eq!(engine.overflows(), overflows);
            }
        }
    }
}

#[test]
fn a_step_wraps_or_saturates_at_the_edge() {
    let step = |bits, overflow, sum, product| Accumulator { bits, overflow }.step(sum, product);
    assert_eq!(step(16, Overflow::Wrap, 32767, 1), (-32768, true));
    assert_eq!(step(16, Overflow::Saturate, 32767, 1), (32767, true));
    assert_eq!(step(16, Overflow::Saturate, -32768, -16384), (-32768, true));
    assert_eq!(step(16, Overflow::Wrap, -32768, 0), (-32768, false));
    assert_eq!(step(64, Overflow::Wrap, i64::MAX, 1), (i64::MIN, true));
    assert_eq!(step(64, Overflow::Saturate, i64::MIN, -1), (i64::MIN, true));
    assert_eq!(
        step(48, Overflow::Wrap, (1 << 47) - 1, 2),
        (-(1 << 47) + 1, true)
    );
}

/// The order of steps shows: saturating early and coming back differs from
/// saturating the exact sum.
#[test]
fn saturation_acts_at_every_step() {
    let (a, b) = ([127_i8, 127, -128], [127_i8, 127, 127]);
    let accumulator = Accumulator {
        bits: 15,
        overflow: Overflow::Saturate,
    };
    let mut engine = GoldenEngine::new(accumulator);
    let mut c = [0];
    let job = Job::new(MatRef::row_major(&a, 1, 3), MatRef::row_major(&b, 3, 1), 0);
    engine
        .run(
            Policy::Packed,
            &[job],
            &mut [MatMut::row_major(&mut c, 1, 1)],
            &mut Scratch::default(),
        )
        .unwrap();
    assert_eq!(c, [16383 - 128 * 127]);
    assert_eq!(engine.overflows(), 1);
    engine.clear_overflows();
    assert!(!engine.overflowed());
}

#[test]
fn overflow_in_dropped_places_is_not_flagged() {
    let (a, b) = ([127_i8, 1], [127_i8, 127]);
    let mut engine = GoldenEngine::new(Accumulator {
        bits: 15,
        overflow: Overflow::Wrap,
    });
    let keep = [false, true].into_iter().collect();
    let job = Job {
        keep_m: Some(&keep),
        ..Job::new(MatRef::row_major(&a, 2, 1), MatRef::row_major(&b, 1, 2), 0)
    };
    let mut c = [16000, 16000, 1, 2];
    engine
        .run(
            Policy::Dense,
            &[job],
            &mut [MatMut::row_major(&mut c, 2, 2)],
            &mut Scratch::default(),
        )
        .unwrap();
    assert_eq!((c, engine.overflowed()), ([16000, 16000, 128, 129], false));
}

#[test]
fn seeds_and_widths_that_do_not_fit_are_refused() {
    let (a, b) = ([1_i8; 2], [1_i8; 2]);
    let job = Job::new(MatRef::row_major(&a, 2, 1), MatRef::row_major(&b, 1, 2), 0);
    let run = |bits, c: &mut [i32; 4]| {
        GoldenEngine::new(Accumulator {
            bits,
            overflow: Overflow::Wrap,
        })
        .run(
            Policy::Dense,
            &[job],
            &mut [MatMut::row_major(c, 2, 2)],
            &mut Scratch::default(),
        )
    };
    let error = run(16, &mut [0, 0, 40_000, 0]).unwrap_err();
    assert!(matches!(
        error,
        GemmError::Seed {
            job: 0,
            row: 1,
            col: 0,
            value: 40_000,
            bits: 16
        }
    ));
    assert!(run(17, &mut [0, 0, 40_000, 0]).is_ok());
    for bits in [0, 1, 33, 48, 1000] {
        let error = run(bits, &mut [0; 4]).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("a {bits}-bit accumulator for int8: use 2 to 32 bits")
        );
    }
    assert_eq!(Accumulator::of(Format::Int16).bits, 48);
}

#[test]
fn wide_results_cross_the_panels() {
    let accumulator = Accumulator {
        bits: 20,
        overflow: Overflow::Saturate,
    };
    for (seed, n) in [(1, 256), (2, 257), (3, 600)] {
        let mut seeds = seeds(accumulator);
        let case = Case::random(
            &mut rng(seed),
            (3, 70, n),
            (99, 77),
            |rng| rng.random::<i8>(),
            |rng| seeds(rng) as i32,
        );
        for policy in Policy::ALL {
            let (expected, overflows) = naive_integer(&case, policy, accumulator);
            for mut engine in engines(accumulator) {
                let found = case.run(&mut engine, policy, &mut Scratch::default());
                assert_eq!(found.unwrap(), expected, "{policy}");
                assert_eq!(engine.overflows(), overflows);
            }
        }
    }
}
