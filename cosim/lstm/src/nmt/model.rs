//! The translation model: encoder, decoder, softmax.

use super::attention::{Memory, MemoryGradient};
use super::batch::NmtBatch;
use super::config::NmtConfig;
use super::decoder::{Decoder, DecoderWork};
use super::encoder::{Encoder, EncoderWork};
use super::feed;
use crate::error::{fits, not_zero};
use crate::masks::LayerShape;
use crate::parameter::init_uniform;
use crate::parameter::parameters;
use crate::{
    DropoutConfig, Executor, LstmError, MaskKey, Parameter, Scalar, Softmax, SoftmaxWork,
    WindowMasks,
};
use heddle_gemm::Team;

/// An encoder-decoder over V_s source and V_t target words.
#[derive(Debug)]
pub struct NmtModel<T> {
    /// Reads the sentence.
    pub encoder: Encoder<T>,
    /// Writes its translation.
    pub decoder: Decoder<T>,
    /// The projection of h~ onto the target vocabulary.
    pub softmax: Softmax<T>,
    config: NmtConfig,
}

/// The activations and gradients of one batch, reused from batch to batch.
#[derive(Debug)]
pub struct NmtWork<T> {
    words: usize,
    times: usize,
    batch: usize,
    pub(crate) encoder: EncoderWork<T>,
    pub(crate) decoder: DecoderWork<T>,
    softmax: SoftmaxWork<T>,
    /// The attention's keys, S x B x H.
    pub(crate) keys: Vec<T>,
    /// Gradients of memory and keys, S x B x H.
    d_memory: MemoryGradient<T>,
    /// Gradient of h~, T x B x H; later of a part of the memory.
    dh: Vec<T>,
}

parameters!(NmtModel: encoder, decoder, softmax);

impl<T: Scalar> NmtModel<T> {
    /// A model over `source` and `target` words, initialised from `seed`: every
    /// parameter from a stream of its own, in the order in which they are visited.
    ///
    /// # Errors
    /// [`LstmError::Config`] that names a setting out of range.
    pub fn new(
        config: NmtConfig,
        source: usize,
        target: usize,
        seed: u64,
    ) -> Result<Self, LstmError> {
        config.check()?;
        not_zero(&[
            ("the size of the source vocabulary", source),
            ("the size of the target vocabulary", target),
        ])?;
        let mut model = Self {
            encoder: Encoder::zeros(&config, source),
            decoder: Decoder::zeros(&config, target),
            softmax: Softmax::zeros("softmax", config.lstm_layers() - 1, config.hidden, target),
            config,
        };
        init_uniform(&mut model, config.init, seed);
        Ok(model)
    }

    /// The size of the model.
    pub fn config(&self) -> &NmtConfig {
        &self.config
    }

    /// (V_s, V_t): words of the source and of the target vocabulary.
    pub fn vocabularies(&self) -> (usize, usize) {
        let words = |vectors: &Parameter<T>| vectors.shape().0;
        (
            words(&self.encoder.embedding.vectors),
            words(&self.decoder.embedding.vectors),
        )
    }

    /// Draws the masks of a training step for `batch` pairs of `words` source tokens
    /// and `times` decoder steps. [`SiteMasks::draw`](crate::SiteMasks::draw) says what a mask depends on.
    pub fn draw(
        &self,
        masks: &mut WindowMasks<T>,
        config: &DropoutConfig,
        key: impl Into<MaskKey>,
        (words, times, batch): (usize, usize, usize),
        team: &Team,
    ) {
        let (hidden, shapes) = (self.config.hidden, self.shapes(words, times));
        masks.draw_layers(config, key.into(), batch, shapes, hidden, team);
        let (directions, encoder) = (self.config.directions(), self.encoder.layers.len());
        masks.keep_inputs(config, (0..directions).chain([encoder]));
        masks.feed_dropped = config.feed_dropped;
        if config.feed_dropped {
            masks.nr[encoder] = feed::masks(&masks.out, self.config.embedding, batch);
        }
    }

    /// The shape of every LSTM layer in the order of labels and masks.
    fn shapes(&self, words: usize, times: usize) -> impl ExactSizeIterator<Item = LayerShape> {
        let encoder = self.encoder.layers.iter().map(|layer| layer.shape(words));
        let decoder = self.decoder.layers.iter().map(|layer| layer.shape(times));
        encoder.chain(decoder).collect::<Vec<_>>().into_iter()
    }

    /// Room for up to `batch` pairs of up to `words` source tokens and `times` decoder
    /// steps (the translation's tokens and `</s>`).
    pub fn workspace(&self, words: usize, times: usize, batch: usize) -> NmtWork<T> {
        let zeros = |n: usize| vec![T::zero(); n];
        let hidden = self.config.hidden;
        let wide = words * batch * hidden;
        NmtWork {
            words,
            times,
            batch,
            encoder: self.encoder.work(words, batch),
            decoder: self.decoder.work(times, words, batch),
            softmax: self.softmax.work(times, batch),
            keys: zeros(wide),
            d_memory: MemoryGradient {
                values: zeros(wide),
                keys: zeros(wide),
            },
            dh: zeros(words.max(times) * batch * hidden),
        }
    }

