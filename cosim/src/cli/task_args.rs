//! The flags of a training run, shared by every command that trains.

use crate::CosimError;
use clap_complete::ArgValueCompleter;
use heddle_files::InputError;
use heddle_gemm::Policy;
use heddle_lstm::{
    Bucket, Case, Corpus, DropoutConfig, LmBatches, MaskKind, Method, ModelConfig, NerBatches,
    NerConfig, NerCorpus, NerReading, NmtConfig, NmtCorpus, NmtLimits, NmtSettings, Optimiser,
    TaskKind, TrainConfig,
};
use heddle_study::tasks::{ModelSpec, TaskData, TaskSpec};

use super::choice::choice;
use super::data_args::{parallel, DataArgs, PartFiles};
use super::files::Files;
use super::numbers::{long, positive, probability, whole, MAX_BATCH, MAX_EPOCHS, MAX_WINDOW};
use super::presets::{Preset, Settings};
use super::site_rates::{self, SiteRates};
use super::sites::TrainedSites;
use super::word_args::WordArgs;

/// A task, its data, its model and its training. What is not given is the preset's.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Training")]
pub struct TaskArgs {
    /// lm (language modelling), nmt (translation) or ner (named entities)
    #[arg(long, value_name = "TASK", default_value = "lm", value_parser = choice::<TaskKind>())]
    pub task: TaskKind,
    /// Settings to start from: demo, small, medium or large
    #[arg(long, value_name = "PRESET", default_value = "demo", value_parser = choice::<Preset>())]
    pub preset: Preset,
    /// Units of each LSTM layer (each direction, for ner), also --hidden-size (nn.LSTM) or
    /// --rnn-size (OpenNMT-py) [default: 128 for lm demo]
    #[arg(long, aliases = ["hidden-size", "rnn-size", "hidden_size", "rnn_size"], value_name = "UNITS", value_parser = whole(1, 16_384))]
    pub hidden: Option<usize>,
    /// Width of the word vectors, also --input-size (nn.LSTM, of the first layer but for what is
    /// added: ner's features of characters, nmt's input feed) or --word-vec-size (OpenNMT-py)
    /// [default: as --hidden for lm and nmt]
    #[arg(long, aliases = ["input-size", "word-vec-size", "input_size", "word_vec_size"], value_name = "UNITS", value_parser = whole(1, 16_384))]
    pub embedding: Option<usize>,
    /// LSTM layers, also --num-layers (nn.LSTM)
    #[arg(long, aliases = ["num-layers", "num_layers"], value_name = "LAYERS", value_parser = whole(1, 64))]
    pub layers: Option<usize>,
    /// Samples side by side
    #[arg(long, value_name = "B", value_parser = whole(1, MAX_BATCH))]
    pub batch: Option<usize>,
    /// Time steps of a window, over which gradients flow (lm)
    #[arg(long, value_name = "T", value_parser = whole(1, MAX_WINDOW))]
    pub window: Option<usize>,
    /// Probability of dropping a unit, in [0, 1)
    #[arg(long, value_name = "P", value_parser = probability)]
    pub p: Option<f64>,
    #[command(flatten)]
    pub rates: SiteRates,
    /// Sites with dropout, separated by commas: nr (a layer's input), rh (h of the step
    /// before), out (the last layer's output), or none; or opennmt (nmt): nr between layers only, and out, which the
    /// decoder reads back as it was dropped
    #[arg(long, value_name = "SITE,...", default_value = "nr,rh,out", add = ArgValueCompleter::new(TrainedSites::complete))]
    pub sites: TrainedSites,
    /// Who shares a mask: I (nobody), II (the time steps), III (the batch), IV (both)
    #[arg(long, value_name = "CASE", default_value = "III", value_parser = choice::<Case>())]
    pub case: Case,
    /// How many units a mask keeps: exact (always the same number) or bernoulli
    #[arg(long, value_name = "KIND", default_value = "exact", value_parser = choice::<MaskKind>())]
    pub kind: MaskKind,
    /// The sites of a layer share their masks where they have equally many units
    #[arg(long)]
    pub share_sites: bool,
    /// How dropped units are treated: dense, gated or packed
    #[arg(long, value_name = "POLICY", default_value = "packed", value_parser = choice::<Policy>())]
    pub train_policy: Policy,
    /// sgd or adam
    #[arg(long, value_name = "METHOD", value_parser = choice::<Method>())]
    pub optimiser: Option<Method>,
    /// Learning rate of the first epochs
    #[arg(long, value_name = "RATE", value_parser = positive(1e6))]
    pub learning_rate: Option<f64>,
    /// What the learning rate is multiplied by after every epoch beyond --full-epochs
    #[arg(long, value_name = "FACTOR", value_parser = positive(10.0))]
    pub decay: Option<f64>,
    /// Epochs at the full learning rate
    #[arg(long, value_name = "EPOCHS", value_parser = whole(1, MAX_EPOCHS))]
    pub full_epochs: Option<usize>,
    /// First steps over which the learning rate rises to its full value [default: none]
    #[arg(long, value_name = "STEPS", value_parser = long(1, 1 << 40))]
    pub warmup: Option<u64>,
    /// Largest norm of the gradients
    #[arg(long, value_name = "NORM", value_parser = positive(1e30))]
    pub clip: Option<f64>,
    /// Parameters start uniform in [-INIT, INIT)
    #[arg(long, value_name = "INIT", value_parser = positive(1e3))]
    pub init: Option<f64>,
    /// Seed of initial values, order of the data, and masks
    #[arg(long, alias = "train-seed", value_name = "S", default_value_t = 1, value_parser = long(0, u64::MAX))]
    pub seed: u64,
    #[command(flatten)]
    pub data: DataArgs,
    #[command(flatten)]
    pub words: WordArgs,
    /// Keep only the most frequent words of the training data (of each language)
    #[arg(long, value_name = "WORDS", value_parser = whole(3, 1 << 24))]
    pub vocabulary: Option<usize>,
    /// Longest sentence, in words: longer ones are not trained on (nmt), or refused (ner)
    /// [default: 100 for nmt, 200 for ner]
    #[arg(long, value_name = "WORDS", value_parser = whole(1, 100_000))]
    pub max_length: Option<usize>,
    /// Order of sentences in batches: none (as shuffled), length (all sorted by length), or coarse (those of 16 batches at a
    /// time) (nmt, ner) [default: length for nmt, coarse for ner]
    #[arg(long, value_name = "ORDER", value_parser = choice::<Bucket>())]
    pub bucket: Option<Bucket>,
    /// The embedded pair of languages: en-de or en-vi (nmt) [default: en-de]
    #[arg(long, value_name = "PAIR", value_parser = ["en-de", "en-vi"])]
    pub languages: Option<String>,
    /// How the encoder reads: uni (forward) or bi (both directions, half of the units each)
    /// (nmt) [default: the preset's]
    #[arg(long, value_name = "KIND", value_parser = ["uni", "bi"])]
    pub encoder: Option<String>,
    /// Hypotheses followed side by side in decoding (nmt) [default: 5]
    #[arg(long, value_name = "WIDTH", value_parser = whole(1, 1024))]
    pub beam: Option<usize>,
}

