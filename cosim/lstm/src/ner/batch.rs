//! Sentences side by side.

use super::corpus::NerSentence;
use crate::Vocabulary;

/// B sentences of up to T words, time step by time step. A sentence that is shorter than
/// the longest ends in padding: the word `<unk>` without characters, which nothing is
/// learnt from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NerBatch {
    /// Words of each sentence, 1 to T: B.
    pub lengths: Vec<u32>,
    /// Words: T x B.
    pub words: Vec<u32>,
    /// Tags, 0 in padding: T x B.
    pub tags: Vec<u32>,
    /// Characters of all words, one word after another in the order of `words`.
    pub characters: Vec<u32>,
    /// Where the characters of each word end: T x B.
    pub ends: Vec<u32>,
}

impl NerBatch {
    /// Puts sentences side by side, reusing memory. Sentence b of `order` is
    /// `sentences[order[b]]`.
    pub fn fill(&mut self, sentences: &[NerSentence], order: &[u32]) {
        let chosen = || order.iter().map(|&index| &sentences[index as usize]);
        self.lengths.clear();
        self.lengths
            .extend(chosen().map(|sentence| sentence.words.len() as u32));
        self.words.clear();
        self.tags.clear();
        self.characters.clear();
        self.ends.clear();
        for t in 0..self.times() {
            for sentence in chosen() {
                let word = sentence.words.get(t);
                self.words
                    .push(word.copied().unwrap_or(Vocabulary::UNKNOWN));
                self.tags.push(sentence.tags.get(t).copied().unwrap_or(0));
                if let Some(&end) = sentence.ends.get(t) {
                    let start = t.checked_sub(1).map_or(0, |t| sentence.ends[t]);
                    let characters = &sentence.characters[start as usize..end as usize];
                    self.characters.extend_from_slice(characters);
                }
                self.ends.push(self.characters.len() as u32);
            }
        }
    }

    /// Sentences, B.
    pub fn batch(&self) -> usize {
        self.lengths.len()
    }

    /// Words of the longest sentence, T.
    pub fn times(&self) -> usize {
        self.lengths.iter().copied().max().unwrap_or(0) as usize
    }

    /// Words of all sentences, padding not counted.
    pub fn tokens(&self) -> usize {
        self.lengths.iter().map(|&length| length as usize).sum()
    }
}
