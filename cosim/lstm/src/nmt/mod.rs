//! Translation: an LSTM encoder, and an LSTM decoder with global attention and input
//! feeding (Luong, Pham, Manning 2015; OpenNMT, Klein et al. 2017).
//!
//! # Products of a training step
//!
//! B sentence pairs of S and T words; E wide word vectors, H units, V target words. The
//! layer number in labels and masks counts every direction of every encoder layer
//! (forward, then backward), then the decoder's layers; `attention` and `out` carry the
//! last one.
//!
//! | product | site | M x K x N | one after another |
//! |---|---|---|---|
//! | encoder layer, input | nr | B x E or H x 4H (4 H/2 for each of two directions) | no |
//! | encoder layer, h before | rh | B x H x 4H, or half of both | S |
//! | keys, memory x W_k | attention | S B x H x H | no |
//! | decoder layer 0, \[word vector, h~ before\] | nr | B x (E+H) x 4H | T |
//! | decoder layer above, input | nr | B x H x 4H | T |
//! | decoder layer, h before | rh | B x H x 4H | T |
//! | h~, \[context, h\] W_c | attention | B x 2H x H | T |
//! | logits | out | B x H x V | no |
//!
//! Masks on nr and rh act in every layer, on out ahead of the softmax, where h~ is its
//! input; h~ that is fed to the next step is masked as part of decoder layer 0's input.

mod attention;
mod batch;
mod beam;
mod bleu;
mod config;
mod corpus;
mod decoder;
mod encoder;
mod feed;
mod model;
mod subwords;
mod task;

pub use attention::Attention;
pub use batch::NmtBatch;
pub use beam::{BeamWork, Hypothesis};
pub use config::{NmtConfig, NmtSettings};
pub use corpus::{Dropped, NmtCorpus, NmtLimits, Parallel, SentencePair};
pub use decoder::Decoder;
pub use encoder::Encoder;
pub use model::{NmtModel, NmtWork};
pub use subwords::Subwords;
pub use task::NmtTask;
