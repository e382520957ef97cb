//! Sentences as numbers: of words, of characters and of tags.

use super::conll::{read_conll, Tag, TaggedSentence};
use super::vectors::{VectorFile, WordVectors};
use crate::text::{all_unknown, embedded, read_parts};
use crate::{LstmError, Vocabulary};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// How sentences are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NerReading<'a> {
    /// Words of the vocabulary, the most frequent ones (`<unk>` and `<eos>` count).
    pub limit: Option<usize>,
    /// Words that a sentence may have.
    pub longest: usize,
    /// Word vectors that were trained elsewhere.
    pub vectors: Option<VectorFile<'a>>,
}

impl Default for NerReading<'_> {
    fn default() -> Self {
        Self {
            limit: None,
            longest: 200,
            vectors: None,
        }
    }
}

/// The tags: `O` is number 0, then `B-X` and `I-X` of each kind of entity in
/// alphabetical order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagSet {
    tags: Vec<Tag>,
    numbers: BTreeMap<Tag, u32>,
}

impl TagSet {
    /// The tags of every kind of entity in sentences.
    pub fn of(sentences: &[TaggedSentence]) -> Self {
        let kinds: BTreeSet<&str> = sentences
            .iter()
            .flat_map(|sentence| sentence.tags.iter().filter_map(Tag::kind))
            .collect();
        let tags: Vec<Tag> = std::iter::once(Tag::Outside)
            .chain(
                kinds
                    .into_iter()
                    .flat_map(|kind| [Tag::Begin(kind.to_owned()), Tag::Inside(kind.to_owned())]),
            )
            .collect();
        let numbers = tags.iter().cloned().zip(0..).collect();
        Self { tags, numbers }
    }

    /// Number of tags.
    pub fn len(&self) -> usize {
        self.tags.len()
    }

    /// Whether there is no tag at all, which is never so: there is `O`.
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty()
    }

    /// The tag of a number.
    pub fn tag(&self, number: u32) -> Option<&Tag> {
        self.tags.get(number as usize)
    }

    /// The number of a tag.
    pub fn number(&self, tag: &Tag) -> Option<u32> {
        self.numbers.get(tag).copied()
    }
}

/// The characters of the training words. Number 0 stands for a place outside the word,
/// number 1 for a character that occurs at most once in the training data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Characters(BTreeMap<char, u32>);

impl Characters {
    /// The number of a place outside a word.
    pub(crate) const PADDING: u32 = 0;
    const UNKNOWN: u32 = 1;

    fn of(sentences: &[TaggedSentence]) -> Self {
        let mut counts: BTreeMap<char, usize> = BTreeMap::new();
        for word in sentences.iter().flat_map(|sentence| &sentence.words) {
            for character in word.chars() {
                *counts.entry(character).or_default() += 1;
            }
        }
        let frequent = counts.into_iter().filter(|&(_, count)| count > 1);
        Self(frequent.map(|(character, _)| character).zip(2..).collect())
    }

    /// Numbers in use.
    pub(crate) fn len(&self) -> usize {
        self.0.len() + 2
    }

    fn number(&self, character: char) -> u32 {
        self.0.get(&character).copied().unwrap_or(Self::UNKNOWN)
    }
}

/// A sentence as numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NerSentence {
    /// The words, in lower case and with 0 for every digit.
    pub words: Vec<u32>,
    /// The characters of the words as they are, one word after another.
    pub characters: Vec<u32>,
    /// Where the characters of each word end.
    pub ends: Vec<u32>,
    /// The tags.
    pub tags: Vec<u32>,
}

/// Sentences in three parts, with the words, characters and tags of the training part.
#[derive(Clone, Debug, PartialEq)]
pub struct NerCorpus {
    /// The words, in lower case and with 0 for every digit; with word vectors also those of
    /// validation and test data that have one.
    pub vocabulary: Vocabulary,
    /// Word vectors to start from, if some were read.
    pub vectors: Option<WordVectors>,
    /// The tags.
    pub tags: TagSet,
    /// The sentences to train on.
    pub train: Vec<NerSentence>,
    /// The sentences to choose settings by.
    pub valid: Vec<NerSentence>,
    /// The sentences to report on.
    pub test: Vec<NerSentence>,
    pub(crate) characters: Characters,
    /// Whether a word occurs once in the training part.
    pub(crate) rare: Vec<bool>,
}

impl NerCorpus {
    /// The embedded default: sentences of State of the Union addresses, labelled from
    /// lists of names. It shows the task at work; the labels are not good enough to
    /// compare models by (`data/sotu-ner/README.md`).
    pub fn sotu() -> Self {
        Self::sotu_read(NerReading::default())
            .expect("the embedded sentences are in order, as a test checks")
    }

    /// As [`NerCorpus::sotu`], read in another way.
    ///
    /// # Errors
    /// [`LstmError::Data`] if the reading's limits do not fit the sentences, or for word vectors
    /// that cannot be used.
    pub fn sotu_read(reading: NerReading<'_>) -> Result<Self, LstmError> {
        Self::from_texts(embedded!("sotu-ner", "sotu", "conll"), reading)
    }

