//! Random jobs for regressions: shapes, masks and operands drawn from a seed.
//!
//! Job `i` depends on the seed and on `i` only, whatever the number of jobs. Numbers
//! come from ChaCha8 (stream `i`), so that a seed names the same jobs everywhere.

use crate::{JobHeader, Operands, Tensors, TraceJob};
use half::bf16;
use heddle_format::Format;
use heddle_gemm::{Accumulator, Mask, Phase, Shape};
use rand_chacha::rand_core::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Which random jobs to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RandomJobs {
    /// Format of the operands.
    pub format: Format,
    /// Accumulator of integer jobs: seeds fill its range.
    pub accumulator: Accumulator,
    /// Seed of all draws.
    pub seed: u64,
    /// M, K and N are drawn from 1 to this.
    pub max_dim: usize,
}

impl RandomJobs {
    /// The `index`-th job.
    pub fn job(&self, index: u64) -> TraceJob {
        let mut draw = Draw::new(self.seed, index);
        let mut dim = || 1 + draw.below(self.max_dim as u64) as usize;
        let (m, k, n) = (dim(), dim(), dim());
        let phase = Phase::ALL[draw.below(3) as usize];
        let header = JobHeader::new(
            format!("random.{}.{index}", self.seed),
            phase,
            Shape { m, k, n },
            self.format,
        );
        let (keep_m, keep_k, keep_n) = (draw.mask(m), draw.mask(k), draw.mask(n));
        let tensors = match self.format {
            Format::Int8 => {
                let style = draw.integer_style();
                Tensors::Int8(Operands {
                    a: draw.many(m * k, |draw| draw.integer(style, 8) as i8),
                    b: draw.many(k * n, |draw| draw.integer(style, 8) as i8),
                    c0: draw.seeds(m * n, |draw| {
                        draw.integer(style, self.accumulator.bits) as i32
                    }),
                    c: None,
                })
            }
            Format::Int16 => {
                let style = draw.integer_style();
                Tensors::Int16(Operands {
                    a: draw.many(m * k, |draw| draw.integer(style, 16) as i16),
                    b: draw.many(k * n, |draw| draw.integer(style, 16) as i16),
                    c0: draw.seeds(m * n, |draw| draw.integer(style, self.accumulator.bits)),
                    c: None,
                })
            }
            Format::Bf16 => {
                let style = draw.float_style(k);
                Tensors::Bf16(Operands {
                    a: draw.many(m * k, |draw| bf16::from_f32(draw.float(style))),
                    b: draw.many(k * n, |draw| bf16::from_f32(draw.float(style))),
                    c0: draw.seeds(m * n, |draw| draw.float(style)),
                    c: None,
                })
            }
        };
        TraceJob {
            header,
            tensors,
            keep_m,
            keep_k,
            keep_n,
        }
    }

    /// The first `count` jobs.
    pub fn take(self, count: u64) -> impl Iterator<Item = TraceJob> {
        (0..count).map(move |index| self.job(index))
    }
}

/// How the integers of a job are spread.
#[derive(Clone, Copy)]
enum Integers {
    /// Over the full range.
    Uniform,
    /// At both ends of the range, so that sums overflow.
    Extreme,
    /// Close to zero.
    Small,
}

/// How the floating-point numbers of a job are spread.
#[derive(Clone, Copy)]
enum Floats {
    /// Between -2 and 2.
    Plain,
    /// Over all finite exponents, subnormals and both zeros among them.
    Wide,
    /// Plain, with NaNs, infinities and other specials; one in so many.
    Special(u64),
}

/// bf16 and f32 numbers that arithmetic gets wrong.
const SPECIALS: [f32; 14] = [
    f32::NAN,
    f32::INFINITY,
    f32::NEG_INFINITY,
    0.0,
    -0.0,
    1.0,
    -1.0,
    f32::MIN_POSITIVE,
    -f32::MIN_POSITIVE,
    // the smallest and largest subnormals of bf16, and its largest number
    9.183_55e-41,
    1.166_31e-38,
    -1.166_31e-38,
    3.389_531_4e38,
    -3.389_531_4e38,
];

pub(super) struct Draw(ChaCha8Rng);

impl Draw {
    /// The draws of the `index`-th job.
    pub fn new(seed: u64, index: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(index);
        Self(rng)
    }

