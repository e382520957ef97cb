//! The encoder: LSTM layers over the source sentences, in one or two directions.

use super::config::NmtConfig;
use crate::layer::{Ends, LayerWork};
use crate::parameter::parameters;
use crate::scalar::add;
use crate::{Embedding, Executor, Layer, LstmError, Scalar, State, WindowMasks};
use std::ops::Range;

/// The encoder of E wide word vectors and L layers of H units, H/2 for each direction
/// if there are two.
///
/// The backward direction reads every sentence reversed within its own length, so that
/// the places behind the end are read last in both directions and change nothing.
#[derive(Debug)]
pub struct Encoder<T> {
    /// The source words' vectors, V x E.
    pub embedding: Embedding<T>,
    /// The LSTM layers, the lowest first; of each the forward direction first.
    pub layers: Vec<Layer<T>>,
    directions: usize,
    hidden: usize,
}

/// What the encoder keeps of a batch from the forward to the backward pass.
#[derive(Debug)]
pub(crate) struct EncoderWork<T> {
    /// The word vectors, then the output of every layer: S x B x width each.
    outputs: Vec<Vec<T>>,
    layers: Vec<LayerWork<T>>,
    /// The input of a backward direction.
    reversed: Vec<T>,
    /// Gradients of a layer's output and input.
    dh: Vec<T>,
    dx: Vec<T>,
    /// The same of one direction.
    dh_part: Vec<T>,
    dx_part: Vec<T>,
    /// One direction's state, or its gradient.
    h: Vec<T>,
    c: Vec<T>,
    /// h and c of each layer after each sentence's last word, B x H, both directions
    /// side by side.
    pub(crate) state: State<T>,
}

/// The order in which a direction reads the places of a batch of sentences.
#[derive(Clone, Copy)]
struct Order<'a> {
    lengths: &'a [u32],
    backward: bool,
}

impl Order<'_> {
    /// The place in the batch, as a row of S x B, of what a direction reads as its row
    /// `row`, and the other way round.
    fn row(&self, row: usize) -> usize {
        let (t, b) = (row / self.lengths.len(), row % self.lengths.len());
        let length = self.lengths[b] as usize;
        if self.backward && t < length {
            return (length - 1 - t) * self.lengths.len() + b;
        }
        row
    }
}

impl<T: Scalar> EncoderWork<T> {
    /// The last layer's output, at least S x B x H.
    pub(crate) fn memory(&self) -> &[T] {
        &self.outputs[self.outputs.len() - 1]
    }
}

parameters!(Encoder: embedding, layers);

impl<T: Scalar> Encoder<T> {
    pub(crate) fn zeros(config: &NmtConfig, vocabulary: usize) -> Self {
        let directions = config.directions();
        let mut layers = Vec::new();
        for depth in 0..config.layers {
            for direction in &["forward", "backward"][..directions] {
                let name = format!("encoder.{depth}.{direction}");
                let inputs = match depth {
                    0 => config.embedding,
                    _ => config.hidden,
                };
                let part = config.hidden / directions;
                layers.push(Layer::zeros(&name, layers.len(), inputs, part));
            }
        }
        Self {
            embedding: Embedding::zeros("encoder.embedding", vocabulary, config.embedding),
            layers,
            directions,
            hidden: config.hidden,
        }
    }

    fn depth(&self) -> usize {
        self.layers.len() / self.directions
    }

    /// Room for sentences of up to `times` tokens, `batch` of them.
    pub(crate) fn work(&self, times: usize, batch: usize) -> EncoderWork<T> {
        let zeros = |n: usize| vec![T::zero(); n];
        let rows = times * batch;
        let (_, embedding) = self.embedding.vectors.shape();
        let widest = embedding.max(self.hidden);
        let state = || zeros(batch * self.hidden);
        EncoderWork {
            outputs: (0..=self.depth())
                .map(|depth| match depth {
                    0 => zeros(rows * embedding),
                    _ => zeros(rows * self.hidden),
                })
                .collect(),
            layers: self.layers.iter().map(|l| l.work(times, batch)).collect(),
            reversed: zeros(rows * widest),
            dh: zeros(rows * widest),
            dx: zeros(rows * widest),
            dh_part: zeros(rows * self.hidden),
            dx_part: zeros(rows * widest),
            h: state(),
            c: state(),
            state: State {
                h: vec![state(); self.depth()],
                c: vec![state(); self.depth()],
            },
        }
    }

    /// Depth and direction of layer `index` with its columns in the outputs.
    fn place(&self, index: usize) -> (usize, bool, Range<usize>) {
        let (depth, direction) = (index / self.directions, index % self.directions);
        let part = self.hidden / self.directions;
        (
            depth,
            direction == 1,
            direction * part..(direction + 1) * part,
        )
    }

