//! The projection onto the vocabulary and the cross-entropy of the next word.

use crate::executor::Place;
use crate::parameter::parameters;
use crate::scalar::{add, fill_rows};
use crate::{Executor, LstmError, Parameter, Scalar, Site, SiteMasks};
use heddle_gemm::Host;

/// Sums are taken over this many interleaved partial sums, so that they vectorise
/// and are the same on every machine.
const LANES: usize = 16;

/// The softmax projection of H units onto V words.
#[derive(Debug)]
pub struct Softmax<T> {
    /// H x V.
    pub w: Parameter<T>,
    /// 1 x V.
    pub b: Parameter<T>,
    layer: usize,
}

/// What the softmax keeps of a window from the forward to the backward pass.
#[derive(Debug)]
pub struct SoftmaxWork<T> {
    /// h * m_out: T x B x H.
    x: Vec<T>,
    /// Logits, then the gradient of the losses by them: T x B x V.
    logits: Vec<T>,
    /// The loss of each row in nats: T x B.
    losses: Vec<f64>,
    /// The bias's gradient, the share of each group of rows: T x B / GROUP x V.
    db: Vec<T>,
}

/// Rows whose share of the bias's gradient is summed together. It decides how sums are
/// rounded, and so is the same for any number of threads.
const GROUP: usize = 32;

parameters!(Softmax: w, b);

impl<T: Scalar> Softmax<T> {
    /// The target of a place that is not predicted: no loss, no gradient.
    pub const IGNORE: u32 = u32::MAX;

    /// The projection of layer `layer`'s output, all weights zero, called `{name}.w`
    /// and `.b`.
    pub fn zeros(name: &str, layer: usize, hidden: usize, vocabulary: usize) -> Self {
        Self {
            w: Parameter::zeros(format!("{name}.w"), hidden, vocabulary),
            b: Parameter::zeros(format!("{name}.b"), 1, vocabulary),
            layer,
        }
    }

    /// Room for windows of up to `times` steps of `batch` samples.
    pub fn work(&self, times: usize, batch: usize) -> SoftmaxWork<T> {
        let (hidden, vocabulary) = self.w.shape();
        let zeros = |n: usize| vec![T::zero(); n];
        SoftmaxWork {
            x: zeros(times * batch * hidden),
            logits: zeros(times * batch * vocabulary),
            losses: vec![0.0; times * batch],
            db: zeros((times * batch).div_ceil(GROUP) * vocabulary),
        }
    }

    fn place(&self) -> Place {
        Place {
            layer: self.layer,
            site: Site::Out.name(),
            time: 0,
        }
    }

    /// The summed negative log-likelihood (nats) of `targets` (T x B) after `h`
    /// (T x B x H).
    ///
    /// Each row of logits becomes its gradient at once, while it is in the cache:
    /// [`Softmax::backward`] finds it in `work`.
    ///
    /// # Errors
    /// [`LstmError::Token`] for a target outside the vocabulary, [`LstmError::Gemm`] if
    /// the engine fails.
    pub fn forward(
        &self,
        exec: &mut Executor<'_, T>,
        out: &SiteMasks<T>,
        h: &[T],
        targets: &[u32],
        work: &mut SoftmaxWork<T>,
    ) -> Result<f64, LstmError> {
        let (_, vocabulary) = self.w.shape();
        let known = |&token: &u32| token == Self::IGNORE || (token as usize) < vocabulary;
        if let Some(&token) = targets.iter().find(|token| !known(token)) {
            return Err(LstmError::Token { token, vocabulary });
        }
        let x = &mut work.x[..h.len()];
        out.apply(0, h, x);
        let logits = &mut work.logits[..targets.len() * vocabulary];
        let rows = logits.chunks_exact_mut(vocabulary);
        let seed = |row: &mut [T]| row.copy_from_slice(self.b.data());
        exec.host().team.for_each(rows, seed);
        exec.forward(self.place(), out, x, &self.w, logits)?;

        let share = T::of(1.0 / exec.batch() as f64);
        let host = exec.host();
        let losses = &mut work.losses[..targets.len()];
        let groups = logits
            .chunks_mut(GROUP * vocabulary)
            .zip(targets.chunks(GROUP))
            .zip(losses.chunks_mut(GROUP))
            .zip(work.db.chunks_exact_mut(vocabulary));
        host.team
            .for_each(groups, |(((logits, targets), losses), db)| {
                db.fill(T::zero());
                let rows = logits.chunks_exact_mut(vocabulary);
                for ((row, &token), loss) in rows.zip(targets).zip(losses) {
                    *loss = entropy::<T>(host, share, row, token, db);
                }
            });
        Ok(losses.iter().sum())
    }

