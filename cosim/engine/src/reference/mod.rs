//! What a list of descriptors does to memory, told as plainly as can be: the independent truth that
//! the engine is compared with.
//!
//! A job's masks, operands and seeds are read from memory, every sum takes its steps one after the
//! other in increasing k, and what the job leaves is written back. Nothing is said of buffers, of
//! tiles or of time, but for the descriptors that are refused ([`check`](crate::check)).

mod access;
mod arithmetic;

pub use arithmetic::Arithmetic;

use crate::check::check;
use crate::descriptor::{Descriptor, Layout, Place, Words};
use crate::memory::Bytes;
use crate::ranges::Ranges;
use crate::{Code, Sizes};
use access::Access;
use heddle_gemm::{Policy, Shape};

/// Bus errors that a job met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The descriptor could not be read.
    Descriptor,
    /// Something could not be read: nothing of the job is written.
    Read,
    /// Something could not be written: each of the job's sums may be written or not.
    Write,
}

/// A stretch of sums of one row of C.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Address of the first one.
    pub at: u64,
    /// How many.
    pub sums: usize,
}

/// What became of a descriptor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Why it was not done, if it was not.
    pub code: Option<Code>,
    /// Sums that are written.
    pub stores: Vec<Run>,
    /// Sums that may be written or not, since a write failed, and what they are then.
    pub perhaps: Vec<(u64, i64)>,
    /// Bytes that may be read for it, the descriptor's own left out.
    pub reads: Ranges,
    /// Bytes that may be written for it.
    pub writes: Ranges,
    /// Multiply-accumulates of kept m, k and n.
    pub macs: u64,
    /// A step of a kept sum left the range of an integer sum.
    pub overflows: bool,
    /// Memory rows of B that have to be read, and those that must not be.
    pub rows: (u64, u64),
}

/// A matrix of operands, row-major.
#[derive(Clone, Debug)]
struct Operands {
    cols: usize,
    bits: Vec<u16>,
}

impl Operands {
    fn at(&self, row: usize, col: usize) -> u16 {
        self.bits[row * self.cols + col]
    }
}

/// Sums of the rows that a chain has kept so far.
type Sums = Vec<Option<Vec<i64>>>;

/// What a job leaves on chip for the next one.
#[derive(Clone, Debug)]
struct Left {
    job: Descriptor,
    a: Operands,
    /// A was fetched: a packed job that keeps nothing needs none.
    fetched: bool,
    sums: Sums,
}

/// What an earlier job left for another one.
struct OnChip {
    /// A.
    a: bool,
    /// Rows of sums.
    live: Vec<bool>,
}

/// The engine's meaning, job after job.
#[derive(Clone, Debug)]
pub struct Reference {
    sizes: Sizes,
    arithmetic: Arithmetic,
    left: Option<Left>,
    /// Sums take no steps.
    dry: bool,
}

impl Reference {
    /// An engine after reset.
    pub fn new(sizes: Sizes) -> Self {
        Self {
            sizes,
            arithmetic: Arithmetic::new(&sizes),
            left: None,
            dry: false,
        }
    }

    /// The same for whoever wants to know codes and addresses only: sums stay as they start.
    pub fn dry(sizes: Sizes) -> Self {
        Self {
            dry: true,
            ..Self::new(sizes)
        }
    }

    /// Arithmetic of its sums.
    pub fn arithmetic(&self) -> Arithmetic {
        self.arithmetic
    }

    /// The job of `words` if the engine would do it now.
    ///
    /// # Errors
    /// Why it would not.
    pub fn check(&self, words: &Words) -> Result<Descriptor, Code> {
        check(&self.sizes, words, self.left.as_ref().map(|left| &left.job))
    }

    /// Bytes of the masks, of A, of B and of C0 that `job` may read, if it is the next one.
    pub fn reads(&self, memory: &impl Bytes, job: &Descriptor) -> [Ranges; 4] {
        let masks = Masks::read(memory, job);
        let on_chip = self.on_chip(job);
        Access::new(&self.sizes, job, &masks, &on_chip).reads()
    }

