//! The language model: embedding, LSTM layers, softmax.

use crate::embedding::Embedding;
use crate::error::{fits, not_zero, positive, within, WIDEST};
use crate::layer::{Ends, LayerWork};
use crate::parameter::init_uniform;
use crate::parameter::parameters;
use crate::softmax::{Softmax, SoftmaxWork};
use crate::{Executor, Layer, LstmError, Scalar, WindowMasks};
use serde::{Deserialize, Serialize};

/// The size of a language model.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModelConfig {
    /// Width of the word vectors, 1 to 16384.
    pub embedding: usize,
    /// Units of each layer, 1 to 16384.
    pub hidden: usize,
    /// LSTM layers, 1 to 64.
    pub layers: usize,
    /// Parameters start uniform in [-init, init).
    pub init: f64,
}

impl Default for ModelConfig {
    fn default() -> Self {
        Self {
            embedding: 128,
            hidden: 128,
            layers: 2,
            init: 0.1,
        }
    }
}

impl ModelConfig {
    /// Checks the sizes.
    ///
    /// # Errors
    /// [`LstmError::Config`] that names the setting out of range.
    pub fn check(&self) -> Result<(), LstmError> {
        within(
            WIDEST,
            &[
                ("the width of the word vectors", self.embedding),
                ("the number of hidden units", self.hidden),
            ],
        )?;
        within(64, &[("the number of layers", self.layers)])?;
        positive(&[("the initial range", self.init)])
    }

    /// The input width of each layer.
    pub fn input_widths(&self) -> Vec<usize> {
        let mut widths = vec![self.hidden; self.layers];
        widths[0] = self.embedding;
        widths
    }
}

/// A language model over V words, E wide word vectors and L layers of H units.
#[derive(Debug)]
pub struct LanguageModel<T> {
    /// The word vectors, V x E.
    pub embedding: Embedding<T>,
    /// The LSTM layers, the lowest first.
    pub layers: Vec<Layer<T>>,
    /// The projection onto the vocabulary.
    pub softmax: Softmax<T>,
    config: ModelConfig,
}

/// h and c of every layer, carried from window to window.
#[derive(Clone, Debug, PartialEq)]
pub struct State<T> {
    /// h of each layer, B x H.
    pub h: Vec<Vec<T>>,
    /// c of each layer, B x H.
    pub c: Vec<Vec<T>>,
}

impl<T: Scalar> State<T> {
    /// Forgets everything.
    pub fn reset(&mut self) {
        for values in self.h.iter_mut().chain(&mut self.c) {
            values.fill(T::zero());
        }
    }
}

/// T time steps of B samples.
#[derive(Clone, Copy, Debug)]
pub struct Window<'a> {
    /// Tokens read, T x B.
    pub inputs: &'a [u32],
    /// The token after each, T x B.
    pub targets: &'a [u32],
}

/// The activations and gradients of one window, reused from window to window.
#[derive(Debug)]
pub struct Workspace<T> {
    times: usize,
    batch: usize,
    embedded: Vec<T>,
    layers: Vec<LayerWork<T>>,
    softmax: SoftmaxWork<T>,
    /// Gradients passed from layer to layer: T x B x max(E, H) each.
    above: Vec<T>,
    below: Vec<T>,
}

parameters!(LanguageModel: embedding, layers, softmax);

impl<T: Scalar> LanguageModel<T> {
    /// A model over `vocabulary` words, initialised from `seed`: parameter number i
    /// (embedding, then w, u, b of each layer, then softmax w, b) from a stream of
    /// its own.
    ///
    /// # Errors
    /// [`LstmError::Config`] that names a setting out of range.
    pub fn new(config: ModelConfig, vocabulary: usize, seed: u64) -> Result<Self, LstmError> {
        config.check()?;
        not_zero(&[("the size of the vocabulary", vocabulary)])?;
        let widths = config.input_widths();
        let layers = widths
            .iter()
            .enumerate()
            .map(|(index, &inputs)| {
                Layer::zeros(&format!("layers.{index}"), index, inputs, config.hidden)
            })
            .collect();
        let mut model = Self {
            embedding: Embedding::zeros("embedding", vocabulary, config.embedding),
            layers,
            softmax: Softmax::zeros("softmax", config.layers - 1, config.hidden, vocabulary),
            config,
        };
        init_uniform(&mut model, config.init, seed);
        Ok(model)
    }

    /// The size of the model.
    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// Words in the vocabulary.
    pub fn vocabulary(&self) -> usize {
        self.embedding.vectors.shape().0
    }

    /// The state of `batch` samples before the first word.
    pub fn state(&self, batch: usize) -> State<T> {
        let zeros = vec![vec![T::zero(); batch * self.config.hidden]; self.config.layers];
        State {
            h: zeros.clone(),
            c: zeros,
        }
    }

