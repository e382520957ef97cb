//! Engines of other formats as f32 engines: what is rounded, scaled, kept and dropped.

mod common;

use common::*;
use half::bf16;
use heddle_format::{Format, Overflow};
use heddle_gemm::{
    mac_bf16, quantise_i16, quantise_i8, round_bf16, Accumulator, Bf16Edge, CpuEngine, Engine,
    GemmError, GoldenEngine, IntEdge, Job, Mask, MatMut, MatRef, Policy, Scratch, WeightKey,
};
use proptest::prelude::*;
use rand::Rng;

fn bf16_edge() -> Bf16Edge<GoldenEngine> {
    Bf16Edge::new(GoldenEngine::new(Accumulator::of(Format::Bf16)))
}

fn int8_edge() -> IntEdge<i8, GoldenEngine> {
    IntEdge::new(GoldenEngine::new(Accumulator::of(Format::Int8)))
}

fn int16_edge() -> IntEdge<i16, GoldenEngine> {
    IntEdge::new(GoldenEngine::new(Accumulator::of(Format::Int16)))
}

fn draw(rng: &mut dyn rand::RngCore) -> f32 {
    rng.random_range(-3.0..3.0)
}

/// NaN in the gaps and in every dropped place of A and B.
fn poisoned(seed: u64, shape: (usize, usize, usize)) -> Case<f32> {
    let mut case = Case::random(&mut rng(seed), shape, (f32::NAN, 5.0), draw, draw);
    let (m, k, n) = shape;
    let drops = |mask: &Option<Mask>, i: usize| mask.as_ref().is_some_and(|mask| !mask.keeps(i));
    for l in 0..k {
        for i in (0..m).filter(|&i| drops(&case.keep_m, i) || drops(&case.keep_k, l)) {
            let place = case.a.place(i, l);
            case.a.data[place] = f32::NAN;
        }
        for j in (0..n).filter(|&j| drops(&case.keep_n, j) || drops(&case.keep_k, l)) {
            let place = case.b.place(l, j);
            case.b.data[place] = f32::NAN;
        }
    }
    case
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn bf16_is_the_naive_loop_on_rounded_operands(
        seed: u64, m in 1_usize..=20, k in 1_usize..=20, n in 1_usize..=40, keyed: bool,
    ) {
        let case = poisoned(seed, (m, k, n));
        let mut edge = bf16_edge();
        let key = keyed.then(WeightKey::new);
        for policy in Policy::ALL {
            let expected = case.naive(policy, |sum, a, b| {
                mac_bf16(bf16::from_f32(a), bf16::from_f32(b), sum)
            });
            let mut c = case.c.clone();
            let job = Job { b_key: key, ..case.job() };
            edge.run(policy, &[job], &mut [c.view_mut()], &mut Scratch::default()).unwrap();
            prop_assert_eq!(c.data, expected);
        }
    }

    /// int8 and int16 are as far off the f32 product as their quantisation steps.
    #[test]
    fn integers_are_within_the_quantisation_error(
        seed: u64, m in 1_usize..=20, k in 1_usize..=20, n in 1_usize..=40, keyed: bool,
    ) {
        let case = poisoned(seed, (m, k, n));
        let mut scratch = Scratch::default();
        let key = keyed.then(WeightKey::new);
        for policy in Policy::ALL {
            let exact = case.run(&mut CpuEngine::new(), policy, &mut scratch).unwrap();
            let job = Job { b_key: key, ..case.job() };
            let check = |engine: &mut dyn Engine<f32>, step: f32| {
                let mut c = case.c.clone();
                engine.run(policy, &[job], &mut [c.view_mut()], &mut Scratch::default()).unwrap();
                for (found, exact) in c.data.iter().zip(&exact) {
                    // Each product: half a step of each factor (below 3 in size), and f32.
                    let bound = k as f32 * (3.0 * step + step * step) + 1e-4;
                    assert!((found - exact).abs() <= bound, "{} {found} {exact}", engine.name());
                }
            };
            check(&mut int8_edge(), 4.0 / 128.0);
            check(&mut int16_edge(), 4.0 / 32768.0);
        }
    }

    #[test]
    fn quantising_is_half_to_even_by_the_least_power_of_two(
        values in prop::collection::vec(-1e3_f32..1e3, 1..40), exponent in -140_i32..110,
    ) {
        let values: Vec<f32> = values.iter().map(|&v| v * 2f32.powi(exponent / 2) * 2f32.powi(exponent - exponent / 2)).collect();
        let view = MatRef::row_major(&values, 1, values.len());
        let largest = f64::from(values.iter().fold(0.0_f32, |max, v| max.max(v.abs())));
        let check = |integers: Vec<i64>, scale: f32, limit: f64| {
            let scale = f64::from(scale);
            assert_eq!(scale.log2().fract(), 0.0);
            if largest == 0.0 {
                assert_eq!(scale, 1.0);
            } else {
                assert!(largest <= limit * scale, "nothing is clamped");
                assert!(largest > limit * scale / 2.0 || scale == 2f64.powi(-126));
            }
            for (&integer, &value) in integers.iter().zip(&values) {
                assert_eq!(integer as f64, (f64::from(value) / scale).round_ties_even());
            }
        };
        let q = quantise_i8(view, None, None).unwrap();
        check(q.values.iter().map(|&v| v.into()).collect(), q.scale, 127.0);
        let q = quantise_i16(view, None, None).unwrap();
        check(q.values.iter().map(|&v| v.into()).collect(), q.scale, 32767.0);
    }
}

