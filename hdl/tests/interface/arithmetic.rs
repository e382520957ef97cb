//! Sums bit by bit: the order of their steps, overflow, rounding, special values.

use crate::cycles::{pack, Bench};
use heddle_format::{Format, Overflow};
use heddle_hdl::{ArrayConfig, Dataflow};

/// A column of 16-bit sums of int8 products: weights 1, activations as given.
fn column(overflow: Overflow, seed: i64, acts: [i64; 3], keep: u128) -> Option<(u128, u128)> {
    let config = ArrayConfig {
        acc_bits: Some(16),
        overflow,
        ..ArrayConfig::new(3, 1, Format::Int8)
    };
    let mut bench = Bench::new(config)?;
    for k in 0..3 {
        bench.cycle(&[
            ("w_valid_i", 1),
            ("w_edge_i", 0),
            ("w_last_i", u128::from(k == 2)),
            ("w_keep_i", keep >> k & 1),
            ("w_top_i", 1),
            ("row_keep_i", keep),
            ("col_keep_i", 1),
        ]);
    }
    bench.cycle(&[
        ("a_valid_i", 1),
        ("a_first_i", 1),
        ("a_keep_i", 1),
        ("a_i", pack(&acts, 8)),
        ("c_i", pack(&[seed], 16)),
    ]);
    bench.idle(12);
    let seen = bench.run();
    let sums = seen.all_sums();
    let [(_, sum)] = sums.as_slice() else {
        panic!("{sums:?}");
    };
    Some((sum[0].unwrap(), seen.known(bench.now() - 1, "ovf_o")))
}

#[test]
fn integers_saturate_or_wrap_at_every_step_in_the_order_of_k() {
    // Of 32767 + 1 - 1 - 1: the first step saturates, and the rest is counted from there.
    let Some(saturated) = column(Overflow::Saturate, 32767, [1, -1, -1], 0b111) else {
        return;
    };
    assert_eq!(saturated, (32765, 1));
    let backwards = column(Overflow::Saturate, 32767, [-1, -1, 1], 0b111);
    assert_eq!(backwards, Some((32766, 0)));
    let below = column(Overflow::Saturate, -32768, [-1, 1, 1], 0b111);
    assert_eq!(below, Some((pack(&[-32766], 16), 1)));
    // Wrapped, the sum comes back; that it was over the edge is told nevertheless.
    let wrapped = column(Overflow::Wrap, 32767, [1, -1, -1], 0b111);
    assert_eq!(wrapped, Some((32766, 1)));
    // A dropped k is no step.
    let dropped = column(Overflow::Saturate, 32767, [1, -1, -1], 0b110);
    assert_eq!(dropped, Some((32765, 0)));
    assert_eq!(column(Overflow::Wrap, 7, [1, 1, 1], 0), Some((7, 0)));
}

/// A bf16 sum of two products, from bits to bits.
fn sum(dataflow: Dataflow, seed: u32, products: [(u16, u16); 2], keep: u128) -> Option<u32> {
    let config = ArrayConfig {
        dataflow,
        add_stages: Some(1),
        ..ArrayConfig::new(
            if dataflow == Dataflow::Os { 1 } else { 2 },
            1,
            Format::Bf16,
        )
    };
    let mut bench = Bench::new(config)?;
    assert!(bench.port("ovf_o").is_none(), "bf16 has no such port");
    let seed = u128::from(seed);
    if dataflow == Dataflow::Os {
        let exchange = |keep: u128, seed: u128| {
            [
                ("x_valid_i", 1),
                ("x_last_i", 1),
                ("x_keep_i", keep),
                ("c_i", seed),
            ]
        };
        let flush = [("a_valid_i", 1), ("a_flush_i", 1), ("a_first_i", 0)];
        bench.cycle(&exchange(1, seed));
        for (k, (a, w)) in products.into_iter().enumerate() {
            bench.cycle(&[
                ("w_valid_i", 1),
                ("w_last_i", 1),
                ("w_keep_i", keep >> k & 1),
                ("w_top_i", u128::from(w)),
                ("row_keep_i", 1),
                ("col_keep_i", 1),
            ]);
            bench.cycle(&[
                ("a_valid_i", 1),
                ("a_flush_i", 0),
                ("a_first_i", u128::from(k == 0)),
                ("a_keep_i", keep >> k & 1),
                ("a_i", u128::from(a)),
            ]);
        }
        // The flush comes with the exchange of nothing; then the sum leaves.
        bench.cycle(&[&exchange(0, 0)[..], &flush[..]].concat());
        bench.idle(1);
        bench.cycle(&[&exchange(0, 0)[..], &flush[..]].concat());
    } else {
        for (k, (_, w)) in products.into_iter().enumerate() {
            bench.cycle(&[
                ("w_valid_i", 1),
                ("w_edge_i", 0),
                ("w_last_i", u128::from(k == 1)),
                ("w_keep_i", keep >> k & 1),
                ("w_top_i", u128::from(w)),
                ("row_keep_i", keep),
                ("col_keep_i", 1),
            ]);
        }
        let [(first, _), (second, _)] = products;
        bench.cycle(&[
            ("a_valid_i", 1),
            ("a_first_i", 1),
            ("a_keep_i", 1),
            ("a_i", u128::from(first) | u128::from(second) << 16),
            ("c_i", seed),
        ]);
    }
    bench.idle(12);
    let seen = bench.run();
    let kept = seen.all_sums().into_iter().filter_map(|(_, sums)| sums[0]);
    let kept: Vec<_> = kept.collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
    Some(kept[0] as u32)
}

