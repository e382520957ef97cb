//! When results are equal.

use heddle_gemm::{compare, Equality, GemmError, Job, Mask, MatMut, MatRef, Mismatch, Policy};

fn count(expected: &[f32], found: &[f32], equality: Equality) -> usize {
    let view = |data| MatRef::row_major(data, 1, expected.len());
    compare(view(expected), view(found), equality)
        .unwrap()
        .mismatches
}

#[test]
fn bits_decide_but_for_nan_and_allowed_zeros() {
    let quiet = f32::from_bits(0xffc0_1234);
    assert_eq!(count(&[f32::NAN, 1.0], &[quiet, 1.0], Equality::Strict), 0);
    assert_eq!(count(&[f32::NAN], &[1.0], Equality::ZeroOfEitherSign), 1);
    assert_eq!(count(&[1.0], &[f32::NAN], Equality::Strict), 1);
    assert_eq!(count(&[0.0, -0.0], &[-0.0, 0.0], Equality::Strict), 2);
    assert_eq!(
        count(&[0.0, -0.0], &[-0.0, 0.0], Equality::ZeroOfEitherSign),
        0
    );
    let next = f32::from_bits(1.0_f32.to_bits() + 1);
    assert_eq!(
        count(&[1.0, 0.0], &[next, 1e-45], Equality::ZeroOfEitherSign),
        2
    );
}

#[test]
fn only_a_dense_job_that_drops_a_k_may_change_the_sign_of_zero() {
    let (a, b) = ([0.0_f32; 4], [0.0_f32; 4]);
    let (all, some) = (Mask::all(2), [true, false].into_iter().collect());
    let job = Job::new(MatRef::row_major(&a, 2, 2), MatRef::row_major(&b, 2, 2), 0);
    let dropping = Job {
        keep_k: Some(&some),
        ..job
    };
    assert_eq!(
        Equality::of(Policy::Dense, &dropping),
        Equality::ZeroOfEitherSign
    );
    assert_eq!(Equality::of(Policy::Gated, &dropping), Equality::Strict);
    assert_eq!(Equality::of(Policy::Packed, &dropping), Equality::Strict);
    for job in [
        job,
        Job {
            keep_k: Some(&all),
            ..job
        },
        Job {
            keep_m: Some(&some),
            keep_n: Some(&some),
            ..job
        },
    ] {
        assert_eq!(Equality::of(Policy::Dense, &job), Equality::Strict);
    }
}

#[test]
fn the_first_mismatch_is_reported_with_both_values() {
    let (expected, found) = ([1, 2, 3, 4, 5, 6], [1, 2, 3, -4, 5, 7]);
    let view = |data| MatRef::row_major(data, 3, 2);
    let result = compare(view(&expected), view(&found), Equality::Strict).unwrap();
    assert_eq!((result.mismatches, result.is_equal()), (2, false));
    let first = result.first.unwrap();
    assert_eq!(
        first,
        Mismatch {
            row: 1,
            col: 1,
            expected: 4,
            found: -4
        }
    );
    assert_eq!(
        first.to_string(),
        "row 1, column 1: expected 4 (0x00000004), found -4 (0xfffffffc)"
    );
    let wide = Mismatch {
        row: 0,
        col: 0,
        expected: -1_i64,
        found: 1,
    };
    assert!(wide.to_string().contains("-1 (0xffffffffffffffff)"));
    assert!(matches!(
        compare(view(&expected), view(&found).t(), Equality::Strict),
        Err(GemmError::Compare {
            expected: (3, 2),
            found: (2, 3)
        })
    ));
}

#[test]
fn writable_views_must_not_overlap() {
    let mut data = [0_u8; 12];
    for (rows, cols, row_stride, col_stride) in [
        (3, 4, 4, 1),
        (4, 3, 1, 4),
        (2, 2, 3, 2),
        (1, 12, 0, 1),
        (3, 1, 1, 0),
        (0, 9, 0, 0),
    ] {
        assert!(MatMut::strided(&mut data, rows, cols, row_stride, col_stride).is_ok());
    }
    for (rows, cols, row_stride, col_stride) in [
        (3, 4, 3, 1),
        (2, 2, 1, 1),
        (1, 2, 0, 0),
        (2, 3, 0, 1),
        (3, 3, 2, 1),
    ] {
        let error = MatMut::strided(&mut data, rows, cols, row_stride, col_stride).unwrap_err();
        assert!(matches!(error, GemmError::Overlap { .. }), "{error}");
        assert!(MatRef::strided(&data, rows, cols, row_stride, col_stride).is_ok());
    }
    assert!(matches!(
        MatMut::strided(&mut data, 4, 4, 4, 1),
        Err(GemmError::View {
            needed: 16,
            len: 12,
            ..
        })
    ));
}
