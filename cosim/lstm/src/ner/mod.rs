//! Named-entity recognition: a bidirectional LSTM with a conditional random field over
//! words and their characters (Ma and Hovy 2016).
//!
//! ```text
//! word, lower case ---- word vector ----+
//!                                       +-- [word; features] -- BiLSTM -- scores -- CRF
//! characters -- vectors -- width 3 -----+        nr, rh          out
//!               convolution, maximum
//! ```
//!
//! `conll` reads and writes sentences, `corpus` numbers their words, characters and tags,
//! `vectors` reads word vectors that were trained elsewhere, `batch` lays sentences side by side; `char_cnn`, `bilstm` and `crf` are the parts of
//! `model`; `f1` scores; `task` is what the training loop is given.

mod batch;
mod bilstm;
mod char_cnn;
mod config;
mod conll;
mod corpus;
mod crf;
mod f1;
mod model;
mod task;
mod vectors;

pub use batch::NerBatch;
pub use bilstm::{BiLstm, BiLstmWork};
pub use char_cnn::{CharCnn, CharCnnWork};
pub use config::{NerBatches, NerConfig};
pub use conll::{read_conll, write_conll, Tag, TaggedSentence};
pub use corpus::{NerCorpus, NerReading, NerSentence, TagSet};
pub use crf::{Crf, CrfWork};
pub use f1::{entity_f1, EntityCounts};
pub use model::{NerModel, NerWork};
pub use task::NerTask;
pub use vectors::{VectorFile, VectorsFound, WordVectors};
