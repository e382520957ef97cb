//! The network: word vectors and character features, BiLSTM, scores, CRF.

use super::batch::NerBatch;
use super::{BiLstm, BiLstmWork, CharCnn, CharCnnWork, Crf, CrfWork, NerConfig, NerCorpus};
use crate::error::{fits, not_zero};
use crate::masks::LayerShape;
use crate::parameter::parameters;
use crate::scalar::{add, fill_rows};
use crate::{
    DropoutConfig, Embedding, Executor, LstmError, MaskKey, Parameter, Parameters, Place, Run,
    Scalar, Site, WindowMasks,
};
use heddle_gemm::Team;

/// A BiLSTM-CRF with a character CNN, of K tags.
///
/// Dropout sites: nr on the input of each direction of each layer, that is on word vector
/// and character features in layer 0; rh on its h; out on both directions' outputs ahead
/// of the scores.
#[derive(Debug)]
pub struct NerModel<T> {
    /// The word vectors, V x E.
    pub words: Embedding<T>,
    /// The character features.
    pub chars: CharCnn<T>,
    /// The layers.
    pub layers: BiLstm<T>,
    /// From outputs to scores, 2H x K.
    pub w: Parameter<T>,
    /// Bias of the scores, 1 x K.
    pub b: Parameter<T>,
    /// The scores of tags after each other.
    pub crf: Crf<T>,
    config: NerConfig,
}

/// The activations and gradients of one batch, reused from batch to batch.
#[derive(Debug)]
pub struct NerWork<T> {
    times: usize,
    batch: usize,
    /// Word vectors or their gradients: T x B x E.
    words: Vec<T>,
    chars: CharCnnWork<T>,
    /// Gradients of the character features: T x B x F.
    dfeatures: Vec<T>,
    /// Input of the layers or its gradient: T x B x (E+F).
    x: Vec<T>,
    layers: BiLstmWork<T>,
    /// Outputs * m_out, T x B x 2H.
    masked: Vec<T>,
    /// Gradients of the outputs, T x B x 2H.
    doutputs: Vec<T>,
    /// Scores or their gradients: T x B x K.
    scores: Vec<T>,
    crf: CrfWork,
}

parameters!(NerModel: words, chars, layers, w, b, crf);

impl<T: Scalar> NerModel<T> {
    /// A model of a corpus's words, characters and tags, initialised from `seed`; words that
    /// have a vector in the corpus start from that.
    ///
    /// # Errors
    /// [`LstmError::Config`] that names a setting out of range; [`LstmError::Shape`] for vectors
    /// of another width.
    pub fn new(config: NerConfig, corpus: &NerCorpus, seed: u64) -> Result<Self, LstmError> {
        let sizes = [
            corpus.vocabulary.len(),
            corpus.characters.len(),
            corpus.tags.len(),
        ];
        let mut model = Self::of_sizes(config, sizes, seed)?;
        if let Some(vectors) = &corpus.vectors {
            let width = config.embedding;
            fits("numbers of a word vector", vectors.width(), width)?;
            let table = model.words.vectors.data_mut();
            for (word, vector) in vectors.rows() {
                let row = &mut table[word as usize * width..][..width];
                for (value, &number) in row.iter_mut().zip(vector) {
                    *value = T::of(number.into());
                }
            }
        }
        Ok(model)
    }

    /// A model of so many words, characters and tags. Vectors start uniform in
    /// +-sqrt(3 / width), matrices in +-sqrt(6 / (rows + columns)) with the columns of
    /// one gate, all times `config.init`; biases and the CRF's scores at 0, those of the
    /// forget gates at 1. Parameter number i draws from a stream of its own.
    ///
    /// # Errors
    /// [`LstmError::Config`] that names a setting out of range.
    pub fn of_sizes(
        config: NerConfig,
        [words, characters, tags]: [usize; 3],
        seed: u64,
    ) -> Result<Self, LstmError> {
        config.check()?;
        not_zero(&[
            ("the size of the vocabulary", words),
            ("the number of characters", characters),
            ("the number of tags", tags),
        ])?;
        let NerConfig {
            embedding,
            char_embedding,
            filters,
            width,
            hidden,
            layers,
            init,
            freeze_words,
        } = config;
        let mut model = Self {
            words: Embedding::zeros("words.embedding", words, embedding),
            chars: CharCnn::zeros(characters, char_embedding, width, filters),
            layers: BiLstm::zeros(layers, config.inputs(0), hidden),
            w: Parameter::zeros("tags.w", 2 * hidden, tags),
            b: Parameter::zeros("tags.b", 1, tags),
            crf: Crf::zeros(tags),
            config,
        };
        let mut index = 0;
        model.visit_mut(&mut |parameter| {
            let (rows, cols) = parameter.shape();
            let range = match parameter.name().rsplit('.').next() {
                Some("embedding") => (3.0 / cols as f64).sqrt(),
                Some("w" | "u") if parameter.name().starts_with("layers") => {
                    (6.0 / (rows + hidden) as f64).sqrt()
                }
                Some("w") => (6.0 / (rows + cols) as f64).sqrt(),
                _ => 0.0,
            };
            parameter.init_uniform(init * range, seed, index);
            index += 1;
        });
        for direction in &mut model.layers.directions {
            direction.b.data_mut()[hidden..2 * hidden].fill(T::one());
        }
        if freeze_words {
            model.words.vectors.freeze();
        }
        Ok(model)
    }

