//! Bidirectional LSTM layers.

use crate::parameter::parameters;
use crate::scalar::add;
use crate::{Ends, Executor, Layer, LayerWork, LstmError, Scalar, WindowMasks};

/// L layers, each with a direction that reads a sentence from its first word on and one
/// that reads it from its last; their outputs lie side by side, B x 2H a time step.
///
/// The forward direction of layer l has number 2l in labels and masks, the backward one
/// 2l + 1. A sentence is reversed within its own length, so that its padding stays behind
/// it and neither direction reads padding ahead of words.
#[derive(Debug)]
pub struct BiLstm<T> {
    /// Forward, backward, forward of the next layer and so on.
    pub directions: Vec<Layer<T>>,
}

/// What the layers keep of a batch from the forward to the backward pass.
#[derive(Debug)]
pub struct BiLstmWork<T> {
    directions: Vec<LayerWork<T>>,
    /// Both directions' outputs of each layer, T x B x 2H.
    outputs: Vec<Vec<T>>,
    /// A sequence reversed: T x B x max(K, H).
    turned: Vec<T>,
    /// A direction's gradients: T x B x max(K, H).
    part: Vec<T>,
    /// Gradients of one layer's input: T x B x 2H.
    below: Vec<T>,
    /// h and c: B x H.
    state: [Vec<T>; 2],
}

impl<T> BiLstmWork<T> {
    /// The last layer's outputs, T x B x 2H.
    pub fn outputs(&self) -> &[T] {
        self.outputs.last().map_or(&[], |outputs| outputs)
    }
}

parameters!(BiLstm: directions);

impl<T: Scalar> BiLstm<T> {
    /// `layers` layers of `hidden` units a direction over inputs `inputs` wide, all
    /// weights zero, called `layers.{l}.forward.w` and so on.
    pub fn zeros(layers: usize, inputs: usize, hidden: usize) -> Self {
        let directions = (0..2 * layers).map(|index| {
            let direction = ["forward", "backward"][index % 2];
            let inputs = if index < 2 { inputs } else { 2 * hidden };
            Layer::zeros(
                &format!("layers.{}.{direction}", index / 2),
                index,
                inputs,
                hidden,
            )
        });
        Self {
            directions: directions.collect(),
        }
    }

    /// Room for batches of up to `times` words and `batch` sentences.
    pub fn work(&self, times: usize, batch: usize) -> BiLstmWork<T> {
        let zeros = |width: usize| vec![T::zero(); times * batch * width];
        let widths = self.directions.iter().map(Layer::widths);
        let widest = widths.map(|(k, h)| k.max(h)).max().unwrap_or(0);
        let hidden = self.hidden();
        BiLstmWork {
            directions: self
                .directions
                .iter()
                .map(|direction| direction.work(times, batch))
                .collect(),
            outputs: (0..self.directions.len() / 2)
                .map(|_| zeros(2 * hidden))
                .collect(),
            turned: zeros(widest),
            part: zeros(widest),
            below: zeros(2 * hidden),
            state: [
                vec![T::zero(); batch * hidden],
                vec![T::zero(); batch * hidden],
            ],
        }
    }

    /// Units of a direction.
    fn hidden(&self) -> usize {
        self.directions.first().map_or(0, |layer| layer.widths().1)
    }

    /// Reads a batch: `x` (T x B x K) to `work.outputs()`.
    ///
    /// # Errors
    /// [`LstmError::Gemm`] if the engine fails.
    pub fn forward(
        &self,
        exec: &mut Executor<'_, T>,
        masks: &WindowMasks<T>,
        lengths: &[u32],
        x: &[T],
        work: &mut BiLstmWork<T>,
    ) -> Result<(), LstmError> {
        let hidden = self.hidden();
        let cells = x.len() / self.directions[0].widths().0;
        for (index, direction) in self.directions.iter().enumerate() {
            let (below, layer) = work.outputs.split_at_mut(index / 2);
            let x = below.last().map_or(x, |x| &x[..cells * 2 * hidden]);
            let backward = index % 2 == 1;
            let x = if backward {
                let turned = &mut work.turned[..x.len()];
                turn(lengths, direction.widths().0, x, turned);
                &*turned
            } else {
                x
            };
            let [h, c] = &mut work.state;
            let one = lengths.len() * hidden;
            let (h, c) = (&mut h[..one], &mut c[..one]);
            h.fill(T::zero());
            c.fill(T::zero());
            let masks = (&masks.nr[index], &masks.rh[index]);
            let own = &mut work.directions[index];
            direction.forward(exec, masks, x, (h, c), own)?;
            let mut h = &own.h()[..cells * hidden];
            if backward {
                let turned = &mut work.turned[..h.len()];
                turn(lengths, hidden, h, turned);
                h = turned;
            }
            let outputs = layer[0].chunks_exact_mut(2 * hidden);
            for (output, h) in outputs.zip(h.chunks_exact(hidden)) {
                output[usize::from(backward) * hidden..][..hidden].copy_from_slice(h);
            }
        }
        Ok(())
    }

    /// The way back: `doutputs` (T x B x 2H, zero in padding) to `dx` (T x B x K), which
    /// is zero in padding too. Adds the gradients of the weights.
    ///
    /// # Errors
    /// [`LstmError::Gemm`] if the engine fails.
    pub fn backward(
        &mut self,
        exec: &mut Executor<'_, T>,
        masks: &WindowMasks<T>,
        lengths: &[u32],
        doutputs: &mut [T],
        dx: &mut [T],
        work: &mut BiLstmWork<T>,
    ) -> Result<(), LstmError> {
        let hidden = self.hidden();
        let cells = doutputs.len() / (2 * hidden);
        for layer in (0..self.directions.len() / 2).rev() {
            let inputs = self.directions[2 * layer].widths().0;
            let below = if layer == 0 {
                &mut dx[..cells * inputs]
            } else {
                &mut work.below[..cells * inputs]
            };
            for backward in [false, true] {
                let index = 2 * layer + usize::from(backward);
                let dh = &mut work.part[..cells * hidden];
                let rows = doutputs.chunks_exact(2 * hidden);
                for (dh, row) in dh.chunks_exact_mut(hidden).zip(rows) {
                    dh.copy_from_slice(&row[usize::from(backward) * hidden..][..hidden]);
                }
                let masks = (&masks.nr[index], &masks.rh[index]);
                let (direction, own) = (&mut self.directions[index], &mut work.directions[index]);
                let ends = Ends::default();
                if !backward {
                    direction.backward(exec, masks, dh, below, own, ends)?;
                    continue;
                }
                let turned = &mut work.turned[..dh.len()];
                turn(lengths, hidden, dh, turned);
                let part = &mut work.part[..cells * inputs];
                direction.backward(exec, masks, turned, part, own, ends)?;
                let turned = &mut work.turned[..part.len()];
                turn(lengths, inputs, part, turned);
                add(below, turned);
            }
            if layer > 0 {
                doutputs.copy_from_slice(below);
            }
        }
        Ok(())
    }
}

/// Reverses each sentence of `from` (T x B x width) within its own length; padding stays.
fn turn<T: Scalar>(lengths: &[u32], width: usize, from: &[T], to: &mut [T]) {
    let batch = lengths.len();
    for (index, to) in to.chunks_exact_mut(width).enumerate() {
        let (t, b) = (index / batch, index % batch);
        let length = lengths[b] as usize;
        let source = if t < length { length - 1 - t } else { t };
        to.copy_from_slice(&from[(source * batch + b) * width..][..width]);
    }
}
