//! The multipliers and adders in rust-hdl's own simulation, against IEEE
//! `f32::mul_add` and against 128-bit integers.

use heddle_format::{Format, Overflow};
use heddle_hdl::arith::bf16::Bf16;
use heddle_hdl::arith::int::Int;
use heddle_hdl::arith::Arithmetic;
use heddle_hdl::describe::{Build, Pins, Shape, Site};
use heddle_hdl::{ArrayConfig, MultiplierCell};

/// A multiplier and an adder.
struct Mac<F: Arithmetic> {
    mul: Pins<F::Mul>,
    add: Pins<F::Add>,
    stages: usize,
}

impl<F: Arithmetic> Mac<F> {
    fn new(config: &ArrayConfig) -> Self {
        let (site, shape) = (Site::whole(config), Shape::default());
        Self {
            mul: Pins::new(F::Mul::build(&site, &shape)),
            add: Pins::new(F::Add::build(&site, &shape)),
            stages: config.add_stages(),
        }
    }

    /// One multiply-accumulate; the sum, and whether it overflowed.
    fn mac(&mut self, act: u64, weight: u64, sum: u64, counts: bool) -> (u64, bool) {
        let Self { mul, add, stages } = self;
        mul.set("act_i", act);
        mul.set("weight_i", weight);
        mul.settle();
        if mul.has("clk_i") {
            mul.set("rst_ni", true);
            mul.set("en_i", true);
            // As many cycles as the product takes at most.
            (0..3).for_each(|_| mul.cycle());
        }
        let product = match counts || add.has("mac_i") {
            true => mul.get("product_o"),
            // An adder that adds every product is given a zero: a PE clears its weight for that.
            false => 0,
        };
        add.set("rst_ni", true);
        add.set("en_i", true);
        add.set("product_i", product);
        add.set("mac_i", counts);
        add.set("sum_i", sum);
        add.set("ovf_i", false);
        for cycle in 0..*stages {
            add.set("live_i", cycle == 0);
            add.settle();
            add.cycle();
        }
        let live = add.get("live_o") == 1;
        assert!(live, "the live bit takes {stages} cycles");
        (add.get("sum_o") as u64, add.get("ovf_o") == 1)
    }
}

/// Operands that meet every branch of the arithmetic.
fn special(x: u64) -> u32 {
    const SPECIALS: [u32; 24] = [
        0x0000_0000,
        0x8000_0000,
        0x0000_0001,
        0x8000_0001,
        0x007f_ffff,
        0x0080_0000,
        0x3f80_0000,
        0xbf80_0000,
        0x3f80_0001,
        0x7f7f_ffff,
        0xff7f_ffff,
        0x7f80_0000,
        0xff80_0000,
        0x7fc0_0000,
        0x7f80_0001,
        0x0001_0000,
        0x8001_0000,
        0x0040_0000,
        0x3fff_0000,
        0x4000_0000,
        0x3300_0000,
        0x7f00_0000,
        0x1f80_0000,
        0x2000_0000,
    ];
    SPECIALS[x as usize % SPECIALS.len()]
}

/// A small generator: the tests need variety, not statistics.
struct Words(u64);

impl Words {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
}

/// Triples of bit patterns: special, random, and close to cancelling.
fn triple(words: &mut Words) -> (u16, u16, u32) {
    let choice = words.next();
    let mut word = |special_too: bool| {
        let x = words.next();
        if special_too && x & 3 == 0 {
            special(x >> 8)
        } else {
            (x >> 16) as u32
        }
    };
    let specials = choice & 1 == 0;
    let (mut a, mut b) = ((word(specials) >> 16) as u16, (word(specials) >> 16) as u16);
    if choice & 6 == 0 {
        // Exponents that put the product into reach of the subnormal numbers.
        a = a & 0x807f | 0x1f80;
        b = b & 0x80ff | 0x2000;
    }
    let mut c = word(specials);
    if choice & 0x18 == 0 {
        // A sum next to the negated product: cancellation.
        let product = f32::from_bits(u32::from(a) << 16) * f32::from_bits(u32::from(b) << 16);
        c = (-product)
            .to_bits()
            .wrapping_add((choice >> 40) as u32 & 3)
            .wrapping_sub(1);
    } else if choice & 0x60 == 0 {
        // A sum within reach of the product.
        let product = f32::from_bits(u32::from(a) << 16) * f32::from_bits(u32::from(b) << 16);
        let exp = (product.to_bits() >> 23 & 0xff) as i32 + (choice >> 40 & 63) as i32 - 32;
        c = c & 0x807f_ffff | (exp.clamp(0, 254) as u32) << 23;
    }
    (a, b, c)
}