    /// The latest job failed after all: it leaves nothing for the next one.
    pub fn forget(&mut self) {
        self.left = None;
    }

    /// Does the next job. `failure` is a bus error that it met.
    pub fn step(
        &mut self,
        memory: &mut impl Bytes,
        words: &Words,
        failure: Option<Failure>,
    ) -> Outcome {
        let checked = match failure {
            Some(Failure::Descriptor) => Err(Code::Bus),
            _ => self.check(words),
        };
        let job = match checked {
            Ok(job) => job,
            Err(code) => {
                self.left = None;
                return Outcome {
                    code: Some(code),
                    ..Outcome::default()
                };
            }
        };
        let masks = Masks::read(memory, &job);
        let on_chip = self.on_chip(&job);
        let access = Access::new(&self.sizes, &job, &masks, &on_chip);
        let mut outcome = Outcome {
            reads: Ranges::new(access.reads().iter().flat_map(Ranges::iter)),
            writes: access.writes(),
            rows: access.rows_of_b(),
            macs: masks.macs(),
            ..Outcome::default()
        };
        if failure == Some(Failure::Read) {
            self.left = None;
            outcome.code = Some(Code::Bus);
            return outcome;
        }
        let left = self.left.take();
        let fetched = on_chip.a || job.policy != Policy::Packed || outcome.macs > 0;
        let a = match left.as_ref().filter(|_| job.keep_a) {
            Some(left) => left.a.clone(),
            None => self.operands(memory, job.a, job.layout.a(job.shape)),
        };
        let b = self.operands(memory, job.b, job.layout.b(job.shape));
        let sums = match left.filter(|_| job.resume) {
            Some(left) => left.sums,
            None => vec![None; job.shape.m],
        };
        let (sums, overflows) = self.product(memory, &job, &masks, (&a, &b), sums);
        outcome.overflows = overflows;
        if job.stay {
            self.left = Some(Left {
                job,
                a,
                fetched,
                sums,
            });
            return outcome;
        }
        let results = self.results(memory, &job, &masks, &sums);
        outcome.stores = runs(&results, self.sizes.sum_bytes as u64);
        if failure == Some(Failure::Write) {
            outcome.code = Some(Code::Bus);
            outcome.perhaps = results;
            return outcome;
        }
        for (at, sum) in results {
            self.arithmetic.store(memory, at, sum);
        }
        self.left = Some(Left {
            job,
            a,
            fetched,
            sums: Vec::new(),
        });
        outcome
    }

    /// What `job` finds on chip.
    fn on_chip(&self, job: &Descriptor) -> OnChip {
        let left = self.left.as_ref();
        let chain = left.filter(|_| job.resume);
        let is_live =
            |m: usize| chain.is_some_and(|left| matches!(left.sums.get(m), Some(Some(_))));
        OnChip {
            a: job.keep_a && left.is_some_and(|left| left.fetched),
            live: (0..job.shape.m).map(is_live).collect(),
        }
    }

    fn operands(&self, memory: &impl Bytes, at: Place, (rows, cols): (usize, usize)) -> Operands {
        let row = |row| {
            let at = at.row(row);
            (0..cols).map(move |col| self.arithmetic.operand(memory, at, col))
        };
        Operands {
            cols,
            bits: (0..rows).flat_map(row).collect(),
        }
    }

    /// What C0 says of row `m`.
    fn seeds(&self, memory: &impl Bytes, job: &Descriptor, m: usize) -> Vec<i64> {
        let Shape { n, .. } = job.shape;
        match job.c0 {
            false => vec![0; n],
            true => (0..n)
                .map(|j| self.arithmetic.sum_at(job.c0_at.row(m), j))
                .map(|at| self.arithmetic.load(memory, at))
                .collect(),
        }
    }

