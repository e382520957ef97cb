//! One step of a sum by the golden arithmetic, in bits.

use half::bf16;
use heddle_format::Format;
use heddle_gemm::{mac_bf16, Accumulator};
use heddle_hdl::ArrayConfig;

/// `value`, of two's complement in its low `bits` bits.
pub fn signed(value: u64, bits: usize) -> i64 {
    (value << (64 - bits)) as i64 >> (64 - bits)
}

/// The low `bits` bits of `value`.
pub fn low(value: u64, bits: usize) -> u64 {
    value & (u64::MAX >> (64 - bits))
}

/// `sum` and the product of `a` and `b`.
pub fn step(config: &ArrayConfig, a: u64, b: u64, sum: u64) -> u64 {
    let (bits, acc) = (config.operand_bits(), config.acc_bits());
    match config.format {
        Format::Bf16 => {
            let (a, b) = (bf16::from_bits(a as u16), bf16::from_bits(b as u16));
            u64::from(mac_bf16(a, b, f32::from_bits(sum as u32)).to_bits())
        }
        Format::Int8 | Format::Int16 => {
            let accumulator = Accumulator {
                bits: acc,
                overflow: config.overflow,
            };
            let product = signed(a, bits) * signed(b, bits);
            let (sum, _) = accumulator.step(signed(sum, acc), product);
            low(sum as u64, acc)
        }
    }
}

/// `sum` as it leaves the array: of NaN there is one (INTERFACE.md, "Arithmetic"), also where a seed met no kept k.
pub fn leaves(config: &ArrayConfig, sum: u64) -> u64 {
    match config.format {
        Format::Bf16 if f32::from_bits(sum as u32).is_nan() => 0x7fc0_0000,
        _ => sum,
    }
}
