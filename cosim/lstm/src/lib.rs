//! LSTM training with structured dropout over the masked GEMM.
#![deny(missing_docs)]

mod cell;
mod data;
mod dropout;
mod embedding;
mod error;
mod executor;
mod lstm;
mod masks;
mod model;
mod parameter;
mod random;
mod scalar;
mod sgd;
mod softmax;
mod train;
mod vocabulary;

pub use data::{Batcher, Corpus};
pub use dropout::{Case, DropoutConfig, MaskKind, Site};
pub use embedding::Embedding;
pub use error::LstmError;
pub use executor::{Executor, Place, TimeSteps};
pub use lstm::Layer;
pub use masks::{SiteMasks, WindowMasks};
pub use model::{LanguageModel, ModelConfig, State, Window, Workspace};
pub use parameter::Parameter;
pub use scalar::Scalar;
pub use sgd::Sgd;
pub use softmax::Softmax;
pub use train::{
    EpochReport, Part, Progress, StepReport, TrainConfig, TrainReport, Trainer,
};
pub use vocabulary::{Vocabulary, END_OF_SENTENCE, UNKNOWN};
