//! The floating-point engine against sums in higher precision, within its bound.

mod common;

use common::*;
use heddle_gemm::{CpuEngine, Element, Engine, Policy, Scratch};
use proptest::prelude::*;
use rand::Rng;

/// |found - exact| <= 2 (k + 1) eps (|c0| + sum |a| |b|) everywhere, and exactly C0 in
/// dropped places and gaps. The seed counts as one more product.
fn check<T>(case: &Case<T>, found: &[T], eps: f64, policy: Policy)
where
    T: Element<Acc = T> + Into<f64>,
{
    let mut exact: Vec<f64> = case.c.data.iter().map(|&c| c.into()).collect();
    let mut size: Vec<f64> = exact.iter().map(|c| c.abs()).collect();
    let (m, k, n) = case.shape();
    let keeps =
        |mask: &Option<heddle_gemm::Mask>, i| mask.as_ref().is_none_or(|mask| mask.keeps(i));
    let mut kept = vec![false; exact.len()];
    for i in 0..m {
        for j in 0..n {
            let place = case.c.place(i, j);
            kept[place] = keeps(&case.keep_m, i) && keeps(&case.keep_n, j);
            for l in (0..k).filter(|&l| kept[place] && keeps(&case.keep_k, l)) {
                let product = case.a.at(i, l).into() * case.b.at(l, j).into();
                exact[place] += product;
                size[place] += product.abs();
            }
        }
    }
    for place in 0..exact.len() {
        let found: f64 = found[place].into();
        if kept[place] {
            let bound = 2.0 * (k + 1) as f64 * eps * size[place];
            let error = (found - exact[place]).abs();
            assert!(
                error <= bound,
                "{found} is {error} off {} under {policy}",
                exact[place]
            );
        } else {
            assert!(
                found == exact[place] || found.is_nan() && exact[place].is_nan(),
                "{found} {}",
                exact[place]
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn f32_within_the_bound(seed: u64, m in 1_usize..=40, k in 1_usize..=40, n in 1_usize..=40) {
        let draw = |rng: &mut dyn rand::RngCore| rng.random_range(-1.0_f32..1.0);
        let case = Case::random(&mut rng(seed), (m, k, n), (f32::NAN, f32::NAN), draw, draw);
        let mut scratch = Scratch::default();
        for policy in Policy::ALL {
            for threads in [1, 2] {
                let found = case.run(&mut CpuEngine::with_threads(threads).unwrap(), policy, &mut scratch).unwrap();
                check(&case, &found, f64::from(f32::EPSILON) / 2.0, policy);
            }
        }
    }

    #[test]
    fn f64_within_the_bound(seed: u64, m in 1_usize..=40, k in 1_usize..=40, n in 1_usize..=40) {
        let draw = |rng: &mut dyn rand::RngCore| rng.random_range(-1.0_f64..1.0);
        let case = Case::random(&mut rng(seed), (m, k, n), (f64::NAN, f64::NAN), draw, draw);
        let mut scratch = Scratch::default();
        for policy in Policy::ALL {
            let found = case.run(&mut CpuEngine::new(), policy, &mut scratch).unwrap();
            // The exact sum is in f64 as well: twice the bound.
            check(&case, &found, f64::EPSILON, policy);
        }
    }

    /// What lies in dropped places of A and B is never used, NaN and infinity included.
    #[test]
    fn dropped_operands_are_not_used(seed: u64, m in 1_usize..=20, k in 1_usize..=20, n in 1_usize..=20) {
        let draw = |rng: &mut dyn rand::RngCore| rng.random_range(-1.0_f32..1.0);
        let mut case = Case::random(&mut rng(seed), (m, k, n), (f32::NAN, 7.0), draw, draw);
        let poison = if seed % 2 == 0 { f32::NAN } else { f32::INFINITY };
        let clean = case.clone();
        let dropped = |mask: &Option<heddle_gemm::Mask>| {
            mask.iter().flat_map(|mask| mask.bits().iter_zeros()).collect::<Vec<_>>()
        };
        for l in dropped(&case.keep_k) {
            for i in 0..m { let p = case.a.place(i, l); case.a.data[p] = poison; }
            for j in 0..n { let p = case.b.place(l, j); case.b.data[p] = poison; }
        }
        for i in dropped(&case.keep_m) {
            for l in 0..k { let p = case.a.place(i, l); case.a.data[p] = poison; }
        }
        for j in dropped(&case.keep_n) {
            for l in 0..k { let p = case.b.place(l, j); case.b.data[p] = poison; }
        }
        let mut scratch = Scratch::default();
        for policy in Policy::ALL {
            let found = case.run(&mut CpuEngine::new(), policy, &mut scratch).unwrap();
            check(&clean, &found, f64::from(f32::EPSILON) / 2.0, policy);
        }
    }
}

#[test]
fn nothing_is_allocated_after_the_largest_job() {
    let draw = |rng: &mut dyn rand::RngCore| rng.random_range(-1.0_f32..1.0);
    let mut scratch = Scratch::default();
    let mut largest = 0;
    for seed in 0..60 {
        let size = 40 - seed as usize % 30;
        let case = Case::random(&mut rng(seed), (size, size, size), (0.0, 0.0), draw, draw);
        for policy in Policy::ALL {
            case.run(&mut CpuEngine::new(), policy, &mut scratch)
                .unwrap();
        }
        if seed == 29 {
            // Every kind of mask has been met at every size: not more than all three copies.
            largest = scratch.bytes();
        }
        assert!(scratch.bytes() <= 3 * (40 * 40 * 4 + 64));
    }
    assert!(largest > 0 && scratch.bytes() >= largest);
}

#[test]
fn the_engine_is_one_for_both_types() {
    let engine = CpuEngine::default();
    assert_eq!(
        <CpuEngine as Engine<f32>>::name(&engine),
        <CpuEngine as Engine<f64>>::name(&engine)
    );
}