    /// Reads three files in the column format.
    ///
    /// # Errors
    /// [`LstmError::File`] if a file cannot be read; [`LstmError::Data`] with file, line
    /// and cause if it is not UTF-8, and as for [`NerCorpus::from_texts`].
    pub fn from_files(
        train: &Path,
        valid: &Path,
        test: &Path,
        reading: NerReading<'_>,
    ) -> Result<Self, LstmError> {
        let parts = read_parts([train, valid, test])?;
        let [train, valid, test] = &parts;
        let texts = [train, valid, test].map(|(name, text)| (&name[..], &text[..]));
        Self::from_texts(texts, reading)
    }

    /// A corpus from three named texts (train, valid, test) in the column format.
    ///
    /// # Errors
    /// [`LstmError::Data`] with file, line and cause as for [`read_conll`], for a tag of
    /// a kind of entity that the training part does not have, for a training part
    /// without any entity, and for a part without a known word; for a file of word vectors
    /// that cannot be used, as [`LstmError::File`] for one that cannot be read.
    pub fn from_texts(
        texts: [(&str, &str); 3],
        reading: NerReading<'_>,
    ) -> Result<Self, LstmError> {
        let parse = |i: usize| read_conll(texts[i].0, texts[i].1, reading.longest);
        let parts = [parse(0)?, parse(1)?, parse(2)?];
        let train = &parts[0];
        let normal: Vec<String> = words(train).map(|word| normalise(word)).collect();
        let mut vocabulary = Vocabulary::of_words(normal.iter().map(String::as_str), reading.limit);
        let vectors = match reading.vectors {
            None => None,
            Some(file) => {
                let others = words(&parts[1]).chain(words(&parts[2]));
                let others: Vec<String> = others.map(|word| normalise(word)).collect();
                let read = WordVectors::read(file, &mut vocabulary, &normal, &others)?;
                Some(read)
            }
        };
        let mut counts = vec![0usize; vocabulary.len()];
        for word in &normal {
            if let Some(count) = counts.get_mut(vocabulary.token(word) as usize) {
                *count += 1;
            }
        }
        let mut corpus = Self {
            vocabulary,
            vectors,
            tags: TagSet::of(train),
            train: Vec::new(),
            valid: Vec::new(),
            test: Vec::new(),
            characters: Characters::of(train),
            rare: counts.into_iter().map(|count| count == 1).collect(),
        };
        if corpus.tags.len() == 1 {
            let cause = "no word has a tag but O, so there is nothing to recognise: is the last \
                         column that of the tags?";
            return Err(LstmError::data(texts[0].0, 1, cause));
        }
        let [train, valid, test] =
            [0, 1, 2].map(|i| corpus.encode(texts[i].0, texts[0].0, &parts[i]));
        (corpus.train, corpus.valid, corpus.test) = (train?, valid?, test?);
        Ok(corpus)
    }

    /// The sentences of `file` as numbers; `train` is the file that the vocabulary is of.
    fn encode(
        &self,
        file: &str,
        train: &str,
        sentences: &[TaggedSentence],
    ) -> Result<Vec<NerSentence>, LstmError> {
        let mut encoded = Vec::with_capacity(sentences.len());
        for sentence in sentences {
            let mut numbers = NerSentence::default();
            for (place, (word, tag)) in sentence.words.iter().zip(&sentence.tags).enumerate() {
                let tag = self.tags.number(tag).ok_or_else(|| {
                    let cause = format!(
                        "the tag {tag} is of a kind of entity that {train} does not have: a model \
                         trained on that cannot give it"
                    );
                    LstmError::data(file, sentence.line + place, cause)
                })?;
                numbers.tags.push(tag);
                numbers.words.push(self.vocabulary.token(&normalise(word)));
                let characters = word.chars().map(|c| self.characters.number(c));
                numbers.characters.extend(characters);
                numbers.ends.push(numbers.characters.len() as u32);
            }
            encoded.push(numbers);
        }
        let known = |sentence: &NerSentence| {
            let mut words = sentence.words.iter();
            words.any(|&word| word != Vocabulary::UNKNOWN)
        };
        if !encoded.iter().any(known) {
            return Err(all_unknown(file, "", self.vocabulary.len(), train));
        }
        Ok(encoded)
    }

    /// SHA-256 of words, characters and tags in their order, and of the file of word vectors,
    /// hexadecimal.
    pub fn hash(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(self.vocabulary.hash());
        for character in self.characters.0.keys() {
            hash.update(character.to_string());
        }
        for tag in &self.tags.tags {
            hash.update(format!("\n{tag}"));
        }
        if let Some(vectors) = &self.vectors {
            hash.update(&vectors.found.sha256);
        }
        format!("{:x}", hash.finalize())
    }
}

/// The words of sentences.
fn words(sentences: &[TaggedSentence]) -> impl Iterator<Item = &String> {
    sentences.iter().flat_map(|sentence| &sentence.words)
}

/// A word as the vocabulary has it: in lower case, 0 for every digit.
pub(super) fn normalise(word: &str) -> String {
    let zero = |c: char| if c.is_ascii_digit() { '0' } else { c };
    word.to_lowercase().chars().map(zero).collect()
}
