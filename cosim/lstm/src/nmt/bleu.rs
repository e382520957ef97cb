//! Corpus BLEU as sacrebleu computes it by default on text that is tokenised already:
//! n-grams up to four, exponential smoothing, brevity penalty (Papineni et al. 2002;
//! smoothing method 3 of Chen and Cherry 2014; Post 2018).

use super::subwords::tokenised_13a;
use super::Subwords;
use crate::random::Stream;
use crate::task::Bleu;
use crate::text::words;
use crate::LstmError;
use std::collections::HashMap;

/// Longest n-gram.
const ORDER: usize = 4;

/// Resamples of the bootstrap.
const RESAMPLES: usize = 1000;

impl Bleu {
    /// BLEU of `hypotheses` against one reference each, words separated by blanks
    /// (as Python's `str.split` sees them). The
    /// interval is that of 1,000 resamples of the sentences, drawn from `seed`.
    ///
    /// # Errors
    /// [`LstmError::Shape`] if there are not as many hypotheses as references.
    pub fn of<H, R>(hypotheses: &[H], references: &[R], seed: u64) -> Result<Self, LstmError>
    where
        H: AsRef<str>,
        R: AsRef<str>,
    {
        crate::error::fits(
            "translations of the references",
            hypotheses.len(),
            references.len(),
        )?;
        let counts: Vec<Counts> = hypotheses
            .iter()
            .zip(references)
            .map(|(hypothesis, reference)| Counts::of(hypothesis.as_ref(), reference.as_ref()))
            .collect();
        let score = total(counts.iter()).bleu();
        let mut stream = Stream::resample(seed);
        let mut scores: Vec<f64> = (0..RESAMPLES)
            .map(|_| total((0..counts.len()).map(|_| &counts[stream.below(counts.len())])).bleu())
            .collect();
        scores.sort_unstable_by(f64::total_cmp);
        let cut = RESAMPLES / 40;
        Ok(Self {
            score,
            low: scores[cut],
            high: scores[RESAMPLES - 1 - cut],
        })
    }
}

/// BLEU of text: what sacrebleu gives by default to what pieces are decoded to.
impl Bleu {
    /// BLEU of the texts of `hypotheses` and `references`, lines of pieces cut as `subwords`
    /// says, tokenised as sacrebleu's `13a` does; otherwise as [`Bleu::of`].
    ///
    /// # Errors
    /// As [`Bleu::of`].
    pub fn detokenised<H, R>(
        hypotheses: &[H],
        references: &[R],
        subwords: Subwords,
        seed: u64,
    ) -> Result<Self, LstmError>
    where
        H: AsRef<str>,
        R: AsRef<str>,
    {
        let tokens = |line: &str| tokenised_13a(&subwords.decoded(line));
        let hypotheses: Vec<String> = hypotheses.iter().map(|it| tokens(it.as_ref())).collect();
        let references: Vec<String> = references.iter().map(|it| tokens(it.as_ref())).collect();
        Self::of(&hypotheses, &references, seed)
    }
}

/// What BLEU needs to know of one or more sentences.
#[derive(Clone, Copy, Default)]
struct Counts {
    /// n-grams of the hypothesis that the reference has, each at most as often.
    matched: [usize; ORDER],
    /// n-grams of the hypothesis.
    all: [usize; ORDER],
    hypothesis: usize,
    reference: usize,
}

impl Counts {
    fn of(hypothesis: &str, reference: &str) -> Self {
        let hypothesis: Vec<&str> = words(hypothesis).collect();
        let reference: Vec<&str> = words(reference).collect();
        let mut counts = Self {
            hypothesis: hypothesis.len(),
            reference: reference.len(),
            ..Self::default()
        };
        for n in 1..=ORDER {
            let mut left: HashMap<&[&str], usize> = HashMap::new();
            for words in reference.windows(n) {
                *left.entry(words).or_default() += 1;
            }
            for words in hypothesis.windows(n) {
                counts.all[n - 1] += 1;
                if let Some(left) = left.get_mut(words).filter(|left| **left > 0) {
                    *left -= 1;
                    counts.matched[n - 1] += 1;
                }
            }
        }
        counts
    }

    fn bleu(&self) -> f64 {
        // Without any match there is nothing to smooth.
        if self.matched == [0; ORDER] {
            return 0.0;
        }
        let (length, reference) = (self.hypothesis as f64, self.reference as f64);
        let brevity = if length < reference {
            (1.0 - reference / length).exp()
        } else {
            1.0
        };
        let mut smoothing = 1.0;
        let mut logs = 0.0;
        for (&matched, &all) in self.matched.iter().zip(&self.all) {
            // A precision of 0, as no hypothesis has that many words.
            if all == 0 {
                return 0.0;
            }
            let hits = if matched == 0 {
                smoothing *= 2.0;
                1.0 / smoothing
            } else {
                matched as f64
            };
            logs += (100.0 * hits / all as f64).ln();
        }
        brevity * (logs / ORDER as f64).exp()
    }
}

/// The counts of several sentences together.
fn total<'a>(counts: impl Iterator<Item = &'a Counts>) -> Counts {
    counts.fold(Counts::default(), |mut sum, counts| {
        for n in 0..ORDER {
            sum.matched[n] += counts.matched[n];
            sum.all[n] += counts.all[n];
        }
        sum.hypothesis += counts.hypothesis;
        sum.reference += counts.reference;
        sum
    })
}