#[test]
fn ties_go_to_even_and_dropped_values_have_no_say() {
    let values = [0.5, 1.5, -2.5, 127.0, 1e30, f32::NAN];
    let keep: Mask = (0..6).map(|i| i < 4).collect();
    let q = quantise_i8(MatRef::row_major(&values, 1, 6), None, Some(&keep)).unwrap();
    assert_eq!(
        (q.values.as_slice(), q.scale),
        (&[0, 2, -2, 127, 0, 0][..], 1.0)
    );
    let q = quantise_i8(MatRef::row_major(&values, 6, 1), Some(&keep), None).unwrap();
    assert_eq!(
        (q.values.as_slice(), q.scale),
        (&[0, 2, -2, 127, 0, 0][..], 1.0)
    );
    let error = quantise_i8(MatRef::row_major(&values, 3, 2), None, None).unwrap_err();
    assert!(matches!(error, GemmError::NotFinite { row: 2, col: 1, value, .. } if value.is_nan()));
    // Half to even in bf16: 1 + 2^-8 lies between 1 and 1 + 2^-7.
    let round = |value: f32| round_bf16(MatRef::row_major(&[value], 1, 1))[0].to_f32();
    assert_eq!(round(1.0 + 2f32.powi(-8)), 1.0);
    assert_eq!(round(1.0 + 3.0 * 2f32.powi(-8)), 1.0 + 2f32.powi(-6));
}

/// One 1 x 1 product 1 * w on each kind of edge, with a key.
fn product(edge: &mut dyn Engine<f32>, key: Option<WeightKey>, w: &[f32; 1]) -> f32 {
    let (one, mut c) = ([1.0], [0.0]);
    let job = Job {
        b_key: key,
        ..Job::new(MatRef::row_major(&one, 1, 1), MatRef::row_major(w, 1, 1), 0)
    };
    edge.run(
        Policy::Packed,
        &[job],
        &mut [MatMut::row_major(&mut c, 1, 1)],
        &mut Scratch::default(),
    )
    .unwrap();
    c[0]
}

#[test]
fn an_updated_weight_is_converted_anew() {
    let (mut bf16, mut int8, mut int16) = (bf16_edge(), int8_edge(), int16_edge());
    let edges: [&mut dyn Engine<f32>; 3] = [&mut bf16, &mut int8, &mut int16];
    for edge in edges {
        let mut w = [2.0];
        let mut key = WeightKey::new();
        assert_eq!(product(edge, Some(key), &w), 2.0);
        w[0] = 3.0;
        // Control: the conversion is kept, or the next line would prove nothing.
        assert_eq!(
            product(edge, Some(key), &w),
            2.0,
            "{} keeps no weight",
            edge.name()
        );
        assert_eq!(product(edge, None, &w), 3.0);
        key.invalidate();
        assert_eq!(
            product(edge, Some(key), &w),
            3.0,
            "{} used a stale weight",
            edge.name()
        );
        assert_eq!(product(edge, Some(WeightKey::new()), &w), 3.0);
    }
    bf16.forget_weights();
    int8.forget_weights();
}

