//! What the characters of a word tell of it: a convolution, and the maximum of each
//! filter over the word's characters.

use super::batch::NerBatch;
use super::corpus::Characters;
use crate::parameter::parameters;
use crate::scalar::fill_rows;
use crate::{Embedding, LstmError, Parameter, Place, Run, Scalar, SiteMasks};

/// Character vectors, and F filters over `width` characters of vectors E wide.
///
/// A word of n characters gives n windows, one centred on each; places outside the word
/// have a vector of their own. `feature_f = tanh(max over windows (window W + b)_f)`.
#[derive(Debug)]
pub struct CharCnn<T> {
    /// The character vectors.
    pub characters: Embedding<T>,
    /// The filters, (width E) x F.
    pub w: Parameter<T>,
    /// b, 1 x F.
    pub b: Parameter<T>,
    width: usize,
}

/// What the convolution keeps of a batch. All grow to the largest batch and stay.
#[derive(Debug)]
pub struct CharCnnWork<T> {
    /// The characters under each window, windows x width.
    windows: Vec<u32>,
    /// Their vectors, windows x (width E).
    x: Vec<T>,
    /// Sums going forward, their gradients going backward: windows x F.
    z: Vec<T>,
    /// The window of each maximum, words x F.
    largest: Vec<u32>,
    /// The features, words x F; 0 for a word without characters.
    features: Vec<T>,
    /// Gradients of the windows, windows x (width E).
    dx: Vec<T>,
}

impl<T> Default for CharCnnWork<T> {
    fn default() -> Self {
        Self {
            windows: Vec::new(),
            x: Vec::new(),
            z: Vec::new(),
            largest: Vec::new(),
            features: Vec::new(),
            dx: Vec::new(),
        }
    }
}

impl<T> CharCnnWork<T> {
    /// The features of the batch's words, words x F.
    pub fn features(&self) -> &[T] {
        &self.features
    }
}

parameters!(CharCnn: characters, w, b);

impl<T: Scalar> CharCnn<T> {
    const PLACE: Place = Place {
        layer: 0,
        site: "char-cnn",
        time: 0,
    };

    /// All weights zero.
    pub fn zeros(characters: usize, embedding: usize, width: usize, filters: usize) -> Self {
        Self {
            characters: Embedding::zeros("chars.embedding", characters, embedding),
            w: Parameter::zeros("chars.w", width * embedding, filters),
            b: Parameter::zeros("chars.b", 1, filters),
            width,
        }
    }

    /// The features of a batch's words, to `work.features()`.
    ///
    /// # Errors
    /// [`LstmError::Token`] for a character outside the table, [`LstmError::Gemm`] if
    /// the engine fails.
    pub fn forward(
        &self,
        run: &mut Run<'_, T>,
        step: u64,
        batch: &NerBatch,
        work: &mut CharCnnWork<T>,
    ) -> Result<(), LstmError> {
        let (depth, filters) = self.w.shape();
        let host = run.engine.host();
        self.windows(batch, &mut work.windows);
        let rows = batch.characters.len();
        work.x.resize(rows * depth, T::zero());
        self.characters.forward(&work.windows, &mut work.x)?;
        work.z.resize(rows * filters, T::zero());
        fill_rows(&mut work.z, self.b.data());
        // One product, whatever the batch: characters have no time step.
        run.executor(rows, step).forward(
            Self::PLACE,
            &SiteMasks::Off,
            &work.x,
            &self.w,
            &mut work.z,
        )?;

        let words = batch.ends.len();
        work.features.clear();
        work.features.resize(words * filters, T::zero());
        work.largest.resize(words * filters, 0);
        let features = work.features.chunks_exact_mut(filters);
        let largest = work.largest.chunks_exact_mut(filters);
        for ((range, features), largest) in ranges(batch).zip(features).zip(largest) {
            if range.is_empty() {
                continue;
            }
            features.fill(T::neg_infinity());
            for row in range {
                let z = &work.z[row * filters..][..filters];
                for f in 0..filters {
                    if z[f] > features[f] {
                        features[f] = z[f];
                        largest[f] = row as u32;
                    }
                }
            }
            T::tanh_all(&host, features);
        }
        Ok(())
    }

    /// Adds the gradients of the weights, `dfeatures` (words x F) being that of the
    /// features.
    ///
    /// # Errors
    /// [`LstmError::Gemm`] if the engine fails.
    pub fn backward(
        &mut self,
        run: &mut Run<'_, T>,
        step: u64,
        batch: &NerBatch,
        dfeatures: &[T],
        work: &mut CharCnnWork<T>,
    ) -> Result<(), LstmError> {
        let filters = self.b.data().len();
        work.z.fill(T::zero());
        let rows = work.largest.chunks_exact(filters).zip(
            work.features
                .chunks_exact(filters)
                .zip(dfeatures.chunks_exact(filters)),
        );
        for (range, (largest, (features, dfeatures))) in ranges(batch).zip(rows) {
            if range.is_empty() {
                continue;
            }
            let db = self.b.grad_mut();
            for f in 0..filters {
                let dz = dfeatures[f] * (T::one() - features[f] * features[f]);
                work.z[largest[f] as usize * filters + f] = dz;
                db[f] += dz;
            }
        }
        work.dx.resize(work.x.len(), T::zero());
        let mut exec = run.executor(batch.characters.len(), step);
        let off = SiteMasks::Off;
        exec.backward(Self::PLACE, &off, &work.z, &self.w, &mut work.dx)?;
        exec.weight_gradient(Self::PLACE, &off, &work.x, &work.z, &mut self.w)?;
        self.characters.backward(&work.windows, &work.dx);
        Ok(())
    }

    /// The characters under the windows of all words.
    fn windows(&self, batch: &NerBatch, windows: &mut Vec<u32>) {
        windows.clear();
        let half = self.width / 2;
        for range in ranges(batch) {
            let word = &batch.characters[range];
            for centre in 0..word.len() {
                windows.extend((centre..centre + self.width).map(|place| {
                    let at = place.checked_sub(half).and_then(|place| word.get(place));
                    at.copied().unwrap_or(Characters::PADDING)
                }));
            }
        }
    }
}

/// The places of each word's characters.
fn ranges(batch: &NerBatch) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
    let mut start = 0;
    batch.ends.iter().map(move |&end| {
        let range = start..end as usize;
        start = end as usize;
        range
    })
}