    /// The size of the model.
    pub fn config(&self) -> &NerConfig {
        &self.config
    }

    /// Words, characters and tags that the model knows.
    pub fn sizes(&self) -> [usize; 3] {
        let rows = |parameter: &Parameter<T>| parameter.shape().0;
        [
            rows(&self.words.vectors),
            rows(&self.chars.characters.vectors),
            self.crf.tags(),
        ]
    }

    /// Room for batches of up to `times` words and `batch` sentences.
    pub fn work(&self, times: usize, batch: usize) -> NerWork<T> {
        let zeros = |width: usize| vec![T::zero(); times * batch * width];
        NerWork {
            times,
            batch,
            words: zeros(self.config.embedding),
            chars: CharCnnWork::default(),
            dfeatures: zeros(self.config.filters),
            x: zeros(self.config.inputs(0)),
            layers: self.layers.work(times, batch),
            masked: zeros(2 * self.config.hidden),
            doutputs: zeros(2 * self.config.hidden),
            scores: zeros(self.crf.tags()),
            crf: CrfWork::default(),
        }
    }

    /// No masks: evaluation.
    pub fn no_masks(&self) -> WindowMasks<T> {
        WindowMasks::off(2 * self.config.layers)
    }

    /// Draws the masks of a training step for a batch. In `nr` and `rh` there is one
    /// for each direction of each layer; out counts to the last of them.
    pub fn draw(
        &self,
        masks: &mut WindowMasks<T>,
        dropout: &DropoutConfig,
        key: impl Into<MaskKey>,
        batch: &NerBatch,
        team: &Team,
    ) {
        let (shapes, outputs) = (self.shapes(batch.times()), 2 * self.config.hidden);
        masks.draw_layers(dropout, key.into(), batch.batch(), shapes, outputs, team);
        masks.keep_inputs(dropout, 0..2);
    }

