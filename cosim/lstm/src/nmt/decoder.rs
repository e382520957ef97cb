//! The decoder: LSTM layers with attention, h~ fed to the next step.

use super::attention::{Attention, AttentionWork, Memory, MemoryGradient};
use super::config::NmtConfig;
use super::feed;
use crate::layer::LayerWork;
use crate::parameter::parameters;
use crate::scalar::add;
use crate::{Embedding, Executor, Layer, LstmError, Scalar, State, WindowMasks};

/// The decoder of E wide word vectors and L layers of H units, without the softmax.
#[derive(Debug)]
pub struct Decoder<T> {
    /// The target words' vectors, V x E.
    pub embedding: Embedding<T>,
    /// The LSTM layers, the lowest first; it reads the word vector and, behind it, h~
    /// of the step before.
    pub layers: Vec<Layer<T>>,
    /// The attention to the encoder's output.
    pub attention: Attention<T>,
    hidden: usize,
}

/// What the decoder keeps of a batch from the forward to the backward pass.
#[derive(Debug)]
pub(crate) struct DecoderWork<T> {
    layers: Vec<LayerWork<T>>,
    attention: AttentionWork<T>,
    /// Word vectors, or their gradients: T x B x E.
    embedded: Vec<T>,
    /// [word vector, h~ before] of one step, or its gradient: B x (E+H).
    x: Vec<T>,
    /// h~ of a step as it is read back where that is dropped, or its gradient: B x H.
    fed: Vec<T>,
    /// Gradient of h~ of one step, B x H.
    d_tilde: Vec<T>,
    /// Gradient of h of one layer in one step, B x H.
    dh: Vec<T>,
    /// Gradient of a layer's input in one step.
    dx: Vec<T>,
    /// Gradient of the state that the batch began from.
    pub(crate) d_state: State<T>,
}

impl<T: Scalar> DecoderWork<T> {
    /// h~ of all steps, at least T x B x H.
    pub(crate) fn tilde(&self) -> &[T] {
        &self.attention.h
    }

    /// h and c (B x H) of layer `index` after the first step of `rows` samples.
    pub(crate) fn state(&self, index: usize, values: usize) -> (&[T], &[T]) {
        let work = &self.layers[index];
        (&work.h()[..values], &work.c()[values..2 * values])
    }
}

parameters!(Decoder: embedding, layers, attention);

impl<T: Scalar> Decoder<T> {
    pub(crate) fn zeros(config: &NmtConfig, vocabulary: usize) -> Self {
        let NmtConfig {
            embedding, hidden, ..
        } = *config;
        let below = config.layers * config.directions();
        let layers = (0..config.layers).map(|depth| {
            let inputs = match depth {
                0 => embedding + hidden,
                _ => hidden,
            };
            Layer::zeros(&format!("decoder.{depth}"), below + depth, inputs, hidden)
        });
        Self {
            embedding: Embedding::zeros("decoder.embedding", vocabulary, embedding),
            layers: layers.collect(),
            attention: Attention::zeros(config.lstm_layers() - 1, hidden),
            hidden,
        }
    }

    /// Room for `times` steps over `words` words in `batch` sentences.
    pub(crate) fn work(&self, times: usize, words: usize, batch: usize) -> DecoderWork<T> {
        let zeros = |n: usize| vec![T::zero(); n];
        let (_, embedding) = self.embedding.vectors.shape();
        let widest = batch * (embedding + self.hidden);
        DecoderWork {
            layers: self.layers.iter().map(|l| l.work(times, batch)).collect(),
            attention: self.attention.work(times, words, batch),
            embedded: zeros(times * batch * embedding),
            x: zeros(widest),
            fed: zeros(batch * self.hidden),
            d_tilde: zeros(batch * self.hidden),
            dh: zeros(batch * self.hidden),
            dx: zeros(widest),
            d_state: State {
                h: vec![zeros(batch * self.hidden); self.layers.len()],
                c: vec![zeros(batch * self.hidden); self.layers.len()],
            },
        }
    }

    /// Begins `batch` sentences from a state.
    pub(crate) fn begin(&self, state: &State<T>, batch: usize, work: &mut DecoderWork<T>) {
        let one = batch * self.hidden;
        for (depth, layer) in self.layers.iter().enumerate() {
            let state = (&state.h[depth][..one], &state.c[depth][..one]);
            layer.begin(state, &mut work.layers[depth]);
        }
    }

