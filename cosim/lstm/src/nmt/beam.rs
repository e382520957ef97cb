//! Beam search.

use super::attention::Memory;
use super::corpus::{BLANK, END, START};
use super::decoder::DecoderWork;
use super::model::{NmtModel, NmtWork};
use crate::{LstmError, Run, Scalar, State, WindowMasks};

/// A translation found by beam search.
#[derive(Clone, Debug, PartialEq)]
pub struct Hypothesis {
    /// Its tokens, without `<s>` and `</s>`.
    pub tokens: Vec<u32>,
    /// Log-probability (nats) of the tokens and of `</s>`, divided by their number; that
    /// of the tokens alone if the length limit cut it off.
    pub score: f64,
}

/// The memory of a beam search, reused from sentence to sentence.
#[derive(Debug)]
pub struct BeamWork<T> {
    width: usize,
    words: usize,
    masks: WindowMasks<T>,
    encoder: NmtWork<T>,
    decoder: DecoderWork<T>,
    /// Memory and keys of the sentence once for every hypothesis: S x W x H.
    values: Vec<T>,
    keys: Vec<T>,
    lengths: Vec<u32>,
    /// h and c of each layer, and h~: W x H each. They are gathered from the rows of the
    /// last step.
    state: State<T>,
    fed: Vec<T>,
    /// W x V.
    log_probabilities: Vec<T>,
}

/// A hypothesis that is not at its end.
struct Live {
    tokens: Vec<u32>,
    /// Log-probability of the tokens.
    sum: f64,
}

/// A hypothesis of the last step (its row) with one more token.
#[derive(Clone, Copy)]
struct Candidate {
    row: usize,
    token: u32,
    sum: f64,
}

impl<T: Scalar> BeamWork<T> {
    /// Room for sentences of up to `words` tokens and a beam of `width` hypotheses.
    pub fn new(model: &NmtModel<T>, words: usize, width: usize) -> Self {
        let zeros = |n: usize| vec![T::zero(); n];
        let config = model.config();
        let one = width * config.hidden;
        let (_, vocabulary) = model.vocabularies();
        Self {
            width,
            words,
            masks: WindowMasks::off(config.lstm_layers()),
            encoder: model.workspace(words, 1, 1),
            decoder: model.decoder.work(1, words, width),
            values: zeros(words * one),
            keys: zeros(words * one),
            lengths: vec![0; width],
            state: State {
                h: vec![zeros(one); config.layers],
                c: vec![zeros(one); config.layers],
            },
            fed: zeros(one),
            log_probabilities: zeros(width * vocabulary),
        }
    }
}

impl<T: Scalar> NmtModel<T> {
    /// Translates a sentence (1 to the workspace's number of tokens).
    ///
    /// In every step the beam's hypotheses are continued by every word except `<blank>`
    /// and `<s>`; the best W that go on form the next beam, and those that end among the
    /// best W are set aside, until W are or 2 S + 10 tokens are reached. Of these the
    /// one with the highest mean log-probability per token wins (the length penalty
    /// `avg` of OpenNMT-py). A beam of 1 is greedy decoding.
    ///
    /// # Errors
    /// [`LstmError::Shape`] if the sentence is empty or longer than the workspace allows,
    /// [`LstmError::Token`] for a token outside the vocabulary, [`LstmError::Gemm`] if
    /// the engine fails.
    pub fn translate(
        &self,
        run: &mut Run<'_, T>,
        source: &[u32],
        work: &mut BeamWork<T>,
    ) -> Result<Hypothesis, LstmError> {
        let fitting = source.len().clamp(1, work.words);
        crate::error::fits("tokens of the sentence", source.len(), fitting)?;
        self.start(run, source, work)?;
        let (width, longest) = (work.width, 2 * source.len() + 10);
        let mut live = vec![Live {
            tokens: Vec::new(),
            sum: 0.0,
        }];
        let mut done: Vec<Hypothesis> = Vec::new();
        while done.len() < width && !live.is_empty() && live[0].tokens.len() < longest {
            self.advance(run, &live, source.len(), work)?;
            let (_, vocabulary) = self.vocabularies();
            let candidates = best(&live, &work.log_probabilities, vocabulary, 2 * width);
            let mut next = Vec::new();
            for (rank, candidate) in candidates.iter().enumerate() {
                let tokens = &live[candidate.row].tokens;
                if candidate.token != END {
                    if next.len() < width {
                        next.push(*candidate);
                    }
                } else if rank < width {
                    done.push(Hypothesis {
                        tokens: tokens.clone(),
                        score: candidate.sum / (tokens.len() + 1) as f64,
                    });
                }
            }
            live = self.follow(&live, &next, work);
        }
        if done.is_empty() {
            done.extend(live.into_iter().map(|Live { tokens, sum }| Hypothesis {
                score: sum / tokens.len().max(1) as f64,
                tokens,
            }));
        }
        // Of equals the one found first; none at all if every number is NaN.
        let nothing = Hypothesis {
            tokens: Vec::new(),
            score: f64::NEG_INFINITY,
        };
        let better = |a: Hypothesis, b: Hypothesis| if b.score > a.score { b } else { a };
        Ok(done.into_iter().fold(nothing, better))
    }

