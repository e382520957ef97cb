//! i8 and i16: exact products, a sum that wraps or saturates after every step.

use super::accumulator::Accumulator;
use super::panel::{Kept, Selection};
use super::GoldenEngine;
use crate::Kernel;
use crate::{Element, GemmError, Job, MatMut, Policy, Scratch};
use heddle_format::{Format, Overflow};

/// What the golden model needs of an integer format.
pub(super) trait Integer: Element<Acc: Into<i64>> + Into<i16> {
    /// The format.
    const FORMAT: Format;

    /// A sum that fits.
    fn sum(value: i64) -> Self::Acc;
}

impl Integer for i8 {
    const FORMAT: Format = Format::Int8;

    fn sum(value: i64) -> i32 {
        value as i32
    }
}

impl Integer for i16 {
    const FORMAT: Format = Format::Int16;

    fn sum(value: i64) -> i64 {
        value
    }
}

/// Sums side by side in one row: they stay in the first-level cache while their steps
/// go by, and the loops over them become vector instructions.
const COLS: usize = 256;

/// Checks a batch of jobs, the accumulator and the seeds among it.
pub(super) fn check<E: Integer>(
    accumulator: Accumulator,
    jobs: &[Job<'_, E>],
    outputs: &[MatMut<'_, E::Acc>],
) -> Result<(), GemmError> {
    accumulator.check::<E>()?;
    for (index, job) in jobs.iter().enumerate() {
        job.check(index, outputs)?;
        check_seeds(accumulator, index, job, &outputs[job.c])?;
    }
    Ok(())
}

/// Checks that the seeds of `job` fit; those in dropped places are not looked at.
fn check_seeds<E: Integer>(
    accumulator: Accumulator,
    index: usize,
    job: &Job<'_, E>,
    c: &MatMut<'_, E::Acc>,
) -> Result<(), GemmError> {
    if accumulator.bits == 8 * size_of::<E::Acc>() {
        return Ok(());
    }
    let (min, max) = accumulator.range();
    let kept = Selection::new(Policy::Packed, job);
    for i in 0..kept.m.len() {
        for j in 0..kept.n.len() {
            let (row, col) = (kept.m.get(i), kept.n.get(j));
            let value: i64 = c.at(row, col).into();
            if value < min || value > max {
                return Err(GemmError::Seed {
                    job: index,
                    row,
                    col,
                    value,
                    bits: accumulator.bits,
                });
            }
        }
    }
    Ok(())
}

/// Evaluates one checked job into `c`; the number of steps that overflowed.
pub(super) fn product<E: Integer>(
    engine: &GoldenEngine,
    policy: Policy,
    job: &Job<'_, E>,
    c: &mut MatMut<'_, E::Acc>,
    scratch: &mut Scratch,
) -> u64 {
    let kept = Selection::new(policy, job);
    let (m, k, n) = (kept.m.len(), kept.k.len(), kept.n.len());
    if m == 0 || k == 0 || n == 0 {
        return 0;
    }
    let mut overflows = 0;
    let [a, b] = scratch.buffers::<i16, 2>([m * k, k * COLS]);
    let mut sums = [0; COLS];
    for (i, row) in a.chunks_exact_mut(k).enumerate() {
        kept.pack_a(job.a, i, 1, Into::into, row);
    }
    for first in (0..n).step_by(COLS) {
        let width = COLS.min(n - first);
        let (b, sums) = (&mut b[..k * width], &mut sums[..width]);
        kept.pack_b(job.b, first, width, width, Into::into, b);
        let largest_b = largest(b);
        for (i, a) in a.chunks_exact(k).enumerate() {
            let place = Row {
                start: kept.m.get(i) * c.row_stride(),
                cols: kept.n,
                first,
            };
            place.load::<E>(c, sums);
            let seeds = sums.iter().map(|sum| sum.unsigned_abs()).max();
            // No sum of these can be farther from zero than this.
            let bound = u128::from(seeds.unwrap_or(0))
                + k as u128 * u128::from(largest(a)) * u128::from(largest_b);
            overflows += add_steps(engine.kernel, engine.accumulator, bound, sums, a, b);
            place.store::<E>(sums, c);
        }
    }
    overflows
}

/// Where a row of sums lies in C.
struct Row<'a> {
    start: usize,
    cols: Kept<'a>,
    first: usize,
}

impl Row<'_> {
    fn load<E: Integer>(&self, c: &MatMut<'_, E::Acc>, sums: &mut [i64]) {
        let c = c.as_ref();
        let (row, stride) = (&c.data()[self.start..], c.col_stride());
        match self.cols {
            Kept::All(_) if stride == 1 => {
                for (sum, &seed) in sums.iter_mut().zip(&row[self.first..]) {
                    *sum = seed.into();
                }
            }
            cols => {
                for (j, sum) in sums.iter_mut().enumerate() {
                    *sum = row[cols.get(self.first + j) * stride].into();
                }
            }
        }
    }

    fn store<E: Integer>(&self, sums: &[i64], c: &mut MatMut<'_, E::Acc>) {
        let stride = c.col_stride();
        let row = &mut c.data_mut()[self.start..];
        match self.cols {
            Kept::All(_) if stride == 1 => {
                for (to, &sum) in row[self.first..].iter_mut().zip(sums) {
                    *to = E::sum(sum);
                }
            }
            cols => {
                for (j, &sum) in sums.iter().enumerate() {
                    row[cols.get(self.first + j) * stride] = E::sum(sum);
                }
            }
        }
    }
}

