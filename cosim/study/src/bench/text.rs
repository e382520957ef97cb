//! A text of any size without any meaning.

use heddle_lstm::{Corpus, LstmError};
use rand_chacha::rand_core::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::fmt::Write;

/// Words of a line; a twentieth of all tokens is then `<eos>`, about as in the Penn
/// Treebank.
const LINE: usize = 20;

/// Rank r of Zipf's law (from 1) has weight 1 / (r + this), which is nearer to real texts
/// than 1 / r at the most frequent words (Mandelbrot).
const OFFSET: f64 = 2.7;

/// A text of about `tokens` tokens over `words` words, `<unk>` and `<eos>` among them,
/// read as a file would be. Word frequencies follow Zipf's law, and every word occurs.
/// Validation and test data are a tenth each.
///
/// # Errors
/// [`LstmError::Config`] for fewer than 3 words, or fewer tokens than it takes for every
/// word to occur.
pub fn synthetic_corpus(words: usize, tokens: usize, seed: u64) -> Result<Corpus, LstmError> {
    if !(3..=1_000_000).contains(&words) {
        return Err(LstmError::config(
            "the size of the vocabulary",
            words,
            "in 3 to 1000000",
        ));
    }
    if tokens < 2 * words || tokens > 1_000_000_000 {
        return Err(LstmError::config(
            "the number of words of the text",
            tokens,
            "at least twice the vocabulary, and at most 1000000000",
        ));
    }
    let ordinary = words - 2; // without <unk> and <eos>
    let mut sums = Vec::with_capacity(ordinary);
    let mut sum = 0.0;
    for rank in 1..=ordinary {
        sum += 1.0 / (rank as f64 + OFFSET);
        sums.push(sum);
    }
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut draw = |count: usize, first: &mut dyn Iterator<Item = usize>| {
        let mut text = String::with_capacity(6 * count);
        for place in 1..=count {
            let unit = (random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
            let found = sums.partition_point(|&s| s <= unit * sum).min(ordinary - 1);
            let word = first.next().unwrap_or(found);
            let end = if place % (LINE - 1) == 0 { '\n' } else { ' ' };
            write!(text, "w{word}{end}").expect("a string grows");
        }
        text
    };
    let count = |tokens: usize| (tokens - tokens / LINE).max(1);
    let train = draw(count(tokens), &mut (0..ordinary));
    let valid = draw(count(tokens / 10), &mut std::iter::empty());
    let test = draw(count(tokens / 10), &mut std::iter::empty());
    Corpus::from_texts(
        [("train", &train), ("valid", &valid), ("test", &test)],
        None,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use heddle_lstm::Vocabulary;

    #[test]
    fn a_text_has_the_size_that_was_asked_for() {
        for (words, tokens) in [(3, 100), (100, 200), (100, 20_000)] {
            let corpus = synthetic_corpus(words, tokens, 1).unwrap();
            assert_eq!(corpus.vocabulary.len(), words);
            let found = corpus.train.len();
            assert!(found.abs_diff(tokens) <= 1 + tokens / 100, "{found}");
            assert!(corpus.train.iter().all(|&token| (token as usize) < words));
            let again = synthetic_corpus(words, tokens, 1).unwrap();
            assert_eq!(again, corpus);
        }
        let other = |seed| synthetic_corpus(100, 20_000, seed).unwrap().train;
        assert_ne!(other(2), other(1));
        assert!(synthetic_corpus(2, 100, 1).is_err());
        assert!(synthetic_corpus(100, 199, 1).is_err());
    }

    #[test]
    fn frequent_words_are_as_frequent_as_zipf_has_them() {
        let corpus = synthetic_corpus(1000, 100_000, 3).unwrap();
        let share = |token: u32| {
            let count = corpus.train.iter().filter(|&&t| t == token).count();
            count as f64 / corpus.train.len() as f64
        };
        let all: f64 = (1..=998).map(|rank| 1.0 / (f64::from(rank) + OFFSET)).sum();
        let expected = |rank: f64| 0.95 / (rank + OFFSET) / all;
        // 0 is <unk>, 1 is <eos>, 2 the most frequent word
        assert!((share(2) / expected(1.0) - 1.0).abs() < 0.1);
        assert!((share(11) / expected(10.0) - 1.0).abs() < 0.15);
        assert!((share(Vocabulary::END_OF_SENTENCE) - 0.05).abs() < 0.005);
    }
}