    /// The sums after the job, and whether one overflowed. With policy dense dropped elements are zeros, and every row and
    /// column is computed; else only kept ones are, and only kept k are steps.
    fn product(
        &self,
        memory: &impl Bytes,
        job: &Descriptor,
        masks: &Masks,
        (a, b): (&Operands, &Operands),
        mut sums: Sums,
    ) -> (Sums, bool) {
        let mut overflows = false;
        let Shape { m, k, n } = job.shape;
        let dense = job.policy == Policy::Dense;
        let at_a = |i: usize, l: usize| match job.layout {
            Layout::Nn | Layout::Nt => a.at(i, l),
            Layout::Tn => a.at(l, i),
        };
        let at_b = |l: usize, j: usize| match job.layout {
            Layout::Nn | Layout::Tn => b.at(l, j),
            Layout::Nt => b.at(j, l),
        };
        let (keep_m, keep_k, keep_n) = (&masks.keep[0], &masks.keep[1], &masks.keep[2]);
        for i in 0..m {
            if !dense && !keep_m[i] {
                continue;
            }
            let row = sums[i].get_or_insert_with(|| self.seeds(memory, job, i));
            if self.dry {
                continue;
            }
            for j in (0..n).filter(|&j| dense || keep_n[j]) {
                for l in (0..k).filter(|&l| dense || keep_k[l]) {
                    let a = if keep_m[i] && keep_k[l] {
                        at_a(i, l)
                    } else {
                        0
                    };
                    let b = if keep_k[l] && keep_n[j] {
                        at_b(l, j)
                    } else {
                        0
                    };
                    let (sum, overflow) = self.arithmetic.step(a, b, row[j]);
                    row[j] = sum;
                    overflows |= overflow;
                }
            }
        }
        (sums, overflows)
    }

    /// What is written to C: addresses and sums.
    fn results(
        &self,
        memory: &impl Bytes,
        job: &Descriptor,
        masks: &Masks,
        sums: &Sums,
    ) -> Vec<(u64, i64)> {
        let all = job.policy == Policy::Dense || !job.in_place();
        let mut results = Vec::new();
        for (i, sums) in sums.iter().enumerate() {
            let row = match sums {
                Some(sums) => sums.clone(),
                None if all => self.seeds(memory, job, i),
                None => continue,
            };
            let at = job.c.row(i);
            results.extend(
                row.into_iter()
                    .enumerate()
                    .filter(|(j, _)| all || masks.keep[2][*j])
                    .map(|(j, sum)| (self.arithmetic.sum_at(at, j), sum)),
            );
        }
        results
    }
}

/// Neighbouring sums together.
fn runs(results: &[(u64, i64)], bytes: u64) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for &(at, _) in results {
        match runs.last_mut() {
            Some(run) if run.at + run.sums as u64 * bytes == at => run.sums += 1,
            _ => runs.push(Run { at, sums: 1 }),
        }
    }
    runs
}

/// A job's masks.
#[derive(Clone, Debug)]
struct Masks {
    /// Which m, k and n are kept.
    keep: [Vec<bool>; 3],
}

impl Masks {
    fn read(memory: &impl Bytes, job: &Descriptor) -> Self {
        let Shape { m, k, n } = job.shape;
        let read = |(base, len): (Option<u64>, usize)| match base {
            None => vec![true; len],
            Some(base) => memory.bits(base, len),
        };
        let mut dims = job.masks.into_iter().zip([m, k, n]).map(read);
        Self {
            keep: std::array::from_fn(|_| dims.next().unwrap_or_default()),
        }
    }

    /// How many are kept of m, k and n.
    fn kept(&self) -> [usize; 3] {
        [0, 1, 2].map(|dim| self.keep[dim].iter().filter(|keep| **keep).count())
    }

    fn macs(&self) -> u64 {
        self.kept().into_iter().map(|kept| kept as u64).product()
    }
}
