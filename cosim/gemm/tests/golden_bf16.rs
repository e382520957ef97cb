//! The bf16 golden model against the naive loop, bit for bit, on every kernel.

mod common;

use common::*;
use half::bf16;
use heddle_format::Format;
use heddle_gemm::{
    mac_bf16, Accumulator, Engine, GoldenEngine, Job, Kernel, MatMut, MatRef, Policy, Scratch,
};
use proptest::prelude::*;

fn kernels() -> Vec<GoldenEngine> {
    Kernel::ALL
        .into_iter()
        .filter_map(|kernel| GoldenEngine::with_kernel(Accumulator::of(Format::Bf16), kernel).ok())
        .collect()
}

fn bits(sums: &[f32]) -> Vec<u32> {
    sums.iter().map(|sum| sum.to_bits()).collect()
}

fn case(seed: u64, shape: (usize, usize, usize), specials: bool) -> Case<bf16> {
    let draw = if specials { any_bf16 } else { finite_bf16 };
    // NaN in the gaps: what is read by mistake spoils a sum, what is written is seen.
    Case::random(
        &mut rng(seed),
        shape,
        (bf16::NAN, f32::from_bits(0x7fc1_2345)),
        draw,
        any_f32,
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn every_kernel_gives_the_bits_of_the_naive_loop(
        seed: u64,
        m in 1_usize..=40,
        k in 1_usize..=40,
        n in 1_usize..=40,
        specials: bool,
    ) {
        let case = case(seed, (m, k, n), specials);
        let mut scratch = Scratch::default();
        for policy in Policy::ALL {
            let expected = naive_bf16(&case, policy);
            for mut engine in kernels() {
                let found = case.run(&mut engine, policy, &mut scratch).unwrap();
                prop_assert_eq!(&bits(&found), &expected, "{:?} {}", engine.kernel(), policy);
            }
        }
    }
}

#[test]
fn long_reductions_cross_blocks_and_groups_of_panels() {
    for (seed, shape) in [
        (1, (13, 300, 33)),
        (2, (25, 129, 65)),
        (3, (1, 1000, 1)),
        (4, (2, 1500, 700)),
    ] {
        let case = case(seed, shape, false);
        for mut engine in kernels() {
            for policy in Policy::ALL {
                let found = case
                    .run(&mut engine, policy, &mut Scratch::default())
                    .unwrap();
                assert_eq!(
                    bits(&found),
                    naive_bf16(&case, policy),
                    "{:?} {policy}",
                    engine.kernel()
                );
            }
        }
    }
}

#[test]
fn the_step_rounds_once() {
    let one = bf16::ONE;
    let eps = bf16::from_f32(2f32.powi(-7)); // (1 + eps)^2 = 1 + 2 eps + eps^2
    let a = one + eps;
    // Rounding the product to bf16, or to f32 after another rounding, would differ:
    // the exact product needs 15 bits and is added to a sum of another magnitude.
    let sum = 2f32.powi(-23);
    let exact = (1.0 + 2f64.powi(-7)).powi(2) + 2f64.powi(-23);
    assert_eq!(mac_bf16(a, a, sum), exact as f32);
    // A tie to even that a rounded product cannot see.
    assert_eq!(mac_bf16(one, one, 2f32.powi(-24)), 1.0);
    assert_eq!(mac_bf16(a, one, 2f32.powi(-24)), 1.0 + 2f32.powi(-7));
    // Subnormals in and out.
    let tiny = bf16::from_bits(1);
    assert_eq!(mac_bf16(tiny, one, 0.0).to_bits(), 1 << 16);
    assert_eq!(
        mac_bf16(tiny, bf16::from_f32(2f32.powi(-16)), 0.0).to_bits(),
        1
    );
    // Infinity minus infinity, zero times infinity: the canonical NaN.
    let inf = bf16::INFINITY;
    assert_eq!(mac_bf16(inf, one, f32::NEG_INFINITY).to_bits(), 0x7fc0_0000);
    assert_eq!(mac_bf16(inf, bf16::ZERO, 1.0).to_bits(), 0x7fc0_0000);
    assert_eq!(mac_bf16(inf, one, 1.0), f32::INFINITY);
}

#[test]
fn a_dropped_k_turns_minus_zero_into_zero_under_dense_only() {
    let mut case = case(4, (1, 2, 1), false);
    let minus = bf16::NEG_ZERO;
    for (operand, values) in [
        (&mut case.a, [minus, minus]),
        (&mut case.b, [bf16::ONE, bf16::ONE]),
    ] {
        operand.data.fill(values[0]);
    }
    case.c.data.fill(-0.0);
    (case.keep_m, case.keep_n) = (None, None);
    case.keep_k = Some([true, false].into_iter().collect());
    let mut engine = GoldenEngine::new(Accumulator::of(Format::Bf16));
    for (policy, expected) in [
        (Policy::Dense, 0.0_f32),
        (Policy::Gated, -0.0),
        (Policy::Packed, -0.0),
    ] {
        let found = case
            .run(&mut engine, policy, &mut Scratch::default())
            .unwrap();
        assert_eq!(found[0].to_bits(), expected.to_bits(), "{policy}");
    }
}

#[test]
fn chaining_through_an_output_equals_one_long_job() {
    let (m, k, n) = (7, 12, 19);
    let case = {
        let mut case = case(5, (m, k, n), false);
        (case.keep_m, case.keep_k, case.keep_n) = (None, None, None);
        case
    };
    let mut engine = GoldenEngine::new(Accumulator::of(Format::Bf16));
    let mut scratch = Scratch::default();
    let whole = case.run(&mut engine, Policy::Packed, &mut scratch).unwrap();
    let part = |from: usize, len: usize| {
        let (a, b) = (&case.a, &case.b);
        Job::new(
            MatRef::strided(
                &a.data[a.place(0, from)..],
                m,
                len,
                a.strides.0,
                a.strides.1,
            )
            .unwrap(),
            MatRef::strided(
                &b.data[b.place(from, 0)..],
                len,
                n,
                b.strides.0,
                b.strides.1,
            )
            .unwrap(),
            1,
        )
    };
    let mut other = [0.0; 1];
    let mut c = case.c.clone();
    let jobs = [part(0, 5), part(5, 1), part(6, 6)];
    let mut outputs = [MatMut::row_major(&mut other, 1, 1), c.view_mut()];
    engine
        .run(Policy::Packed, &jobs, &mut outputs, &mut scratch)
        .unwrap();
    assert_eq!(bits(&c.data), bits(&whole));
}

#[test]
fn a_misfit_is_named() {
    let case = case(6, (3, 4, 5), false);
    let mut engine = GoldenEngine::new(Accumulator::of(Format::Bf16));
    let short = heddle_gemm::Mask::all(3);
    let job = Job {
        keep_k: Some(&short),
        ..case.job()
    };
    let mut c = case.c.clone();
    let error = engine
        .run(
            Policy::Packed,
            &[job],
            &mut [c.view_mut()],
            &mut Scratch::default(),
        )
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "job 0: length of the mask on k is 3, expected 4"
    );
}

