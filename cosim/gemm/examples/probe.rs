//! Temporary probe.
use heddle_gemm::*;
use std::time::Instant;
fn mat(len: usize) -> &'static mut [f32] {
    let v: &'static mut Vec<f32> = Box::leak(Box::new(
        (0..len + 16)
            .map(|i| ((i * 7919) % 17) as f32 - 8.0)
            .collect(),
    ));
    let off = if std::env::var("UN").is_ok() {
        0
    } else {
        v.as_ptr().align_offset(64)
    };
    &mut v[off..off + len]
}
fn main() {
    let threads: usize = std::env::args().nth(1).map_or(2, |t| t.parse().unwrap());
    let b: usize = std::env::args().nth(2).map_or(20, |t| t.parse().unwrap());
    let h: usize = std::env::args().nth(3).map_or(650, |t| t.parse().unwrap());
    let keep: f64 = std::env::args().nth(4).map_or(0.5, |t| t.parse().unwrap());
    let t = 35;
    for (k, n) in [(h, 4 * h), (h, 10000)] {
        let (x, w, dz) = (&*mat(t * b * k), &*mat(k * n), &*mat(t * b * n));
        let z = mat(t * b * n);
        let dx = mat(t * b * k);
        let dw = mat(k * n);
        let kept = (k as f64 * keep).round() as usize;
        let masks: Vec<Mask> = (0..t)
            .map(|s| {
                let mut idx: Vec<usize> = (0..k).collect();
                let mut r = s as u64 * 77 + 1;
                for i in (1..k).rev() {
                    r = r
                        .wrapping_mul(6364136223846793005)
                        .wrapping_add(1442695040888963407);
                    idx.swap(i, (r >> 33) as usize % (i + 1));
                }
                let mut bits = vec![false; k];
                for &i in &idx[..kept] {
                    bits[i] = true;
                }
                bits.into_iter().collect()
            })
            .collect();
        let wv = MatRef::row_major(w, k, n);
        let mut engine = CpuEngine::with_threads(threads);
        let mut scratch = Scratch::default();
        for phase in ["fp", "bp", "wg"] {
            let full = 2.0 * (t * b * k * n) as f64;
            let mut res = std::collections::BTreeMap::new();
            for _ in 0..9 {
                for (name, masked, merged, policy) in [
                    ("dense crate merged", false, true, Policy::Dense),
                    ("dense own merged  ", false, true, Policy::Packed),
                    ("dense crate steps ", false, false, Policy::Dense),
                    ("dense own steps   ", false, false, Policy::Packed),
                    ("packed batch      ", true, false, Policy::Packed),
                    ("packed steps      ", true, false, Policy::Gated),
                ] {
                    let steps = if merged { 1 } else { t };
                    let rows = t * b / steps;
                    {
                        let mut jobs = vec![];
                        let mut outs = vec![];
                        match phase {
                            "fp" => {
                                for (i, z) in z.chunks_mut(rows * n).enumerate() {
                                    outs.push(MatMut::row_major(z, rows, n));
                                    jobs.push(Job {
                                        keep_k: masked.then(|| &masks[i]),
                                        ..Job::new(
                                            MatRef::row_major(
                                                &x[i * rows * k..][..rows * k],
                                                rows,
                                                k,
                                            ),
                                            wv,
                                            i,
                                        )
                                    });
                                }
                            }
                            "bp" => {
                                for (i, z) in dx.chunks_mut(rows * k).enumerate() {
                                    outs.push(MatMut::row_major(z, rows, k));
                                    jobs.push(Job {
                                        keep_n: masked.then(|| &masks[i]),
                                        ..Job::new(
                                            MatRef::row_major(
                                                &dz[i * rows * n..][..rows * n],
                                                rows,
                                                n,
                                            ),
                                            wv.t(),
                                            i,
                                        )
                                    });
                                }
                            }
                            _ => {
                                outs.push(MatMut::row_major(&mut *dw, k, n));
                                for i in 0..steps {
                                    jobs.push(Job {
                                        keep_m: masked.then(|| &masks[i]),
                                        ..Job::new(
                                            MatRef::row_major(
                                                &x[i * rows * k..][..rows * k],
                                                rows,
                                                k,
                                            )
                                            .t(),
                                            MatRef::row_major(
                                                &dz[i * rows * n..][..rows * n],
                                                rows,
                                                n,
                                            ),
                                            0,
                                        )
                                    });
                                }
                            }
                        }
                        let start = now(threads);
                        if name.contains("steps") {
                            for j in &jobs {
                                engine
                                    .run(policy, std::slice::from_ref(j), &mut outs, &mut scratch)
                                    .unwrap();
                            }
                        } else {
                            engine.run(policy, &jobs, &mut outs, &mut scratch).unwrap();
                        }
                        let s = now(threads) - start;
                        let e = res.entry(name).or_insert((f64::MAX, masked));
                        e.0 = e.0.min(s);
                    }
                }
            }
            for (name, (best, masked)) in res {
                let flop = if masked {
                    full * kept as f64 / k as f64
                } else {
                    full
                };
                println!(
                    "{k}x{n} {phase} {name} {:7.2} ms {:6.0} GFLOP/s",
                    best * 1e3,
                    flop / best / 1e9
                );
            }
        }
    }
}
fn now(threads: usize) -> f64 {
    if threads > 1 {
        static S: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
        return S.get_or_init(Instant::now).elapsed().as_secs_f64();
    }
    #[repr(C)]
    struct Ts {
        s: i64,
        n: i64,
    }
    extern "C" {
        fn clock_gettime(id: i32, ts: *mut Ts) -> i32;
    }
    let mut ts = Ts { s: 0, n: 0 };
    unsafe { clock_gettime(3, &mut ts) };
    ts.s as f64 + ts.n as f64 * 1e-9
}
