//! Numbers of whatever width, and what operators make of them.

use super::{Binary, Unary};
use num_bigint::BigUint;

/// So many bits, all high.
pub fn ones(bits: usize) -> BigUint {
    (BigUint::from(1u8) << bits) - 1u8
}

/// `old` with `bits` bits from `lo` up replaced.
pub fn spliced(old: &BigUint, lo: usize, bits: usize, value: &BigUint) -> BigUint {
    let low = old & ones(lo);
    let high = (old >> (lo + bits)) << (lo + bits);
    high | ((value & ones(bits)) << lo) | low
}

/// A number of two's complement of `from` bits with `to`.
pub fn extended(value: BigUint, from: usize, to: usize) -> BigUint {
    match from > 0 && value.bit(from as u64 - 1) {
        true => value | (ones(to) ^ ones(from)),
        false => value,
    }
}

/// What `op` makes of `value`, of `bits` bits.
pub fn unary(op: Unary, value: BigUint, bits: usize) -> BigUint {
    match op {
        Unary::Not => value ^ ones(bits),
        Unary::All => BigUint::from(value == ones(bits)),
        Unary::Any => BigUint::from(value != BigUint::default()),
    }
}

/// What `op` makes of `a` and `b`, `a` of `bits` bits; not yet cut to its width.
pub fn binary(op: Binary, a: BigUint, b: BigUint, bits: usize) -> BigUint {
    let by = || u64::try_from(&b).unwrap_or(u64::MAX).min(1 << 20);
    let truth = |value: bool| BigUint::from(value);
    match op {
        Binary::Add => a + b,
        Binary::Sub => (a + (BigUint::from(1u8) << bits)) - b,
        Binary::And => a & b,
        Binary::Or => a | b,
        Binary::Xor => a ^ b,
        Binary::Shl => a << by(),
        Binary::Shr => a >> by(),
        Binary::Eq => truth(a == b),
    }
}
