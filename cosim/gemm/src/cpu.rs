//! The fast floating-point engine of the CPU, through the `gemm` crate.

use crate::gather::{add, gather, like, zeroed};
use crate::simd::{form, Form, Plans, Runner, Simd};
use crate::{
    Engine, GemmError, Host, Job, Kernel, Mask, MatMut, MatRef, Policy, Scratch, Shape, Team,
};
use gemm::Parallelism;
use std::ops::{AddAssign, Mul};

/// Products in `f32` or `f64` at the speed of the CPU.
///
/// Sums are taken in the order that is fastest (the `gemm` crate's for unmasked products of
/// many rows, that of the loops in `simd` otherwise), so results agree with the exact sum
/// within `2 k eps sum|a||b|` and with other engines to that bound only.
///
/// | policy | what is multiplied |
/// |--------|--------------------|
/// | dense  | everything: dropped m and k as zeros in a copy of A, dropped n discarded |
/// | packed | the kept rows and columns, where they lie; copies of them for strides that training has not |
/// | gated  | as packed: gating is a matter of energy, which a CPU does not save |
///
/// Under the dense policy a zero of C in a dropped row may change its sign. Where B
/// holds an infinity or NaN that a zero of A would turn into a NaN, the packed way
/// is taken instead.
#[derive(Debug)]
pub struct CpuEngine {
    kernel: Kernel,
    team: Team,
    singles: Plans<f32>,
    doubles: Plans<f64>,
}

/// Starts the threads of the `gemm` crate, which are those of `rayon`, once in the process.
fn crates_threads(asked: usize) -> Result<(), GemmError> {
    let started = rayon::ThreadPoolBuilder::new().build_global();
    let error = started
        .err()
        .and_then(|error| std::error::Error::source(&error).map(|cause| cause.to_string()));
    match error {
        // Without a cause they were started before.
        None => Ok(()),
        Some(cause) => Err(GemmError::Threads {
            asked,
            started: 1,
            source: std::io::Error::other(cause),
        }),
    }
}

impl CpuEngine {
    /// An engine on the calling thread, on the fastest kernel of this CPU.
    pub fn new() -> Self {
        Self::on(Kernel::fastest(), Team::default())
    }

    /// As [`CpuEngine::new`] on `threads` threads, the calling one among them; 0 takes
    /// as many as the CPU runs at once. The number does not change results.
    ///
    /// # Errors
    /// [`GemmError::Threads`] if the system does not start them.
    pub fn with_threads(threads: usize) -> Result<Self, GemmError> {
        Self::with(Kernel::fastest(), threads)
    }

    /// As [`CpuEngine::with_threads`] on a kernel chosen by name. Results are the same
    /// bits wherever that kernel runs; between kernels they differ within the bound.
    ///
    /// # Errors
    /// [`GemmError::Kernel`] if this CPU lacks the kernel's instructions, and as
    /// [`CpuEngine::with_threads`].
    pub fn with(kernel: Kernel, threads: usize) -> Result<Self, GemmError> {
        let team = Team::new(threads)?;
        if team.threads() > 1 {
            crates_threads(team.threads())?;
        }
        Ok(Self::on(kernel.checked()?, team))
    }

    fn on(kernel: Kernel, team: Team) -> Self {
        Self {
            kernel,
            team,
            singles: Plans::default(),
            doubles: Plans::default(),
        }
    }

    /// The kernel in use.
    pub fn kernel(&self) -> Kernel {
        self.kernel
    }

    /// The threads that the engine works on, for whatever is to be done between
    /// products.
    pub fn team(&self) -> &Team {
        &self.team
    }

    /// `c = c0 + a b` without a mask, where c0 is C itself if `seeded`, or else zero.
    fn multiply<T: Real>(
        &mut self,
        seeded: bool,
        c: &mut MatMut<'_, T>,
        a: MatRef<'_, T>,
        b: MatRef<'_, T>,
    ) {
        let (m, k, n) = (a.rows(), a.cols(), b.cols());
        assert!(b.rows() == k && c.rows() == m && c.cols() == n);
        if !self.uses_crate(m) {
            return self.own(seeded, c, a, b);
        }
        let (c_row, c_col) = (c.row_stride() as isize, c.col_stride() as isize);
        // SAFETY: the shapes agree (asserted above), a view of rows x cols reaches only
        // elements of its own slice (checked when it was made), the elements of a
        // `MatMut` have distinct places (likewise), and C does not alias A or B because
        // it is borrowed mutably.
        unsafe {
            gemm::gemm(
                m,
                n,
                k,
                c.data_mut().as_mut_ptr(),
                c_col,
                c_row,
                seeded,
                a.data().as_ptr(),
                a.col_stride() as isize,
                a.row_stride() as isize,
                b.data().as_ptr(),
                b.col_stride() as isize,
                b.row_stride() as isize,
                T::ONE,
                T::ONE,
                false,
                false,
                false,
                match self.team.threads() {
                    1 => Parallelism::None,
                    threads => Parallelism::Rayon(threads),
                },
            );
        }
    }