    /// Reads the sentences and computes the attention's keys.
    pub(crate) fn encode(
        &self,
        exec: &mut Executor<'_, T>,
        masks: &WindowMasks<T>,
        source: &[u32],
        lengths: &[u32],
        work: &mut NmtWork<T>,
    ) -> Result<(), LstmError> {
        self.encoder
            .forward(exec, masks, source, lengths, &mut work.encoder)?;
        let wide = source.len() * self.config.hidden;
        let (memory, keys) = (&work.encoder.memory()[..wide], &mut work.keys[..wide]);
        self.decoder.attention.keys(exec, memory, keys)
    }

    /// Reads a batch: the summed negative log-likelihood (nats) of its targets, each
    /// given the sentence and the translation before it (teacher forcing).
    ///
    /// # Errors
    /// [`LstmError::Shape`] if batch, masks or workspace do not fit, [`LstmError::Token`]
    /// for a token outside its vocabulary, [`LstmError::Gemm`] if the engine fails.
    pub fn forward(
        &self,
        exec: &mut Executor<'_, T>,
        masks: &WindowMasks<T>,
        batch: &NmtBatch,
        work: &mut NmtWork<T>,
    ) -> Result<f64, LstmError> {
        self.check(exec.batch(), masks, batch, work)?;
        self.encode(exec, masks, &batch.source, &batch.source_lengths, work)?;
        let wide = batch.source.len() * self.config.hidden;
        let memory = Memory {
            values: &work.encoder.memory()[..wide],
            keys: &work.keys[..wide],
            lengths: &batch.source_lengths,
        };
        let decoder = &mut work.decoder;
        self.decoder
            .begin(&work.encoder.state, batch.len(), decoder);
        self.decoder
            .forward(exec, masks, &batch.inputs, None, memory, decoder)?;
        let h = &decoder.tilde()[..batch.targets.len() * self.config.hidden];
        self.softmax
            .forward(exec, &masks.out, h, &batch.targets, &mut work.softmax)
    }

    /// Adds to every parameter's gradient that of the objective, the batch's summed loss
    /// divided by its number of pairs (OpenNMT's normalisation by sentences). To be
    /// called once after [`NmtModel::forward`] with the same batch, masks and workspace.
    ///
    /// # Errors
    /// [`LstmError::Gemm`] if the engine fails.
    pub fn backward(
        &mut self,
        exec: &mut Executor<'_, T>,
        masks: &WindowMasks<T>,
        batch: &NmtBatch,
        work: &mut NmtWork<T>,
    ) -> Result<(), LstmError> {
        let hidden = self.config.hidden;
        let wide = batch.source.len() * hidden;
        let dh = &mut work.dh[..batch.targets.len() * hidden];
        self.softmax
            .backward(exec, &masks.out, &batch.targets, dh, &mut work.softmax)?;
        let memory = Memory {
            values: &work.encoder.memory()[..wide],
            keys: &work.keys[..wide],
            lengths: &batch.source_lengths,
        };
        let d_memory = &mut work.d_memory;
        d_memory.values[..wide].fill(T::zero());
        d_memory.keys[..wide].fill(T::zero());
        self.decoder.backward(
            exec,
            masks,
            &batch.inputs,
            dh,
            (memory, d_memory),
            &mut work.decoder,
        )?;
        let attention = &mut self.decoder.attention;
        attention.keys_back(exec, memory.values, d_memory, &mut work.dh)?;
        self.encoder.backward(
            exec,
            masks,
            (&batch.source, &batch.source_lengths),
            &work.d_memory.values[..wide],
            &work.decoder.d_state,
            &mut work.encoder,
        )
    }

    /// Checks everything that a forward pass is given.
    fn check(
        &self,
        samples: usize,
        masks: &WindowMasks<T>,
        batch: &NmtBatch,
        work: &NmtWork<T>,
    ) -> Result<(), LstmError> {
        not_zero(&[("the batch", samples)])?;
        fits("sentences of the batch", batch.len(), samples)?;
        let (words, times) = batch.times();
        fits(
            "source tokens of the batch",
            batch.source.len(),
            words.max(1) * samples,
        )?;
        fits(
            "targets of the batch",
            batch.targets.len(),
            times.max(1) * samples,
        )?;
        fits("inputs of the batch", batch.inputs.len(), times * samples)?;
        for &length in &batch.source_lengths {
            let length = length as usize;
            fits("length of a sentence", length, length.clamp(1, words))?;
        }
        for (what, given, room) in [
            ("sentences of the workspace", samples, work.batch),
            ("source tokens of the workspace", words, work.words),
            ("target tokens of the workspace", times, work.times),
        ] {
            fits(what, room, room.max(given))?;
        }
        masks.check(samples, self.shapes(words, times), self.config.hidden)
    }
}
