//! A linear-chain conditional random field (Lafferty, McCallum and Pereira 2001).
//!
//! The score of tags y_1 to y_n is
//! `start(y_1) + sum_t score_t(y_t) + sum_t transition(y_t, y_t+1) + end(y_n)`, their
//! probability exp(score) / Z with Z summed over all K^n sequences. Everything here is
//! done in `f64` and in logarithms, whatever the network's type: it costs little, and
//! long sentences neither overflow nor lose digits.

use crate::parameter::parameters;
use crate::{LstmError, Parameter, Scalar};

/// The scores of a tag after another, of a first and of a last one, among K tags.
#[derive(Debug)]
pub struct Crf<T> {
    /// From a tag (row) to the next (column), K x K.
    pub transitions: Parameter<T>,
    /// Of the first tag, 1 x K.
    pub start: Parameter<T>,
    /// Of the last tag, 1 x K.
    pub end: Parameter<T>,
}

/// Working memory, reused from batch to batch.
#[derive(Debug, Default)]
pub struct CrfWork {
    transitions: Vec<f64>,
    start: Vec<f64>,
    end: Vec<f64>,
    /// Scores of one sentence: n x K.
    scores: Vec<f64>,
    /// Log-sums over the tags up to each word, sentence after sentence: words x K.
    alpha: Vec<f64>,
    /// Log-sums over the tags behind a word, and behind the one after it: K each.
    beta: Vec<f64>,
    beta_after: Vec<f64>,
    /// log Z of each sentence: B.
    log_z: Vec<f64>,
    /// Gradients: of transitions, start and end.
    gradients: [Vec<f64>; 3],
    /// The best tag before each tag: n x K.
    back: Vec<u32>,
}

parameters!(Crf: transitions, start, end);

impl<T: Scalar> Crf<T> {
    /// All scores zero.
    pub fn zeros(tags: usize) -> Self {
        Self {
            transitions: Parameter::zeros("crf.transitions", tags, tags),
            start: Parameter::zeros("crf.start", 1, tags),
            end: Parameter::zeros("crf.end", 1, tags),
        }
    }

    /// Number of tags, K.
    pub fn tags(&self) -> usize {
        self.start.shape().1
    }

    /// The summed negative log-likelihood (nats) of `tags` (T x B) under `scores`
    /// (T x B x K), of each sentence's own length.
    ///
    /// # Errors
    /// [`LstmError::Token`] for a tag outside the set.
    pub fn forward(
        &self,
        scores: &[T],
        lengths: &[u32],
        tags: &[u32],
        work: &mut CrfWork,
    ) -> Result<f64, LstmError> {
        let count = self.tags();
        if let Some(&token) = tags.iter().find(|&&tag| tag as usize >= count) {
            return Err(LstmError::Token {
                token,
                vocabulary: count,
            });
        }
        self.prepare(work);
        work.alpha.clear();
        work.log_z.clear();
        let mut loss = 0.0;
        for (b, &length) in lengths.iter().enumerate() {
            work.load(scores, lengths.len(), b, length as usize, count);
            let log_z = work.sum_forward(count);
            work.log_z.push(log_z);
            loss += log_z - work.score_of(tags.iter().skip(b).step_by(lengths.len()), count);
        }
        Ok(loss)
    }

