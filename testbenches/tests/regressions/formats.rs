//! Directed tests of the number formats, with expected results written by hand, and
//! the fused multiply-add of bf16 against `f32::mul_add`.

use half::bf16;
use heddle_array::element::ArrayElement;
use heddle_array::port::{ArrayPort, CycleIn, CycleOut};
use heddle_array::{lanes, ArrayEngine, DriverOptions};
use heddle_format::{Format, Overflow};
use heddle_gemm::{Job, MatMut, MatRef, Policy};
use heddle_hdl::{ArrayConfig, Dataflow};
use heddle_schedule::Edge;
use heddle_testbenches::triples::NAN;
use heddle_testbenches::{arrays, full};
use rand_chacha::rand_core::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn engine(config: ArrayConfig) -> ArrayEngine {
    ArrayEngine::new(config, &arrays::build_options(), DriverOptions::default()).unwrap()
}

/// c + a b, element by element: the products' factors along k, one beat per run.
fn sum<E: ArrayElement>(array: &mut ArrayEngine, a: &[E], b: &[E], c: E::Acc) -> (E::Acc, bool) {
    let k = a.len();
    let mut c = [c];
    let job = Job::new(MatRef::row_major(a, 1, k), MatRef::row_major(b, k, 1), 0);
    let report = array
        .stream(
            Policy::Packed,
            &[job],
            &mut [MatMut::row_major(&mut c, 1, 1)],
            None,
        )
        .unwrap();
    (c[0], report.counters.overflow)
}

#[test]
fn bf16_specials() {
    const INF: u32 = 0x7f80_0000;
    const MINUS: u32 = 0x8000_0000;
    const ONE: u16 = 0x3f80;
    // (a, b, c, a b + c), bits
    let cases: &[(u16, u16, u32, u32)] = &[
        // NaN in any place, and made: inf - inf, 0 * inf
        (0x7fc0, ONE, 0, NAN),
        (ONE, 0xff81, 0, NAN),
        (ONE, ONE, 0x7f80_0001, NAN),
        (0x7f80, ONE, INF | MINUS, NAN),
        (0xff80, ONE, INF, NAN),
        (0, 0x7f80, 0, NAN),
        (0x8000, 0xff80, 0x3f80_0000, NAN),
        // infinities stay
        (0x7f80, ONE, 0, INF),
        (0xff80, ONE, 0x7f7f_ffff, INF | MINUS),
        (ONE, ONE, INF, INF),
        // overflow of the product, of the sum, and just not
        (0x7f00, 0x4080, 0, INF),
        (0x7f00, 0xc080, 0, INF | MINUS),
        (0x7f00, ONE, 0x7f7f_ffff, INF),
        (0x7f00, 0x4080, 0xff7f_ffff, INF),
        (0x7300, ONE, 0x7f7f_ffff, INF),
        (0x7280, ONE, 0x7f7f_ffff, 0x7f7f_ffff),
        // signed zeros
        (0, ONE, 0, 0),
        (0x8000, ONE, MINUS, MINUS),
        (0x8000, ONE, 0, 0),
        (0, ONE, MINUS, 0),
        (ONE, 0xbf80, 0x3f80_0000, 0),
        (ONE, ONE, 0xbf80_0000, 0),
        // subnormal operands, products and sums
        (0x0001, ONE, 0, 0x0001_0000),
        (0x0001, 0x3f00, 0, 0x0000_8000),
        (0x0080, 0x3f00, 0, 0x0040_0000),
        (0x0080, ONE, 0x807f_ffff, 0x0000_0001),
        (0x0001, 0x3780, 0, 0x0000_0001),
        (0x0001, 0x3700, 0, 0x0000_0000), // half of the smallest: a tie, to even
        (0x0001, 0x3740, 0, 0x0000_0001), // three quarters of it
        (0x8001, 0x3700, 0, MINUS),
        (0x0001, 0x3700, 0x0000_0001, 0x0000_0002), // one and a half, to even
        (0x0001, 0x0001, 0, 0),
        (0x8001, 0x0001, 0, MINUS),
        (0x0001, 0x8001, 0x0000_0001, 0x0000_0001),
        // ties to even at 24 bits, and just off the tie
        (0x3380, ONE, 0x3f80_0000, 0x3f80_0000),
        (0x3380, ONE, 0x3f80_0001, 0x3f80_0002),
        (0x3381, ONE, 0x3f80_0000, 0x3f80_0001),
        (0xb300, ONE, 0x3f80_0000, 0x3f80_0000),
        (0xb301, ONE, 0x3f80_0000, 0x3f7f_ffff),
        // one rounding only: 1.0078125^2 = 1.01568603515625 exactly
        (0x3f81, 0x3f81, 0, 0x3f82_0200),
        (0x3f81, 0x3f81, 0xbf82_0000, 0x3880_0000),
        // total cancellation of a product with all its bits
        (0x3fff, 0x3fff, 0xc07e_0100, 0),
    ];
    // The last one keeps the sums in the PEs.
    let stays = arrays::flows()[5];
    assert_eq!((stays.format, stays.dataflow), (Format::Bf16, Dataflow::Os));
    for config in [
        arrays::one_pe(),
        ArrayConfig::new(3, 5, Format::Bf16),
        stays,
    ] {
        let mut array = engine(config);
        for &(a, b, c, expected) in cases {
            let (found, _) = sum(
                &mut array,
                &[bf16::from_bits(a)],
                &[bf16::from_bits(b)],
                f32::from_bits(c),
            );
            let found = found.to_bits();
            assert_eq!(
                found, expected,
                "{a:04x} * {b:04x} + {c:08x} is {found:08x}, expected {expected:08x}"
            );
        }
    }
}

