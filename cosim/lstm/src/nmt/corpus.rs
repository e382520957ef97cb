//! Parallel text: sentences and their translations, tokens separated by blanks.

use crate::text::{all_unknown, embedded, not_empty, read, words};
use crate::vocabulary::{Vocabulary, UNKNOWN};
use crate::LstmError;
use serde::Serialize;
use std::path::Path;

/// The special words of both vocabularies, numbered as in OpenNMT-py.
const SPECIAL: [&str; 4] = [UNKNOWN, "<blank>", "<s>", "</s>"];

/// Number of `<blank>`, which fills the places behind a sentence's end.
pub(crate) const BLANK: u32 = 1;

/// Number of `<s>`, which the decoder reads first.
pub(crate) const START: u32 = 2;

/// Number of `</s>`, which the decoder writes last.
pub(crate) const END: u32 = 3;

/// Where the sentence pairs of one part of a corpus are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parallel<'a> {
    /// Two files of one sentence a line; line n of one is the translation of line n of
    /// the other.
    Files {
        /// The sentences to translate.
        source: &'a Path,
        /// Their translations.
        target: &'a Path,
    },
    /// One file: a sentence, a TAB and its translation a line.
    Tsv(&'a Path),
}

/// What is let into a corpus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NmtLimits {
    /// Words of the source vocabulary, the special ones included; `None`: all.
    pub source_words: Option<usize>,
    /// Words of the target vocabulary, the special ones included; `None`: all.
    pub target_words: Option<usize>,
    /// Tokens of the longest sentence that is trained on.
    pub sentence: usize,
}

impl Default for NmtLimits {
    fn default() -> Self {
        Self {
            source_words: None,
            target_words: None,
            sentence: 100,
        }
    }
}

/// Pairs that are not trained on, as OpenNMT and TensorFlow's NMT leave them out too. The
/// validation and test parts keep theirs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Dropped {
    /// With a side of more tokens than the limit, and none that is empty.
    pub long: usize,
    /// With a side that is empty.
    pub empty: usize,
}

/// A sentence and its translation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentencePair {
    /// The tokens of the sentence; one `<blank>` for an empty one.
    pub source: Vec<u32>,
    /// The tokens of its translation, without `<s>` and `</s>`.
    pub target: Vec<u32>,
    /// The translation in words, to compare with.
    pub reference: String,
}

/// Parallel text in three parts over the vocabularies of the training part.
///
/// Both vocabularies begin with `<unk>`, `<blank>`, `<s>` and `</s>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NmtCorpus {
    /// The words of the language to translate from.
    pub source: Vocabulary,
    /// The words of the language to translate into.
    pub target: Vocabulary,
    /// The pairs to train on.
    pub train: Vec<SentencePair>,
    /// How many more there are in the training data.
    pub dropped: Dropped,
    /// The limit of the sentences trained on, in tokens.
    pub longest: usize,
    /// The pairs to choose settings by.
    pub valid: Vec<SentencePair>,
    /// The pairs to report on.
    pub test: Vec<SentencePair>,
}

/// A line of text and where it stands.
type Line<'a> = (usize, &'a str);