    /// Whether an unmasked product is the crate's, which is faster at many rows; at the
    /// few of one time step our own loops are (BP by 4 times). The crate chooses its
    /// instructions itself, so that a kernel asked for by name is served by our own loops.
    fn uses_crate(&self, m: usize) -> bool {
        const MANY: usize = 64;
        m >= MANY && self.kernel == Kernel::fastest()
    }

    /// As [`CpuEngine::multiply`], by our own loops.
    fn own<T: Real>(
        &mut self,
        seeded: bool,
        c: &mut MatMut<'_, T>,
        a: MatRef<'_, T>,
        b: MatRef<'_, T>,
    ) {
        if !seeded {
            for i in 0..c.rows() {
                (0..c.cols()).for_each(|j| c.set(i, j, T::default()));
            }
        }
        let job = Job::new(a, b, 0);
        match form(&job, c) {
            Some(form) => self.runner().run(form, &[job], std::slice::from_mut(c)),
            None => {
                // Strides of no product of ours.
                let cols = c.cols();
                for (i, j) in (0..c.rows() * cols).map(|place| (place / cols, place % cols)) {
                    let mut sum = c.at(i, j);
                    (0..a.cols()).for_each(|l| sum += a.at(i, l) * b.at(l, j));
                    c.set(i, j, sum);
                }
            }
        }
    }

    fn runner<T: Real>(&mut self) -> Runner<'_, T> {
        let kernel = self.kernel;
        let (plans, team) = T::parts(self);
        Runner {
            kernel,
            team,
            plans,
        }
    }

    /// Evaluates checked jobs in order: runs of them that one of our loops serves
    /// together, the others one by one.
    fn evaluate<T: Real>(
        &mut self,
        policy: Policy,
        jobs: &[Job<'_, T>],
        outputs: &mut [MatMut<'_, T>],
        scratch: &mut Scratch,
    ) {
        let mut rest = jobs;
        while let Some(first) = rest.first() {
            let key = |job: &Job<'_, T>, outputs: &[MatMut<'_, T>]| {
                let Shape { m, k, n } = job.kept_shape();
                if m == 0 || k == 0 || n == 0 {
                    return None;
                }
                let masked = [job.keep_m, job.keep_k, job.keep_n].map(drops) != [false; 3];
                if policy == Policy::Dense && masked && !leaks(job) {
                    return None;
                }
                if !masked && self.uses_crate(m) {
                    return None;
                }
                let form = form(job, &outputs[job.c])?;
                Some((
                    form,
                    n,
                    match form {
                        Form::Outer => 0,
                        Form::Dot => k,
                    },
                ))
            };
            let first_key = key(first, outputs);
            let count = match first_key {
                Some(_) => rest
                    .iter()
                    .take_while(|job| key(job, outputs) == first_key)
                    .count(),
                None => 1,
            };
            let (now, later) = rest.split_at(count);
            match first_key {
                Some((form, ..)) => self.runner().run(form, now, outputs),
                None => self.product(policy, first, &mut outputs[first.c], scratch),
            }
            rest = later;
        }
    }

    fn product<T: Real>(
        &mut self,
        policy: Policy,
        job: &Job<'_, T>,
        c: &mut MatMut<'_, T>,
        scratch: &mut Scratch,
    ) {
        if job.kept_shape().is_empty() {
            return;
        }
        if policy == Policy::Dense && !leaks(job) {
            self.dense(job, c, scratch);
        } else {
            self.packed(job, c, scratch);
        }
    }

    fn dense<T: Real>(&mut self, job: &Job<'_, T>, c: &mut MatMut<'_, T>, scratch: &mut Scratch) {
        let Shape { m, k, n } = job.shape();
        let copy_a = drops(job.keep_m) || drops(job.keep_k);
        let copy_c = drops(job.keep_n);
        let len = |copy: bool, len: usize| if copy { len } else { 0 };
        let kept_n = job.kept_shape().n;
        let [a, sums, kept] = scratch.buffers([
            len(copy_a, m * k),
            len(copy_c, m * n),
            len(copy_c, m * kept_n),
        ]);
        let a = if copy_a {
            zeroed(job.a, job.keep_m, job.keep_k, a)
        } else {
            job.a
        };
        if copy_c {
            let mut sums = like(c, sums, m, n);
            self.multiply(false, &mut sums, a, job.b);
            add(
                gather(sums.as_ref(), None, job.keep_n, kept),
                c,
                None,
                job.keep_n,
            );
        } else {
            self.multiply(true, c, a, job.b);
        }
    }

    fn packed<T: Real>(&mut self, job: &Job<'_, T>, c: &mut MatMut<'_, T>, scratch: &mut Scratch) {
        let Shape { m, k, n } = job.kept_shape();
        let copy_a = drops(job.keep_m) || drops(job.keep_k);
        let copy_b = drops(job.keep_k) || drops(job.keep_n);
        let copy_c = drops(job.keep_m) || drops(job.keep_n);
        let len = |copy: bool, len: usize| if copy { len } else { 0 };
        let [a, b, sums] =
            scratch.buffers([len(copy_a, m * k), len(copy_b, k * n), len(copy_c, m * n)]);
        let a = kept(job.a, job.keep_m, job.keep_k, a);
        let b = kept(job.b, job.keep_k, job.keep_n, b);
        if copy_c {
            let mut sums = like(c, sums, m, n);
            self.multiply(false, &mut sums, a, b);
            add(sums.as_ref(), c, job.keep_m, job.keep_n);
        } else {
            self.multiply(true, c, a, b);
        }
    }
}

