//! The floating-point engine on the products of a Zaremba-medium step, one thread.
//! divan prints operations per second: one multiply-add counts as two, so `Gitem/s` is
//! GFLOP/s.
//!
//! `cargo bench -p heddle-gemm --bench cpu`

use divan::counter::ItemsCount;
use divan::Bencher;
use heddle_gemm::{CpuEngine, Engine, Job, Mask, MatMut, MatRef, Policy, Scratch, Shape};

fn main() {
    divan::main();
}

const KEPT: [usize; 2] = [650, 325];

/// The job of a phase on x, w, dz and the mask.
type Phase =
    for<'a> fn(MatRef<'a, f32>, MatRef<'a, f32>, MatRef<'a, f32>, &'a Mask) -> Job<'a, f32>;

fn bench(bencher: Bencher<'_, '_>, policy: Policy, keep: usize, job: Phase) {
    let (batch, hidden, gates) = (20, 650, 2600);
    let matrix = |len: usize| {
        (0..len)
            .map(|i| (i % 17) as f32 - 8.0)
            .collect::<Vec<f32>>()
    };
    let (x, w, dz) = (
        matrix(batch * hidden),
        matrix(hidden * gates),
        matrix(batch * gates),
    );
    // Spread evenly: `keep` of `hidden`.
    let mask: Mask = (0..hidden)
        .map(|i| (i + 1) * keep / hidden > i * keep / hidden)
        .collect();
    let job = job(
        MatRef::row_major(&x, batch, hidden),
        MatRef::row_major(&w, hidden, gates),
        MatRef::row_major(&dz, batch, gates),
        &mask,
    );
    let sent = if policy == Policy::Dense {
        job.shape()
    } else {
        job.kept_shape()
    };
    let Shape {
        m: rows, n: cols, ..
    } = job.shape();
    let mut c = vec![0.0; rows * cols];
    let mut scratch = Scratch::default();
    let mut engine = CpuEngine::new();
    bencher
        .counter(ItemsCount::new(2 * sent.macs()))
        .bench_local(|| {
            let mut outputs = [MatMut::row_major(&mut c, rows, cols)];
            engine.run(policy, &[job], &mut outputs, &mut scratch)
        });
}

fn forward<'a>(
    x: MatRef<'a, f32>,
    w: MatRef<'a, f32>,
    _: MatRef<'a, f32>,
    mask: &'a Mask,
) -> Job<'a, f32> {
    Job {
        keep_k: Some(mask),
        ..Job::new(x, w, 0)
    }
}

fn backward<'a>(
    _: MatRef<'a, f32>,
    w: MatRef<'a, f32>,
    dz: MatRef<'a, f32>,
    mask: &'a Mask,
) -> Job<'a, f32> {
    Job {
        keep_n: Some(mask),
        ..Job::new(dz, w.t(), 0)
    }
}

fn weight_gradient<'a>(
    x: MatRef<'a, f32>,
    _: MatRef<'a, f32>,
    dz: MatRef<'a, f32>,
    mask: &'a Mask,
) -> Job<'a, f32> {
    Job {
        keep_m: Some(mask),
        ..Job::new(x.t(), dz, 0)
    }
}

#[divan::bench(args = KEPT)]
fn fp_20x650x2600_dense(bencher: Bencher<'_, '_>, keep: usize) {
    bench(bencher, Policy::Dense, keep, forward);
}

#[divan::bench(args = KEPT)]
fn fp_20x650x2600_packed(bencher: Bencher<'_, '_>, keep: usize) {
    bench(bencher, Policy::Packed, keep, forward);
}

#[divan::bench(args = KEPT)]
fn bp_20x2600x650_dense(bencher: Bencher<'_, '_>, keep: usize) {
    bench(bencher, Policy::Dense, keep, backward);
}

#[divan::bench(args = KEPT)]
fn bp_20x2600x650_packed(bencher: Bencher<'_, '_>, keep: usize) {
    bench(bencher, Policy::Packed, keep, backward);
}

#[divan::bench(args = KEPT)]
fn wg_650x20x2600_dense(bencher: Bencher<'_, '_>, keep: usize) {
    bench(bencher, Policy::Dense, keep, weight_gradient);
}

#[divan::bench(args = KEPT)]
fn wg_650x20x2600_packed(bencher: Bencher<'_, '_>, keep: usize) {
    bench(bencher, Policy::Packed, keep, weight_gradient);
}