    /// The gradients of `share` times the loss of [`Crf::forward`], called before with
    /// the same batch: those of the scores in place of `scores` (zero in padding), those
    /// of the field's own scores added.
    pub fn backward(
        &mut self,
        scores: &mut [T],
        lengths: &[u32],
        tags: &[u32],
        share: f64,
        work: &mut CrfWork,
    ) {
        let (count, batch) = (self.tags(), lengths.len());
        for (gradient, len) in work.gradients.iter_mut().zip([count * count, count, count]) {
            gradient.clear();
            gradient.resize(len, 0.0);
        }
        let mut first = 0;
        for (b, &length) in lengths.iter().enumerate() {
            let length = length as usize;
            work.load(scores, batch, b, length, count);
            work.go_back(first, b, count);
            work.subtract(tags.iter().skip(b).step_by(batch), count);
            for (t, row) in scores
                .chunks_exact_mut(count)
                .skip(b)
                .step_by(batch)
                .enumerate()
            {
                if t >= length {
                    row.fill(T::zero());
                    continue;
                }
                for (score, &gradient) in row.iter_mut().zip(&work.scores[t * count..]) {
                    *score = T::of(share * gradient);
                }
            }
            first += length * count;
        }
        let parameters = [&mut self.transitions, &mut self.start, &mut self.end];
        for (parameter, gradient) in parameters.into_iter().zip(&work.gradients) {
            for (sum, &gradient) in parameter.grad_mut().iter_mut().zip(gradient) {
                *sum += T::of(share * gradient);
            }
        }
    }

    /// The most likely tags of sentence `b` of a batch, added to `tags`, and their
    /// score. Of equally likely ones that with the lowest numbers from the end on.
    pub fn decode(
        &self,
        scores: &[T],
        lengths: &[u32],
        b: usize,
        tags: &mut Vec<u32>,
        work: &mut CrfWork,
    ) -> f64 {
        let count = self.tags();
        self.prepare(work);
        work.load(scores, lengths.len(), b, lengths[b] as usize, count);
        work.decode(count, tags)
    }

    /// log Z of one sentence (n x K).
    pub fn log_partition(&self, scores: &[T], work: &mut CrfWork) -> f64 {
        let count = self.tags();
        self.prepare(work);
        work.alpha.clear();
        work.load(scores, 1, 0, scores.len() / count, count);
        work.sum_forward(count)
    }

    fn prepare(&self, work: &mut CrfWork) {
        let copy = |to: &mut Vec<f64>, from: &Parameter<T>| {
            to.clear();
            to.extend(from.data().iter().map(|x| x.f64()));
        };
        copy(&mut work.transitions, &self.transitions);
        copy(&mut work.start, &self.start);
        copy(&mut work.end, &self.end);
    }
}

impl CrfWork {
    /// Takes the scores of sentence `b`.
    fn load<T: Scalar>(&mut self, scores: &[T], batch: usize, b: usize, n: usize, count: usize) {
        self.scores.clear();
        let rows = scores.chunks_exact(count).skip(b).step_by(batch).take(n);
        self.scores.extend(rows.flatten().map(|score| score.f64()));
    }