    /// Reads `inputs` (T x B), given the words up to each: writes h~ of every step.
    /// [`Decoder::begin`] comes first; h~ before the first step is `fed` (B x H), zero if
    /// there is none.
    pub(crate) fn forward(
        &self,
        exec: &mut Executor<'_, T>,
        masks: &WindowMasks<T>,
        inputs: &[u32],
        fed: Option<&[T]>,
        memory: Memory<'_, T>,
        work: &mut DecoderWork<T>,
    ) -> Result<(), LstmError> {
        let (batch, hidden) = (exec.batch(), self.hidden);
        let (_, embedding) = self.embedding.vectors.shape();
        let embedded = &mut work.embedded[..inputs.len() * embedding];
        self.embedding.forward(inputs, embedded)?;
        let out = masks.feed_dropped.then_some(&masks.out);
        for t in 0..inputs.len() / batch {
            let before = t.checked_sub(1).map(|before| {
                let h = &work.attention.h[before * batch * hidden..][..batch * hidden];
                feed::dropped(out, before, h, &mut work.fed)
            });
            let x = &mut work.x[..batch * (embedding + hidden)];
            for (b, x) in x.chunks_exact_mut(embedding + hidden).enumerate() {
                let (word, tilde) = x.split_at_mut(embedding);
                word.copy_from_slice(&work.embedded[(t * batch + b) * embedding..][..embedding]);
                match before.or(fed) {
                    None => tilde.fill(T::zero()),
                    Some(fed) => tilde.copy_from_slice(&fed[b * hidden..][..hidden]),
                }
            }
            for (depth, layer) in self.layers.iter().enumerate() {
                let (lower, upper) = work.layers.split_at_mut(depth);
                let x = match lower.last() {
                    Some(lower) => &lower.h()[t * batch * hidden..][..batch * hidden],
                    None => &*x,
                };
                let index = layer.index();
                layer.step(
                    exec,
                    (&masks.nr[index], &masks.rh[index]),
                    t,
                    x,
                    &mut upper[0],
                )?;
            }
            let top = &work.layers[self.layers.len() - 1];
            let h = &top.h()[t * batch * hidden..][..batch * hidden];
            self.attention
                .step(exec, t, h, memory, &mut work.attention)?;
        }
        Ok(())
    }

    /// Backward over the last batch: from the gradient of h~ that comes from the softmax
    /// (T x B x H) to those of the memory (added to) and of the first state (overwritten
    /// in `work`).
    pub(crate) fn backward(
        &mut self,
        exec: &mut Executor<'_, T>,
        masks: &WindowMasks<T>,
        inputs: &[u32],
        d_tilde: &[T],
        (memory, d_memory): (Memory<'_, T>, &mut MemoryGradient<T>),
        work: &mut DecoderWork<T>,
    ) -> Result<(), LstmError> {
        let (batch, hidden) = (exec.batch(), self.hidden);
        let one = batch * hidden;
        let (_, embedding) = self.embedding.vectors.shape();
        let times = inputs.len() / batch;
        for (layer, work) in self.layers.iter().zip(&mut work.layers) {
            layer.begin_back(work);
        }
        for t in (0..times).rev() {
            // What the step after read of this one's h~ lies in x behind the word's part.
            let tilde = &mut work.d_tilde[..one];
            tilde.copy_from_slice(&d_tilde[t * one..][..one]);
            if t + 1 < times {
                let fed = &mut work.fed[..one];
                for (b, fed) in fed.chunks_exact_mut(hidden).enumerate() {
                    let at = b * (embedding + hidden) + embedding;
                    fed.copy_from_slice(&work.x[at..][..hidden]);
                }
                if masks.feed_dropped {
                    masks.out.apply_in_place(t, fed);
                }
                add(tilde, fed);
            }
            let dh = &mut work.dh[..one];
            self.attention.step_back(
                exec,
                t,
                tilde,
                memory,
                (dh, d_memory),
                &mut work.attention,
            )?;
            for (depth, layer) in self.layers.iter_mut().enumerate().rev() {
                let (inputs, _) = layer.widths();
                let dx = match depth {
                    0 => &mut work.x[..batch * inputs],
                    _ => &mut work.dx[..batch * inputs],
                };
                let index = layer.index();
                let masks = (&masks.nr[index], &masks.rh[index]);
                layer.step_back(exec, masks, t, dh, dx, &mut work.layers[depth])?;
                if depth > 0 {
                    dh.copy_from_slice(dx);
                }
            }
            for (b, x) in work
                .x
                .chunks_exact(embedding + hidden)
                .take(batch)
                .enumerate()
            {
                work.embedded[(t * batch + b) * embedding..][..embedding]
                    .copy_from_slice(&x[..embedding]);
            }
        }
        for (depth, layer) in self.layers.iter_mut().enumerate() {
            let index = layer.index();
            let masks = (&masks.nr[index], &masks.rh[index]);
            let own = &work.layers[depth];
            layer.weight_gradients(exec, masks, times, own)?;
            let (dh, dc) = own.state_gradients();
            work.d_state.h[depth][..one].copy_from_slice(&dh[..one]);
            work.d_state.c[depth][..one].copy_from_slice(&dc[..one]);
        }
        self.attention
            .weight_gradients(exec, times, &work.attention)?;
        self.embedding
            .backward(inputs, &work.embedded[..inputs.len() * embedding]);
        Ok(())
    }
}