    /// `times` and (K, H) of each direction of each layer, in the order of masks.
    fn shapes(&self, times: usize) -> impl ExactSizeIterator<Item = LayerShape> + '_ {
        let directions = self.layers.directions.iter();
        directions.map(move |direction| direction.shape(times))
    }

    fn place(&self) -> Place {
        Place {
            layer: 2 * self.config.layers - 1,
            site: Site::Out.name(),
            time: 0,
        }
    }

    /// The summed negative log-likelihood (nats) of the tags of a batch.
    ///
    /// # Errors
    /// [`LstmError::Shape`] if batch, masks or workspace do not fit, [`LstmError::Token`]
    /// for a word, character or tag outside the model's, [`LstmError::Gemm`] if the
    /// engine fails.
    pub fn forward(
        &self,
        run: &mut Run<'_, T>,
        step: u64,
        masks: &WindowMasks<T>,
        batch: &NerBatch,
        work: &mut NerWork<T>,
    ) -> Result<f64, LstmError> {
        self.check(masks, batch, work)?;
        let cells = batch.words.len();
        let NerConfig {
            embedding,
            filters,
            hidden,
            ..
        } = self.config;
        let words = &mut work.words[..cells * embedding];
        self.words.forward(&batch.words, words)?;
        self.chars.forward(run, step, batch, &mut work.chars)?;
        let x = &mut work.x[..cells * (embedding + filters)];
        let inputs = words
            .chunks_exact(embedding)
            .zip(work.chars.features().chunks_exact(filters));
        for (x, (word, features)) in x.chunks_exact_mut(embedding + filters).zip(inputs) {
            x[..embedding].copy_from_slice(word);
            x[embedding..].copy_from_slice(features);
        }
        let mut exec = run.executor(batch.batch(), step);
        self.layers
            .forward(&mut exec, masks, &batch.lengths, x, &mut work.layers)?;
        let masked = &mut work.masked[..cells * 2 * hidden];
        let outputs = &work.layers.outputs()[..masked.len()];
        masks.out.apply(0, outputs, masked);
        let scores = &mut work.scores[..cells * self.crf.tags()];
        fill_rows(scores, self.b.data());
        exec.forward(self.place(), &masks.out, masked, &self.w, scores)?;
        self.crf
            .forward(scores, &batch.lengths, &batch.tags, &mut work.crf)
    }

    /// Adds to every parameter's gradient that of the objective, the batch's summed loss
    /// divided by its sentences. To be called once after [`NerModel::forward`] with the
    /// same batch, masks and workspace.
    ///
    /// # Errors
    /// [`LstmError::Gemm`] if the engine fails.
    pub fn backward(
        &mut self,
        run: &mut Run<'_, T>,
        step: u64,
        masks: &WindowMasks<T>,
        batch: &NerBatch,
        work: &mut NerWork<T>,
    ) -> Result<(), LstmError> {
        let cells = batch.words.len();
        let place = self.place();
        let NerConfig {
            embedding,
            filters,
            hidden,
            ..
        } = self.config;
        let scores = &mut work.scores[..cells * self.crf.tags()];
        let share = 1.0 / batch.batch() as f64;
        self.crf
            .backward(scores, &batch.lengths, &batch.tags, share, &mut work.crf);
        for scores in scores.chunks_exact(self.crf.tags()) {
            add(self.b.grad_mut(), scores);
        }
        let mut exec: Executor<'_, T> = run.executor(batch.batch(), step);
        let doutputs = &mut work.doutputs[..cells * 2 * hidden];
        exec.backward(place, &masks.out, scores, &self.w, doutputs)?;
        let masked = &work.masked[..doutputs.len()];
        exec.weight_gradient(place, &masks.out, masked, scores, &mut self.w)?;
        let dx = &mut work.x[..cells * (embedding + filters)];
        let lengths = &batch.lengths;
        self.layers
            .backward(&mut exec, masks, lengths, doutputs, dx, &mut work.layers)?;

        let dwords = &mut work.words[..cells * embedding];
        let dfeatures = &mut work.dfeatures[..cells * filters];
        let parts = dwords
            .chunks_exact_mut(embedding)
            .zip(dfeatures.chunks_exact_mut(filters));
        for (dx, (word, features)) in dx.chunks_exact(embedding + filters).zip(parts) {
            word.copy_from_slice(&dx[..embedding]);
            features.copy_from_slice(&dx[embedding..]);
        }
        self.words.backward(&batch.words, dwords);
        self.chars
            .backward(run, step, batch, dfeatures, &mut work.chars)
    }

    /// The most likely tags of sentence `b` of the batch that [`NerModel::forward`] has
    /// read last, added to `tags`.
    pub fn decode(&self, batch: &NerBatch, b: usize, tags: &mut Vec<u32>, work: &mut NerWork<T>) {
        let scores = &work.scores[..batch.words.len() * self.crf.tags()];
        self.crf
            .decode(scores, &batch.lengths, b, tags, &mut work.crf);
    }

    /// Checks everything that a forward pass is given.
    fn check(
        &self,
        masks: &WindowMasks<T>,
        batch: &NerBatch,
        work: &NerWork<T>,
    ) -> Result<(), LstmError> {
        let (times, sentences) = (batch.times(), batch.batch());
        let shortest = batch.lengths.iter().copied().min().unwrap_or(0);
        if shortest == 0 {
            return Err(LstmError::config(
                "a sentence of the batch",
                "empty",
                "of one word or more",
            ));
        }
        if times > work.times {
            fits("words of the workspace", work.times, times)?;
        }
        if sentences > work.batch {
            fits("sentences of the workspace", work.batch, sentences)?;
        }
        let cells = times * sentences;
        fits("words of the batch", batch.words.len(), cells)?;
        fits("tags of the batch", batch.tags.len(), cells)?;
        fits("ends of words of the batch", batch.ends.len(), cells)?;
        let last = batch.ends.last().copied().unwrap_or(0) as usize;
        fits("characters of the batch", batch.characters.len(), last)?;
        masks.check(sentences, self.shapes(times), 2 * self.config.hidden)
    }
}
