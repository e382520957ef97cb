//! Random jobs, and the triple loop that every engine is tested against.
#![allow(dead_code)] // not every test uses everything

use half::bf16;
use heddle_gemm::{
    mac_bf16, Accumulator, Element, Engine, GemmError, Job, Mask, MatMut, MatRef, Policy, Scratch,
};
use rand::Rng;
use rand_chacha::rand_core::SeedableRng;
pub use rand_chacha::ChaCha8Rng;

pub fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// A matrix with random strides; the gaps hold `filler`.
#[derive(Clone, Debug)]
pub struct Operand<T> {
    pub data: Vec<T>,
    pub rows: usize,
    pub cols: usize,
    pub strides: (usize, usize),
}

impl<T: Copy> Operand<T> {
    pub fn random(
        rng: &mut impl Rng,
        rows: usize,
        cols: usize,
        filler: T,
        mut draw: impl FnMut(&mut dyn rand::RngCore) -> T,
    ) -> Self {
        let inner = if rng.random_bool(0.3) { 2 } else { 1 };
        let gap = rng.random_range(0..4) * rng.random_range(0..2);
        let strides = if rng.random() {
            (cols * inner + gap, inner)
        } else {
            (inner, rows * inner + gap)
        };
        let len = rows.max(1) * cols.max(1) * 2 * inner + (gap + 1) * (rows + cols);
        let mut operand = Self {
            data: vec![filler; len],
            rows,
            cols,
            strides,
        };
        for row in 0..rows {
            for col in 0..cols {
                let place = operand.place(row, col);
                operand.data[place] = draw(rng);
            }
        }
        operand
    }

    pub fn place(&self, row: usize, col: usize) -> usize {
        row * self.strides.0 + col * self.strides.1
    }

    pub fn at(&self, row: usize, col: usize) -> T {
        self.data[self.place(row, col)]
    }

    pub fn view(&self) -> MatRef<'_, T> {
        MatRef::strided(
            &self.data,
            self.rows,
            self.cols,
            self.strides.0,
            self.strides.1,
        )
        .unwrap()
    }

    pub fn view_mut(&mut self) -> MatMut<'_, T> {
        MatMut::strided(
            &mut self.data,
            self.rows,
            self.cols,
            self.strides.0,
            self.strides.1,
        )
        .unwrap()
    }
}

/// A job with operands of its own.
#[derive(Clone, Debug)]
pub struct Case<E: Element> {
    pub a: Operand<E>,
    pub b: Operand<E>,
    pub c: Operand<E::Acc>,
    pub keep_m: Option<Mask>,
    pub keep_k: Option<Mask>,
    pub keep_n: Option<Mask>,
}

pub fn random_mask(rng: &mut impl Rng, len: usize) -> Option<Mask> {
    match rng.random_range(0..6) {
        0 | 1 => None,
        2 => Some(Mask::all(len)),
        3 if rng.random_bool(0.3) => Some(Mask::none(len)),
        _ => {
            let keep = rng.random_range(0.1..0.9);
            Some((0..len).map(|_| rng.random_bool(keep)).collect())
        }
    }
}

impl<E: Element> Case<E> {
    pub fn random(
        rng: &mut impl Rng,
        (m, k, n): (usize, usize, usize),
        filler: (E, E::Acc),
        mut operand: impl FnMut(&mut dyn rand::RngCore) -> E,
        seed: impl FnMut(&mut dyn rand::RngCore) -> E::Acc,
    ) -> Self {
        Self {
            a: Operand::random(rng, m, k, filler.0, &mut operand),
            b: Operand::random(rng, k, n, filler.0, &mut operand),
            c: Operand::random(rng, m, n, filler.1, seed),
            keep_m: random_mask(rng, m),
            keep_k: random_mask(rng, k),
            keep_n: random_mask(rng, n),
        }
    }

    pub fn shape(&self) -> (usize, usize, usize) {
        (self.a.rows, self.a.cols, self.b.cols)
    }

