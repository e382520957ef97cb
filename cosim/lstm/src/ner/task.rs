//! Entity recognition as a task: batches of sentences in a new order each epoch.

use super::batch::NerBatch;
use super::corpus::{NerCorpus, NerSentence, TagSet};
use super::{EntityCounts, NerBatches, NerConfig, NerModel, NerWork, Tag};
use crate::bucket::each_run;
use crate::parameter::parameters;
use crate::random::Stream;
use crate::task::{Loss, Part, Run, Score, Step, Task, TaskKind};
use crate::{DropoutConfig, Footprint, LstmError, Scalar, Vocabulary, WindowMasks};

/// A tagger with its sentences.
#[derive(Debug)]
pub struct NerTask<T> {
    model: NerModel<T>,
    batches: NerBatches,
    /// Train, valid, test.
    parts: [Vec<NerSentence>; 3],
    /// Orders of the parts by length, for evaluation.
    by_length: [Vec<u32>; 3],
    /// Whether a word occurs once in the training data.
    rare: Vec<bool>,
    tags: TagSet,
    hash: String,
    /// The order of training sentences, and the (seed, epoch) that it is of.
    order: Vec<u32>,
    ordered: Option<(u64, usize)>,
    batch: NerBatch,
    masks: WindowMasks<T>,
    no_masks: WindowMasks<T>,
    work: NerWork<T>,
}

impl<T: Scalar> NerTask<T> {
    /// The memory that the task takes.
    pub fn footprint(model: &NerConfig, corpus: &NerCorpus, batches: &NerBatches) -> Footprint {
        let sizes = [
            corpus.vocabulary.len(),
            corpus.characters.len(),
            corpus.tags.len(),
        ];
        let parts = [&corpus.train, &corpus.valid, &corpus.test];
        let most = |size: &dyn Fn(&NerSentence) -> usize| {
            let sentences = parts.into_iter().flatten();
            sentences.map(size).max().unwrap_or(0)
        };
        let batch = batches.batch.max(batches.eval_batch);
        let letters = most(&|sentence| sentence.characters.len());
        // Workspaces of characters grow as they are needed, by doubling at most.
        let longest = parts.into_iter().map(Vec::len).max().unwrap_or(0);
        let letters = letters.saturating_mul(batch.min(longest));
        let times = most(&|sentence| sentence.words.len());
        model.footprint(sizes, [times, batch, letters])
    }

    /// The model on a corpus, before its first step.
    ///
    /// # Errors
    /// [`LstmError::Config`] that names a setting out of range; [`LstmError::Shape`] if
    /// the model is not of the corpus's words, characters and tags.
    pub fn new(
        model: NerModel<T>,
        corpus: &NerCorpus,
        batches: NerBatches,
    ) -> Result<Self, LstmError> {
        batches.check()?;
        let [words, characters, tags] = model.sizes();
        crate::error::fits("words of the model", words, corpus.vocabulary.len())?;
        crate::error::fits(
            "characters of the model",
            characters,
            corpus.characters.len(),
        )?;
        crate::error::fits("tags of the model", tags, corpus.tags.len())?;
        let parts = [
            corpus.train.clone(),
            corpus.valid.clone(),
            corpus.test.clone(),
        ];
        let length = |part: &[NerSentence], index: u32| part[index as usize].words.len();
        let by_length = [0, 1, 2].map(|p: usize| {
            let mut order: Vec<u32> = (0..parts[p].len() as u32).collect();
            order.sort_by_key(|&index| length(&parts[p], index));
            order
        });
        let longest = parts.iter().flatten().map(|sentence| sentence.words.len());
        let longest = longest.max().unwrap_or(0);
        Ok(Self {
            work: model.work(longest, batches.batch.max(batches.eval_batch)),
            masks: model.no_masks(),
            no_masks: model.no_masks(),
            model,
            batches,
            parts,
            by_length,
            rare: corpus.rare.clone(),
            tags: corpus.tags.clone(),
            hash: corpus.hash(),
            order: Vec::new(),
            ordered: None,
            batch: NerBatch::default(),
        })
    }

    /// The model.
    pub fn model(&self) -> &NerModel<T> {
        &self.model
    }