    /// Encodes the sentence once, for every row of the beam.
    fn start(
        &self,
        run: &mut Run<'_, T>,
        source: &[u32],
        work: &mut BeamWork<T>,
    ) -> Result<(), LstmError> {
        let (width, hidden) = (work.width, self.config().hidden);
        let length = source.len() as u32;
        let exec = &mut run.executor(1, 0);
        self.encode(exec, &work.masks, source, &[length], &mut work.encoder)?;
        work.lengths.fill(length);
        let encoded = &work.encoder;
        for (to, from) in [
            (&mut work.values, encoded.encoder.memory()),
            (&mut work.keys, &encoded.keys),
        ] {
            let words = to.chunks_exact_mut(width * hidden);
            for (rows, word) in words.zip(from.chunks_exact(hidden)).take(source.len()) {
                spread(word, rows);
            }
        }
        let end = &encoded.encoder.state;
        for depth in 0..end.h.len() {
            spread(&end.h[depth], &mut work.state.h[depth]);
            spread(&end.c[depth], &mut work.state.c[depth]);
        }
        work.fed.fill(T::zero());
        Ok(())
    }

    /// One step of the decoder for the beam; rows without a hypothesis idle.
    fn advance(
        &self,
        run: &mut Run<'_, T>,
        live: &[Live],
        words: usize,
        work: &mut BeamWork<T>,
    ) -> Result<(), LstmError> {
        let one = work.width * self.config().hidden;
        let mut inputs = vec![START; work.width];
        for (input, live) in inputs.iter_mut().zip(live) {
            *input = live.tokens.last().copied().unwrap_or(START);
        }
        let memory = Memory {
            values: &work.values[..words * one],
            keys: &work.keys[..words * one],
            lengths: &work.lengths,
        };
        let exec = &mut run.executor(work.width, 0);
        let decoder = &mut work.decoder;
        self.decoder.begin(&work.state, work.width, decoder);
        self.decoder
            .forward(exec, &work.masks, &inputs, Some(&work.fed), memory, decoder)?;
        let h = &decoder.tilde()[..one];
        self.softmax
            .log_probabilities(exec, h, &mut work.log_probabilities)
    }

    /// The next beam, with each candidate's state moved to its row.
    fn follow(&self, live: &[Live], next: &[Candidate], work: &mut BeamWork<T>) -> Vec<Live> {
        let hidden = self.config().hidden;
        let one = work.width * hidden;
        let gather = |from: &[T], to: &mut [T]| {
            for (to, candidate) in to.chunks_exact_mut(hidden).zip(next) {
                to.copy_from_slice(&from[candidate.row * hidden..][..hidden]);
            }
        };
        for depth in 0..work.state.h.len() {
            let (h, c) = work.decoder.state(depth, one);
            gather(h, &mut work.state.h[depth]);
            gather(c, &mut work.state.c[depth]);
        }
        gather(work.decoder.tilde(), &mut work.fed);
        let live = next.iter().map(|candidate| {
            let mut tokens = live[candidate.row].tokens.clone();
            tokens.push(candidate.token);
            let sum = candidate.sum;
            Live { tokens, sum }
        });
        live.collect()
    }
}

/// The `count` best continuations, the best first; of equals the first row and token.
fn best<T: Scalar>(
    live: &[Live],
    log_probabilities: &[T],
    vocabulary: usize,
    count: usize,
) -> Vec<Candidate> {
    let mut best: Vec<Candidate> = Vec::with_capacity(count + 1);
    let rows = live.iter().zip(log_probabilities.chunks_exact(vocabulary));
    for (row, (live, log_probabilities)) in rows.enumerate() {
        for (token, log_probability) in (0..).zip(log_probabilities) {
            let sum = live.sum + log_probability.f64();
            let worst = best.get(count - 1).map_or(f64::NEG_INFINITY, |c| c.sum);
            if token == BLANK || token == START || sum.is_nan() || sum <= worst {
                continue;
            }
            let place = best.partition_point(|candidate| candidate.sum >= sum);
            best.insert(place, Candidate { row, token, sum });
            best.truncate(count);
        }
    }
    best
}

/// Copies a row to every row.
fn spread<T: Copy>(row: &[T], rows: &mut [T]) {
    for to in rows.chunks_exact_mut(row.len()) {
        to.copy_from_slice(row);
    }
}
