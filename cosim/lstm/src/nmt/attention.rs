//! Global attention with the "general" score (Luong, Pham, Manning 2015).
//!
//! For the decoder's output h and the memory m_s of a sentence of S words:
//!
//! ```text
//! score_s = h . (m_s W_k)        a = softmax(score) over the sentence's own words
//! context = sum of a_s m_s       h~ = tanh([context, h] W_c)
//! ```
//!
//! m_s W_k is one product for all words of all sentences. It takes the place of h W_k^T
//! in every step of the decoder (as in OpenNMT-py), and its value is the same.

use crate::executor::Place;
use crate::parameter::parameters;
use crate::scalar::add;
use crate::{Executor, LstmError, Parameter, Scalar, SiteMasks};
use heddle_gemm::Host;

/// Sums are taken over this many interleaved partial sums, so that they vectorise and
/// are the same on every machine.
const LANES: usize = 16;

/// The weights of the attention of H units.
#[derive(Debug)]
pub struct Attention<T> {
    /// W_k, H x H.
    pub keys: Parameter<T>,
    /// W_c, 2H x H.
    pub out: Parameter<T>,
    layer: usize,
    hidden: usize,
}

/// A batch of sentences to attend to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Memory<'a, T> {
    /// The encoder's output, S x B x H.
    pub(crate) values: &'a [T],
    /// m_s W_k, S x B x H.
    pub(crate) keys: &'a [T],
    /// The length of each sentence, B.
    pub(crate) lengths: &'a [u32],
}

/// The gradients of a [`Memory`].
#[derive(Debug)]
pub(crate) struct MemoryGradient<T> {
    pub(crate) values: Vec<T>,
    pub(crate) keys: Vec<T>,
}

/// What the attention keeps of T decoder steps for the way back.
#[derive(Debug)]
pub(crate) struct AttentionWork<T> {
    /// a: T x B x S.
    weights: Vec<T>,
    /// [context, h]: T x B x 2H.
    both: Vec<T>,
    /// h~: T x B x H.
    pub(crate) h: Vec<T>,
    /// Gradient ahead of the tanh: T x B x H.
    dz: Vec<T>,
    /// Gradient of `both`: B x 2H.
    d_both: Vec<T>,
    /// Gradient of one sample's weights: S.
    d_weights: Vec<T>,
}

parameters!(Attention: keys, out);

impl<T: Scalar> Attention<T> {
    /// An attention with all weights zero, whose products are labelled as layer `layer`.
    pub(crate) fn zeros(layer: usize, hidden: usize) -> Self {
        Self {
            keys: Parameter::zeros("attention.keys", hidden, hidden),
            out: Parameter::zeros("attention.out", 2 * hidden, hidden),
            layer,
            hidden,
        }
    }

    /// Room for `times` steps over `words` words in `batch` sentences.
    pub(crate) fn work(&self, times: usize, words: usize, batch: usize) -> AttentionWork<T> {
        let zeros = |n: usize| vec![T::zero(); n];
        let wide = times * batch * self.hidden;
        AttentionWork {
            weights: zeros(times * batch * words),
            both: zeros(2 * wide),
            h: zeros(wide),
            dz: zeros(wide),
            d_both: zeros(2 * batch * self.hidden),
            d_weights: zeros(words),
        }
    }

    fn place(&self, time: usize) -> Place {
        Place {
            layer: self.layer,
            site: "attention",
            time,
        }
    }

    /// The keys of a memory: `values` (S x B x H) W_k to `keys`.
    pub(crate) fn keys(
        &self,
        exec: &mut Executor<'_, T>,
        values: &[T],
        keys: &mut [T],
    ) -> Result<(), LstmError> {
        keys.fill(T::zero());
        exec.forward(self.place(0), &SiteMasks::Off, values, &self.keys, keys)
    }

    /// The way back through [`Attention::keys`]: adds to the gradient of the values
    /// (S x B x H) what comes through the keys, `work` being as large.
    pub(crate) fn keys_back(
        &mut self,
        exec: &mut Executor<'_, T>,
        values: &[T],
        gradient: &mut MemoryGradient<T>,
        work: &mut [T],
    ) -> Result<(), LstmError> {
        let d_keys = &gradient.keys[..values.len()];
        let work = &mut work[..values.len()];
        exec.backward(self.place(0), &SiteMasks::Off, d_keys, &self.keys, work)?;
        add(&mut gradient.values[..values.len()], work);
        let place = self.place(0);
        exec.weight_gradient(place, &SiteMasks::Off, values, d_keys, &mut self.keys)
    }

