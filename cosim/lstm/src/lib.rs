//! LSTM training with structured dropout over the masked GEMM.
//!
//! A word-level language model (embedding, LSTM layers, softmax cross-entropy) is
//! trained by truncated back-propagation through time and SGD with norm clipping.
//! Every matrix product, forward, backward and weight gradient, is a labelled
//! [`heddle_gemm::Job`] that any [`heddle_gemm::Engine`] can evaluate: the CPU, the
//! bit-exact golden model, the Verilated array, or a recorder around one of them.
//!
//! ```no_run
//! use heddle_gemm::{CpuEngine, Policy};
//! use heddle_lstm::*;
//! use std::sync::atomic::AtomicBool;
//!
//! # fn main() -> Result<(), LstmError> {
//! let corpus = Corpus::moby();
//! let model = LanguageModel::<f32>::new(ModelConfig::default(), corpus.vocabulary.len(), 1)?;
//! let config = TrainConfig {
//!     dropout: DropoutConfig::at(&Site::ALL, 0.5, Case::III),
//!     ..TrainConfig::default()
//! };
//! let task = LmTask::new(model, &corpus, LmBatches::default())?;
//! let mut trainer = Trainer::new(Box::new(task), config)?;
//! let (mut engine, cancel) = (CpuEngine::new(), AtomicBool::new(false));
//! let report = trainer.run(&mut engine, Policy::Packed, &cancel, &mut |_, progress| {
//!     eprintln!("{}/{}: {:.3}", progress.done, progress.steps, progress.loss);
//! })?;
//! println!("test perplexity {:.1}", report.test.perplexity());
//!
//! // One more step on any other engine, a recorder for example.
//! trainer.step(&mut engine, Policy::Dense)?;
//! # Ok(())
//! # }
//! ```
//!
//! # The products of a training step
//!
//! B samples, K inputs and H units of a layer, V words; `site` and `phase` are those of
//! the job's [`heddle_gemm::Label`].
//!
//! | phase | site | job, M x K x N | mask on | jobs per window of T steps |
//! |---|---|---|---|---|
//! | fp | nr | `Z_t += X_t W`, B x K x 4H | k | T, one batch |
//! | fp | rh | `Z_t += H_{t-1} U`, B x H x 4H | k | T, one after another |
//! | fp | out | `logits_t += H_t S`, B x H x V | k | T, one batch |
//! | bp | nr | `dX_t = dZ_t W^T`, B x 4H x K | n | T, one batch |
//! | bp | rh | `dH_{t-1} = dZ_t U^T`, B x 4H x H | n | T-1, one after another |
//! | bp | out | `dH_t = dlogits_t S^T`, B x V x H | n | T, one batch |
//! | wg | nr, rh, out | `dW += X_t^T dZ_t`, K x B x 4H and so on | m | T each, one batch, chained |
//!
//! Under Cases I and II the masks differ within the batch: they are multiplied into the
//! activations, and the jobs carry none. Time steps that share their mask (or have
//! none) are merged into one job under [`TimeSteps::Merged`], the default, wherever
//! their operands are known together. Where the batch is in G groups with masks of their
//! own, every job that has a mask is G jobs of B/G samples.
//!
//! # Where things are
//!
//! `dropout` says what is dropped, `masks` and `draw` draw it, `executor` turns masked products
//! into jobs; `cell` is the elementwise part of a step, `layer` an LSTM layer over a
//! window or step by step; `embedding` and `softmax` are the ends of a network;
//! `task` is what a network with its data offers the training loop of `train`; `lm`,
//! `nmt` and `ner` are the three of them; `text`, `vocabulary` and `data` read text; `optimiser`
//! updates, `norms` says how large the gradients were, `noise` how much of them masks made; `progress` says how far a run has come; `checkpoint` keeps it; `footprint` says what
//! memory one takes. Windows lie in memory time step by time step, each B rows, so that several steps are one
//! matrix with more rows.
#![deny(missing_docs)]

mod bucket;
mod cell;
mod checkpoint;
mod data;
mod draw;
mod dropout;
mod embedding;
mod error;
mod executor;
mod footprint;
mod layer;
mod lm;
mod masks;
mod ner;
mod nmt;
mod noise;
mod norms;
mod optimiser;
mod parameter;
mod progress;
mod random;
mod scalar;
mod softmax;
mod task;
mod text;
mod train;
mod vocabulary;

pub use bucket::Bucket;
pub use checkpoint::CHECKPOINT_VERSION;
pub use data::{Batcher, Corpus};
pub use draw::{Draw, MaskKey};
pub use dropout::{Case, DropoutConfig, Groups, MaskKind, Site};
pub use embedding::Embedding;
pub use error::LstmError;
pub use executor::{Executor, Place, TimeSteps};
pub use footprint::Footprint;
pub use layer::{Ends, Layer, LayerWork};
pub use lm::{LanguageModel, LmBatches, LmTask, ModelConfig, State, Window, Workspace};
pub use masks::{SiteMasks, WindowMasks};
pub use ner::{
    entity_f1, read_conll, write_conll, BiLstm, BiLstmWork, CharCnn, CharCnnWork, Crf, CrfWork,
    EntityCounts, NerBatch, NerBatches, NerConfig, NerCorpus, NerModel, NerReading, NerSentence,
    NerTask, NerWork, Tag, TagSet, TaggedSentence, VectorFile, VectorsFound, WordVectors,
};
pub use nmt::{
    Attention, BeamWork, Decoder, Dropped, Encoder, Hypothesis, NmtBatch, NmtConfig, NmtCorpus,
    NmtLimits, NmtModel, NmtSettings, NmtTask, NmtWork, Parallel, SentencePair, Subwords,
};
pub use noise::MaskNoise;
pub use norms::{clipping_warning, GradientNorms, UNUSUAL_CLIPPED};
pub use optimiser::{Method, Moments, NotFinite, Optimiser};
pub use parameter::{Parameter, Parameters};
pub use progress::{EpochReport, Progress, StepReport, TrainReport};
pub use scalar::Scalar;
pub use softmax::{Softmax, SoftmaxWork};
pub use task::{Bleu, Loss, Part, Run, Score, Step, Task, TaskKind, F1};
pub use train::{TrainConfig, Trainer};
pub use vocabulary::{Vocabulary, END_OF_SENTENCE, UNKNOWN};