fn largest(values: &[i16]) -> u16 {
    values
        .iter()
        .fold(0, |max, value| max.max(value.unsigned_abs()))
}

/// Adds all steps to a row of sums, `b` as `[k][sums]`, compiled for the instruction
/// set of `kernel`. Returns the number of steps that overflowed; none can where
/// `bound` is within the range.
fn add_steps(
    kernel: Kernel,
    accumulator: Accumulator,
    bound: u128,
    sums: &mut [i64],
    a: &[i16],
    b: &[i16],
) -> u64 {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
        fn avx512(acc: Accumulator, bound: u128, sums: &mut [i64], a: &[i16], b: &[i16]) -> u64 {
            choose(acc, bound, sums, a, b)
        }
        #[target_feature(enable = "avx2,fma")]
        fn avx2(acc: Accumulator, bound: u128, sums: &mut [i64], a: &[i16], b: &[i16]) -> u64 {
            choose(acc, bound, sums, a, b)
        }
        match kernel {
            // SAFETY: an engine holds only kernels that this CPU runs, checked when it
            // was made.
            Kernel::Avx512 => return unsafe { avx512(accumulator, bound, sums, a, b) },
            // SAFETY: as above.
            Kernel::Avx2 => return unsafe { avx2(accumulator, bound, sums, a, b) },
            Kernel::Portable => {}
        }
    }
    let _ = kernel;
    choose(accumulator, bound, sums, a, b)
}

#[inline(always)]
fn choose(accumulator: Accumulator, bound: u128, sums: &mut [i64], a: &[i16], b: &[i16]) -> u64 {
    let (min, max) = accumulator.range();
    if bound <= i32::MAX as u128 && bound <= max as u128 {
        narrow(sums, a, b);
        0
    } else if bound <= max as u128 {
        wide(sums, a, b);
        0
    } else if accumulator.bits == 64 {
        stepwise(sums, a, b, |sum, product| {
            let (wrapped, overflowed) = sum.overflowing_add(product);
            match accumulator.overflow {
                Overflow::Saturate => (sum.saturating_add(product), overflowed),
                Overflow::Wrap => (wrapped, overflowed),
            }
        })
    } else {
        // Two operands of at most 63 bits: their sum is exact in an i64.
        let unused = 64 - accumulator.bits;
        match accumulator.overflow {
            Overflow::Saturate => stepwise(sums, a, b, |sum, product| {
                let exact = sum + product;
                (exact.clamp(min, max), exact < min || exact > max)
            }),
            Overflow::Wrap => stepwise(sums, a, b, |sum, product| {
                let exact = sum + product;
                let wrapped = (exact << unused) >> unused;
                (wrapped, wrapped != exact)
            }),
        }
    }
}

/// The steps where no sum can leave an i32.
#[inline(always)]
fn narrow(sums: &mut [i64], a: &[i16], b: &[i16]) {
    let mut narrow = [0; COLS];
    let narrow = &mut narrow[..sums.len()];
    for (narrow, &sum) in narrow.iter_mut().zip(sums.iter()) {
        *narrow = sum as i32;
    }
    for (&a, b) in a.iter().zip(b.chunks_exact(sums.len())) {
        for (sum, &b) in narrow.iter_mut().zip(b) {
            *sum += i32::from(a) * i32::from(b);
        }
    }
    for (sum, &narrow) in sums.iter_mut().zip(narrow.iter()) {
        *sum = narrow.into();
    }
}

/// The steps where no sum can overflow.
#[inline(always)]
fn wide(sums: &mut [i64], a: &[i16], b: &[i16]) {
    for (&a, b) in a.iter().zip(b.chunks_exact(sums.len())) {
        for (sum, &b) in sums.iter_mut().zip(b) {
            *sum += i64::from(i32::from(a) * i32::from(b));
        }
    }
}

/// The steps one by one; how many overflowed.
#[inline(always)]
fn stepwise(sums: &mut [i64], a: &[i16], b: &[i16], step: impl Fn(i64, i64) -> (i64, bool)) -> u64 {
    let mut overflows = 0;
    for (&a, b) in a.iter().zip(b.chunks_exact(sums.len())) {
        for (sum, &b) in sums.iter_mut().zip(b) {
            let (next, overflowed) = step(*sum, i64::from(i32::from(a) * i32::from(b)));
            *sum = next;
            overflows += u64::from(overflowed);
        }
    }
    overflows
}