    /// Reads sentences (S x B, of the given lengths) from a state of zeros.
    pub(crate) fn forward(
        &self,
        exec: &mut Executor<'_, T>,
        masks: &WindowMasks<T>,
        source: &[u32],
        lengths: &[u32],
        work: &mut EncoderWork<T>,
    ) -> Result<(), LstmError> {
        let batch = exec.batch();
        let (_, embedding) = self.embedding.vectors.shape();
        self.embedding
            .forward(source, &mut work.outputs[0][..source.len() * embedding])?;
        for (index, layer) in self.layers.iter().enumerate() {
            let (depth, backward, columns) = self.place(index);
            let order = Order { lengths, backward };
            let (inputs, part) = layer.widths();
            let (below, above) = work.outputs.split_at_mut(depth + 1);
            let mut x = &below[depth][..source.len() * inputs];
            if backward {
                let reversed = &mut work.reversed[..x.len()];
                for (row, to) in reversed.chunks_exact_mut(inputs).enumerate() {
                    to.copy_from_slice(&x[order.row(row) * inputs..][..inputs]);
                }
                x = reversed;
            }
            let (h, c) = (&mut work.h[..batch * part], &mut work.c[..batch * part]);
            h.fill(T::zero());
            c.fill(T::zero());
            let own = &mut work.layers[index];
            layer.forward(exec, (&masks.nr[index], &masks.rh[index]), x, (h, c), own)?;

            let h = own.h()[..source.len() * part].chunks_exact(part);
            for (row, h) in h.enumerate() {
                let to = order.row(row) * self.hidden + columns.start;
                above[0][to..][..part].copy_from_slice(h);
            }
            let (h, c) = (&mut work.state.h[depth], &mut work.state.c[depth]);
            for (b, &length) in lengths.iter().enumerate() {
                let to = b * self.hidden + columns.start;
                let last = (length as usize - 1) * batch + b;
                h[to..][..part].copy_from_slice(&own.h()[last * part..][..part]);
                // The state before the first word lies ahead of those after the words.
                c[to..][..part].copy_from_slice(&own.c()[(last + batch) * part..][..part]);
            }
        }
        Ok(())
    }

    /// Backward over the last batch: from the gradients of the memory (S x B x H, zero
    /// behind each sentence's end) and of the final state.
    pub(crate) fn backward(
        &mut self,
        exec: &mut Executor<'_, T>,
        masks: &WindowMasks<T>,
        (source, lengths): (&[u32], &[u32]),
        d_memory: &[T],
        d_state: &State<T>,
        work: &mut EncoderWork<T>,
    ) -> Result<(), LstmError> {
        let batch = exec.batch();
        work.dx[..d_memory.len()].copy_from_slice(d_memory);
        for index in (0..self.layers.len()).rev() {
            let (depth, backward, columns) = self.place(index);
            let order = Order { lengths, backward };
            let layer = &mut self.layers[index];
            let (inputs, part) = layer.widths();
            // The directions of a layer come one after another, the last one first.
            let first = index % self.directions == self.directions - 1;
            if first {
                std::mem::swap(&mut work.dh, &mut work.dx);
                work.dx[..source.len() * inputs].fill(T::zero());
            }
            let dh = &mut work.dh_part[..source.len() * part];
            for (row, dh) in dh.chunks_exact_mut(part).enumerate() {
                let from = order.row(row) * self.hidden + columns.start;
                dh.copy_from_slice(&work.dh[from..][..part]);
            }
            let (h, c) = (&mut work.h[..batch * part], &mut work.c[..batch * part]);
            let (dh_end, dc_end) = (&d_state.h[depth], &d_state.c[depth]);
            for b in 0..batch {
                let from = b * self.hidden + columns.start;
                h[b * part..][..part].copy_from_slice(&dh_end[from..][..part]);
                c[b * part..][..part].copy_from_slice(&dc_end[from..][..part]);
            }
            let ends = Ends {
                lengths: Some(lengths),
                after: Some((&*h, &*c)),
                before: false,
            };
            let dx = &mut work.dx_part[..source.len() * inputs];
            let masks = (&masks.nr[index], &masks.rh[index]);
            layer.backward(exec, masks, dh, dx, &mut work.layers[index], ends)?;
            for (row, dx) in dx.chunks_exact(inputs).enumerate() {
                add(&mut work.dx[order.row(row) * inputs..][..inputs], dx);
            }
        }
        let (_, embedding) = self.embedding.vectors.shape();
        self.embedding
            .backward(source, &work.dx[..source.len() * embedding]);
        Ok(())
    }
}