    pub fn job(&self) -> Job<'_, E> {
        Job {
            keep_m: self.keep_m.as_ref(),
            keep_k: self.keep_k.as_ref(),
            keep_n: self.keep_n.as_ref(),
            ..Job::new(self.a.view(), self.b.view(), 0)
        }
    }

    /// The whole storage of C, gaps included, after `engine` ran the job.
    pub fn run(
        &self,
        engine: &mut impl Engine<E>,
        policy: Policy,
        scratch: &mut Scratch,
    ) -> Result<Vec<E::Acc>, GemmError> {
        let mut c = self.c.clone();
        engine.run(policy, &[self.job()], &mut [c.view_mut()], scratch)?;
        Ok(c.data)
    }

    /// The whole storage of C after the naive loop: `step(sum, a, b)` for every kept
    /// k in order, and `step(sum, zero, zero)` for dropped k where dense.
    pub fn naive(
        &self,
        policy: Policy,
        mut step: impl FnMut(E::Acc, E, E) -> E::Acc,
    ) -> Vec<E::Acc> {
        let keeps = |mask: &Option<Mask>, i: usize| mask.as_ref().is_none_or(|mask| mask.keeps(i));
        let mut c = self.c.clone();
        let (m, k, n) = self.shape();
        for row in (0..m).filter(|&row| keeps(&self.keep_m, row)) {
            for col in (0..n).filter(|&col| keeps(&self.keep_n, col)) {
                let place = c.place(row, col);
                for i in 0..k {
                    if keeps(&self.keep_k, i) {
                        c.data[place] = step(c.data[place], self.a.at(row, i), self.b.at(i, col));
                    } else if policy == Policy::Dense {
                        c.data[place] = step(c.data[place], E::default(), E::default());
                    }
                }
            }
        }
        c.data
    }
}

pub fn naive_bf16(case: &Case<bf16>, policy: Policy) -> Vec<u32> {
    let sums = case.naive(policy, |sum, a, b| mac_bf16(a, b, sum));
    sums.into_iter().map(f32::to_bits).collect()
}

/// The naive loop over [`Accumulator::step`], and how many steps overflowed.
pub fn naive_integer<E>(case: &Case<E>, policy: Policy, acc: Accumulator) -> (Vec<E::Acc>, u64)
where
    E: Element<Acc: Into<i64> + TryFrom<i64, Error: std::fmt::Debug>> + Into<i64>,
{
    let mut overflows = 0;
    let sums = case.naive(policy, |sum, a, b| {
        let (sum, overflowed) = acc.step(sum.into(), a.into() * b.into());
        overflows += u64::from(overflowed);
        sum.try_into().unwrap()
    });
    (sums, overflows)
}

/// Any bf16, specials and subnormals far more often than chance.
pub fn any_bf16(rng: &mut dyn rand::RngCore) -> bf16 {
    const SPECIALS: [u16; 14] = [
        0x0000, 0x8000, 0x3f80, 0xbf80, 0x7f80, 0xff80, 0x7fc0, 0xffc0, 0x7f81, 0x0001, 0x807f,
        0x0080, 0x7f7f, 0xff7f,
    ];
    match rng.random_range(0..20) {
        0 => bf16::from_bits(SPECIALS[rng.random_range(0..SPECIALS.len())]),
        1 => bf16::from_bits(rng.random()),
        2 => bf16::from_bits(rng.random_range(0..0x80) | rng.random_range(0..2) << 15),
        _ => finite_bf16(rng),
    }
}

/// A bf16 between 2^-4 and 2^4 of either sign, now and then a zero or a subnormal.
pub fn finite_bf16(rng: &mut dyn rand::RngCore) -> bf16 {
    match rng.random_range(0..12) {
        0 => bf16::from_bits(rng.random_range(0..2) << 15),
        1 => bf16::from_bits(rng.random_range(0..0x80) | rng.random_range(0..2) << 15),
        _ => bf16::from_bits(rng.random_range(0x3d80..0x4180) | rng.random_range(0..2) << 15),
    }
}

/// A seed with tiny, huge, special and ordinary values.
pub fn any_f32(rng: &mut dyn rand::RngCore) -> f32 {
    match rng.random_range(0..12) {
        0 => f32::from_bits(rng.random()),
        1 => f32::from_bits(rng.random_range(0..0x0080_0000)),
        2 => -0.0,
        3 => 0.0,
        _ => rng.random_range(-100.0..100.0),
    }
}