#[test]
fn integers_wrap_or_saturate_after_every_step() {
    // int8, 16 bits, wraps
    let wraps = arrays::styles()[0];
    assert_eq!(
        (wraps.format, wraps.acc_bits(), wraps.overflow),
        (Format::Int8, 16, Overflow::Wrap)
    );
    let mut array = engine(wraps);
    for (a, b, c, expected) in [
        (vec![-128i8], vec![-128i8], 0, (16_384, false)),
        (vec![127], vec![-128], 0, (-16_256, false)),
        (vec![1], vec![1], 32_766, (32_767, false)),
        (vec![1], vec![1], 32_767, (-32_768, true)),
        (vec![1], vec![-1], -32_768, (32_767, true)),
        (vec![-128; 2], vec![-128; 2], 0, (-32_768, true)),
        (vec![-128; 4], vec![-128; 4], 0, (0, true)),
        // over and back: the flag stays
        (vec![1, -1], vec![1, 1], 32_767, (32_767, true)),
    ] {
        assert_eq!(sum(&mut array, &a, &b, c), expected, "{a:?} * {b:?} + {c}");
    }
    // int8, 20 bits, saturates
    let saturates = arrays::styles()[4];
    assert_eq!(
        (saturates.acc_bits(), saturates.overflow),
        (20, Overflow::Saturate)
    );
    let mut array = engine(saturates);
    for (a, b, c, expected) in [
        (vec![1i8], vec![1i8], 524_286, (524_287, false)),
        (vec![1], vec![1], 524_287, (524_287, true)),
        (vec![1], vec![-1], -524_288, (-524_288, true)),
        // saturated and back: the lost part does not return
        (vec![127, -1], vec![127, 1], 524_287, (524_286, true)),
        (vec![-128, 1], vec![127, 1], -524_288, (-524_287, true)),
    ] {
        assert_eq!(sum(&mut array, &a, &b, c), expected, "{a:?} * {b:?} + {c}");
    }
    // int8, 32 bits, wraps; the sums stay in the PEs
    let stays = arrays::flows()[4];
    assert_eq!(
        (stays.acc_bits(), stays.overflow, stays.dataflow),
        (32, Overflow::Wrap, Dataflow::Os)
    );
    let mut array = engine(stays);
    for (a, b, c, expected) in [
        (vec![1i8], vec![1i8], i32::MAX - 1, (i32::MAX, false)),
        (vec![1], vec![1], i32::MAX, (i32::MIN, true)),
        (vec![1, -1], vec![1, 1], i32::MAX, (i32::MAX, true)),
        (vec![-128; 3], vec![-128; 3], 0, (49_152, false)),
    ] {
        assert_eq!(sum(&mut array, &a, &b, c), expected, "{a:?} * {b:?} + {c}");
    }
    // int16, 32 bits, saturates, and 48 bits, wraps
    let mut array = engine(arrays::styles()[1]);
    let most = i64::from(i32::MAX);
    for (a, b, c, expected) in [
        (vec![i16::MIN], vec![i16::MIN], 0, (1 << 30, false)),
        (vec![i16::MIN; 2], vec![i16::MIN; 2], 0, (most, true)),
        (vec![i16::MAX; 3], vec![i16::MIN; 3], 0, (-most - 1, true)),
    ] {
        assert_eq!(sum(&mut array, &a, &b, c), expected, "{a:?} * {b:?} + {c}");
    }
    let mut array = engine(arrays::styles()[5]);
    let most = (1i64 << 47) - 1;
    assert_eq!(sum(&mut array, &[1i16], &[1i16], most), (-most - 1, true));
    assert_eq!(sum(&mut array, &[-1i16], &[1i16], most), (most - 1, false));
}

