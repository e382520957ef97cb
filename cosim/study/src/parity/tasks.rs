//! The three tasks as a runner.

use super::runner::{Arithmetic, Purpose, RunKey, RunRecord, Runner};
use crate::tasks::{TaskData, TaskSpec};
use crate::StudyError;
use heddle_files::InputError;
use heddle_format::Format;
use heddle_gemm::{Accumulator, Bf16Edge, CpuEngine, Engine, GoldenEngine, Kernel, Policy};
use heddle_lstm::{DropoutConfig, LstmError, Site, TrainReport};
use serde_json::{json, Value};
use sha2::{Digest, Sha256};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// Trains a task; what a [`RunKey`] says takes the place of the specification's.
#[derive(Debug)]
pub struct TaskRunner {
    spec: TaskSpec,
    sites: Vec<Site>,
    data: TaskData,
    hash: String,
    policy: Policy,
}

impl TaskRunner {
    /// A runner for `spec`, with dropout at `sites`. Every run is on a thread of its own.
    ///
    /// # Errors
    /// [`StudyError::Input`] for no site or no epoch; [`StudyError::Lstm`] for any other
    /// setting that training would refuse.
    pub fn new(
        spec: TaskSpec,
        sites: &[Site],
        data: TaskData,
        policy: Policy,
    ) -> Result<Self, StudyError> {
        if sites.is_empty() {
            return Err(StudyError::Input(InputError {
                name: "--sites",
                value: "none".into(),
                remedy: "masks can be compared only where there are some: use nr, rh, out".into(),
            }));
        }
        if spec.train.epochs == 0 {
            return Err(StudyError::Input(InputError {
                name: "--epochs",
                value: "0".into(),
                remedy: "give at least 1".into(),
            }));
        }
        spec.trainer(&data)?;
        Ok(Self {
            spec,
            sites: sites.to_vec(),
            hash: hash(&data),
            data,
            policy,
        })
    }

    /// The specification of a run.
    fn spec(&self, run: &RunKey) -> TaskSpec {
        let mut spec = self.spec.clone();
        spec.train.seed = run.seed;
        let optimiser = &mut spec.train.optimiser;
        optimiser.learning_rate = run.learning_rate.unwrap_or(optimiser.learning_rate);
        spec.train.epochs = run.epochs.unwrap_or(spec.train.epochs);
        let at = DropoutConfig::at(&self.sites, run.p, run.case);
        spec.train.dropout = DropoutConfig {
            case: at.case,
            nr: at.nr,
            rh: at.rh,
            out: at.out,
            mask_groups: run.mask_groups.unwrap_or(1),
            ..spec.train.dropout
        };
        spec
    }
}

fn engine(arithmetic: Arithmetic) -> Box<dyn Engine<f32>> {
    match arithmetic {
        Arithmetic::F32 => Box::new(CpuEngine::new()),
        Arithmetic::Bf16 => Box::new(Bf16Edge::new(GoldenEngine::new(Accumulator::of(
            Format::Bf16,
        )))),
    }
}

impl Runner for TaskRunner {
    fn describe(&self) -> Value {
        let mut train = json!(self.spec.train);
        let mut dropout = Value::Null;
        if let Some(train) = train.as_object_mut() {
            train.remove("seed");
            dropout = train.remove("dropout").unwrap_or_default();
        }
        let mut described = json!({
            "model": self.spec.model,
            "train": train,
            "sites": self.sites,
            "masks": dropout["kind"],
            "share_sites": dropout["share_sites"],
            "policy": self.policy,
            "data": self.hash,
            "kernel": Kernel::fastest().name(),
        });
        // absent, as in studies of before there was a choice
        for chosen in ["inputs_kept", "feed_dropped"] {
            if let Some(value) = dropout.get(chosen) {
                described[chosen] = value.clone();
            }
        }
        described
    }