    /// Room for windows of up to `times` steps of `batch` samples.
    pub fn workspace(&self, times: usize, batch: usize) -> Workspace<T> {
        let ModelConfig {
            embedding, hidden, ..
        } = self.config;
        let zeros = |width: usize| vec![T::zero(); times * batch * width];
        Workspace {
            times,
            batch,
            embedded: zeros(embedding),
            layers: self
                .layers
                .iter()
                .map(|layer| layer.work(times, batch))
                .collect(),
            softmax: self.softmax.work(times, batch),
            above: zeros(embedding.max(hidden)),
            below: zeros(embedding.max(hidden)),
        }
    }

    /// Reads a window: returns the summed negative log-likelihood (nats) of its
    /// targets, and carries `state` from before the window to after it.
    ///
    /// # Errors
    /// [`LstmError::Shape`] if window, state, masks or workspace do not fit,
    /// [`LstmError::Token`] for a token outside the vocabulary, [`LstmError::Gemm`]
    /// if the engine fails.
    pub fn forward(
        &self,
        exec: &mut Executor<'_, T>,
        masks: &WindowMasks<T>,
        window: Window<'_>,
        state: &mut State<T>,
        work: &mut Workspace<T>,
    ) -> Result<f64, LstmError> {
        let times = self.check(exec.batch(), masks, window, state, work)?;
        let tokens = times * exec.batch();
        let embedded = &mut work.embedded[..tokens * self.config.embedding];
        self.embedding.forward(window.inputs, embedded)?;
        for (l, layer) in self.layers.iter().enumerate() {
            let (lower, upper) = work.layers.split_at_mut(l);
            let x = match lower.last() {
                Some(work) => &work.h()[..tokens * self.config.hidden],
                None => &*embedded,
            };
            let state = (&mut state.h[l][..], &mut state.c[l][..]);
            layer.forward(exec, (&masks.nr[l], &masks.rh[l]), x, state, &mut upper[0])?;
        }
        let h = &work.layers[self.config.layers - 1].h()[..tokens * self.config.hidden];
        self.softmax
            .forward(exec, &masks.out, h, window.targets, &mut work.softmax)
    }

    /// Adds to every parameter's gradient that of the objective, the window's summed
    /// loss divided by the batch. To be called once after [`LanguageModel::forward`]
    /// with the same window, masks and workspace.
    ///
    /// # Errors
    /// [`LstmError::Gemm`] if the engine fails.
    pub fn backward(
        &mut self,
        exec: &mut Executor<'_, T>,
        masks: &WindowMasks<T>,
        window: Window<'_>,
        work: &mut Workspace<T>,
    ) -> Result<(), LstmError> {
        let tokens = window.targets.len();
        let ModelConfig {
            embedding, hidden, ..
        } = self.config;
        let mut above = &mut work.above[..];
        let mut below = &mut work.below[..];
        let dh = &mut above[..tokens * hidden];
        self.softmax
            .backward(exec, &masks.out, window.targets, dh, &mut work.softmax)?;
        for (l, layer) in self.layers.iter_mut().enumerate().rev() {
            let (inputs, _) = layer.widths();
            let dh = &above[..tokens * hidden];
            let dx = &mut below[..tokens * inputs];
            layer.backward(
                exec,
                (&masks.nr[l], &masks.rh[l]),
                dh,
                dx,
                &mut work.layers[l],
                Ends::default(),
            )?;
            std::mem::swap(&mut above, &mut below);
        }
        self.embedding
            .backward(window.inputs, &above[..tokens * embedding]);
        Ok(())
    }

    /// Checks everything that a forward pass is given; returns the time steps.
    fn check(
        &self,
        batch: usize,
        masks: &WindowMasks<T>,
        window: Window<'_>,
        state: &State<T>,
        work: &Workspace<T>,
    ) -> Result<usize, LstmError> {
        let ModelConfig { hidden, layers, .. } = self.config;
        not_zero(&[("the batch", batch)])?;
        fits("samples of the workspace", work.batch, batch)?;
        let times = window.inputs.len() / batch;
        fits(
            "tokens of the window",
            window.inputs.len(),
            times.max(1) * batch,
        )?;
        fits(
            "targets of the window",
            window.targets.len(),
            window.inputs.len(),
        )?;
        if times > work.times {
            fits("time steps of the workspace", work.times, times)?;
        }
        fits(
            "layers of the state",
            state.h.len().min(state.c.len()),
            layers,
        )?;
        for values in state.h.iter().chain(&state.c) {
            fits(
                "values of the state of a layer",
                values.len(),
                batch * hidden,
            )?;
        }
        let shapes = self.layers.iter().map(|layer| layer.shape(times));
        masks.check(batch, shapes, hidden)?;
        Ok(times)
    }
}
