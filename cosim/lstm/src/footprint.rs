//! How much memory a training run takes, told before it is taken.
//!
//! The sizes are those of the vectors that the models and their workspaces are made of
//! (`layer`, `softmax`, `nmt::model` and others): a test compares them with what is really
//! allocated. They are counted in 128 bits, which no setting exceeds.

use crate::{ModelConfig, NerConfig, NmtConfig};

/// Values of a run, in numbers of the type that it is trained in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Footprint {
    /// Trainable values.
    pub parameters: u128,
    /// Activations, gradients and masks of a training step and of evaluation.
    pub work: u128,
}

impl Footprint {
    /// Bytes that [`MaskNoise`](crate::MaskNoise) takes besides: a sum in `f64` for every
    /// parameter.
    pub fn noise_bytes(&self) -> u128 {
        8 * self.parameters
    }

    /// Bytes in `f32`: of every parameter the value, its gradient, its copy after the best
    /// epoch, and with `adam` its two moments; with `saved` what it takes to write a
    /// checkpoint: a copy of all that it holds, and the file.
    pub fn bytes(&self, adam: bool, saved: bool) -> u128 {
        let kept = 2 + if adam { 2 } else { 0 };
        let of_each = 1 + kept + if saved { 2 * kept } else { 0 };
        4 * (self.parameters * of_each + self.work)
    }
}

/// W, U and b of an LSTM layer of K inputs and H units.
fn layer(inputs: u128, hidden: u128) -> u128 {
    4 * hidden * (inputs + hidden + 1)
}

/// A layer's `LayerWork`, and masks that differ from sample to sample.
fn layer_work(times: u128, batch: u128, inputs: u128, hidden: u128) -> u128 {
    let masks = times * batch * (inputs + hidden);
    times * batch * (inputs + 8 * hidden) + 4 * batch * hidden + masks
}

/// `SoftmaxWork`, and its mask.
fn softmax_work(times: u128, batch: u128, hidden: u128, vocabulary: u128) -> u128 {
    let rows = times * batch;
    rows * (2 * hidden + vocabulary + 2) + rows.div_ceil(32) * vocabulary
}

fn wide(values: [usize; 3]) -> [u128; 3] {
    values.map(|value| value as u128)
}

impl ModelConfig {
    /// Of a language model over `vocabulary` words, trained on windows of `times` steps of
    /// `batch` samples and evaluated with `eval_batch`.
    pub fn footprint(
        &self,
        vocabulary: usize,
        times: usize,
        [batch, eval_batch]: [usize; 2],
    ) -> Footprint {
        let [embedding, hidden, layers] = wide([self.embedding, self.hidden, self.layers]);
        let [vocabulary, times, _] = wide([vocabulary, times, 0]);
        let upper = layers.saturating_sub(1);
        let work = |batch: usize| {
            let batch = batch as u128;
            times * batch * (embedding + 2 * embedding.max(hidden))
                + layer_work(times, batch, embedding, hidden)
                + upper * layer_work(times, batch, hidden, hidden)
                + softmax_work(times, batch, hidden, vocabulary)
        };
        Footprint {
            parameters: vocabulary * (embedding + hidden + 1)
                + layer(embedding, hidden)
                + upper * layer(hidden, hidden),
            work: work(batch) + work(eval_batch),
        }
    }
}

impl NmtConfig {
    /// Of a translator over `source` and `target` words. `train` and `eval` are (S, T, B):
    /// source tokens, decoder steps and pairs side by side at most; in evaluation `beam`
    /// hypotheses are followed.
    pub fn footprint(
        &self,
        [source, target]: [usize; 2],
        train: [usize; 3],
        eval: [usize; 3],
        beam: usize,
    ) -> Footprint {
        let [embedding, hidden, count] = wide([self.embedding, self.hidden, self.layers]);
        let directions = self.directions() as u128;
        let part = hidden / directions;
        let [source, target, beam] = wide([source, target, beam]);
        let upper = count.saturating_sub(1);
        let widest = embedding.max(hidden);
        let encoder = |words: u128, batch: u128| {
            let rows = words * batch;
            let layers = layer_work(words, batch, embedding, part)
                + upper * layer_work(words, batch, hidden, part);
            rows * (embedding + count * hidden + 4 * widest + hidden) + directions * layers
        };
        let decoder = |words: u128, times: u128, batch: u128| {
            let attention = times * batch * (words + 4 * hidden) + 3 * batch * hidden;
            layer_work(times, batch, embedding + hidden, hidden)
                + upper * layer_work(times, batch, hidden, hidden)
                + attention
                + times * batch * embedding
        };
        let work = |shape: [usize; 3]| {
            let [words, times, batch] = wide(shape);
            encoder(words, batch)
                + decoder(words, times, batch)
                + softmax_work(times, batch, hidden, target)
                + (3 * words + words.max(times)) * batch * hidden
        };
        let words = eval[0] as u128;
        let search = encoder(words, 1)
            + decoder(words, 1, beam)
            + beam * (2 * words * hidden + 2 * target + 4 * hidden)
            + softmax_work(1, 1, hidden, target);
        Footprint {
            parameters: source * embedding
                + directions * (layer(embedding, part) + upper * layer(hidden, part))
                + target * (embedding + hidden + 1)
                + layer(embedding + hidden, hidden)
                + upper * layer(hidden, hidden)
                + 3 * hidden * hidden,
            work: work(train) + work(eval) + search,
        }
    }
}

impl NerConfig {
    /// Of a tagger of so many words, characters and tags, for up to `times` words of `batch`
    /// sentences of together `letters` characters.
    pub fn footprint(
        &self,
        [words, characters, tags]: [usize; 3],
        [times, batch, letters]: [usize; 3],
    ) -> Footprint {
        let [embedding, hidden, layers] = wide([self.embedding, self.hidden, self.layers]);
        let [char_embedding, filters, width] =
            wide([self.char_embedding, self.filters, self.width]);
        let ([words, characters, tags], [times, batch, letters]) = (
            wide([words, characters, tags]),
            wide([times, batch, letters]),
        );
        let upper = layers.saturating_sub(1);
        let inputs = embedding + filters;
        let widest = inputs.max(2 * hidden);
        let rows = times * batch;
        let parameters = words * embedding
            + characters * char_embedding
            + (width * char_embedding + 1) * filters
            + 2 * (layer(inputs, hidden) + upper * layer(2 * hidden, hidden))
            + (2 * hidden + 1) * tags
            + tags * (tags + 2);
        let network = 2
            * (layer_work(times, batch, inputs, hidden)
                + upper * layer_work(times, batch, 2 * hidden, hidden));
        let outputs = rows * (2 * hidden * (layers + 4) + 2 * widest);
        let crf = 4 * rows * tags;
        let chars = letters * (width * (1 + 2 * char_embedding) + filters) + 2 * rows * filters;
        Footprint {
            parameters,
            work: network + outputs + crf + chars + rows * (embedding + filters + inputs + tags),
        }
    }
}