    fn identity(&self, run: &RunKey) -> Result<Value, StudyError> {
        Ok(json!({
            "program": env!("CARGO_PKG_VERSION"),
            "spec": self.spec(run),
            "purpose": run.purpose,
            "engine": engine(run.arithmetic).name(),
            "policy": self.policy,
            "data": self.hash,
            "kernel": Kernel::fastest().name(),
        }))
    }

    fn policy(&self) -> Policy {
        self.policy
    }

    fn train(&self, run: &RunKey, cancel: &AtomicBool) -> Result<RunRecord, StudyError> {
        let start = Instant::now();
        let mut engine = engine(run.arithmetic);
        let engine = engine.as_mut();
        let mut trainer = self.spec(run).trainer(&self.data)?;
        let (epochs, best_epoch, test) = match run.purpose {
            Purpose::Selection => {
                trainer.train(engine, self.policy, cancel, &mut |_, _| {})?;
                (trainer.epochs().to_vec(), trainer.best_epoch(), None)
            }
            Purpose::Reported => {
                let TrainReport {
                    epochs,
                    best_epoch,
                    test,
                    ..
                } = trainer.run(engine, self.policy, cancel, &mut |_, _| {})?;
                (epochs, Some(best_epoch), Some(test))
            }
        };
        let best = best_epoch.and_then(|best| Some((best, epochs.get(best)?.valid)));
        let Some((best_epoch, valid)) = best else {
            return Err(LstmError::config("the number of epochs", 0, "at least 1").into());
        };
        Ok(RunRecord {
            epochs,
            best_epoch,
            valid,
            test,
            seconds: start.elapsed().as_secs_f64(),
        })
    }
}

/// SHA-256 of all that a task reads, hexadecimal.
fn hash(data: &TaskData) -> String {
    let mut hash = Sha256::new();
    // Lengths go in as well, so that nothing can move from one list to its neighbour.
    let mut words = |words: &[u32]| {
        hash.update((words.len() as u64).to_le_bytes());
        words
            .iter()
            .for_each(|word| hash.update(word.to_le_bytes()));
    };
    let vocabularies = match data {
        TaskData::Lm(corpus) => {
            for part in [&corpus.train, &corpus.valid, &corpus.test] {
                words(part);
            }
            vec![corpus.vocabulary.hash()]
        }
        TaskData::Nmt(corpus) => {
            for part in [&corpus.train, &corpus.valid, &corpus.test] {
                words(&[part.len() as u32]);
                for pair in part {
                    words(&pair.source);
                    words(&pair.target);
                    // Unknown words are known to the reference.
                    words(&pair.reference.bytes().map(u32::from).collect::<Vec<_>>());
                }
            }
            vec![corpus.source.hash(), corpus.target.hash()]
        }
        TaskData::Ner(corpus) => {
            for part in [&corpus.train, &corpus.valid, &corpus.test] {
                words(&[part.len() as u32]);
                for sentence in part {
                    words(&sentence.words);
                    words(&sentence.characters);
                    words(&sentence.ends);
                    words(&sentence.tags);
                }
            }
            let vectors = corpus.vectors.iter();
            let vectors = vectors.map(|vectors| vectors.found.sha256.clone());
            let names = [corpus.vocabulary.hash(), format!("{:?}", corpus.tags)];
            names.into_iter().chain(vectors).collect()
        }
    };
    vocabularies.iter().for_each(|one| hash.update(one));
    format!("{:x}", hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use heddle_lstm::Corpus;

    #[test]
    fn the_hash_tells_texts_apart() {
        let corpus = Corpus::moby();
        let same = hash(&TaskData::Lm(corpus.clone()));
        assert_eq!(same, hash(&TaskData::Lm(Corpus::moby())));
        let mut other = corpus.clone();
        other.test[7] ^= 1;
        assert_ne!(same, hash(&TaskData::Lm(other)));
        let mut moved = corpus;
        let word = moved.train.pop().unwrap();
        moved.valid.insert(0, word);
        assert_ne!(same, hash(&TaskData::Lm(moved)));
    }
}
