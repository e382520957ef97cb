//! Language modelling: the next word of a running text (Zaremba et al. 2014).

mod model;
mod task;

pub use model::{LanguageModel, ModelConfig, State, Window, Workspace};
pub use task::{LmBatches, LmTask};