/// Negative control: the random cases tell the right sums from those of another order
/// of k and of a product that is rounded before the addition.
#[test]
fn another_order_or_rounding_would_be_seen() {
    let (mut reversed, mut rounded) = (0, 0);
    for seed in 0..20 {
        let case = case(seed, (6, 12, 18), false);
        let right = naive_bf16(&case, Policy::Packed);
        let twice = case.naive(Policy::Packed, |sum, a, b| {
            bf16::from_f32(a.to_f32() * b.to_f32()).to_f32() + sum
        });
        rounded += usize::from(bits(&twice) != right);
        let steps = case.a.cols;
        let mut other = case.clone();
        for k in 0..steps {
            for row in 0..case.a.rows {
                let place = case.a.place(row, k);
                other.a.data[place] = case.a.at(row, steps - 1 - k);
            }
            for col in 0..case.b.cols {
                let place = case.b.place(k, col);
                other.b.data[place] = case.b.at(steps - 1 - k, col);
            }
        }
        other.keep_k = case
            .keep_k
            .map(|mask| mask.bits().iter().by_vals().rev().collect());
        reversed += usize::from(naive_bf16(&other, Policy::Packed) != right);
    }
    assert!(
        reversed >= 15 && rounded >= 15,
        "{reversed} and {rounded} of 20"
    );
}
