//! Random batches of jobs, and the naive loop that says what they evaluate to.

use half::bf16;
use heddle_array::element::ArrayElement;
use heddle_format::Overflow;
use heddle_gemm::{Job, Mask, MatMut, MatRef, Policy, Shape};
use heddle_hdl::ArrayConfig;
use rand_chacha::rand_core::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// An element type with random values and a reference step.
pub trait Tested: ArrayElement {
    fn operand(rng: &mut ChaCha8Rng) -> Self;
    fn seed(rng: &mut ChaCha8Rng, config: &ArrayConfig) -> Self::Acc;
    /// `sum + a * b` as the configuration rounds it.
    fn step(config: &ArrayConfig, sum: Self::Acc, a: Self, b: Self) -> Self::Acc;
    /// Equal bits; any NaN equals any other, and zeros of either sign where `signless`.
    fn same(x: Self::Acc, y: Self::Acc, signless: bool) -> bool;
}

fn integer_step(config: &ArrayConfig, sum: i64, product: i64) -> i64 {
    let exact = i128::from(sum) + i128::from(product);
    let bits = config.acc_bits();
    match config.overflow {
        Overflow::Saturate => exact.clamp(-(1 << (bits - 1)), (1 << (bits - 1)) - 1) as i64,
        Overflow::Wrap => ((exact << (128 - bits)) >> (128 - bits)) as i64,
    }
}

macro_rules! integer {
    ($type:ty, $acc:ty) => {
        impl Tested for $type {
            fn operand(rng: &mut ChaCha8Rng) -> Self {
                // Extremes now and then, so that sums overflow.
                match rng.next_u32() % 4 {
                    0 => <$type>::MIN,
                    1 => <$type>::MAX,
                    _ => rng.next_u32() as $type,
                }
            }

            fn seed(rng: &mut ChaCha8Rng, config: &ArrayConfig) -> $acc {
                let most = i64::MAX >> (64 - config.acc_bits());
                let seed = match rng.next_u32() % 8 {
                    0 => most,
                    1 => -most - 1,
                    _ => (rng.next_u64() as i64) >> (64 - config.acc_bits()),
                };
                seed as $acc
            }

            fn step(config: &ArrayConfig, sum: $acc, a: Self, b: Self) -> $acc {
                integer_step(config, i64::from(sum), i64::from(a) * i64::from(b)) as $acc
            }

            fn same(x: $acc, y: $acc, _signless: bool) -> bool {
                x == y
            }
        }
    };
}
integer!(i8, i32);
integer!(i16, i64);

impl Tested for bf16 {
    fn operand(rng: &mut ChaCha8Rng) -> Self {
        match rng.next_u32() % 32 {
            0 => bf16::from_bits(rng.next_u32() as u16), // anything at all
            1 => bf16::NEG_ZERO,
            2 => bf16::from_bits(rng.next_u32() as u16 & 0x807f), // subnormal
            _ => bf16::from_f32((rng.next_u32() as i32 as f32) * 1e-9),
        }
    }

    fn seed(rng: &mut ChaCha8Rng, _config: &ArrayConfig) -> f32 {
        match rng.next_u32() % 32 {
            0 => f32::from_bits(rng.next_u32()),
            1 | 2 => -0.0,
            _ => (rng.next_u32() as i32 as f32) * 1e-9,
        }
    }

    fn step(_config: &ArrayConfig, sum: f32, a: Self, b: Self) -> f32 {
        a.to_f32().mul_add(b.to_f32(), sum)
    }

    fn same(x: f32, y: f32, signless: bool) -> bool {
        x.to_bits() == y.to_bits() || x.is_nan() && y.is_nan() || signless && x == 0.0 && y == 0.0
    }
}

/// A matrix with its own memory, stored by rows or by columns, with gaps.
pub struct Stored<E> {
    pub data: Vec<E>,
    rows: usize,
    cols: usize,
    strides: (usize, usize),
}

impl<E: Tested> Stored<E> {
    fn random(rng: &mut ChaCha8Rng, rows: usize, cols: usize) -> Self {
        let gap = rng.next_u32() as usize % 3;
        let strides = match rng.next_u32() % 5 {
            0 | 1 => (cols + gap, 1),
            2 | 3 => (1, rows + gap),
            _ => (2 * (cols + gap), 2),
        };
        let len = (rows - 1) * strides.0 + (cols - 1) * strides.1 + 1;
        let data = (0..len).map(|_| E::operand(rng)).collect();
        Self {
            data,
            rows,
            cols,
            strides,
        }
    }

    fn view(&self) -> MatRef<'_, E> {
        MatRef::strided(
            &self.data,
            self.rows,
            self.cols,
            self.strides.0,
            self.strides.1,
        )
        .unwrap()
    }
}

/// One job's own data.
pub struct Owned<E> {
    a: Stored<E>,
    b: Stored<E>,
    masks: [Option<Mask>; 3],
    c: usize,
}

