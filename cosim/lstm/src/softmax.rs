//! The projection onto the vocabulary and the cross-entropy of the next word.

use crate::executor::Place;
use crate::{Executor, LstmError, Parameter, Parameters, Scalar, Site, SiteMasks};

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
    /// Logits, then exp(logit - maximum), then the gradient of the logits: T x B x V.
    logits: Vec<T>,
    /// 1 / sum of the exponentials: T x B.
    inverse: Vec<T>,
}

impl<T> Parameters<T> for Softmax<T> {
    fn visit<'a>(&'a self, f: &mut dyn FnMut(&'a Parameter<T>)) {
        [&self.w, &self.b].into_iter().for_each(f);
    }

    fn visit_mut<'a>(&'a mut self, f: &mut dyn FnMut(&'a mut Parameter<T>)) {
        [&mut self.w, &mut self.b].into_iter().for_each(f);
    }
}

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
            inverse: zeros(times * batch),
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
        let x = &mut work.x[..h.len()];
        out.apply(0, h, x);
        let logits = &mut work.logits[..targets.len() * vocabulary];
        for row in logits.chunks_exact_mut(vocabulary) {
            row.copy_from_slice(self.b.data());
        }
        exec.forward(self.place(), out, x, &self.w, logits)?;

        let mut loss = 0.0;
        let rows = logits.chunks_exact_mut(vocabulary).zip(&mut work.inverse);
        for ((row, inverse), &token) in rows.zip(targets) {
            if token == Self::IGNORE {
                continue;
            }
            let target = *row
                .get(token as usize)
                .ok_or(LstmError::Token { token, vocabulary })?;
            let maximum = row.iter().copied().fold(T::neg_infinity(), T::max);
            row.iter_mut().for_each(|x| *x = (*x - maximum).exp());
            let sum = sum(row);
            *inverse = sum.recip();
            loss += (sum.ln() + maximum - target).f64();
        }
        Ok(loss)
    }

    /// The gradients of `sum of losses / B`: to `dh` (T x B x H), and added to those
    /// of the weights.
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
        let share = T::of(1.0 / exec.batch() as f64);
        let dz = &mut work.logits[..targets.len() * vocabulary];
        let rows = dz.chunks_exact_mut(vocabulary).zip(&work.inverse);
        for ((row, &inverse), &token) in rows.zip(targets) {
            if token == Self::IGNORE {
                row.fill(T::zero());
                continue;
            }
            row.iter_mut().for_each(|x| *x *= inverse * share);
            row[token as usize] = row[token as usize] - share;
            for (sum, &dz) in self.b.grad_mut().iter_mut().zip(&*row) {
                *sum += dz;
            }
        }
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
        for row in to.chunks_exact_mut(vocabulary) {
            row.copy_from_slice(self.b.data());
        }
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