impl TaskArgs {
    /// Three time steps to record: of a window the first, middle and last, of sentences
    /// early ones, which most batches have.
    pub fn spread(&self) -> Vec<usize> {
        match self.task {
            TaskKind::Lm => {
                let window = self.settings().window;
                vec![0, window / 2, window.saturating_sub(1)]
            }
            TaskKind::Nmt | TaskKind::Ner => vec![0, 2, 4],
        }
    }

    /// Which time steps and layers there are to record.
    pub fn places(&self) -> String {
        let Settings { window, layers, .. } = self.settings();
        match self.task {
            TaskKind::Lm => format!(
                "time steps go from 0 to {}, layers from 0 to {}",
                window.saturating_sub(1),
                layers.saturating_sub(1)
            ),
            TaskKind::Nmt | TaskKind::Ner => "restrict less: sentences of a batch may be short, \
                 and `heddle trace inspect --list` lists the layers of a whole trace"
                .into(),
        }
    }

    /// The preset's settings with those given.
    pub fn settings(&self) -> Settings {
        let preset = self.preset.settings(self.task);
        Settings {
            hidden: self.hidden.unwrap_or(preset.hidden),
            embedding: self.embedding.unwrap_or(match (self.task, self.hidden) {
                (TaskKind::Lm | TaskKind::Nmt, Some(hidden)) => hidden,
                _ => preset.embedding,
            }),
            layers: self.layers.unwrap_or(preset.layers),
            bidirectional: preset.bidirectional,
            batch: self.batch.unwrap_or(preset.batch),
            window: self.window.unwrap_or(preset.window),
            p: self.p.unwrap_or(preset.p),
            init: self.init.unwrap_or(preset.init),
            epochs: preset.epochs,
            optimiser: Optimiser {
                method: self.optimiser.unwrap_or(preset.optimiser.method),
                learning_rate: self.learning_rate.unwrap_or(preset.optimiser.learning_rate),
                decay: self.decay.unwrap_or(preset.optimiser.decay),
                full_epochs: self.full_epochs.unwrap_or(preset.optimiser.full_epochs),
                warmup: self.warmup.unwrap_or(preset.optimiser.warmup),
                clip: self.clip.unwrap_or(preset.optimiser.clip),
            },
        }
    }