/// The lines of one part with the names of their files.
struct Text<'a> {
    files: [&'a str; 2],
    pairs: Vec<[Line<'a>; 2]>,
}

impl NmtCorpus {
    /// The embedded default: GNOME user documentation, English to German.
    pub fn gnome_en_de() -> Self {
        Self::gnome("en-de", &NmtLimits::default())
            .expect("the embedded text is in order, as a test checks")
    }

    /// Embedded: GNOME user documentation, English to Vietnamese.
    pub fn gnome_en_vi() -> Self {
        Self::gnome("en-vi", &NmtLimits::default())
            .expect("the embedded text is in order, as a test checks")
    }

    /// The embedded text of a pair of languages, `en-de` or `en-vi`, within limits.
    ///
    /// # Errors
    /// [`LstmError::Config`] for another pair, [`LstmError::Data`] if the limits do not fit
    /// the text.
    pub fn gnome(languages: &str, limits: &NmtLimits) -> Result<Self, LstmError> {
        let texts = match languages {
            "en-de" => embedded!("gnome", "gnome.en-de", "tsv"),
            "en-vi" => embedded!("gnome", "gnome.en-vi", "tsv"),
            _ => {
                return Err(LstmError::config(
                    "the pair of languages",
                    languages,
                    "en-de or en-vi",
                ))
            }
        };
        Self::from_tsv(texts, limits)
    }

    /// Reads three parts: train, valid, test.
    ///
    /// # Errors
    /// [`LstmError::File`] if a file cannot be read; [`LstmError::Data`] with file,
    /// line and cause if it is empty, is not UTF-8, has more or fewer lines than its
    /// counterpart, a line without exactly one TAB (TSV), or no word that its vocabulary
    /// knows, or if no pair is left to train on.
    pub fn from_files(parts: [Parallel<'_>; 3], limits: &NmtLimits) -> Result<Self, LstmError> {
        let mut texts = Vec::new();
        for part in parts {
            let paths = match part {
                Parallel::Files { source, target } => vec![source, target],
                Parallel::Tsv(path) => vec![path],
            };
            let mut named = Vec::new();
            for path in paths {
                named.push((path.display().to_string(), read(path)?));
            }
            texts.push(named);
        }
        let part = |i: usize| match &texts[i][..] {
            [(source, from), (target, to)] => Text::of_files([source, target], [from, to]),
            tsv => Text::of_tsv(&tsv[0].0, &tsv[0].1, i == 0),
        };
        Self::from_parts([part(0)?, part(1)?, part(2)?], limits)
    }

    /// A corpus from three named texts (train, valid, test), each line a sentence, a
    /// TAB and its translation.
    ///
    /// # Errors
    /// [`LstmError::Data`] as for [`NmtCorpus::from_files`].
    pub fn from_tsv(texts: [(&str, &str); 3], limits: &NmtLimits) -> Result<Self, LstmError> {
        let part = |i: usize| Text::of_tsv(texts[i].0, texts[i].1, i == 0);
        Self::from_parts([part(0)?, part(1)?, part(2)?], limits)
    }

    fn from_parts(mut parts: [Text<'_>; 3], limits: &NmtLimits) -> Result<Self, LstmError> {
        let dropped = parts[0].drop_unfit(limits.sentence)?;
        let parts = parts;
        let vocabulary = |side: usize, limit| {
            let lines = parts[0].pairs.iter().map(move |pair| pair[side].1);
            Vocabulary::with_special(&SPECIAL, lines.flat_map(words), limit)
        };
        let source = vocabulary(0, limits.source_words);
        let target = vocabulary(1, limits.target_words);
        for text in &parts {
            for (side, vocabulary) in [&source, &target].into_iter().enumerate() {
                text.check_known(side, vocabulary, parts[0].files[side])?;
            }
        }
        let encode = |vocabulary: &Vocabulary, text: &str| -> Vec<u32> {
            words(text).map(|word| vocabulary.token(word)).collect()
        };
        let source_tokens = |text: &str| match encode(&source, text) {
            empty if empty.is_empty() => vec![BLANK],
            tokens => tokens,
        };
        let pairs = |text: &Text<'_>| {
            let pairs = text.pairs.iter();
            pairs
                .map(|[from, to]| SentencePair {
                    source: source_tokens(from.1),
                    target: encode(&target, to.1),
                    reference: to.1.trim().to_owned(),
                })
                .collect()
        };
        let [train, valid, test] = [0, 1, 2].map(|i| pairs(&parts[i]));
        Ok(Self {
            train,
            valid,
            test,
            dropped,
            longest: limits.sentence,
            source,
            target,
        })
    }

    /// The words of a translation up to its end, separated by blanks.
    pub fn words(&self, target: &[u32]) -> String {
        let words: Vec<&str> = target
            .iter()
            .take_while(|&&token| token != END)
            .map(|&token| self.target.word(token).unwrap_or(UNKNOWN))
            .collect();
        words.join(" ")
    }
}

impl<'a> Text<'a> {
    fn of_files(files: [&'a str; 2], texts: [&'a str; 2]) -> Result<Self, LstmError> {
        for (file, text) in files.into_iter().zip(texts) {
            not_empty(file, text)?;
        }
        let [from, to] = texts.map(|text| text.lines().count());
        if from != to {
            let cause = format!(
                "{} has {from} lines and {} has {to}: line n of one must be the translation of \
                 line n of the other",
                files[0], files[1],
            );
            let file = files[usize::from(from > to)];
            return Err(LstmError::data(file, from.min(to), cause));
        }
        let lines = texts[0].lines().zip(texts[1].lines()).enumerate();
        let pairs = lines
            .map(|(i, (from, to))| [(i + 1, from), (i + 1, to)])
            .collect();
        Ok(Self { files, pairs })
    }

    /// The pairs of `text`; in one to train on a blank line is an empty pair.
    fn of_tsv(file: &'a str, text: &'a str, training: bool) -> Result<Self, LstmError> {
        not_empty(file, text)?;
        let mut pairs = Vec::new();
        for (i, line) in text.lines().enumerate() {
            let tabs = line.matches('\t').count();
            let pair = match line.split_once('\t') {
                Some(pair) if tabs == 1 => pair,
                None if training && words(line).next().is_none() => ("", ""),
                _ => {
                    let cause = format!(
                        "the line has {tabs} TABs, but must have exactly one, between the \
                         sentence and its translation"
                    );
                    return Err(LstmError::data(file, i + 1, cause));
                }
            };
            pairs.push([(i + 1, pair.0), (i + 1, pair.1)]);
        }
        let files = [file, file];
        Ok(Self { files, pairs })
    }

    /// Takes out the pairs of which a side is empty or has more than `longest` tokens.
    fn drop_unfit(&mut self, longest: usize) -> Result<Dropped, LstmError> {
        let all = self.pairs.len();
        let mut dropped = Dropped::default();
        self.pairs.retain(|pair| {
            let tokens = pair.map(|(_, text)| words(text).count());
            let empty = tokens.contains(&0);
            let long = !empty && tokens.iter().any(|&tokens| tokens > longest);
            dropped.empty += usize::from(empty);
            dropped.long += usize::from(long);
            !empty && !long
        });
        if self.pairs.is_empty() {
            let cause = format!(
                "none of the {all} pairs is left to train on: {} have a side of more than \
                 {longest} tokens and {} an empty one; raise the limit or give other data",
                dropped.long, dropped.empty
            );
            return Err(LstmError::data(self.files[0], 1, cause));
        }
        Ok(dropped)
    }

    /// Refuses a side of which the vocabulary knows no word.
    fn check_known(
        &self,
        side: usize,
        vocabulary: &Vocabulary,
        origin: &str,
    ) -> Result<(), LstmError> {
        let mut known = self.pairs.iter().flat_map(|pair| words(pair[side].1));
        if known.any(|word| vocabulary.token(word) > END) {
            return Ok(());
        }
        let name = ["source ", "target "][side];
        Err(all_unknown(
            self.files[side],
            name,
            vocabulary.len(),
            origin,
        ))
    }
}
