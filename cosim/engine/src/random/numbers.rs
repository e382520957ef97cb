//! Operands and sums with everything that arithmetic gets wrong.

use super::Draw;
use crate::Sizes;
use heddle_format::Format;
use heddle_gemm::Mask;

/// bf16 operands that arithmetic gets wrong: NaN, infinities, zeros, ones, subnormals, the largest.
const SPECIALS: [u16; 12] = [
    0x7fc0, 0x7f80, 0xff80, 0x0000, 0x8000, 0x3f80, 0xbf80, 0x0080, 0x8001, 0x007f, 0x7f7f, 0xff7f,
];

/// How the numbers of a chain are spread.
#[derive(Clone, Copy)]
enum Style {
    /// Integers over the full range, floats between -2 and 2.
    Plain,
    /// Integers at both ends of the range, floats of all exponents.
    Wide,
    /// Plain, with specials among them; integers close to zero.
    Special,
}

/// How the numbers of a chain are drawn.
pub(super) struct Spread {
    format: Format,
    sum_bits: usize,
    sum_bytes: usize,
    style: Style,
}

impl Spread {
    pub(super) fn new(draw: &mut Draw, sizes: &Sizes) -> Self {
        Self {
            format: sizes.format,
            sum_bits: sizes.accumulator.bits,
            sum_bytes: sizes.sum_bytes,
            style: *draw.pick(&[Style::Plain, Style::Plain, Style::Wide, Style::Special]),
        }
    }

    /// Operands as bytes.
    pub(super) fn operands(&self, draw: &mut Draw, count: usize) -> Vec<u8> {
        match self.format {
            Format::Int8 => (0..count).map(|_| self.integer(draw, 8) as u8).collect(),
            Format::Int16 => (0..count)
                .flat_map(|_| (self.integer(draw, 16) as i16).to_le_bytes())
                .collect(),
            Format::Bf16 => (0..count)
                .flat_map(|_| ((self.float(draw).to_bits() >> 16) as u16).to_le_bytes())
                .collect(),
        }
    }

    /// Sums as bytes.
    pub(super) fn sums(&self, draw: &mut Draw, count: usize) -> Vec<u8> {
        let one = |draw: &mut Draw| match self.format {
            Format::Bf16 => u64::from(self.float(draw).to_bits()),
            Format::Int8 | Format::Int16 => self.integer(draw, self.sum_bits) as u64,
        };
        (0..count)
            .flat_map(|_| one(draw).to_le_bytes().into_iter().take(self.sum_bytes))
            .collect()
    }

    fn integer(&self, draw: &mut Draw, bits: usize) -> i64 {
        let (low, high) = (i64::MIN >> (64 - bits), i64::MAX >> (64 - bits));
        match self.style {
            Style::Plain => (draw.word() as i64) >> (64 - bits),
            Style::Wide => *draw.pick(&[low, low + 1, high - 1, high]),
            Style::Special => draw.below(7) as i64 - 3,
        }
    }

    fn float(&self, draw: &mut Draw) -> f32 {
        let plain = |draw: &mut Draw| (draw.below(1 << 24) as f32) / (1 << 22) as f32 - 2.0;
        match self.style {
            Style::Plain => plain(draw),
            Style::Wide => {
                let bits = draw.word() as u32;
                // an exponent of all ones would be infinity or NaN
                let finite = bits >> 23 & 0xff != 0xff;
                f32::from_bits(if finite { bits } else { bits & 0x8000_ffff })
            }
            Style::Special if draw.one_in(200) => {
                f32::from_bits(u32::from(*draw.pick(&SPECIALS)) << 16)
            }
            Style::Special => plain(draw),
        }
    }
}

/// Plain numbers and masks after a seed: floats between -2 and 2, integers over the full range.
pub struct Numbers {
    draw: Draw,
    spread: Spread,
}

impl Numbers {
    /// Numbers of an engine's format.
    pub fn plain(sizes: &Sizes, seed: u64) -> Self {
        let mut draw = Draw::new(seed, 0);
        let spread = Spread {
            style: Style::Plain,
            ..Spread::new(&mut draw, sizes)
        };
        Self { draw, spread }
    }

    /// Operands as bytes.
    pub fn operands(&mut self, count: usize) -> Vec<u8> {
        self.spread.operands(&mut self.draw, count)
    }

    /// Sums as bytes.
    pub fn sums(&mut self, count: usize) -> Vec<u8> {
        self.spread.sums(&mut self.draw, count)
    }

    /// A mask that keeps `keep` of `len`.
    ///
    /// # Panics
    /// If there are fewer.
    pub fn mask(&mut self, len: usize, keep: usize) -> Mask {
        assert!(keep <= len, "{keep} of {len}");
        let mut left = keep;
        (0..len)
            .map(|i| {
                let keeps = self.draw.below((len - i) as u64) < left as u64;
                left -= usize::from(keeps);
                keeps
            })
            .collect()
    }
}