    /// The training run, of `epochs` epochs or the preset's.
    pub fn spec(&self, epochs: Option<usize>) -> TaskSpec {
        let settings = self.settings();
        let model = match self.task {
            TaskKind::Lm => ModelSpec::Lm {
                model: ModelConfig {
                    embedding: settings.embedding,
                    hidden: settings.hidden,
                    layers: settings.layers,
                    init: settings.init,
                },
                batches: LmBatches {
                    batch: settings.batch,
                    steps: settings.window,
                    ..LmBatches::default()
                },
            },
            TaskKind::Nmt => ModelSpec::Nmt {
                model: NmtConfig {
                    embedding: settings.embedding,
                    hidden: settings.hidden,
                    layers: settings.layers,
                    bidirectional: match self.encoder.as_deref() {
                        Some(kind) => kind == "bi",
                        None => settings.bidirectional,
                    },
                    init: settings.init,
                },
                settings: NmtSettings {
                    batch: settings.batch,
                    beam: self.beam.unwrap_or(NmtSettings::default().beam),
                    sorted: self.sorted(NmtSettings::default().sorted),
                    subwords: self.words.subwords,
                    ..NmtSettings::default()
                },
            },
            TaskKind::Ner => ModelSpec::Ner {
                model: NerConfig {
                    embedding: settings.embedding,
                    hidden: settings.hidden,
                    layers: settings.layers,
                    init: settings.init,
                    freeze_words: self.words.freeze_words,
                    ..NerConfig::default()
                },
                batches: NerBatches {
                    batch: settings.batch,
                    sorted: self.sorted(NerBatches::default().sorted),
                    ..NerBatches::default()
                },
            },
        };
        TaskSpec {
            model,
            train: TrainConfig {
                epochs: epochs.unwrap_or(settings.epochs),
                seed: self.seed,
                optimiser: settings.optimiser,
                dropout: self.rates.of(DropoutConfig {
                    kind: self.kind,
                    share_sites: self.share_sites,
                    ..self.sites.dropout(settings.p, self.case)
                }),
                ..TrainConfig::default()
            },
        }
    }

    /// How many batches' sentences are sorted by length together.
    fn sorted(&self, default: usize) -> usize {
        self.bucket.map_or(default, Bucket::sorted)
    }

    /// The texts, which no output may replace.
    pub fn reads(&self, files: &mut Files) {
        for file in self.data.all() {
            files.reads(file.flag, Some(&file.path));
        }
        self.words.reads(files);
    }

    /// The SHA-256 of each file of data, for a report; none for embedded data.
    ///
    /// # Errors
    /// [`CosimError::File`] if one cannot be read again.
    pub fn file_hashes(&self) -> Result<Option<serde_json::Value>, CosimError> {
        let vectors = self
            .words
            .vectors(0)
            .map(|file| ("--word-vectors", file.path.to_owned()));
        self.data.hashes(vectors)
    }