    /// The score of a sequence of tags.
    fn score_of<'a>(&self, tags: impl Iterator<Item = &'a u32>, count: usize) -> f64 {
        let mut before = None;
        let mut score = 0.0;
        for (scores, &tag) in self.scores.chunks_exact(count).zip(tags) {
            let tag = tag as usize;
            score += scores[tag]
                + match before {
                    None => self.start[tag],
                    Some(before) => self.transitions[before * count + tag],
                };
            before = Some(tag);
        }
        score + before.map_or(0.0, |tag| self.end[tag])
    }

    /// Adds the sentence's alpha; returns log Z.
    fn sum_forward(&mut self, count: usize) -> f64 {
        let mut rows = self.scores.chunks_exact(count);
        let Some(scores) = rows.next() else {
            return 0.0;
        };
        let mut at = self.alpha.len();
        self.alpha
            .extend(scores.iter().zip(&self.start).map(|(x, start)| x + start));
        for scores in rows {
            for (tag, score) in scores.iter().enumerate() {
                let alpha = &self.alpha[at..at + count];
                let ways = alpha.iter().enumerate();
                let sum = log_sum(ways.map(|(i, x)| x + self.transitions[i * count + tag]));
                self.alpha.push(score + sum);
            }
            at += count;
        }
        log_sum(
            self.alpha[at..]
                .iter()
                .zip(&self.end)
                .map(|(x, end)| x + end),
        )
    }

    /// Turns the scores of sentence `b`, whose alpha begins at `first`, into the
    /// probability of each tag at each word; adds the expected transitions to the
    /// gradients.
    fn go_back(&mut self, first: usize, b: usize, count: usize) {
        let log_z = self.log_z[b];
        let n = self.scores.len() / count;
        let [transitions, start, end] = &mut self.gradients;
        self.beta_after.clear();
        self.beta_after.extend_from_slice(&self.end);
        self.beta.resize(count, 0.0);
        for t in (0..n).rev() {
            let alpha = &self.alpha[first + t * count..][..count];
            if t + 1 < n {
                // What a tag of the word after is worth: its score and all behind it.
                for (j, beta) in self.beta_after.iter_mut().enumerate() {
                    *beta += self.scores[(t + 1) * count + j];
                }
                for i in 0..count {
                    let row = &self.transitions[i * count..][..count];
                    let ways = || row.iter().zip(&self.beta_after).map(|(x, beta)| x + beta);
                    self.beta[i] = log_sum(ways());
                    let sums = &mut transitions[i * count..][..count];
                    for (sum, way) in sums.iter_mut().zip(ways()) {
                        *sum += (alpha[i] + way - log_z).exp();
                    }
                }
                for j in 0..count {
                    let next = (t + 1) * count + j;
                    let alpha = self.alpha[first + next];
                    // beta_after holds score and beta, alpha holds the score once more.
                    let score = self.scores[next];
                    self.scores[next] = (alpha + self.beta_after[j] - score - log_z).exp();
                }
                std::mem::swap(&mut self.beta, &mut self.beta_after);
            }
        }
        for j in 0..count {
            let alpha = self.alpha[first + j];
            self.scores[j] = (alpha + self.beta_after[j] - log_z).exp();
            start[j] += self.scores[j];
            end[j] += self.scores[(n - 1) * count + j];
        }
    }

    /// Subtracts the right tags from the expectations: these are then the gradients.
    fn subtract<'a>(&mut self, tags: impl Iterator<Item = &'a u32>, count: usize) {
        let [transitions, start, end] = &mut self.gradients;
        let mut before = None;
        for (row, &tag) in self.scores.chunks_exact_mut(count).zip(tags) {
            let tag = tag as usize;
            row[tag] -= 1.0;
            match before {
                None => start[tag] -= 1.0,
                Some(before) => transitions[before * count + tag] -= 1.0,
            }
            before = Some(tag);
        }
        if let Some(tag) = before {
            end[tag] -= 1.0;
        }
    }

    /// The algorithm of Viterbi.
    fn decode(&mut self, count: usize, tags: &mut Vec<u32>) -> f64 {
        self.back.clear();
        let mut rows = self.scores.chunks_exact(count);
        let Some(scores) = rows.next() else {
            return 0.0;
        };
        self.beta.clear();
        self.beta
            .extend(scores.iter().zip(&self.start).map(|(x, start)| x + start));
        for scores in rows {
            self.beta_after.clear();
            for (tag, score) in scores.iter().enumerate() {
                let ways = self.beta.iter().enumerate();
                let (from, way) = largest(ways.map(|(i, x)| x + self.transitions[i * count + tag]));
                self.back.push(from);
                self.beta_after.push(score + way);
            }
            std::mem::swap(&mut self.beta, &mut self.beta_after);
        }
        let (mut tag, best) = largest(self.beta.iter().zip(&self.end).map(|(x, end)| x + end));
        let first = tags.len();
        tags.push(tag);
        for from in self.back.chunks_exact(count).rev() {
            tag = from[tag as usize];
            tags.push(tag);
        }
        tags[first..].reverse();
        best
    }
}

/// log of the sum of exponentials.
fn log_sum(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let maximum = values.clone().fold(f64::NEG_INFINITY, f64::max);
    if !maximum.is_finite() {
        return maximum;
    }
    maximum + values.map(|x| (x - maximum).exp()).sum::<f64>().ln()
}

/// The largest value and its place, the first of equal ones.
fn largest(values: impl Iterator<Item = f64>) -> (u32, f64) {
    let mut best = (0, f64::NEG_INFINITY);
    for (place, value) in (0..).zip(values) {
        if value > best.1 {
            best = (place, value);
        }
    }
    best
}
