//! Random batches of jobs: shapes, masks, memory layouts, chained outputs.

use crate::triples;
use half::bf16;
use heddle_array::element::ArrayElement;
use heddle_gemm::{
    Element, Engine, GemmError, GoldenEngine, Job, Mask, MatMut, MatRef, Policy, Scratch, Sum,
};
use heddle_hdl::ArrayConfig;
use heddle_trace::random_jobs::RandomJobs;
use heddle_trace::replay::accumulator;
use heddle_trace::{Operands, TraceElement};
use rand_chacha::rand_core::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// An element type that arrays, traces and the golden model share.
pub trait Tested: TraceElement + ArrayElement + Element<Acc: Sum> {
    /// Runs a batch on the golden model.
    ///
    /// # Errors
    /// As [`Engine::run`].
    fn golden(
        engine: &mut GoldenEngine,
        policy: Policy,
        jobs: &[Job<'_, Self>],
        outputs: &mut [MatMut<'_, Self::Acc>],
    ) -> Result<(), GemmError>;

    /// Operands of one multiply-add that its parts can get wrong, and a seed for them.
    fn directed(rng: &mut ChaCha8Rng, config: &ArrayConfig, a: Self, b: Self) -> Self::Acc;

    /// An operand for [`Self::directed`].
    fn operand(rng: &mut ChaCha8Rng) -> Self;
}

macro_rules! tested {
    ($($type:ty => $operand:expr, $seed:expr);+) => {$(
        impl Tested for $type {
            fn golden(
                engine: &mut GoldenEngine,
                policy: Policy,
                jobs: &[Job<'_, Self>],
                outputs: &mut [MatMut<'_, Self::Acc>],
            ) -> Result<(), GemmError> {
                engine.run(policy, jobs, outputs, &mut Scratch::default())
            }

            fn operand(rng: &mut ChaCha8Rng) -> Self {
                $operand(rng)
            }

            fn directed(rng: &mut ChaCha8Rng, config: &ArrayConfig, a: Self, b: Self) -> Self::Acc {
                $seed(rng, config, a, b)
            }
        }
    )+};
}
tested!(
    i8 => |rng: &mut ChaCha8Rng| rng.next_u32() as i8,
        |rng: &mut ChaCha8Rng, config: &ArrayConfig, a, b| {
            triples::near_the_end(rng, config.acc_bits(), i64::from(a) * i64::from(b)) as i32
        };
    i16 => |rng: &mut ChaCha8Rng| rng.next_u32() as i16,
        |rng: &mut ChaCha8Rng, config: &ArrayConfig, a, b| {
            triples::near_the_end(rng, config.acc_bits(), i64::from(a) * i64::from(b))
        };
    bf16 => triples::operand, |rng: &mut ChaCha8Rng, _: &ArrayConfig, a, b| triples::seed(rng, a, b)
);

/// Numbers to fill matrices with: specials, extremes and ordinary ones.
struct Pool<E: Tested> {
    operands: Vec<E>,
    seeds: Vec<E::Acc>,
}

impl<E: Tested> Pool<E> {
    fn new(config: &ArrayConfig, seed: u64, least: usize) -> Self {
        let jobs = RandomJobs {
            format: config.format,
            accumulator: accumulator(config),
            seed,
            max_dim: 24,
        };
        let mut pool = Self {
            operands: Vec::new(),
            seeds: Vec::new(),
        };
        for index in 0.. {
            if pool.operands.len() >= least && pool.seeds.len() >= least {
                break;
            }
            let job = jobs.job(index);
            let Operands { a, b, c0, .. } =
                E::unpack(&job.tensors).expect("operands of the array's format");
            pool.operands.extend(a.iter().chain(b));
            pool.seeds.extend(c0.iter().flatten());
        }
        pool
    }
}

/// A job's operands, masks and the index of its output.
struct Owned<E> {
    shape: (usize, usize, usize),
    a: Vec<E>,
    b: Vec<E>,
    /// B lies in memory column by column, so its tiles load from the left edge.
    transposed: bool,
    masks: [Option<Mask>; 3],
    output: usize,
}

/// How the masks of a batch are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Masks {
    /// From no mask over none kept to all kept.
    Random,
    /// Every mask there, and every bit of it 1.
    AllKept,
    /// Every mask there, and every bit of it 0.
    NoneKept,
}

/// Jobs, and what their outputs hold before they run.
pub struct Batch<E: Tested> {
    jobs: Vec<Owned<E>>,
    shapes: Vec<(usize, usize)>,
    seeds: Vec<Vec<E::Acc>>,
}

impl<E: Tested> Batch<E> {
    /// Jobs of the given shapes (M, K, N). One job in three whose M and N are those of
    /// an earlier one continues that one's output.
    pub fn of_shapes(
        config: &ArrayConfig,
        seed: u64,
        masks: Masks,
        shapes: impl IntoIterator<Item = (usize, usize, usize)>,
    ) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let shapes: Vec<_> = shapes.into_iter().collect();
        let largest = shapes
            .iter()
            .map(|&(m, k, n)| (m * k).max(k * n).max(m * n))
            .max();
        let pool = Pool::<E>::new(config, seed, 2 * largest.unwrap_or(1));
        let mut batch = Self {
            jobs: Vec::new(),
            shapes: Vec::new(),
            seeds: Vec::new(),
        };
        for (m, k, n) in shapes {
            let continued = batch.shapes.iter().position(|&shape| shape == (m, n));
            let output = match continued.filter(|_| rng.next_u32().is_multiple_of(3)) {
                Some(output) => output,
                None => {
                    batch.shapes.push((m, n));
                    batch.seeds.push(window(&mut rng, &pool.seeds, m * n));
                    batch.shapes.len() - 1
                }
            };
            batch.jobs.push(Owned {
                shape: (m, k, n),
                a: window(&mut rng, &pool.operands, m * k),
                b: window(&mut rng, &pool.operands, k * n),
                transposed: rng.next_u32().is_multiple_of(2),
                masks: [m, k, n].map(|len| mask(&mut rng, masks, len)),
                output,
            });
        }
        batch
    }

    /// `count` jobs whose dimensions are drawn from 1 to `max_dim`.
    pub fn random(config: &ArrayConfig, seed: u64, count: usize, max_dim: usize) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(!seed);
        let mut dim = || 1 + rng.next_u32() as usize % max_dim;
        let shapes: Vec<_> = (0..count).map(|_| (dim(), dim(), dim())).collect();
        Self::of_shapes(config, seed, Masks::Random, shapes)
    }

    /// `count` jobs of which half belong to the job before them: they continue its output,
    /// and mostly with its mask of n, so that they can be chained to it.
    pub fn related(config: &ArrayConfig, seed: u64, count: usize, max_dim: usize) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(!seed);
        let mut below = |bound: usize| rng.next_u32() as usize % bound;
        let mut shapes: Vec<(usize, usize, usize)> = Vec::new();
        let mut belongs = Vec::new();
        for _ in 0..count {
            let before = shapes.last().copied().filter(|_| below(2) == 0);
            let (m, n) =
                before.map_or((1 + below(max_dim), 1 + below(max_dim)), |(m, _, n)| (m, n));
            shapes.push((m, 1 + below(max_dim), n));
            belongs.push((before.is_some(), below(4) > 0));
        }
        let mut batch = Self::of_shapes(config, seed, Masks::Random, shapes);
        for (job, (continues, same_mask)) in belongs.into_iter().enumerate() {
            if continues {
                batch.jobs[job].output = batch.jobs[job - 1].output;
                if same_mask {
                    batch.jobs[job].masks[2] = batch.jobs[job - 1].masks[2].clone();
                }
            }
        }
        batch
    }

