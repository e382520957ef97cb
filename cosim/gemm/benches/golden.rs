//! The golden model on the products of a Zaremba-medium step, one thread. divan prints
//! operations per second: one multiply-add counts as two, so `Gitem/s` is GFLOP/s.
//!
//! `cargo bench -p heddle-gemm --bench golden`

use divan::counter::ItemsCount;
use divan::Bencher;
use half::bf16;
use heddle_format::{Format, Overflow};
use heddle_gemm::{
    Accumulator, Element, Engine, GoldenEngine, Job, Kernel, Mask, MatMut, MatRef, Policy, Scratch,
    Shape,
};
use rand::Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::fmt;

fn main() {
    divan::main();
}

/// A phase of training: its shape, whether B is a transposed view, what is masked.
#[derive(Clone, Copy)]
enum Phase {
    Forward,
    Backward,
    WeightGradient,
}

impl fmt::Debug for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Phase::Forward => "FP 20x650x2600",
            Phase::Backward => "BP 20x2600x650",
            Phase::WeightGradient => "WG 650x20x2600",
        })
    }
}

const PHASES: [Phase; 3] = [Phase::Forward, Phase::Backward, Phase::WeightGradient];

fn bench<E: Element>(
    bencher: Bencher<'_, '_>,
    mut engine: GoldenEngine,
    phase: Phase,
    keep: usize,
    mut draw: impl FnMut(&mut ChaCha8Rng) -> E,
) where
    GoldenEngine: Engine<E>,
{
    let (batch, hidden, gates) = (20, 650, 2600);
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut matrix = |len: usize| (0..len).map(|_| draw(&mut rng)).collect::<Vec<E>>();
    let (x, w, dz) = (
        matrix(batch * hidden),
        matrix(hidden * gates),
        matrix(batch * gates),
    );
    // Spread evenly: `keep` of `hidden`.
    let mask: Mask = (0..hidden)
        .map(|i| (i + 1) * keep / hidden > i * keep / hidden)
        .collect();
    let (x, w, dz) = (
        MatRef::row_major(&x, batch, hidden),
        MatRef::row_major(&w, hidden, gates),
        MatRef::row_major(&dz, batch, gates),
    );
    let job = match phase {
        Phase::Forward => Job {
            keep_k: Some(&mask),
            ..Job::new(x, w, 0)
        },
        Phase::Backward => Job {
            keep_n: Some(&mask),
            ..Job::new(dz, w.t(), 0)
        },
        Phase::WeightGradient => Job {
            keep_m: Some(&mask),
            ..Job::new(x.t(), dz, 0)
        },
    };
    let Shape {
        m: rows, n: cols, ..
    } = job.shape();
    let mut c = vec![E::Acc::default(); rows * cols];
    let mut scratch = Scratch::default();
    bencher
        .counter(ItemsCount::new(2 * job.kept_shape().macs()))
        .bench_local(|| {
            let mut outputs = [MatMut::row_major(&mut c, rows, cols)];
            engine.run(Policy::Packed, &[job], &mut outputs, &mut scratch)
        });
}

fn bf16_on(bencher: Bencher<'_, '_>, kernel: Kernel, phase: Phase, keep: usize) {
    let Ok(engine) = GoldenEngine::with_kernel(Accumulator::of(Format::Bf16), kernel) else {
        return;
    };
    bench(bencher, engine, phase, keep, |rng| {
        bf16::from_f32(rng.random_range(-0.1..0.1))
    });
}

#[divan::bench(args = PHASES)]
fn bf16_avx512(bencher: Bencher<'_, '_>, phase: Phase) {
    bf16_on(bencher, Kernel::Avx512, phase, 650);
}

#[divan::bench(args = PHASES)]
fn bf16_avx512_packed_325(bencher: Bencher<'_, '_>, phase: Phase) {
    bf16_on(bencher, Kernel::Avx512, phase, 325);
}

#[divan::bench(args = PHASES)]
fn bf16_avx2(bencher: Bencher<'_, '_>, phase: Phase) {
    bf16_on(bencher, Kernel::Avx2, phase, 650);
}

#[divan::bench(args = PHASES, sample_count = 5)]
fn bf16_portable(bencher: Bencher<'_, '_>, phase: Phase) {
    bf16_on(bencher, Kernel::Portable, phase, 650);
}

#[divan::bench(args = PHASES)]
fn int8(bencher: Bencher<'_, '_>, phase: Phase) {
    let engine = GoldenEngine::new(Accumulator::of(Format::Int8));
    bench(bencher, engine, phase, 650, |rng| rng.random::<i8>());
}

#[divan::bench(args = PHASES)]
fn int16(bencher: Bencher<'_, '_>, phase: Phase) {
    let engine = GoldenEngine::new(Accumulator::of(Format::Int16));
    bench(bencher, engine, phase, 650, |rng| rng.random::<i16>());
}

/// The general path: sums that may overflow are checked at every step.
#[divan::bench(args = PHASES)]
fn int8_saturating_at_20_bits(bencher: Bencher<'_, '_>, phase: Phase) {
    let engine = GoldenEngine::new(Accumulator {
        bits: 20,
        overflow: Overflow::Saturate,
    });
    bench(bencher, engine, phase, 650, |rng| rng.random::<i8>());
}
