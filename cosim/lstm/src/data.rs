//! Text in the format of the Penn Treebank's language-model files: tokens separated
//! by blanks, one sentence a line.

use crate::error::not_zero;
use crate::text::{all_unknown, embedded, not_empty, read_parts, words};
use crate::vocabulary::{Vocabulary, END_OF_SENTENCE};
use crate::{LstmError, Window};
use std::path::Path;

/// A text in three parts over one vocabulary, that of the training part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corpus {
    /// The words.
    pub vocabulary: Vocabulary,
    /// The tokens to train on.
    pub train: Vec<u32>,
    /// The tokens to choose settings by.
    pub valid: Vec<u32>,
    /// The tokens to report on.
    pub test: Vec<u32>,
}

impl Corpus {
    /// The embedded default: Moby-Dick (public domain) in lower case, 2,000 types.
    pub fn moby() -> Self {
        Self::moby_limited(None).expect("the embedded text is in order, as a test checks")
    }

    /// As [`Corpus::moby`], with the vocabulary cut as in [`Corpus::from_files`].
    ///
    /// # Errors
    /// [`LstmError::Data`] if `limit` leaves no known word.
    pub fn moby_limited(limit: Option<usize>) -> Result<Self, LstmError> {
        Self::from_texts(embedded!("moby", "moby", "txt"), limit)
    }

    /// Reads three files. The vocabulary is that of `train`, cut to the `limit` most
    /// frequent words if one is given (the special words `<unk>` and `<eos>` count).
    ///
    /// # Errors
    /// [`LstmError::File`] if a file cannot be read; [`LstmError::Data`] with file,
    /// line and cause if it is empty, is not UTF-8, has the word `<eos>` or no known word.
    pub fn from_files(
        train: &Path,
        valid: &Path,
        test: &Path,
        limit: Option<usize>,
    ) -> Result<Self, LstmError> {
        let parts = read_parts([train, valid, test])?;
        let [train, valid, test] = &parts;
        let texts = [train, valid, test].map(|(name, text)| (&name[..], &text[..]));
        Self::from_texts(texts, limit)
    }

    /// A corpus from three named texts (train, valid, test).
    ///
    /// # Errors
    /// [`LstmError::Data`] as for [`Corpus::from_files`].
    pub fn from_texts(texts: [(&str, &str); 3], limit: Option<usize>) -> Result<Self, LstmError> {
        for (file, text) in texts {
            not_empty(file, text)?;
            without_ends(file, text)?;
        }
        let vocabulary = Vocabulary::of(texts[0].1, limit);
        let known = |token: &u32| *token > Vocabulary::END_OF_SENTENCE;
        let mut parts = [vec![], vec![], vec![]];
        for (part, (file, text)) in parts.iter_mut().zip(texts) {
            *part = vocabulary.encode(text);
            if !part.iter().any(known) {
                let origin = texts[0].0;
                return Err(all_unknown(file, "", vocabulary.len(), origin));
            }
        }
        let [train, valid, test] = parts;
        Ok(Self {
            vocabulary,
            train,
            valid,
            test,
        })
    }
}

/// Refuses the word `<eos>`: a model would see two ends where a line has one, and predict
/// the second for nothing. (`<unk>` is what the Penn Treebank has for rare words.)
fn without_ends(file: &str, text: &str) -> Result<(), LstmError> {
    let mut lines = (1..).zip(text.lines());
    match lines.find(|(_, line)| words(line).any(|word| word == END_OF_SENTENCE)) {
        None => Ok(()),
        Some((line, _)) => {
            let cause = format!(
                "the line has the word '{END_OF_SENTENCE}', which stands for the end of a line \
                 and is added by itself: remove it"
            );
            Err(LstmError::data(file, line, cause))
        }
    }
}

/// Cuts a token sequence into B rows that are read side by side, T steps at a time.
///
/// Row b holds the tokens from `b * (len / B)` on; tokens left over at the end are not
/// used. The last window of an epoch may be shorter than T.
#[derive(Clone, Debug)]
pub struct Batcher {
    /// The tokens step by step: `[time][batch]`.
    tokens: Vec<u32>,
    batch: usize,
    steps: usize,
}

impl Batcher {
    /// `batch` rows and `steps` time steps over `tokens`.
    ///
    /// # Errors
    /// [`LstmError::Config`] if batch or steps is 0, or if there are fewer than two
    /// tokens a row.
    pub fn new(tokens: &[u32], batch: usize, steps: usize) -> Result<Self, LstmError> {
        not_zero(&[("the number of time steps", steps)])?;
        if batch == 0 || tokens.len() / batch < 2 {
            return Err(LstmError::config(
                "the batch",
                format!("{batch} for a text of {} tokens", tokens.len()),
                "1 or more, with at least two tokens for each of its rows",
            ));
        }
        let length = tokens.len() / batch;
        let tokens = (0..length)
            .flat_map(|t| (0..batch).map(move |b| tokens[b * length + t]))
            .collect();
        Ok(Self {
            tokens,
            batch,
            steps,
        })
    }

    /// Windows in an epoch.
    pub fn windows(&self) -> usize {
        self.predictions().div_ceil(self.steps)
    }

    /// Window `index` of an epoch, from 0.
    ///
    /// # Panics
    /// If `index` is not below [`Batcher::windows`].
    pub fn window(&self, index: usize) -> Window<'_> {
        let first = index * self.steps;
        let last = (first + self.longest()).min(self.predictions());
        let (from, to) = (first * self.batch, last * self.batch);
        Window {
            inputs: &self.tokens[from..to],
            targets: &self.tokens[from + self.batch..to + self.batch],
        }
    }

    /// Tokens predicted in an epoch.
    pub fn tokens(&self) -> usize {
        self.predictions() * self.batch
    }

    /// Time steps of the longest window.
    pub fn longest(&self) -> usize {
        self.steps.min(self.predictions())
    }

    /// Time steps in an epoch that have a next token.
    fn predictions(&self) -> usize {
        self.tokens.len() / self.batch - 1
    }
}