    /// One job of `beats` x rows (or more) x columns of which one k alone is kept, or none, so that
    /// each sum is one multiply-add in one row of PEs, or a seed that passes; its operands are such
    /// that parts of it can get them wrong.
    pub fn directed(config: &ArrayConfig, seed: u64, beats: usize) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        // Where sums stay, some have more beats to survive.
        let long = config.dataflow.has_os() && rng.next_u32().is_multiple_of(2);
        let k = config.rows * if long { 4 } else { 1 };
        let (m, n) = (beats, config.cols);
        let kept = seed as usize % (k + 1);
        let mut many = |len: usize| (0..len).map(|_| E::operand(&mut rng)).collect::<Vec<_>>();
        let (a, b) = (many(m * k), many(k * n));
        let seeds = (0..m * n)
            .map(|at| {
                let (beat, col) = (at / n, at % n);
                let of = kept.min(k - 1);
                E::directed(&mut rng, config, a[beat * k + of], b[of * n + col])
            })
            .collect();
        Self {
            jobs: vec![Owned {
                shape: (m, k, n),
                a,
                b,
                transposed: false,
                masks: [None, Some((0..k).map(|at| at == kept).collect()), None],
                output: 0,
            }],
            shapes: vec![(m, n)],
            seeds: vec![seeds],
        }
    }

    /// The jobs as engines take them.
    pub fn jobs(&self) -> Vec<Job<'_, E>> {
        self.jobs
            .iter()
            .map(|owned| {
                let (m, k, n) = owned.shape;
                let b = if owned.transposed {
                    MatRef::row_major(&owned.b, n, k).t()
                } else {
                    MatRef::row_major(&owned.b, k, n)
                };
                let [keep_m, keep_k, keep_n] = owned.masks.each_ref().map(Option::as_ref);
                Job {
                    keep_m,
                    keep_k,
                    keep_n,
                    ..Job::new(MatRef::row_major(&owned.a, m, k), b, owned.output)
                }
            })
            .collect()
    }

    /// A copy of the outputs as they are before the jobs run.
    pub fn seeds(&self) -> Vec<Vec<E::Acc>> {
        self.seeds.clone()
    }

    /// Views of outputs.
    pub fn views<'a>(&self, outputs: &'a mut [Vec<E::Acc>]) -> Vec<MatMut<'a, E::Acc>> {
        let shapes = self.shapes.iter();
        outputs
            .iter_mut()
            .zip(shapes)
            .map(|(data, &(m, n))| MatMut::row_major(data, m, n))
            .collect()
    }
}

fn window<T: Copy>(rng: &mut ChaCha8Rng, pool: &[T], len: usize) -> Vec<T> {
    let first = rng.next_u32() as usize % (pool.len() - len + 1);
    pool[first..first + len].to_vec()
}

fn mask(rng: &mut ChaCha8Rng, masks: Masks, len: usize) -> Option<Mask> {
    match masks {
        Masks::AllKept => return Some(Mask::all(len)),
        Masks::NoneKept => return Some(Mask::none(len)),
        Masks::Random => {}
    }
    let odds = match rng.next_u32() % 10 {
        0 | 1 => return None,
        2 => 0,
        3 => 8,
        other => other - 2, // 2 to 7 in 8
    };
    Some((0..len).map(|_| rng.next_u32() % 8 < odds).collect())
}