    /// The gradients of `sum of losses / B`: to `dh` (T x B x H), and added to those
    /// of the weights. To be called once after [`Softmax::forward`] with the same targets.
    ///
    /// # Errors
    /// [`LstmError::Gemm`] if the engine fails.
    pub fn backward(
        &mut self,
        exec: &mut Executor<'_, T>,
        out: &SiteMasks<T>,
        targets: &[u32],
        dh: &mut [T],
        work: &mut SoftmaxWork<T>,
    ) -> Result<(), LstmError> {
        let (hidden, vocabulary) = self.w.shape();
        let groups = targets.len().div_ceil(GROUP);
        for db in work.db.chunks_exact(vocabulary).take(groups) {
            add(self.b.grad_mut(), db);
        }
        let dz = &work.logits[..targets.len() * vocabulary];
        exec.backward(self.place(), out, dz, &self.w, dh)?;
        let x = &work.x[..targets.len() * hidden];
        exec.weight_gradient(self.place(), out, x, dz, &mut self.w)
    }
}

impl<T: Scalar> Softmax<T> {
    /// The log-probability of every word after each row of `h` (rows x H, a multiple of
    /// the executor's batch), without masks: rows x V.
    ///
    /// # Errors
    /// [`LstmError::Gemm`] if the engine fails.
    pub fn log_probabilities(
        &self,
        exec: &mut Executor<'_, T>,
        h: &[T],
        to: &mut [T],
    ) -> Result<(), LstmError> {
        let (_, vocabulary) = self.w.shape();
        fill_rows(to, self.b.data());
        exec.forward(self.place(), &SiteMasks::Off, h, &self.w, to)?;
        for row in to.chunks_exact_mut(vocabulary) {
            let maximum = row.iter().copied().fold(T::neg_infinity(), T::max);
            let exponentials = row.iter().map(|&x| (x - maximum).exp()).sum::<T>();
            let normaliser = maximum + exponentials.ln();
            row.iter_mut().for_each(|x| *x = *x - normaliser);
        }
        Ok(())
    }
}

/// The cross-entropy (nats) of one row of logits. The row becomes `share` times its
/// gradient, which is added to the bias's.
fn entropy<T: Scalar>(host: &Host, share: T, row: &mut [T], token: u32, db: &mut [T]) -> f64 {
    if token == Softmax::<T>::IGNORE {
        row.fill(T::zero());
        return 0.0;
    }
    let token = token as usize;
    let target = row[token];
    let maximum = maximum(row);
    T::exp_from(host, maximum, row);
    let sum = sum(row);
    let factor = share / sum;
    for (x, db) in row.iter_mut().zip(&mut *db) {
        *x *= factor;
        *db += *x;
    }
    row[token] = row[token] - share;
    db[token] = db[token] - share;
    (sum.ln() + maximum - target).f64()
}

/// The largest of `values`, in [`LANES`] partial maxima.
fn maximum<T: Scalar>(values: &[T]) -> T {
    let mut lanes = [T::neg_infinity(); LANES];
    for chunk in values.chunks(LANES) {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane = if value > *lane { value } else { *lane };
        }
    }
    lanes.into_iter().fold(T::neg_infinity(), T::max)
}

/// The sum of `values` in [`LANES`] partial sums.
fn sum<T: Scalar>(values: &[T]) -> T {
    let mut lanes = [T::zero(); LANES];
    let chunks = values.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane += value;
        }
    }
    for (lane, &value) in lanes.iter_mut().zip(rest) {
        *lane += value;
    }
    lanes.into_iter().sum()
}