    /// Uniform in `0..bound`, up to a bias of `bound / 2^64`.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.0.next_u64()) * u128::from(bound)) >> 64) as u64
    }

    fn many<T>(&mut self, len: usize, mut one: impl FnMut(&mut Self) -> T) -> Vec<T> {
        (0..len).map(|_| one(self)).collect()
    }

    /// Three jobs in four have seeds.
    fn seeds<T>(&mut self, len: usize, one: impl FnMut(&mut Self) -> T) -> Option<Vec<T>> {
        (self.below(4) > 0).then(|| self.many(len, one))
    }

    /// No mask, or one that keeps none, a quarter, half, three quarters or all.
    fn mask(&mut self, len: usize) -> Option<Mask> {
        let quarters = match self.below(8) {
            0..=1 => return None,
            2 => 0,
            3 => 4,
            other => other - 3,
        };
        Some((0..len).map(|_| self.below(4) < quarters).collect())
    }

    fn integer_style(&mut self) -> Integers {
        [Integers::Uniform, Integers::Extreme, Integers::Small][self.below(3) as usize]
    }

    fn integer(&mut self, style: Integers, bits: usize) -> i64 {
        let (low, high) = (i64::MIN >> (64 - bits), i64::MAX >> (64 - bits));
        match style {
            Integers::Uniform => (self.0.next_u64() as i64) >> (64 - bits),
            Integers::Extreme => [low, low + 1, high - 1, high][self.below(4) as usize],
            Integers::Small => self.below(7) as i64 - 3,
        }
    }

    fn float_style(&mut self, k: usize) -> Floats {
        match self.below(4) {
            0..=1 => Floats::Plain,
            2 => Floats::Wide,
            // rare enough that most sums do not end as NaN
            _ => Floats::Special(4 * k as u64 + 2),
        }
    }

    fn float(&mut self, style: Floats) -> f32 {
        match style {
            Floats::Plain => (self.below(1 << 24) as f32) / (1 << 22) as f32 - 2.0,
            Floats::Wide => {
                let bits = self.0.next_u32();
                // an exponent of all ones would be infinity or NaN
                f32::from_bits(if bits >> 23 & 0xff == 0xff {
                    bits & 0x8000_ffff
                } else {
                    bits
                })
            }
            Floats::Special(one_in) => match self.below(one_in) {
                0 => SPECIALS[self.below(SPECIALS.len() as u64) as usize],
                _ => self.float(Floats::Plain),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jobs(format: Format) -> Vec<TraceJob> {
        let accumulator = Accumulator::of(format);
        RandomJobs {
            format,
            accumulator,
            seed: 7,
            max_dim: 12,
        }
        .take(200)
        .collect()
    }

    #[test]
    fn a_job_depends_on_seed_and_index_only() {
        let jobs = jobs(Format::Int16);
        let accumulator = Accumulator::of(Format::Int16);
        let same = RandomJobs {
            format: Format::Int16,
            accumulator,
            seed: 7,
            max_dim: 12,
        };
        assert!(same.job(150) == jobs[150]);
        let other = RandomJobs { seed: 8, ..same };
        assert!(other.job(150).tensors != jobs[150].tensors);
    }

    #[test]
    fn masks_go_from_none_kept_to_all_kept_and_dimensions_from_one() {
        let jobs = jobs(Format::Int8);
        let masks: Vec<_> = jobs
            .iter()
            .flat_map(|job| [&job.keep_m, &job.keep_k, &job.keep_n])
            .collect();
        assert!(masks.iter().any(|mask| mask.is_none()));
        let kept = |mask: &Mask| (mask.kept().len(), mask.len());
        assert!(masks
            .iter()
            .flat_map(|mask| mask.as_ref())
            .any(|mask| kept(mask).0 == 0));
        assert!(masks
            .iter()
            .flat_map(|mask| mask.as_ref())
            .any(|mask| kept(mask).0 == mask.len()));
        assert!(masks
            .iter()
            .flat_map(|mask| mask.as_ref())
            .any(|mask| (1..mask.len()).contains(&kept(mask).0)));
        for dim in [1, 12] {
            assert!(jobs.iter().any(|job| job.header.shape.m == dim));
            assert!(jobs.iter().any(|job| job.header.shape.k == dim));
            assert!(jobs.iter().any(|job| job.header.shape.n == dim));
        }
    }

    #[test]
    fn bf16_operands_include_every_kind_of_number() {
        let numbers: Vec<bf16> = jobs(Format::Bf16)
            .into_iter()
            .flat_map(|job| match job.tensors {
                Tensors::Bf16(operands) => operands.a,
                _ => Vec::new(),
            })
            .collect();
        let some = |what: fn(&bf16) -> bool| numbers.iter().any(what);
        assert!(some(|x| x.is_nan()) && some(|x| x.is_infinite()));
        assert!(some(|x| x.classify() == std::num::FpCategory::Subnormal));
        assert!(some(|x| x.to_bits() == 0x8000));
        let nan = numbers.iter().filter(|x| x.is_nan()).count();
        assert!(nan * 50 < numbers.len(), "{nan} NaN of {}", numbers.len());
    }

    #[test]
    fn integers_reach_both_ends_of_their_range() {
        let all: Vec<i16> = jobs(Format::Int16)
            .into_iter()
            .flat_map(|job| match job.tensors {
                Tensors::Int16(operands) => operands.a,
                _ => Vec::new(),
            })
            .collect();
        assert!(all.contains(&i16::MIN) && all.contains(&i16::MAX) && all.contains(&0));
    }
}