    /// Refuses flags that the task has no use for.
    ///
    /// # Errors
    /// [`CosimError::Input`] that names the flag.
    pub fn check(&self) -> Result<(), CosimError> {
        use TaskKind::{Lm, Ner, Nmt};
        let shown = |value: &Option<usize>| value.map(|value| value.to_string());
        let with_files = !self.data.all().is_empty();
        for (name, given, tasks) in [
            ("--window", shown(&self.window), &[Lm][..]),
            ("--max-length", shown(&self.max_length), &[Nmt, Ner]),
            ("--beam", shown(&self.beam), &[Nmt]),
            (
                "--bucket",
                self.bucket.map(|order| order.to_string()),
                &[Nmt, Ner],
            ),
            ("--encoder", self.encoder.clone(), &[Nmt]),
            ("--languages", self.languages.clone(), &[Nmt]),
        ] {
            let Some(value) = given else { continue };
            let remedy = if !tasks.contains(&self.task) {
                let names: Vec<_> = tasks.iter().map(|task| format!("--task {task}")).collect();
                format!(
                    "it goes with {}, and this is {}",
                    names.join(" or "),
                    self.task
                )
            } else if name == "--languages" && with_files {
                "it names embedded data: leave it out where files are given".into()
            } else {
                continue;
            };
            return Err(InputError::new(name, value, remedy).into());
        }
        self.sites.check(self.task)?;
        self.rates.check(&self.sites.list)?;
        self.words.check(self.task)?;
        let batch = self.settings().batch;
        self.rates.check_groups(self.case, batch)?;
        match self.p {
            Some(p) if p > 0.0 && self.sites.list.is_empty() => {
                let remedy = "nothing is dropped with --sites none: leave one of them out";
                Err(InputError::new("--p", p, remedy).into())
            }
            _ => Ok(()),
        }
    }

    /// The data.
    ///
    /// # Errors
    /// [`CosimError::Lstm`] if a file cannot be used, [`CosimError::Input`] for a flag that the
    /// task has no use for, or as [`DataArgs::files`].
    pub fn data(&self) -> Result<TaskData, CosimError> {
        self.check()?;
        let files = self.data.files(self.task)?;
        // One file for each part, as lm and ner have.
        let single =
            |files: &[PartFiles; 3]| [0, 1, 2].map(|part: usize| files[part][0].path.clone());
        Ok(match self.task {
            TaskKind::Lm => TaskData::Lm(match &files {
                None => Corpus::moby_limited(self.vocabulary)?,
                Some(files) => {
                    let [train, valid, test] = single(files);
                    Corpus::from_files(&train, &valid, &test, self.vocabulary)?
                }
            }),
            TaskKind::Nmt => {
                let limits = NmtLimits {
                    source_words: self.vocabulary,
                    target_words: self.vocabulary,
                    sentence: self.max_length.unwrap_or(NmtLimits::default().sentence),
                };
                TaskData::Nmt(match &files {
                    None => {
                        NmtCorpus::gnome(self.languages.as_deref().unwrap_or("en-de"), &limits)?
                    }
                    Some([train, valid, test]) => {
                        NmtCorpus::from_files([train, valid, test].map(parallel), &limits)?
                    }
                })
            }
            TaskKind::Ner => {
                let reading = NerReading {
                    limit: self.vocabulary,
                    longest: self.max_length.unwrap_or(NerReading::default().longest),
                    vectors: self.words.vectors(self.settings().embedding),
                };
                TaskData::Ner(match &files {
                    None => NerCorpus::sotu_read(reading)?,
                    Some(files) => {
                        let [train, valid, test] = single(files);
                        NerCorpus::from_files(&train, &valid, &test, reading)?
                    }
                })
            }
        })
    }

    /// What is trained, in a line: for titles.
    pub fn about(&self) -> String {
        let settings = self.settings();
        let each = match self.task {
            TaskKind::Ner => " each way",
            TaskKind::Lm | TaskKind::Nmt => "",
        };
        let network = format!("{} x {} units{each}", settings.layers, settings.hidden);
        let dropout = self.rates.of(self.sites.dropout(settings.p, self.case));
        let groups = match self.rates.mask_groups {
            1 => String::new(),
            groups => format!(" in {groups} groups"),
        };
        let dropout = match site_rates::shown(&dropout, &self.sites.list) {
            None => "no dropout".to_owned(),
            Some(p) => format!(
                "dropout p {p}, Case {}{groups}, {} masks",
                self.case, self.kind
            ),
        };
        let method = match settings.optimiser.method {
            Method::Sgd => "SGD",
            Method::Adam => "Adam",
        };
        format!("{network}; {dropout}; {method}")
    }
}
