//! Translation as a task: batches of sentence pairs of like length.

use super::batch::{by_length, epoch, NmtBatch};
use super::beam::BeamWork;
use super::config::{NmtConfig, NmtSettings};
use super::corpus::{NmtCorpus, SentencePair};
use super::model::{NmtModel, NmtWork};
use crate::error::fits;
use crate::parameter::parameters;
use crate::task::{Bleu, Loss, Part, Run, Score, Step, Task, TaskKind};
use crate::{DropoutConfig, Footprint, LstmError, Scalar, WindowMasks};
use sha2::{Digest, Sha256};

/// Seed of the bootstrap that gives BLEU its interval.
const BOOTSTRAP: u64 = 1;

/// A translation model with its text.
#[derive(Debug)]
pub struct NmtTask<T> {
    model: NmtModel<T>,
    corpus: NmtCorpus,
    settings: NmtSettings,
    masks: WindowMasks<T>,
    no_masks: WindowMasks<T>,
    batch: NmtBatch,
    work: NmtWork<T>,
    eval_work: Option<NmtWork<T>>,
    beam_work: Option<BeamWork<T>>,
    order: Order,
}

/// The batches of one epoch.
#[derive(Debug, Default)]
struct Order {
    /// Seed and epoch that they are of.
    of: Option<(u64, usize)>,
    batches: Vec<Vec<usize>>,
}

impl<T: Scalar> NmtTask<T> {
    /// The memory that the task takes.
    pub fn footprint(model: &NmtConfig, corpus: &NmtCorpus, settings: &NmtSettings) -> Footprint {
        let vocabularies = [corpus.source.len(), corpus.target.len()];
        let (words, times) = longest(&corpus.train);
        let train = [words, times, settings.batch.min(corpus.train.len())];
        // A batch of longer sentences has as many tokens, and room of its own.
        let (words, times) = longest_of_all(corpus);
        let most = corpus.longest + 1;
        let eval = [words.min(most), times.min(most), settings.eval_batch];
        let mut footprint = model.footprint(vocabularies, train, eval, settings.beam);
        if words.max(times) > most {
            let few = (settings.eval_batch * most / words.max(times)).max(1);
            let long = model.footprint(vocabularies, [0; 3], [words, times, few], settings.beam);
            footprint.work += long.work;
        }
        footprint
    }

    /// The model on a corpus, before its first step.
    ///
    /// # Errors
    /// [`LstmError::Config`] that names a setting out of range; [`LstmError::Shape`] if
    /// the model's vocabularies are not the corpus's.
    pub fn new(
        model: NmtModel<T>,
        corpus: &NmtCorpus,
        settings: NmtSettings,
    ) -> Result<Self, LstmError> {
        settings.check()?;
        let (source, target) = model.vocabularies();
        fits("source words of the model", source, corpus.source.len())?;
        fits("target words of the model", target, corpus.target.len())?;
        let layers = model.config().lstm_layers();
        let (words, times) = longest(&corpus.train);
        let batch = settings.batch.min(corpus.train.len());
        Ok(Self {
            work: model.workspace(words, times, batch),
            masks: WindowMasks::off(layers),
            no_masks: WindowMasks::off(layers),
            batch: NmtBatch::default(),
            eval_work: None,
            beam_work: None,
            order: Order::default(),
            corpus: corpus.clone(),
            model,
            settings,
        })
    }

    /// The model.
    pub fn model(&self) -> &NmtModel<T> {
        &self.model
    }

    /// The text.
    pub fn corpus(&self) -> &NmtCorpus {
        &self.corpus
    }

    /// The translations of a part's sentences by beam search, in their order.
    ///
    /// # Errors
    /// [`LstmError::Gemm`] if the engine fails.
    pub fn translations(
        &mut self,
        run: &mut Run<'_, T>,
        part: Part,
    ) -> Result<Vec<String>, LstmError> {
        let Self {
            model,
            corpus,
            settings,
            beam_work,
            ..
        } = self;
        let (words, _) = longest_of_all(corpus);
        let work = beam_work.get_or_insert_with(|| BeamWork::new(model, words, settings.beam));
        let mut translations = Vec::new();
        for pair in pairs(corpus, part) {
            let found = model.translate(run, &pair.source, work)?;
            translations.push(corpus.words(&found.tokens));
        }
        Ok(translations)
    }
}

parameters!(NmtTask: model);

impl<T: Scalar> Task<T> for NmtTask<T> {
    fn kind(&self) -> TaskKind {
        TaskKind::Nmt
    }

    fn batch(&self) -> usize {
        self.settings.batch
    }

    fn steps_per_epoch(&self) -> usize {
        self.corpus.train.len().div_ceil(self.settings.batch)
    }

