//! What the processor does between the products: functions of whole slices, on the
//! kernel and the threads of the engine.
//!
//! The functions are those of the `rten-vecmath` crate (on `rten-simd`), which are
//! written once for every instruction set. Of the crates tried it alone has exp, tanh
//! and the logistic function in AVX-512 on stable Rust with documented errors, and its
//! instruction set can be chosen by the caller, as [`Kernel`] promises.

use crate::{Kernel, Team};
use rten_simd::functional::simd_map;
use rten_simd::isa::GenericIsa;
use rten_simd::ops::{BitOps, NumOps};
use rten_simd::{Isa, SimdOp, SimdUnaryOp};
use rten_vecmath::{Exp, Sigmoid, Tanh};

/// A kernel and a team of threads.
///
/// Every function gives the same bits for an element wherever it stands in its slice,
/// so that slices may be divided among threads at will.
#[derive(Clone, Debug)]
pub struct Host {
    /// The instruction set.
    pub kernel: Kernel,
    /// The threads.
    pub team: Team,
}

impl Default for Host {
    /// The fastest kernel of this CPU, on the calling thread.
    fn default() -> Self {
        Self {
            kernel: Kernel::fastest(),
            team: Team::default(),
        }
    }
}

impl Host {
    /// `x = exp(x - origin)`, within 2 units in the last place of the difference's exp.
    pub fn exp_from(&self, origin: f32, x: &mut [f32]) {
        dispatch(self.kernel, ExpFrom { origin, x });
    }

    /// `x = tanh(x)`, within 3 units in the last place.
    pub fn tanh(&self, x: &mut [f32]) {
        dispatch(self.kernel, Map(Tanh::default(), x));
    }

    /// `x = 1 / (1 + exp(-x))`, within 4 units in the last place.
    pub fn sigmoid(&self, x: &mut [f32]) {
        dispatch(self.kernel, Map(Sigmoid::default(), x));
    }
}

/// A function of every element.
struct Map<'a, F>(F, &'a mut [f32]);

impl<F: SimdUnaryOp<f32>> SimdOp for Map<'_, F> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let Map(f, x) = self;
        simd_map(
            isa.f32(),
            x,
            #[inline(always)]
            |x| f.eval(isa, x),
        );
    }
}

struct ExpFrom<'a> {
    origin: f32,
    x: &'a mut [f32],
}

impl SimdOp for ExpFrom<'_> {
    type Output = ();

    #[inline(always)]
    fn eval<I: Isa>(self, isa: I) {
        let ops = isa.f32();
        let origin = ops.splat(self.origin);
        simd_map(
            ops,
            self.x,
            #[inline(always)]
            |x| Exp::apply(isa, ops.sub(x, origin)),
        );
    }
}

/// Evaluates `op` with the instructions of `kernel`. (The crate's own `dispatch` takes
/// the best ones there are.)
fn dispatch<Op: SimdOp>(kernel: Kernel, op: Op) -> Op::Output {
    #[cfg(target_arch = "x86_64")]
    {
        use rten_simd::isa::{Avx2Isa, Avx512Isa};

        #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,f16c")]
        unsafe fn avx512<Op: SimdOp>(isa: Avx512Isa, op: Op) -> Op::Output {
            op.eval(isa)
        }

        #[target_feature(enable = "avx2,avx,fma,f16c")]
        unsafe fn avx2<Op: SimdOp>(isa: Avx2Isa, op: Op) -> Op::Output {
            op.eval(isa)
        }

        match kernel {
            Kernel::Avx512 => {
                if let Some(isa) = Avx512Isa::new() {
                    // SAFETY: the instruction set's `new` has found these features.
                    return unsafe { avx512(isa, op) };
                }
            }
            Kernel::Avx2 => {
                if let Some(isa) = Avx2Isa::new() {
                    // SAFETY: likewise.
                    return unsafe { avx2(isa, op) };
                }
            }
            Kernel::Portable => {}
        }
    }
    let _ = kernel; // the only one elsewhere
    op.eval(GenericIsa::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts() -> impl Iterator<Item = Host> {
        let available = Kernel::ALL
            .into_iter()
            .filter(|kernel| kernel.is_available());
        available.map(|kernel| Host {
            kernel,
            team: Team::default(),
        })
    }

    /// Many points where neither the function nor its argument is subnormal.
    fn points() -> Vec<f32> {
        let mut points: Vec<_> = (-80_000..=80_000).map(|i| i as f32 * 1e-3).collect();
        points.extend((0..2000).map(|i| (-0.01 * i as f32).exp()));
        points.extend((0..2000).map(|i| -(-0.01 * i as f32).exp()));
        points.extend([0.0, -0.0]);
        points
    }

    /// Distance in units of the last place of the right value.
    fn ulps(value: f32, right: f64) -> f64 {
        let unit = (right as f32).abs().max(f32::MIN_POSITIVE);
        let unit = f32::from_bits(unit.to_bits() + 1) - unit;
        (f64::from(value) - right).abs() / f64::from(unit)
    }

    fn worst(f: impl Fn(&mut [f32]), right: impl Fn(f64) -> f64) -> f64 {
        let points = points();
        let mut values = points.clone();
        f(&mut values);
        let pairs = values.iter().zip(&points);
        pairs.fold(0.0, |worst, (&value, &x)| {
            worst.max(ulps(value, right(f64::from(x))))
        })
    }

    #[test]
    fn functions_are_as_near_as_promised() {
        for host in hosts() {
            let exp = worst(|x| host.exp_from(0.0, x), f64::exp);
            let tanh = worst(|x| host.tanh(x), f64::tanh);
            let sigmoid = worst(|x| host.sigmoid(x), |x| 1.0 / (1.0 + (-x).exp()));
            println!(
                "{}: exp {exp:.2}, tanh {tanh:.2}, sigmoid {sigmoid:.2}",
                host.kernel
            );
            assert!(exp < 2.0 && tanh < 3.0 && sigmoid < 4.0, "{}", host.kernel);
            // The measure notices an error of a few more units.
            let off = worst(
                |x| x.iter_mut().for_each(|x| *x = x.exp() * 1.000001),
                f64::exp,
            );
            assert!(off > 4.0);
        }
    }

    #[test]
    fn an_origin_is_subtracted_first() {
        for host in hosts() {
            let mut x = [3.0, 1.0, -200.0];
            host.exp_from(3.0, &mut x);
            assert_eq!([x[0], x[2]], [1.0, 0.0]);
            assert!(ulps(x[1], (-2.0_f64).exp()) < 2.0);
        }
    }

    #[test]
    fn places_do_not_matter() {
        for host in hosts() {
            let mut whole: Vec<_> = (0..1003).map(|i| (i as f32 - 500.0) * 0.013).collect();
            let mut parts = whole.clone();
            host.tanh(&mut whole);
            parts.chunks_mut(7).for_each(|part| host.tanh(part));
            assert_eq!(whole, parts);
        }
    }

    #[test]
    fn what_is_not_a_number_stays_so() {
        for host in hosts() {
            let mut x = [f32::NAN; 3];
            host.exp_from(0.0, &mut x[..1]);
            host.tanh(&mut x[1..2]);
            host.sigmoid(&mut x[2..]);
            assert!(x.iter().all(|x| x.is_nan()), "{}: {x:?}", host.kernel);
        }
    }
}