/// One multiply-add of the stream below.
#[derive(Clone, Copy)]
struct Triple {
    a: u16,
    c: u32,
}

/// An activation and a seed that go with weight `b`: of any size, close to cancelling
/// the product, or of its size.
fn triple(rng: &mut ChaCha8Rng, b: u16) -> Triple {
    let word = rng.next_u64();
    let a = word as u16;
    let mut c = (word >> 16) as u32;
    let product = f32::from(bf16::from_bits(a)) * f32::from(bf16::from_bits(b));
    match word >> 56 & 3 {
        0 => {
            c = (-product)
                .to_bits()
                .wrapping_add((word >> 48 & 3) as u32)
                .wrapping_sub(1)
        }
        1 => {
            let exponent = (product.to_bits() >> 23 & 0xff) as i32 + (word >> 48 & 63) as i32 - 32;
            c = c & 0x807f_ffff | (exponent.clamp(0, 254) as u32) << 23;
        }
        _ => {}
    }
    Triple { a, c }
}

/// Streams `tiles` weights with 250 beats each through one PE, as fast as it goes.
#[test]
fn bf16_is_a_fused_multiply_add() {
    const BEATS: usize = 250;
    let tiles = if full() { 40_000 } else { 1_000 };
    let config = arrays::one_pe();
    let mut array = arrays::verilated(&config);
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let mut input = CycleIn::new(&config);
    let mut output = CycleOut::new(&config);
    (input.row_keep[0], input.col_keep[0]) = (1, 1);
    (input.w_edge, input.w_last, input.w_keep, input.a_keep) = (Edge::Top, true, true, true);
    let mut weight = 0u16;
    let mut loaded = None; // the weight that waits for its swap
    let mut sent = std::collections::VecDeque::new();
    let (mut beat, mut tile, mut checked) = (0, 0, 0);
    let mut next = None;
    while checked < tiles * BEATS {
        let waiting = loaded.is_none();
        let offered = rng.next_u32() as u16;
        input.w_valid = waiting;
        lanes::put(&mut input.w_top, 16, 0, u64::from(offered));
        input.a_valid = tile < tiles && (beat > 0 || loaded.is_some());
        if input.a_valid {
            if beat == 0 {
                weight = loaded.expect("a weight");
            }
            let triple = *next.get_or_insert_with(|| triple(&mut rng, weight));
            input.a_first = beat == 0;
            lanes::put(&mut input.a, 16, 0, u64::from(triple.a));
            input.c[0] = triple.c;
        }
        array.cycle(&input, &mut output).unwrap();
        if input.a_valid {
            assert!(output.a_ready, "a beat is refused");
            sent.push_back((next.take().expect("a triple"), weight));
            if beat == 0 {
                loaded = None;
            }
            beat += 1;
            if beat == BEATS {
                (beat, tile) = (0, tile + 1);
            }
        }
        if input.w_valid {
            assert!(output.w_ready, "a weight is refused");
            loaded = Some(offered);
        }
        if output.s_valid {
            let (Triple { a, c }, b) = sent.pop_front().expect("a sum without a beat");
            let wide = |bits| f32::from(bf16::from_bits(bits));
            let expected = wide(a).mul_add(wide(b), f32::from_bits(c));
            let expected = if expected.is_nan() {
                NAN
            } else {
                expected.to_bits()
            };
            assert_eq!(output.s[0], expected, "{a:04x} * {b:04x} + {c:08x}");
            checked += 1;
        }
    }
    assert_eq!(checked, tiles * BEATS);
}