    /// The pairs of an epoch are shuffled, sorted by length as far as the settings say, and cut into batches, which
    /// are shuffled in turn.
    fn gradients(
        &mut self,
        run: &mut Run<'_, T>,
        step: Step,
        dropout: &DropoutConfig,
        seed: u64,
    ) -> Result<Loss, LstmError> {
        let Self { corpus, order, .. } = self;
        if order.of != Some((seed, step.epoch)) {
            let cut = (self.settings.batch, self.settings.sorted);
            order.batches = epoch(&corpus.train, cut, seed, step.epoch);
            order.of = Some((seed, step.epoch));
        }
        let chosen = &order.batches[step.index];
        self.batch.fill(chosen.iter().map(|&i| &corpus.train[i]));
        let (batch, masks, work) = (&self.batch, &mut self.masks, &mut self.work);
        let (words, times) = batch.times();
        let shape = (words, times, batch.len());
        let mut exec = run.executor(batch.len(), step.number);
        let team = &exec.host().team;
        self.model
            .draw(masks, dropout, step.masks(seed), shape, team);
        let sum = self.model.forward(&mut exec, masks, batch, work)?;
        self.model.backward(&mut exec, masks, batch, work)?;
        let items = batch.tokens();
        Ok(Loss { sum, items })
    }

    fn evaluate(
        &mut self,
        run: &mut Run<'_, T>,
        part: Part,
        decode: bool,
    ) -> Result<Score, LstmError> {
        let Self { model, corpus, .. } = self;
        let count = self.settings.eval_batch;
        let (words, times) = longest_of_all(corpus);
        let room = (words.min(corpus.longest), times.min(corpus.longest + 1));
        let eval_work = self
            .eval_work
            .get_or_insert_with(|| model.workspace(room.0, room.1, count));
        let pairs = pairs(corpus, part);
        let mut loss = Loss::default();
        for chosen in batches(pairs, count, corpus.longest) {
            let batch = &mut self.batch;
            batch.fill(chosen.iter().map(|&i| &pairs[i]));
            let (words, times) = batch.times();
            // Longer than what is trained on: few, and in room of their own.
            let mut own = None;
            let work = if words <= room.0 && times <= room.1 {
                &mut *eval_work
            } else {
                own.insert(model.workspace(words, times, batch.len()))
            };
            let mut exec = run.executor(batch.len(), 0);
            loss += Loss {
                sum: model.forward(&mut exec, &self.no_masks, batch, work)?,
                items: batch.tokens(),
            };
        }
        let mut bleu_detokenised = None;
        let bleu = if decode {
            let translations = self.translations(run, part)?;
            let pairs = self::pairs(&self.corpus, part).iter();
            let references: Vec<&str> = pairs.map(|pair| &pair.reference[..]).collect();
            let subwords = self.settings.subwords;
            if !subwords.is_none() {
                let bleu = Bleu::detokenised(&translations, &references, subwords, BOOTSTRAP)?;
                bleu_detokenised = Some(bleu);
            }
            Some(Bleu::of(&translations, &references, BOOTSTRAP)?)
        } else {
            None
        };
        Ok(Score {
            loss: loss.mean(),
            f1: None,
            bleu,
            bleu_detokenised,
        })
    }

    fn config(&self) -> serde_json::Value {
        serde_json::json!({ "model": self.model.config(), "batches": self.settings })
    }

    fn vocabulary_hash(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(self.corpus.source.hash());
        hash.update(self.corpus.target.hash());
        format!("{:x}", hash.finalize())
    }
}

fn pairs(corpus: &NmtCorpus, part: Part) -> &[SentencePair] {
    match part {
        Part::Train => &corpus.train,
        Part::Valid => &corpus.valid,
        Part::Test => &corpus.test,
    }
}

/// Pairs of like length side by side: at most `count`, and fewer where they are longer than
/// `longest` tokens, so that no batch needs much more memory than `count` of that length.
fn batches(pairs: &[SentencePair], count: usize, longest: usize) -> Vec<Vec<usize>> {
    let mut batches: Vec<Vec<usize>> = Vec::new();
    let mut most = 0;
    for index in by_length(pairs) {
        let pair = &pairs[index];
        let tokens = pair.source.len().max(pair.target.len());
        let last = batches.last_mut().filter(|batch| {
            let room = count.saturating_mul(longest);
            batch.len() < count && (batch.len() + 1).saturating_mul(tokens.max(most)) <= room
        });
        match last {
            Some(batch) => {
                batch.push(index);
                most = tokens.max(most);
            }
            None => {
                batches.push(vec![index]);
                most = tokens;
            }
        }
    }
    batches
}

/// (S, T) of the longest sentence and of the longest translation with its `</s>`.
fn longest(pairs: &[SentencePair]) -> (usize, usize) {
    pairs.iter().fold((0, 0), |(words, times), pair| {
        (
            words.max(pair.source.len()),
            times.max(pair.target.len() + 1),
        )
    })
}

fn longest_of_all(corpus: &NmtCorpus) -> (usize, usize) {
    let parts = [&corpus.train, &corpus.valid, &corpus.test];
    parts.into_iter().fold((0, 0), |(words, times), part| {
        let (part_words, part_times) = longest(part);
        (words.max(part_words), times.max(part_times))
    })
}