    /// Step `t` of the decoder: from its output `h` (B x H) to h~ in `work.h`.
    pub(crate) fn step(
        &self,
        exec: &mut Executor<'_, T>,
        t: usize,
        h: &[T],
        memory: Memory<'_, T>,
        work: &mut AttentionWork<T>,
    ) -> Result<(), LstmError> {
        let (batch, hidden) = (exec.batch(), self.hidden);
        let words = memory.values.len() / (batch * hidden);
        let both = &mut work.both[2 * t * batch * hidden..][..2 * batch * hidden];
        let weights = &mut work.weights[t * batch * words..][..batch * words];
        let rows = both
            .chunks_exact_mut(2 * hidden)
            .zip(weights.chunks_exact_mut(words))
            .zip(h.chunks_exact(hidden));
        for (b, ((both, weights), h)) in rows.enumerate() {
            let (weights, beyond) = weights.split_at_mut(memory.lengths[b] as usize);
            beyond.fill(T::zero());
            for (s, weight) in weights.iter_mut().enumerate() {
                *weight = dot(h, &memory.keys[(s * batch + b) * hidden..][..hidden]);
            }
            softmax(exec.host(), weights);
            let (context, copy) = both.split_at_mut(hidden);
            copy.copy_from_slice(h);
            context.fill(T::zero());
            for (s, &weight) in weights.iter().enumerate() {
                let value = &memory.values[(s * batch + b) * hidden..][..hidden];
                add_scaled(context, weight, value);
            }
        }
        let h = &mut work.h[t * batch * hidden..][..batch * hidden];
        h.fill(T::zero());
        exec.forward(self.place(t), &SiteMasks::Off, both, &self.out, h)?;
        T::tanh_all(exec.host(), h);
        Ok(())
    }

    /// Backward over step `t`: from `d_tilde` (B x H), the gradient of h~, to `dh`
    /// (B x H), that of the decoder's output. The memory's gradient is added to.
    pub(crate) fn step_back(
        &self,
        exec: &mut Executor<'_, T>,
        t: usize,
        d_tilde: &[T],
        memory: Memory<'_, T>,
        (dh, gradient): (&mut [T], &mut MemoryGradient<T>),
        work: &mut AttentionWork<T>,
    ) -> Result<(), LstmError> {
        let (batch, hidden) = (exec.batch(), self.hidden);
        let words = memory.values.len() / (batch * hidden);
        let now = t * batch * hidden..(t + 1) * batch * hidden;
        let dz = &mut work.dz[now.clone()];
        for ((dz, &d), &h) in dz.iter_mut().zip(d_tilde).zip(&work.h[now.clone()]) {
            *dz = d * (T::one() - h * h);
        }
        let d_both = &mut work.d_both[..2 * batch * hidden];
        exec.backward(self.place(t), &SiteMasks::Off, dz, &self.out, d_both)?;
        let both = &work.both[2 * now.start..2 * now.end];
        let weights = &work.weights[t * batch * words..][..batch * words];
        let rows = d_both
            .chunks_exact(2 * hidden)
            .zip(both.chunks_exact(2 * hidden))
            .zip(weights.chunks_exact(words))
            .zip(dh.chunks_exact_mut(hidden));
        for (b, (((d_both, both), weights), dh)) in rows.enumerate() {
            let (d_context, d_copy) = d_both.split_at(hidden);
            let h = &both[hidden..];
            let weights = &weights[..memory.lengths[b] as usize];
            let d_weights = &mut work.d_weights[..weights.len()];
            let mut mean = T::zero();
            for (s, (d_weight, &weight)) in d_weights.iter_mut().zip(weights).enumerate() {
                let row = (s * batch + b) * hidden..(s * batch + b + 1) * hidden;
                *d_weight = dot(d_context, &memory.values[row.clone()]);
                mean += weight * *d_weight;
                add_scaled(&mut gradient.values[row], weight, d_context);
            }
            dh.copy_from_slice(d_copy);
            for (s, (&d_weight, &weight)) in d_weights.iter().zip(weights).enumerate() {
                let row = (s * batch + b) * hidden..(s * batch + b + 1) * hidden;
                let d_score = weight * (d_weight - mean);
                add_scaled(dh, d_score, &memory.keys[row.clone()]);
                add_scaled(&mut gradient.keys[row], d_score, h);
            }
        }
        Ok(())
    }

    /// Adds W_c's gradient of `times` steps that have been gone back through.
    pub(crate) fn weight_gradients(
        &mut self,
        exec: &mut Executor<'_, T>,
        times: usize,
        work: &AttentionWork<T>,
    ) -> Result<(), LstmError> {
        let wide = times * exec.batch() * self.hidden;
        let (both, dz) = (&work.both[..2 * wide], &work.dz[..wide]);
        let place = self.place(0);
        exec.weight_gradient(place, &SiteMasks::Off, both, dz, &mut self.out)
    }
}

/// Scores to weights that sum to 1.
fn softmax<T: Scalar>(host: &Host, scores: &mut [T]) {
    let maximum = scores.iter().copied().fold(T::neg_infinity(), T::max);
    T::exp_from(host, maximum, scores);
    let share = scores.iter().copied().sum::<T>().recip();
    scores.iter_mut().for_each(|x| *x *= share);
}

/// The inner product in [`LANES`] partial sums.
fn dot<T: Scalar>(a: &[T], b: &[T]) -> T {
    let mut lanes = [T::zero(); LANES];
    let (a, a_rest) = a.as_chunks::<LANES>();
    let (b, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a.iter().zip(b) {
        for ((lane, &a), &b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    for ((lane, &a), &b) in lanes.iter_mut().zip(a_rest).zip(b_rest) {
        *lane += a * b;
    }
    lanes.into_iter().sum()
}

/// `sums += factor * values`.
fn add_scaled<T: Scalar>(sums: &mut [T], factor: T, values: &[T]) {
    for (sum, &value) in sums.iter_mut().zip(values) {
        *sum += factor * value;
    }
}