impl Default for CpuEngine {
    fn default() -> Self {
        Self::new()
    }
}

/// What is kept of a view: itself, or where a mask drops anything a copy in `buffer`.
fn kept<'a, T: Copy>(
    view: MatRef<'a, T>,
    rows: Option<&Mask>,
    cols: Option<&Mask>,
    buffer: &'a mut [T],
) -> MatRef<'a, T> {
    match drops(rows) || drops(cols) {
        true => gather(view, rows, cols, buffer),
        false => view,
    }
}

fn drops(mask: Option<&Mask>) -> bool {
    mask.is_some_and(|mask| mask.kept().len() < mask.len())
}

/// Whether a zero that stands for a dropped element of A meets an infinity or a NaN
/// of B in the dense product.
fn leaks<T: Real>(job: &Job<'_, T>) -> bool {
    let finite = |row: usize| {
        let b = &job.b;
        if b.cols() > 0 && b.col_stride() == 1 {
            let start = row * b.row_stride();
            T::all_finite(&b.data()[start..start + b.cols()])
        } else {
            (0..b.cols()).all(|col| T::all_finite(&[b.at(row, col)]))
        }
    };
    if drops(job.keep_m) {
        !(0..job.b.rows()).all(finite)
    } else if let Some(mask) = job.keep_k {
        !mask.bits().iter_zeros().all(finite)
    } else {
        false
    }
}

/// What the engine needs of a floating-point type.
trait Real: Simd + AddAssign + Mul<Output = Self> {
    const ONE: Self;

    /// The parts of an engine that products of this type run with.
    fn parts(engine: &mut CpuEngine) -> (&mut Plans<Self>, &Team);

    fn all_finite(values: &[Self]) -> bool;
}

macro_rules! real {
    ($($float:ty, $plans:ident);*) => {$(
        impl Real for $float {
            const ONE: Self = 1.0;

            fn parts(engine: &mut CpuEngine) -> (&mut Plans<Self>, &Team) {
                (&mut engine.$plans, &engine.team)
            }

            fn all_finite(values: &[Self]) -> bool {
                // No early exit: the loop becomes vector instructions.
                values.iter().fold(true, |all, value| all & value.is_finite())
            }
        }

        impl Engine<$float> for CpuEngine {
            fn name(&self) -> &str {
                "cpu"
            }

            fn host(&self) -> Host {
                Host {
                    kernel: self.kernel,
                    team: self.team.clone(),
                }
            }

            fn run(
                &mut self,
                policy: Policy,
                jobs: &[Job<'_, $float>],
                outputs: &mut [MatMut<'_, $float>],
                scratch: &mut Scratch,
            ) -> Result<(), GemmError> {
                Job::check_all(jobs, outputs)?;
                self.evaluate(policy, jobs, outputs, scratch);
                Ok(())
            }
        }
    )*};
}

real!(f32, singles; f64, doubles);
