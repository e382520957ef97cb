//! What a netlist is made to do: jobs, and how they are masked.

use heddle_format::named;
use heddle_gemm::{Mask, Phase, Policy, Shape};
use heddle_trace::{Operands, Tensors, TraceElement, TraceJob};
use serde::Serialize;

/// How masks are treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Treatment {
    /// Dropped rows and columns are zeros that are multiplied.
    Dense,
    /// The same shape with nothing dropped: what the others are measured against.
    Kept,
    /// Dropped rows and columns are switched off.
    Gated,
    /// Dropped rows and columns are not sent.
    Packed,
}

named!(
    Treatment,
    "policy",
    Dense = "dense",
    Kept = "kept",
    Gated = "gated",
    Packed = "packed"
);

impl Treatment {
    /// What it does with what masks drop, in a few words.
    pub fn meaning(self) -> &'static str {
        match self {
            Treatment::Dense => "what masks drop is multiplied as zeros",
            Treatment::Kept => {
                "the same shape with nothing dropped, other kept values in the dropped places; \
                 the 1 of every ratio"
            }
            Treatment::Gated => "what masks drop keeps its place, switched off",
            Treatment::Packed => "what masks drop is not sent",
        }
    }

    /// How the array is driven.
    pub fn policy(self) -> Policy {
        match self {
            Treatment::Dense => Policy::Dense,
            Treatment::Kept | Treatment::Gated => Policy::Gated,
            Treatment::Packed => Policy::Packed,
        }
    }
}

/// Of the jobs of each phase at most `count`, spread evenly over those that are no larger
/// than the phase's median.
pub fn sample(jobs: &[TraceJob], phase: Phase, count: usize) -> Vec<&TraceJob> {
    let macs = |job: &TraceJob| job.header.shape.macs();
    let of_phase = || jobs.iter().filter(move |job| job.header.phase == phase);
    let mut sizes: Vec<u64> = of_phase().map(macs).collect();
    sizes.sort_unstable();
    let Some(&median) = sizes.get(sizes.len().saturating_sub(1) / 2) else {
        return Vec::new();
    };
    let small: Vec<_> = of_phase()
        .filter(|job| macs(job) <= median && job.kept_shape().macs() > 0)
        .collect();
    let count = count.min(small.len());
    // the middle of each of `count` equal stretches
    (0..count)
        .map(|i| small[(2 * i + 1) * small.len() / (2 * count)])
        .collect()
}

/// The job cut to at most `macs` multiply-accumulates: of n, else of k, else of m, whichever
/// has no mask and can be cut far enough, the first ones. A job that cannot be cut so far
/// without cutting its masks stays as it is.
pub fn cut(job: &TraceJob, macs: usize) -> TraceJob {
    let whole = job.header.shape;
    let Shape { m, k, n } = whole;
    let fits = |len: usize, others: usize| (macs / others.max(1)).clamp(1, len);
    if m * k * n <= macs {
        return job.clone();
    }
    let part = match (&job.keep_n, &job.keep_k, &job.keep_m) {
        (None, ..) => Shape::new(m, k, fits(n, m * k)),
        (_, None, _) => Shape::new(m, fits(k, m * n), n),
        (.., None) => Shape::new(fits(m, k * n), k, n),
        _ => return job.clone(),
    };
    let mut job = job.clone();
    job.header.shape = part;
    match &mut job.tensors {
        Tensors::Int8(operands) => shorten(operands, whole, part),
        Tensors::Int16(operands) => shorten(operands, whole, part),
        Tensors::Bf16(operands) => shorten(operands, whole, part),
    }
    job
}

fn shorten<E: TraceElement>(operands: &mut Operands<E>, whole: Shape, shape: Shape) {
    fn part<T: Copy>(data: &[T], width: usize, rows: usize, cols: usize) -> Vec<T> {
        let lines = data.chunks(width.max(1)).take(rows);
        lines.flat_map(|line| &line[..cols]).copied().collect()
    }
    let Shape { m, k, n } = shape;
    operands.a = part(&operands.a, whole.k, m, k);
    operands.b = part(&operands.b, whole.n, k, n);
    let seeds = operands.c0.as_ref();
    operands.c0 = seeds.map(|seeds| part(seeds, whole.n, m, n));
    // of a shorter reduction it would be another one
    operands.c = None;
}

/// The job with nothing dropped. What a mask drops has no values that count: in its place
/// stand those of a kept row or column, half a mask away, so that numbers keep their
/// statistics and neighbours do not become equal.
pub fn all_kept(job: &TraceJob) -> TraceJob {
    let mut job = job.clone();
    let stand_ins = [&job.keep_m, &job.keep_k, &job.keep_n].map(|mask| {
        let mask = mask.as_ref();
        mask.map_or_else(Vec::new, stand_ins)
    });
    let Shape { k, n, .. } = job.header.shape;
    match &mut job.tensors {
        Tensors::Int8(operands) => fill(operands, &stand_ins, k, n),
        Tensors::Int16(operands) => fill(operands, &stand_ins, k, n),
        Tensors::Bf16(operands) => fill(operands, &stand_ins, k, n),
    }
    (job.keep_m, job.keep_k, job.keep_n) = (None, None, None);
    job
}