    /// Puts the training sentences in the order of an epoch: shuffled, then in runs of
    /// some batches sorted by length, then the batches shuffled.
    fn reorder(&mut self, seed: u64, epoch: usize) {
        if self.ordered == Some((seed, epoch)) {
            return;
        }
        let mut stream = Stream::shuffle(seed, epoch as u64);
        let train = &self.parts[0];
        let order = &mut self.order;
        order.clear();
        order.extend(0..train.len() as u32);
        shuffle(&mut stream, order.len(), |i, j| order.swap(i, j));
        let batch = self.batches.batch;
        each_run(order, self.batches.sorted, batch, |run| {
            run.sort_by_key(|&index| train[index as usize].words.len());
        });
        // A last batch with fewer sentences stays the last.
        shuffle(&mut stream, order.len() / batch, |i, j| {
            for b in 0..batch {
                order.swap(i * batch + b, j * batch + b);
            }
        });
        self.ordered = Some((seed, epoch));
    }

    /// Reads words that occur once as `<unk>`, each with the configured probability.
    fn replace(&mut self, seed: u64, step: u64) {
        if self.batches.unknown == 0.0 {
            return;
        }
        let mut stream = Stream::replace(seed, step);
        for word in &mut self.batch.words {
            if self.rare[*word as usize] && stream.chance(self.batches.unknown) {
                *word = Vocabulary::UNKNOWN;
            }
        }
    }

    /// The tags that the model gives a part of the data, without dropout: one list per
    /// sentence in the order of the data, with the loss of the right tags.
    ///
    /// # Errors
    /// [`LstmError::Gemm`] if the engine fails.
    pub fn tag(
        &mut self,
        run: &mut Run<'_, T>,
        part: Part,
    ) -> Result<(Vec<Vec<u32>>, Loss), LstmError> {
        let sentences = &self.parts[part as usize];
        let mut found = vec![Vec::new(); sentences.len()];
        let mut loss = Loss::default();
        for order in self.by_length[part as usize].chunks(self.batches.eval_batch) {
            self.batch.fill(sentences, order);
            let (batch, work) = (&self.batch, &mut self.work);
            let sum = self.model.forward(run, 0, &self.no_masks, batch, work)?;
            loss += Loss {
                sum,
                items: batch.tokens(),
            };
            for (b, &index) in order.iter().enumerate() {
                self.model
                    .decode(batch, b, &mut found[index as usize], work);
            }
        }
        Ok((found, loss))
    }
}

/// Swaps every place with one not ahead of it (Fisher and Yates).
fn shuffle(stream: &mut Stream, len: usize, mut swap: impl FnMut(usize, usize)) {
    for i in (1..len).rev() {
        swap(i, stream.below(i + 1));
    }
}

parameters!(NerTask: model);

impl<T: Scalar> Task<T> for NerTask<T> {
    fn kind(&self) -> TaskKind {
        TaskKind::Ner
    }

    fn batch(&self) -> usize {
        self.batches.batch
    }

    fn steps_per_epoch(&self) -> usize {
        self.parts[0].len().div_ceil(self.batches.batch)
    }

    /// Whether words that occur once are read as `<unk>` depends on (seed, step).
    fn gradients(
        &mut self,
        run: &mut Run<'_, T>,
        step: Step,
        dropout: &DropoutConfig,
        seed: u64,
    ) -> Result<Loss, LstmError> {
        self.reorder(seed, step.epoch);
        let size = self.batches.batch;
        let order = &self.order[step.index * size..];
        self.batch
            .fill(&self.parts[0], &order[..size.min(order.len())]);
        self.replace(seed, step.number);
        let (model, masks, batch) = (&mut self.model, &mut self.masks, &self.batch);
        let team = run.engine.host().team;
        model.draw(masks, dropout, step.masks(seed), batch, &team);
        let sum = model.forward(run, step.number, masks, batch, &mut self.work)?;
        model.backward(run, step.number, masks, batch, &mut self.work)?;
        Ok(Loss {
            sum,
            items: batch.tokens(),
        })
    }

    fn evaluate(
        &mut self,
        run: &mut Run<'_, T>,
        part: Part,
        _decode: bool,
    ) -> Result<Score, LstmError> {
        let (found, loss) = self.tag(run, part)?;
        let named = |numbers: &[u32]| -> Vec<&Tag> {
            let tags = numbers.iter().filter_map(|&number| self.tags.tag(number));
            tags.collect()
        };
        let mut counts = EntityCounts::default();
        for (sentence, found) in self.parts[part as usize].iter().zip(&found) {
            counts.add(&named(&sentence.tags), &named(found))?;
        }
        Ok(Score {
            loss: loss.mean(),
            f1: Some(counts.f1()),
            bleu: None,
            bleu_detokenised: None,
        })
    }

    fn config(&self) -> serde_json::Value {
        serde_json::json!({ "model": self.model.config(), "batches": self.batches })
    }

    fn vocabulary_hash(&self) -> String {
        self.hash.clone()
    }
}