const ONE: u16 = 0x3f80;
const NONE: (u16, u16) = (0, 0);

#[test]
fn bf16_sums_are_rounded_once_in_every_step() {
    let ws = |seed, products, keep| sum(Dataflow::Ws, seed, products, keep);
    // 2^-149, the least there is, plus 2^-150: half way, and so to the even 2^-148. Rounded first,
    // the product would have been 0.
    let tiny = (0x1a00, 0x1a00); // 2^-75 each
    let Some(found) = ws(1, [tiny, NONE], 0b01) else {
        return;
    };
    assert_eq!(found, 2);
    // A product beyond the largest number, taken back within the same step.
    let large = (0x5f80, 0x5f80); // 2^64 each
    assert_eq!(
        ws(0xff7f_ffff, [large, NONE], 0b01),
        Some(0x7380_0000),
        "2^104"
    );
    // Two steps are two roundings, in the order of k: 2^24 + 1 + 1 stays 2^24.
    let one = (ONE, ONE);
    assert_eq!(ws(0x4b80_0000, [one, one], 0b11), Some(0x4b80_0000));
    assert_eq!(
        ws(0x3f80_0000, [one, (0x4b80, ONE)], 0b11),
        Some(0x4b80_0001)
    );
    // Beyond the largest number is infinity.
    assert_eq!(
        ws(0x7f7f_ffff, [(0x7f7f, ONE), NONE], 0b01),
        Some(0x7f80_0000)
    );
}

#[test]
fn bf16_keeps_subnormals_and_signs_of_zeros() {
    let ws = |seed, products, keep| sum(Dataflow::Ws, seed, products, keep);
    // A subnormal operand, 2^-133, counts.
    let Some(found) = ws(0, [(1, ONE), NONE], 0b01) else {
        return;
    };
    assert_eq!(found, 0x0001_0000);
    assert_eq!(
        ws(0x8000_0000, [(0x8000, ONE), NONE], 0b01),
        Some(0x8000_0000),
        "-0 - 0"
    );
    assert_eq!(ws(0x8000_0000, [(0, ONE), NONE], 0b01), Some(0), "-0 + 0");
    assert_eq!(
        ws(0x3f80_0000, [(0xbf80, ONE), NONE], 0b01),
        Some(0),
        "1 - 1"
    );
    // Less than half of the least number leaves a zero with the sum's sign.
    assert_eq!(
        ws(0x8000_0000, [(0x9a00, 0x1900), NONE], 0b01),
        Some(0x8000_0000)
    );
}

#[test]
fn every_nan_is_the_same_and_other_seeds_pass_untouched() {
    for flow in [Dataflow::Ws, Dataflow::Os] {
        let sum = |seed, products, keep| sum(flow, seed, products, keep);
        const NAN: u32 = 0x7fc0_0000;
        // No k is kept: the seed is the sum, but a NaN is the canonical one.
        for nan in [0x7f81_2345, 0xffff_ffff, 0xffc0_0000, NAN] {
            let Some(found) = sum(nan, [NONE, NONE], 0) else {
                return;
            };
            assert_eq!(found, NAN, "{nan:08x}");
        }
        for seed in [0x8000_0000, 1, 0x807f_ffff, 0xff80_0000, 0x3f9d_f3b6] {
            assert_eq!(sum(seed, [NONE, NONE], 0), Some(seed));
        }
        let infinite = 0x7f80;
        assert_eq!(sum(0x7fa0_0001, [(ONE, ONE), NONE], 0b01), Some(NAN));
        assert_eq!(
            sum(0, [(infinite, 0), NONE], 0b01),
            Some(NAN),
            "infinity times 0"
        );
        assert_eq!(sum(0xff80_0000, [(infinite, ONE), NONE], 0b01), Some(NAN));
        assert_eq!(sum(0, [(0xffff, ONE), NONE], 0b01), Some(NAN));
        // What is dropped is not multiplied.
        assert_eq!(
            sum(0x8000_0000, [(infinite, 0), NONE], 0),
            Some(0x8000_0000)
        );
    }
}
