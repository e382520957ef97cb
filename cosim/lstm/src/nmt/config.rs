//! The size of a translation model, and how it is fed.

use super::Subwords;
use crate::bucket::ALL;
use crate::error::{not_zero, positive, within, WIDEST};
use crate::LstmError;
use serde::{Deserialize, Serialize};

/// The size of a translation model.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NmtConfig {
    /// Width of the word vectors of both languages, 1 to 16384.
    pub embedding: usize,
    /// Units of each decoder layer and of the attention, 1 to 16384; those of an
    /// encoder layer, both directions together.
    pub hidden: usize,
    /// LSTM layers of the encoder, and as many of the decoder, 1 to 32.
    pub layers: usize,
    /// Whether the encoder reads in both directions, with half of the units each.
    pub bidirectional: bool,
    /// Parameters start uniform in [-init, init).
    pub init: f64,
}

impl Default for NmtConfig {
    fn default() -> Self {
        Self {
            embedding: 128,
            hidden: 128,
            layers: 1,
            bidirectional: true,
            init: 0.1,
        }
    }
}

impl NmtConfig {
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
        within(32, &[("the number of layers", self.layers)])?;
        if self.bidirectional && !self.hidden.is_multiple_of(2) {
            return Err(LstmError::config(
                "the number of hidden units",
                self.hidden,
                "even for a bidirectional encoder, which gives half to each direction",
            ));
        }
        positive(&[("the initial range", self.init)])
    }

    /// Directions in which the encoder reads.
    pub fn directions(&self) -> usize {
        1 + usize::from(self.bidirectional)
    }

    /// LSTM layers as labels and masks count them: every direction of every encoder
    /// layer (forward, then backward), then the decoder's.
    pub fn lstm_layers(&self) -> usize {
        self.layers * (self.directions() + 1)
    }
}

/// How sentences are put together in training and evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NmtSettings {
    /// Sentence pairs of a training step, 1 or more.
    pub batch: usize,
    /// Sentence pairs evaluated side by side, 1 or more.
    pub eval_batch: usize,
    /// Hypotheses followed side by side in decoding, 1 (greedy) to 1024.
    pub beam: usize,
    /// Batches whose pairs are sorted by length among themselves, as [`Bucket::sorted`](crate::Bucket::sorted) says.
    #[serde(skip_serializing_if = "is_all")]
    pub sorted: usize,
    /// How the text was cut into pieces: with some, BLEU of the text is reported as well.
    #[serde(skip_serializing_if = "Subwords::is_none")]
    pub subwords: Subwords,
}

/// What there was before anything else could be chosen is not written: checkpoints and reports stay as they were.
fn is_all(sorted: &usize) -> bool {
    *sorted == ALL
}

impl Default for NmtSettings {
    fn default() -> Self {
        Self {
            batch: 32,
            eval_batch: 32,
            beam: 5,
            sorted: ALL,
            subwords: Subwords::None,
        }
    }
}

impl NmtSettings {
    /// Checks the settings.
    ///
    /// # Errors
    /// [`LstmError::Config`] that names the setting out of range.
    pub fn check(&self) -> Result<(), LstmError> {
        not_zero(&[
            ("the batch", self.batch),
            ("the batch of evaluation", self.eval_batch),
        ])?;
        within(1024, &[("the width of the beam", self.beam)])
    }
}