fn bf16_agrees(stages: usize, cases: usize) {
    let config = ArrayConfig {
        add_stages: Some(stages),
        ..ArrayConfig::default()
    };
    let mut unit = Mac::<Bf16>::new(&config);
    let mut words = Words(0x1234_5678_9abc_def1 + stages as u64);
    for case in 0..cases {
        let (a, b, c) = triple(&mut words);
        let counts = words.next() & 7 != 0;
        let (sum, _) = unit.mac(a.into(), b.into(), c.into(), counts);
        let got = sum as u32;
        let wide = |x: u16| f32::from_bits(u32::from(x) << 16);
        let c = f32::from_bits(c);
        let want = if counts {
            wide(a).mul_add(wide(b), c)
        } else {
            c
        };
        if want.is_nan() {
            assert_eq!(
                got,
                0x7fc0_0000,
                "case {case}: {a:04x} * {b:04x} + {:08x}",
                c.to_bits()
            );
        } else {
            assert_eq!(
                got,
                want.to_bits(),
                "case {case}: {a:04x} * {b:04x} + {:08x}, counts {counts}: {got:08x}, not {:08x}",
                c.to_bits(),
                want.to_bits()
            );
        }
    }
}

#[test]
fn bf16_is_one_fused_multiply_add() {
    bf16_agrees(1, 20_000);
}

#[test]
fn bf16_pipelines_give_the_same() {
    for stages in 2..=6 {
        bf16_agrees(stages, 1_000);
    }
}

fn int_agrees<const W: usize, const P: usize, const A: usize>(
    format: Format,
    overflow: Overflow,
    stages: usize,
) {
    for (multiplier, mul_stages) in [
        (MultiplierCell::Inferred, 1),
        (MultiplierCell::Inferred, 2),
        (MultiplierCell::Ecp5, 3),
        (MultiplierCell::Staged, 2),
    ] {
        int_agrees_with::<W, P, A>(format, overflow, stages, (multiplier, mul_stages));
    }
}

fn int_agrees_with<const W: usize, const P: usize, const A: usize>(
    format: Format,
    overflow: Overflow,
    stages: usize,
    (multiplier, mul_stages): (MultiplierCell, usize),
) {
    let config = ArrayConfig {
        multiplier: Some(multiplier),
        mul_stages: Some(mul_stages),
        format,
        overflow,
        acc_bits: Some(A),
        add_stages: Some(stages),
        ..ArrayConfig::default()
    };
    let mut unit = Mac::<Int<W, P, A>>::new(&config);
    let sign = |x: u64, bits: usize| ((x << (64 - bits)) as i64) >> (64 - bits);
    let (low, high) = (-(1i128 << (A - 1)), (1i128 << (A - 1)) - 1);
    let mut words = Words(42 + A as u64);
    for case in 0..400 {
        let (a, b) = (sign(words.next(), W), sign(words.next(), W));
        let c = match words.next() & 3 {
            0 => high as i64 - (words.next() & 0xfff) as i64,
            1 => low as i64 + (words.next() & 0xfff) as i64,
            _ => sign(words.next(), A),
        };
        let counts = words.next() & 3 != 0;
        let bits = |x: i64, n: usize| (x as u64) & (u64::MAX >> (64 - n));
        let (sum, flag) = unit.mac(bits(a, W), bits(b, W), bits(c, A), counts);
        let exact = i128::from(c)
            + if counts {
                i128::from(a) * i128::from(b)
            } else {
                0
            };
        let want = match overflow {
            Overflow::Saturate => exact.clamp(low, high) as i64,
            Overflow::Wrap => sign(exact as u64, A),
        };
        assert_eq!(sign(sum, A), want, "case {case}: {a} * {b} + {c}");
        assert_eq!(
            flag,
            exact < low || exact > high,
            "case {case}: {a} * {b} + {c}"
        );
    }
}

#[test]
fn integers_wrap_and_saturate() {
    for overflow in [Overflow::Wrap, Overflow::Saturate] {
        int_agrees::<8, 16, 16>(Format::Int8, overflow, 1);
        int_agrees::<8, 16, 32>(Format::Int8, overflow, 2);
        int_agrees::<8, 16, 16>(Format::Int8, overflow, 5);
        int_agrees::<16, 32, 48>(Format::Int16, overflow, 1);
        int_agrees::<16, 32, 64>(Format::Int16, overflow, 3);
    }
}