impl<E: Tested> Owned<E> {
    pub fn job(&self) -> Job<'_, E> {
        let [keep_m, keep_k, keep_n] = self.masks.each_ref().map(Option::as_ref);
        Job {
            keep_m,
            keep_k,
            keep_n,
            ..Job::new(self.a.view(), self.b.view(), self.c)
        }
    }
}

/// A batch of jobs and the seeds of its outputs.
pub struct Batch<E: Tested> {
    pub jobs: Vec<Owned<E>>,
    pub shapes: Vec<(usize, usize)>,
    pub seeds: Vec<Vec<E::Acc>>,
}

fn mask(rng: &mut ChaCha8Rng, len: usize) -> Option<Mask> {
    let odds = match rng.next_u32() % 12 {
        0 | 1 => return None,
        2 => 0,
        3 => 16,
        4 => 15,
        5 => 1,
        _ => 8,
    };
    Some((0..len).map(|_| rng.next_u32() % 16 < odds).collect())
}

impl<E: Tested> Batch<E> {
    /// Up to `most` jobs with dimensions of 1 to `dim`; some share an output.
    pub fn random(config: &ArrayConfig, seed: u64, most: usize, dim: usize) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let rng = &mut rng;
        let mut batch = Self {
            jobs: vec![],
            shapes: vec![],
            seeds: vec![],
        };
        for _ in 0..1 + rng.next_u32() as usize % most {
            let mut size = || 1 + rng.next_u32() as usize % dim;
            let (mut m, k, mut n) = (size(), size(), size());
            let outputs = batch.shapes.len();
            let chained = outputs > 0 && rng.next_u32().is_multiple_of(2);
            let c = if chained {
                rng.next_u32() as usize % outputs
            } else {
                outputs
            };
            if chained {
                (m, n) = batch.shapes[c];
            } else {
                batch.shapes.push((m, n));
                batch
                    .seeds
                    .push((0..m * n).map(|_| E::seed(rng, config)).collect());
            }
            batch.jobs.push(Owned {
                a: Stored::random(rng, m, k),
                b: Stored::random(rng, k, n),
                masks: [mask(rng, m), mask(rng, k), mask(rng, n)],
                c,
            });
        }
        batch
    }

    /// `count` jobs of one shape (m, k, n) on one output, with random masks but the same
    /// one on n.
    pub fn of_shape(
        config: &ArrayConfig,
        seed: u64,
        (m, k, n): (usize, usize, usize),
        count: usize,
    ) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let rng = &mut rng;
        let keep_n = mask(rng, n);
        Self {
            shapes: vec![(m, n)],
            seeds: vec![(0..m * n).map(|_| E::seed(rng, config)).collect()],
            jobs: (0..count)
                .map(|_| Owned {
                    a: Stored::random(rng, m, k),
                    b: Stored::random(rng, k, n),
                    masks: [mask(rng, m), mask(rng, k), keep_n.clone()],
                    c: 0,
                })
                .collect(),
        }
    }

    /// The batch's jobs.
    pub fn jobs(&self) -> Vec<Job<'_, E>> {
        self.jobs.iter().map(Owned::job).collect()
    }

    /// Writable outputs over `data`, a copy of the seeds.
    pub fn outputs<'a>(&self, data: &'a mut [Vec<E::Acc>]) -> Vec<MatMut<'a, E::Acc>> {
        data.iter_mut()
            .zip(&self.shapes)
            .map(|(data, &(m, n))| MatMut::row_major(data, m, n))
            .collect()
    }

    /// What the jobs evaluate to, one sum at a time.
    pub fn golden(&self, config: &ArrayConfig, policy: Policy) -> Vec<Vec<E::Acc>> {
        let mut results = self.seeds.clone();
        for owned in &self.jobs {
            let job = owned.job();
            let Shape { m, k, n } = job.shape();
            let keeps = |mask: Option<&Mask>, i| mask.is_none_or(|mask| mask.keeps(i));
            for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))) {
                if !keeps(job.keep_m, i) || !keeps(job.keep_n, j) {
                    continue;
                }
                let sum = &mut results[job.c][i * n + j];
                for l in 0..k {
                    if keeps(job.keep_k, l) {
                        *sum = E::step(config, *sum, job.a.at(i, l), job.b.at(l, j));
                    } else if policy == Policy::Dense {
                        *sum = E::step(config, *sum, E::default(), E::default());
                    }
                }
            }
        }
        results
    }

    /// The first element in which `results` is not what it should be, if there is one.
    pub fn mismatch(
        &self,
        config: &ArrayConfig,
        policy: Policy,
        results: &[Vec<E::Acc>],
    ) -> Option<String> {
        let golden = self.golden(config, policy);
        for (c, (found, expected)) in results.iter().zip(&golden).enumerate() {
            for (i, (&x, &y)) in found.iter().zip(expected).enumerate() {
                if !E::same(x, y, false) {
                    let n = self.shapes[c].1;
                    return Some(format!(
                        "C{c}[{}, {}] is {x:?}, expected {y:?}",
                        i / n,
                        i % n
                    ));
                }
            }
        }
        None
    }
}