/// W, its transposed view and a part of it under one key are told apart.
#[test]
fn views_of_one_weight_do_not_mix() {
    let (rows, cols) = (6, 9);
    let w: Vec<f32> = (0..rows * cols).map(|i| i as f32).collect();
    let whole = MatRef::row_major(&w, rows, cols);
    let part = MatRef::strided(&w[3..], rows, 4, cols, 1).unwrap();
    let key = Some(WeightKey::new());
    let mut edge = bf16_edge();
    for view in [whole, whole.t(), part, part.t(), whole, whole.t()] {
        let ones = vec![1.0; view.rows()];
        let mut c = vec![0.5; view.cols()];
        let job = Job {
            b_key: key,
            ..Job::new(MatRef::row_major(&ones, 1, view.rows()), view, 0)
        };
        let mut outputs = [MatMut::row_major(&mut c, 1, view.cols())];
        edge.run(
            Policy::Packed,
            &[job],
            &mut outputs,
            &mut Scratch::default(),
        )
        .unwrap();
        for (j, &sum) in c.iter().enumerate() {
            assert_eq!(
                sum,
                0.5 + (0..view.rows()).map(|i| view.at(i, j)).sum::<f32>()
            );
        }
    }
}

/// A chained batch on the integer edge equals the jobs one by one.
#[test]
fn a_batch_equals_its_jobs_in_order() {
    let mut rng = rng(9);
    let cases: Vec<_> = (0..4)
        .map(|_| Case::<f32>::random(&mut rng, (5, 7, 6), (0.0, 0.0), draw, draw))
        .collect();
    let jobs: Vec<_> = cases
        .iter()
        .enumerate()
        .map(|(i, case)| Job {
            c: i % 2,
            ..case.job()
        })
        .collect();
    let run = |batches: &[&[Job<'_, f32>]]| {
        let mut edge = int8_edge();
        let mut c = [[0.25_f32; 30], [-1.0; 30]];
        let [c0, c1] = &mut c;
        let mut outputs = [MatMut::row_major(c0, 5, 6), MatMut::row_major(c1, 5, 6)];
        for batch in batches {
            edge.run(Policy::Gated, batch, &mut outputs, &mut Scratch::default())
                .unwrap();
        }
        c
    };
    let one_by_one: Vec<_> = jobs.chunks(1).collect();
    assert_eq!(run(&[&jobs]), run(&one_by_one));
}

#[test]
fn what_cannot_be_quantised_is_named() {
    let (a, b) = ([1.0, 2.0], [1.0, f32::INFINITY]);
    let mut c = [0.0];
    for key in [None, Some(WeightKey::new())] {
        let job = Job {
            b_key: key,
            ..Job::new(MatRef::row_major(&a, 1, 2), MatRef::row_major(&b, 2, 1), 0)
        };
        let mut outputs = [MatMut::row_major(&mut c, 1, 1)];
        let mut scratch = Scratch::default();
        let error = int8_edge()
            .run(Policy::Packed, &[job], &mut outputs, &mut scratch)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "B of job 0 holds inf at row 1, column 0, which cannot be quantised: use finite \
             values or mask the place out"
        );
        let keep: Mask = [true, false].into_iter().collect();
        let job = Job {
            keep_k: Some(&keep),
            ..job
        };
        int8_edge()
            .run(Policy::Dense, &[job], &mut outputs, &mut scratch)
            .unwrap();
    }
    assert_eq!(c, [2.0]);
}

#[test]
fn the_engine_behind_the_edge_is_within_reach() {
    let accumulator = Accumulator {
        bits: 16,
        overflow: Overflow::Saturate,
    };
    let mut edge: IntEdge<i8, _> = IntEdge::new(GoldenEngine::new(accumulator));
    assert_eq!(edge.name(), "golden in int8");
    let (a, b, mut c) = ([127.0; 3], [127.0; 3], [0.0]);
    let job = Job::new(MatRef::row_major(&a, 1, 3), MatRef::row_major(&b, 3, 1), 0);
    edge.run(
        Policy::Packed,
        &[job],
        &mut [MatMut::row_major(&mut c, 1, 1)],
        &mut Scratch::default(),
    )
    .unwrap();
    assert_eq!(c, [32767.0]);
    assert!(edge.engine().overflowed());
    edge.engine_mut().clear_overflows();
    assert!(!edge.into_engine().overflowed());
    assert_eq!(bf16_edge().name(), "golden in bf16");
}
