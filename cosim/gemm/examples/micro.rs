//! Temporary.
use heddle_gemm::*;
fn mat(len: usize) -> &'static mut [f32] {
    let v: &'static mut Vec<f32> = Box::leak(Box::new(
        (0..len + 16)
            .map(|i| ((i * 7919) % 17) as f32 - 8.0)
            .collect(),
    ));
    let off = v.as_ptr().align_offset(64);
    &mut v[off..off + len]
}
fn main() {
    for (m, k, n) in [
        (60, 64, 32),
        (60, 128, 32),
        (60, 256, 32),
        (60, 325, 32),
        (60, 650, 32),
        (20, 325, 32),
        (20, 325, 2592),
        (20, 512, 64),
        (12, 4096, 32),
    ] {
        let (x, w, z) = (mat(m * k), mat(k * n), mat(m * n));
        let mut e = CpuEngine::with(Kernel::Avx512, 1).unwrap();
        let mut s = Scratch::default();
        let reps = 20_000_000_0 / (m * k * n) + 1;
        for (name, policy) in [("crate", Policy::Dense), ("own", Policy::Packed)] {
            for dot in [false, true] {
                let mut best = f64::MAX;
                for _ in 0..20 {
                    let t = now();
                    for _ in 0..reps / 20 + 1 {
                        let b = if dot {
                            MatRef::strided(w, k, n, 1, k).unwrap()
                        } else {
                            MatRef::row_major(w, k, n)
                        };
                        let job = Job::new(MatRef::row_major(x, m, k), b, 0);
                        e.run(policy, &[job], &mut [MatMut::row_major(z, m, n)], &mut s)
                            .unwrap();
                    }
                    best = f64::min(best, (now() - t) / (reps / 20 + 1) as f64);
                }
                println!(
                    "{m}x{k}x{n} {name} dot={dot} {:.0}",
                    2.0 * (m * k * n) as f64 / best / 1e9
                );
            }
        }
    }
}
fn now() -> f64 {
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
