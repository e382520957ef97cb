//! Sentence pairs side by side, and the order in which training reads them.

use super::corpus::{SentencePair, BLANK, END, START};
use crate::bucket::each_run;
use crate::random::Stream;
use crate::Softmax;

/// Sentence pairs side by side, filled up to the longest. Time steps lie one after
/// another, each B tokens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NmtBatch {
    /// The sentences, S x B.
    pub source: Vec<u32>,
    /// The length of each sentence, B.
    pub source_lengths: Vec<u32>,
    /// What the decoder reads, T x B: `<s>`, then the translation.
    pub inputs: Vec<u32>,
    /// What it is to write, T x B: the translation, then `</s>`; behind it
    /// [`Softmax::IGNORE`].
    pub targets: Vec<u32>,
}

impl NmtBatch {
    /// Puts pairs side by side.
    pub fn of<'a>(pairs: impl IntoIterator<Item = &'a SentencePair>) -> Self {
        let mut batch = Self::default();
        batch.fill(pairs);
        batch
    }

    /// As [`NmtBatch::of`], in the memory that is there.
    pub fn fill<'a>(&mut self, pairs: impl IntoIterator<Item = &'a SentencePair>) {
        let pairs: Vec<_> = pairs.into_iter().collect();
        let count = pairs.len();
        let longest = |length: &dyn Fn(&SentencePair) -> usize| {
            pairs.iter().map(|pair| length(pair)).max().unwrap_or(0)
        };
        let (from, to) = (
            longest(&|p| p.source.len()),
            longest(&|p| p.target.len() + 1),
        );
        let refill = |tokens: &mut Vec<u32>, times: usize, value: u32| {
            tokens.clear();
            tokens.resize(times * count, value);
        };
        refill(&mut self.source, from, BLANK);
        refill(&mut self.inputs, to, BLANK);
        refill(&mut self.targets, to, Softmax::<f32>::IGNORE);
        self.source_lengths.clear();
        for (b, pair) in pairs.iter().enumerate() {
            self.source_lengths.push(pair.source.len() as u32);
            for (t, &token) in pair.source.iter().enumerate() {
                self.source[t * count + b] = token;
            }
            for (t, &token) in [START].iter().chain(&pair.target).enumerate() {
                self.inputs[t * count + b] = token;
            }
            for (t, &token) in pair.target.iter().chain(&[END]).enumerate() {
                self.targets[t * count + b] = token;
            }
        }
    }

    /// Pairs in the batch, B.
    pub fn len(&self) -> usize {
        self.source_lengths.len()
    }

    /// Whether there is no pair.
    pub fn is_empty(&self) -> bool {
        self.source_lengths.is_empty()
    }

    /// (S, T): time steps of the encoder and of the decoder.
    pub fn times(&self) -> (usize, usize) {
        let count = self.len().max(1);
        (self.source.len() / count, self.targets.len() / count)
    }

    /// Tokens predicted, the `</s>` of each sentence included.
    pub fn tokens(&self) -> usize {
        let ignored = |token: &&u32| **token != Softmax::<f32>::IGNORE;
        self.targets.iter().filter(ignored).count()
    }
}

/// The pairs ordered by length, so that batches hold pairs of like length.
pub(crate) fn by_length(pairs: &[SentencePair]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..pairs.len()).collect();
    sort(&mut order, pairs);
    order
}

fn sort(order: &mut [usize], pairs: &[SentencePair]) {
    // Stable: equally long pairs stay in the order that they come in.
    order.sort_by_key(|&i| (pairs[i].source.len(), pairs[i].target.len()));
}

/// The pairs of each step of an epoch: shuffled, those of `sorted` batches sorted by length, cut into batches,
/// and the batches shuffled. It depends on (seed, epoch) and nothing else.
pub(crate) fn epoch(
    pairs: &[SentencePair],
    (batch, sorted): (usize, usize),
    seed: u64,
    epoch: usize,
) -> Vec<Vec<usize>> {
    let mut stream = Stream::shuffle(seed, epoch as u64);
    let mut order: Vec<usize> = (0..pairs.len()).collect();
    shuffle(&mut order, &mut stream);
    each_run(&mut order, sorted, batch, |run| sort(run, pairs));
    let mut batches: Vec<Vec<usize>> = order.chunks(batch).map(<[usize]>::to_vec).collect();
    shuffle(&mut batches, &mut stream);
    batches
}

/// Every order is equally likely (Fisher and Yates).
fn shuffle<T>(values: &mut [T], stream: &mut Stream) {
    for i in (1..values.len()).rev() {
        values.swap(i, stream.below(i + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nmt::NmtCorpus;
    use crate::Bucket;

    /// Positions of an epoch's batches, and those that are padding.
    fn padding(pairs: &[SentencePair], order: Bucket) -> (usize, usize) {
        let batches = epoch(pairs, (32, order.sorted()), 7, 1);
        let mut all: Vec<usize> = batches.concat();
        all.sort_unstable();
        assert!(all.into_iter().eq(0..pairs.len()), "each pair once");
        let (mut positions, mut tokens) = (0, 0);
        for chosen in batches {
            let batch = NmtBatch::of(chosen.iter().map(|&at| &pairs[at]));
            let (from, to) = batch.times();
            positions += (from + to) * batch.len();
            tokens += batch.tokens() + batch.source_lengths.iter().sum::<u32>() as usize;
        }
        (positions, positions - tokens)
    }

    #[test]
    fn the_more_is_sorted_the_less_is_padded() {
        let corpus = NmtCorpus::gnome_en_de();
        let pairs = &corpus.train;
        let share = |order| {
            let (positions, padding) = padding(pairs, order);
            100 * padding / positions
        };
        let shares = [Bucket::None, Bucket::Coarse, Bucket::Length].map(share);
        assert_eq!(shares, [45, 16, 12]);
    }
}
