//! Operands of one multiply-add that its parts can get wrong. bf16: numbers with few bits set,
//! which one lost bit changes altogether; exponents at both ends; seeds close to cancelling
//! the product, or just within or beyond its reach. Integers: sums about the ends of the range.

use half::bf16;
use rand_chacha::rand_core::Rng;

/// The one NaN that the hardware makes: positive, quiet, without payload.
pub const NAN: u32 = 0x7fc0_0000;

/// One of `bits` numbers with none, one or two bits set, or any.
fn fraction(rng: &mut impl Rng, bits: u32) -> u32 {
    let word = rng.next_u32();
    let one = |word: u32| 1 << (word % bits);
    match word >> 30 {
        0 => rng.next_u32() & ((1 << bits) - 1),
        1 => one(word),
        2 => one(word) | one(word >> 8),
        _ if word & 1 == 0 => 0,
        // All, or all but the lowest ones.
        _ => ((1 << bits) - 1) & !((1 << ((word >> 1) % bits)) - 1),
    }
}

/// An exponent: often the ends, else of any size or one whose products stay finite.
fn exponent(rng: &mut impl Rng) -> u32 {
    let word = rng.next_u32();
    match word % 16 {
        0 => 255,
        1 | 2 => 0,
        3 => 1,
        4 => 254,
        5 | 6 => word >> 8 & 0xff,
        _ => 100 + (word >> 8) % 55,
    }
}

/// An operand.
pub fn operand(rng: &mut impl Rng) -> bf16 {
    let word = rng.next_u32();
    let sign = word & 1;
    let magnitude = match exponent(rng) {
        // Of a subnormal one often a single bit: its product lies lowest.
        0 if word & 2 == 0 => 1 << ((word >> 2) % 7),
        exponent => exponent << 7 | fraction(rng, 7),
    };
    bf16::from_bits((sign << 15 | magnitude) as u16)
}

/// A seed for the product `a` `b`.
pub fn seed(rng: &mut impl Rng, a: bf16, b: bf16) -> f32 {
    let product = a.to_f32() * b.to_f32();
    let word = rng.next_u32();
    let sign = word & 0x8000_0000;
    // So far above or below the product.
    let at = |far: i32, fraction: u32| {
        let exponent = (product.to_bits() >> 23 & 0xff) as i32 + far;
        sign | (exponent.clamp(0, 254) as u32) << 23 | fraction
    };
    let bits = match word % 8 {
        // The product's negative, and its neighbours.
        0 | 1 => (-product)
            .to_bits()
            .wrapping_add(word >> 8 & 3)
            .wrapping_sub(1),
        // So far that a bit of the smaller one decides how the sum is rounded: a single one about
        // halfway between two sums, or any.
        kind @ (2 | 6) => {
            let tie = kind == 6;
            let far = match tie {
                true => 23 + (word >> 16) as i32 % 3,
                false => 20 + (word >> 16) as i32 % 12,
            };
            let far = if word & 0x1000 == 0 { far } else { -far };
            at(far, if tie { 0 } else { fraction(rng, 23) })
        }
        // Within reach of the product, or just beyond.
        3 | 4 => at((word >> 8 & 127) as i32 - 64, fraction(rng, 23)),
        5 if word & 0x100 == 0 => sign,
        5 => rng.next_u32(),
        _ => sign | exponent(rng) << 23 | fraction(rng, 23),
    };
    f32::from_bits(bits)
}

/// A seed of `bits` bits for an integer product: the sum is within two of either end of the
/// range, or the seed is any number.
pub fn near_the_end(rng: &mut impl Rng, bits: usize, product: i64) -> i64 {
    let word = rng.next_u64();
    let any = (word as i64) >> (64 - bits);
    let (low, high) = (i64::MIN >> (64 - bits), i64::MAX >> (64 - bits));
    let off = rng.next_u32();
    let step = i64::from(off >> 2 & 3);
    let wide = match off & 3 {
        0 => i128::from(high) - i128::from(product) + 2 - i128::from(step),
        1 => i128::from(low) - i128::from(product) - 2 + i128::from(step),
        _ => return any,
    };
    wide.clamp(low.into(), high.into()) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::rand_core::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    #[test]
    fn every_kind_of_result_comes_often() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let (mut nan, mut cancelled, mut subnormal, mut infinite) = (0, 0, 0, 0);
        for _ in 0..4_000 {
            let (a, b) = (operand(&mut rng), operand(&mut rng));
            let c = seed(&mut rng, a, b);
            let sum = a.to_f32().mul_add(b.to_f32(), c);
            nan += usize::from(sum.is_nan());
            infinite += usize::from(sum.is_infinite());
            subnormal += usize::from(sum.is_subnormal());
            cancelled += usize::from(c != 0.0 && sum.abs() < c.abs() / 1024.0);
        }
        for (count, least) in [
            (nan, 400),
            (cancelled, 300),
            (subnormal, 40),
            (infinite, 200),
        ] {
            assert!(
                (least..2_000).contains(&count),
                "{nan} {cancelled} {subnormal} {infinite}"
            );
        }
    }
}
