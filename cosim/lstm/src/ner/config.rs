//! The size of the model and of its batches.

use crate::bucket::COARSE;
use crate::error::{positive, within, WIDEST};
use crate::LstmError;
use serde::{Deserialize, Serialize};

/// The size of a BiLSTM-CRF with a character CNN.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NerConfig {
    /// Width of the word vectors, 1 to 16384.
    pub embedding: usize,
    /// Width of the character vectors, 1 to 16384.
    pub char_embedding: usize,
    /// Features that the characters of a word give, 1 to 16384.
    pub filters: usize,
    /// Characters that a filter sees, an odd number from 1 to 15.
    pub width: usize,
    /// Units of each direction of each layer, 1 to 16384.
    pub hidden: usize,
    /// Bidirectional layers, 1 to 32.
    pub layers: usize,
    /// What the usual ranges of the initial values are multiplied by.
    pub init: f64,
    /// Whether the word vectors stay as they are at first.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub freeze_words: bool,
}

impl Default for NerConfig {
    fn default() -> Self {
        Self {
            embedding: 100,
            char_embedding: 30,
            filters: 30,
            width: 3,
            hidden: 128,
            layers: 1,
            init: 1.0,
            freeze_words: false,
        }
    }
}

impl NerConfig {
    /// Checks the sizes.
    ///
    /// # Errors
    /// [`LstmError::Config`] that names the setting out of range.
    pub fn check(&self) -> Result<(), LstmError> {
        within(
            WIDEST,
            &[
                ("the width of the word vectors", self.embedding),
                ("the width of the character vectors", self.char_embedding),
                ("the number of character filters", self.filters),
                ("the number of hidden units", self.hidden),
            ],
        )?;
        within(32, &[("the number of layers", self.layers)])?;
        if self.width.is_multiple_of(2) || self.width > 15 {
            return Err(LstmError::config(
                "the width of the character filters",
                self.width,
                "an odd number in 1 to 15",
            ));
        }
        positive(&[("the factor of the initial values", self.init)])
    }

    /// The input width of each direction of layer `layer`.
    pub fn inputs(&self, layer: usize) -> usize {
        match layer {
            0 => self.embedding + self.filters,
            _ => 2 * self.hidden,
        }
    }
}

/// How sentences are put side by side.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NerBatches {
    /// Sentences of a training step; the last one of an epoch may have fewer.
    pub batch: usize,
    /// Sentences side by side in evaluation.
    pub eval_batch: usize,
    /// Batches whose sentences are sorted by length among themselves, so that short
    /// ones are not padded to long ones, as [`Bucket::sorted`](crate::Bucket::sorted) says.
    pub sorted: usize,
    /// Probability that a word which occurs once in the training data is read as
    /// `<unk>` in a training step, in [0, 1]: this trains the vector of `<unk>`.
    pub unknown: f64,
}

impl Default for NerBatches {
    fn default() -> Self {
        Self {
            batch: 16,
            eval_batch: 32,
            sorted: COARSE,
            unknown: 0.5,
        }
    }
}

impl NerBatches {
    /// Checks the settings.
    ///
    /// # Errors
    /// [`LstmError::Config`] that names the setting out of range.
    pub fn check(&self) -> Result<(), LstmError> {
        within(
            1 << 20,
            &[
                ("the batch", self.batch),
                ("the batch of evaluation", self.eval_batch),
                ("the number of batches sorted together", self.sorted.max(1)),
            ],
        )?;
        if !(0.0..=1.0).contains(&self.unknown) {
            return Err(LstmError::config(
                "the probability of reading a rare word as unknown",
                self.unknown,
                "in 0 to 1",
            ));
        }
        Ok(())
    }
}
