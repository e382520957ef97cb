//! What the array reads in a packed training step: every kept word of the weight once,
//! from where it lies in memory, in FP and in BP alike, and no dropped word of anything.

use heddle_array::observer::FetchObserver;
use heddle_array::{ArrayEngine, DriverOptions};
use heddle_format::Format;
use heddle_gemm::{Job, Mask, MatMut, MatRef, Policy, Shape};
use heddle_hdl::ArrayConfig;
use heddle_testbenches::arrays;

/// How often each word was read or written, by address or by place.
struct Fetches {
    weights: Vec<usize>,
    activations: Vec<usize>,
    sums: Vec<usize>,
    cols: usize,
}

impl FetchObserver for Fetches {
    fn weight(&mut self, _: usize, _: usize, _: usize, address: usize) {
        self.weights[address] += 1;
    }
    fn activation(&mut self, _: usize, _: usize, _: usize, address: usize) {
        self.activations[address] += 1;
    }
    fn sum(&mut self, _: usize, m: usize, n: usize) {
        self.sums[m * self.cols + n] += 1;
    }
}

const BATCH: usize = 6;
const INPUTS: usize = 21;
const GATES: usize = 36; // 4 H, H = 9

/// Runs one job and returns its log and C.
fn run(array: &mut ArrayEngine, job: Job<'_, i8>) -> (Fetches, Vec<i32>) {
    let Shape { m, n, .. } = job.shape();
    let mut log = Fetches {
        weights: vec![0; job.b.data().len()],
        activations: vec![0; job.a.data().len()],
        sums: vec![0; m * n],
        cols: n,
    };
    let mut c = vec![0; m * n];
    array
        .stream(
            Policy::Packed,
            &[job],
            &mut [MatMut::row_major(&mut c, m, n)],
            Some(&mut log),
        )
        .unwrap();
    (log, c)
}

/// C by its definition.
fn product(job: &Job<'_, i8>) -> Vec<i32> {
    let Shape { m, k, n } = job.shape();
    let keeps = |mask: Option<&Mask>, i| mask.is_none_or(|mask| mask.keeps(i));
    let mut c = vec![0; m * n];
    for i in (0..m).filter(|&i| keeps(job.keep_m, i)) {
        for j in (0..n).filter(|&j| keeps(job.keep_n, j)) {
            c[i * n + j] = (0..k)
                .filter(|&x| keeps(job.keep_k, x))
                .map(|x| i32::from(job.a.at(i, x)) * i32::from(job.b.at(x, j)))
                .sum();
        }
    }
    c
}

#[test]
fn kept_words_once_from_where_they_lie_and_dropped_words_never() {
    let config = ArrayConfig::new(8, 4, Format::Int8);
    let mut array =
        ArrayEngine::new(config, &arrays::build_options(), DriverOptions::default()).unwrap();
    let fill = |len: usize, step: usize| -> Vec<i8> {
        (0..len).map(|i| (i * step % 251) as u8 as i8).collect()
    };
    // W lies as [K][4H], rows of one input each; X and dZ lie as [B][...].
    let (w, x, dz) = (
        fill(INPUTS * GATES, 7),
        fill(BATCH * INPUTS, 11),
        fill(BATCH * GATES, 13),
    );
    let keep: Mask = (0..INPUTS).map(|k| k * k % 7 < 4).collect();
    let kept = keep.kept().len();
    assert!(kept > config.rows && kept < INPUTS);
    let w = MatRef::row_major(&w, INPUTS, GATES);
    let x = MatRef::row_major(&x, BATCH, INPUTS);
    let dz = MatRef::row_major(&dz, BATCH, GATES);
    // Whether the word at `address` of a matrix with `GATES` columns is in a kept row.
    let in_kept_row = |address: usize| usize::from(keep.keeps(address / GATES));

    let fp = Job {
        keep_k: Some(&keep),
        ..Job::new(x, w, 0)
    };
    let (log, c) = run(&mut array, fp);
    assert_eq!(c, product(&fp));
    for (address, &times) in log.weights.iter().enumerate() {
        assert_eq!(times, in_kept_row(address), "FP, word {address} of W");
    }
    for (address, &times) in log.activations.iter().enumerate() {
        assert_eq!(
            times > 0,
            keep.keeps(address % INPUTS),
            "FP, word {address} of X"
        );
    }

    let bp = Job {
        keep_n: Some(&keep),
        ..Job::new(dz, w.t(), 0)
    };
    let (log, c) = run(&mut array, bp);
    assert_eq!(c, product(&bp));
    for (address, &times) in log.weights.iter().enumerate() {
        assert_eq!(times, in_kept_row(address), "BP, word {address} of W");
    }
    for (place, &times) in log.sums.iter().enumerate() {
        assert_eq!(
            times > 0,
            keep.keeps(place % INPUTS),
            "BP, place {place} of dX"
        );
    }

    let wg = Job {
        keep_m: Some(&keep),
        ..Job::new(x.t(), dz, 0)
    };
    let (log, c) = run(&mut array, wg);
    assert_eq!(c, product(&wg));
    assert!(
        log.weights.iter().all(|&times| times == 1),
        "WG: every word of dZ once"
    );
    for (address, &times) in log.activations.iter().enumerate() {
        assert_eq!(
            times > 0,
            keep.keeps(address % INPUTS),
            "WG, word {address} of X"
        );
    }
    for (place, &times) in log.sums.iter().enumerate() {
        assert_eq!(
            times > 0,
            in_kept_row(place) == 1,
            "WG, place {place} of dW"
        );
    }
}
