//! The flags that say where words come from, and what they were cut into.

use super::choice::choice;
use super::files::Files;
use heddle_files::InputError;
use heddle_lstm::{Subwords, TaskKind, VectorFile};
use std::path::PathBuf;

/// Word vectors that were trained elsewhere, and words that were cut into pieces.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Training")]
pub struct WordArgs {
    /// Word vectors to start from, --embedding wide: the text format of GloVe or word2vec. Words
    /// without one start at random (ner)
    #[arg(long, value_name = "FILE")]
    word_vectors: Option<PathBuf>,
    /// The word vectors stay as they are (ner)
    #[arg(long, requires = "word_vectors")]
    pub freeze_words: bool,
    /// How words were cut into pieces: none, sentencepiece or bpe (subword-nmt's). With pieces,
    /// BLEU of the decoded text is given besides that of the pieces (nmt)
    #[arg(long, value_name = "KIND", default_value = "none", value_parser = choice::<Subwords>())]
    pub subwords: Subwords,
}

impl WordArgs {
    /// The file of vectors, which must be `width` wide.
    pub fn vectors(&self, width: usize) -> Option<VectorFile<'_>> {
        let path = self.word_vectors.as_deref()?;
        Some(VectorFile { path, width })
    }

    /// The file, which no output may replace.
    pub fn reads(&self, files: &mut Files) {
        files.reads("--word-vectors", self.word_vectors.as_ref());
    }

    /// Refuses what `task` has no use for.
    ///
    /// # Errors
    /// [`InputError`] that names the flag.
    pub fn check(&self, task: TaskKind) -> Result<(), InputError> {
        match &self.word_vectors {
            Some(path) if task != TaskKind::Ner => {
                let remedy = format!("it goes with --task ner, and this is {task}");
                Err(InputError::new("--word-vectors", path.display(), remedy))
            }
            None if task != TaskKind::Nmt && !self.subwords.is_none() => {
                let remedy = format!("it goes with --task nmt, and this is {task}");
                Err(InputError::new("--subwords", self.subwords, remedy))
            }
            _ => Ok(()),
        }
    }
}