/// The job without masks but one that drops every n that falls into column `column` of an
/// array with `cols` columns.
pub fn column_dropped(job: &TraceJob, column: usize, cols: usize) -> TraceJob {
    let mut job = all_kept(job);
    let keep = (0..job.header.shape.n).map(|n| n % cols != column);
    job.keep_n = Some(keep.collect::<Mask>());
    job
}

/// Each dropped index, and the kept one that stands in for it.
fn stand_ins(mask: &Mask) -> Vec<(usize, usize)> {
    let kept = mask.kept();
    if kept.is_empty() {
        return Vec::new();
    }
    let dropped = (0..mask.len()).filter(|&i| !mask.keeps(i));
    dropped
        .enumerate()
        .map(|(at, i)| (i, kept[(at + kept.len() / 2) % kept.len()] as usize))
        .collect()
}

fn fill<E: TraceElement>(
    operands: &mut Operands<E>,
    [m, k, n]: &[Vec<(usize, usize)>; 3],
    ks: usize,
    ns: usize,
) {
    copy_rows(&mut operands.a, ks, m);
    copy_cols(&mut operands.a, ks, k);
    copy_rows(&mut operands.b, ns, k);
    copy_cols(&mut operands.b, ns, n);
    if let Some(seeds) = &mut operands.c0 {
        copy_rows(seeds, ns, m);
        copy_cols(seeds, ns, n);
    }
    operands.c = None;
}

fn copy_rows<T: Copy>(data: &mut [T], cols: usize, pairs: &[(usize, usize)]) {
    for &(to, from) in pairs {
        data.copy_within(from * cols..(from + 1) * cols, to * cols);
    }
}

fn copy_cols<T: Copy>(data: &mut [T], cols: usize, pairs: &[(usize, usize)]) {
    for row in data.chunks_exact_mut(cols.max(1)) {
        for &(to, from) in pairs {
            row[to] = row[from];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heddle_format::Format;
    use heddle_trace::JobHeader;

    fn job(phase: Phase, n: usize) -> TraceJob {
        let (m, k) = (2, 4);
        TraceJob {
            header: JobHeader::new("j", phase, Shape { m, k, n }, Format::Int8),
            tensors: i8::pack(Operands {
                a: vec![1, 0, 3, 0, 5, 0, 7, 0],
                b: (0..k * n)
                    .map(|i| if (i / n).is_multiple_of(2) { 9 } else { 0 })
                    .collect(),
                c0: None,
                c: None,
            }),
            keep_m: None,
            keep_k: Some([true, false, true, false].into_iter().collect()),
            keep_n: None,
        }
    }

    #[test]
    fn dropped_places_take_values_of_kept_ones() {
        let kept = all_kept(&job(Phase::Forward, 3));
        assert_eq!((&kept.keep_k, kept.kept_shape().macs()), (&None, 24));
        let Tensors::Int8(operands) = &kept.tensors else {
            panic!("int8 stays int8");
        };
        assert_eq!(operands.a, [1, 3, 3, 1, 5, 7, 7, 5]);
        assert_eq!(operands.b, [9; 12]);
    }

    #[test]
    fn a_cut_leaves_masks_whole() {
        let job = cut(&job(Phase::Forward, 6), 2 * 4 * 2);
        assert_eq!(job.header.shape, Shape::new(2, 4, 2));
        assert_eq!(job.keep_k.as_ref().unwrap().len(), 4);
        let Tensors::Int8(operands) = &job.tensors else {
            panic!("int8 stays int8");
        };
        assert_eq!((operands.a.len(), operands.b.len()), (8, 8));
        assert_eq!(operands.b, [9, 9, 0, 0, 9, 9, 0, 0]);
    }

    #[test]
    fn a_column_of_the_array_is_dropped() {
        let dropped = column_dropped(&job(Phase::Forward, 5), 1, 2);
        let keep = dropped.keep_n.unwrap();
        assert_eq!(keep.kept(), [0, 2, 4]);
    }

    #[test]
    fn a_sample_is_of_one_phase_and_leaves_out_what_is_large() {
        let sizes = [3, 3, 3, 3, 90];
        let mut jobs: Vec<_> = sizes.map(|n| job(Phase::Forward, n)).into();
        jobs.push(job(Phase::Backward, 3));
        let taken = sample(&jobs, Phase::Forward, 2);
        assert_eq!(taken.len(), 2);
        assert!(taken.iter().all(|job| job.header.shape.n == 3));
        assert!(sample(&jobs, Phase::WeightGradient, 2).is_empty());
    }
}
