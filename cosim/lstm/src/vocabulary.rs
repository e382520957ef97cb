//! Words and their numbers.

use crate::text;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// What stands for every word outside the vocabulary.
pub const UNKNOWN: &str = "<unk>";

/// What stands for the end of a line.
pub const END_OF_SENTENCE: &str = "<eos>";

/// The words of a corpus. Token 0 is `<unk>`, token 1 is `<eos>`; then the others,
/// the most frequent first, equally frequent ones in alphabetical order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vocabulary {
    words: Vec<String>,
    tokens: HashMap<String, u32>,
}

impl Vocabulary {
    /// Number of `<unk>`.
    pub const UNKNOWN: u32 = 0;

    /// Number of `<eos>`.
    pub const END_OF_SENTENCE: u32 = 1;

    /// The words of a text, at most `limit` of them with the two special ones.
    pub fn of(text: &str, limit: Option<usize>) -> Self {
        Self::of_words(text::words(text), limit)
    }

    /// As [`Vocabulary::of`], from the words one by one.
    pub(crate) fn of_words<'a>(words: impl Iterator<Item = &'a str>, limit: Option<usize>) -> Self {
        Self::with_special(&[UNKNOWN, END_OF_SENTENCE], words, limit)
    }

    /// The `special` words, `<unk>` first, then those of `words` by frequency; at most
    /// `limit` together. `<unk>` in the text is the special word; another special word there,
    /// such as `</s>` where a text is about HTML, is a word like any other, with a number of
    /// its own.
    pub(crate) fn with_special<'a>(
        special: &[&'a str],
        words: impl Iterator<Item = &'a str>,
        limit: Option<usize>,
    ) -> Self {
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for word in words {
            *counts.entry(word).or_default() += 1;
        }
        counts.remove(UNKNOWN);
        let mut counts: Vec<_> = counts.into_iter().collect();
        counts.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        let words: Vec<String> = special
            .iter()
            .copied()
            .chain(counts.into_iter().map(|(word, _)| word))
            .take(limit.unwrap_or(usize::MAX))
            .map(str::to_owned)
            .collect();
        let numbered = words.iter().cloned().zip(0..);
        let own =
            |(word, number): &(String, u32)| word == UNKNOWN || *number as usize >= special.len();
        let tokens = numbered.filter(own).collect();
        Self { words, tokens }
    }

    /// Adds those of `words` that are not there yet, behind the others.
    pub(crate) fn extend<'a>(&mut self, words: impl Iterator<Item = &'a str>) {
        for word in words {
            if !self.tokens.contains_key(word) {
                self.tokens.insert(word.to_owned(), self.words.len() as u32);
                self.words.push(word.to_owned());
            }
        }
    }

    /// Number of words, the special ones included.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there is no word at all.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The number of a word, that of `<unk>` if it is not in the vocabulary.
    pub fn token(&self, word: &str) -> u32 {
        self.tokens.get(word).copied().unwrap_or(Self::UNKNOWN)
    }

    /// The word of a number.
    pub fn word(&self, token: u32) -> Option<&str> {
        self.words.get(token as usize).map(String::as_str)
    }

    /// SHA-256 of the words in their order, each followed by a line feed, hexadecimal.
    pub fn hash(&self) -> String {
        let mut hash = Sha256::new();
        for word in &self.words {
            hash.update(word);
            hash.update("\n");
        }
        format!("{:x}", hash.finalize())
    }

    /// The tokens of a text: its words, and an `<eos>` at the end of every line.
    pub fn encode(&self, text: &str) -> Vec<u32> {
        let mut tokens = Vec::new();
        for line in text.lines() {
            tokens.extend(text::words(line).map(|word| self.token(word)));
            tokens.push(Self::END_OF_SENTENCE);
        }
        tokens
    }
}
