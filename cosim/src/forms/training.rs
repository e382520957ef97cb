//! Training: `train`, the `train` of `run`, `bench train`.

use super::common::{ByPhase, Dropout, Header, Policy, Site};
use super::{form, words};

form! {
    Train {
        engine: String,
        kernel: String,
        threads: u64,
        losses: Vec<f64>,
        .. { header: Header, trained: Trained, }
    }
}

words! { Task { Lm = "lm", Nmt = "nmt", Ner = "ner", } }

form! {
    /// A training run and its scores.
    Trained {
        task: Task,
        model: Model,
        batches: Batches,
        seed: u64,
        optimiser: Optimiser,
        dropout: Dropout,
        time_steps: String,
        policy: Policy,
        steps: u64,
        epochs: Vec<Epoch>,
        best_epoch: Option<u64>,
        test: Option<Scores>,
        data: Data,
        ? {
            test_perplexity: f64,
            test_f1: f64,
            test_bleu: f64,
            test_bleu_detokenised: f64,
        }
    }
}

form! {
    /// A network of one of the tasks.
    Model {
        embedding: u64,
        hidden: u64,
        layers: u64,
        init: f64,
        ? {
            bidirectional: bool,
            char_embedding: u64,
            filters: u64,
            width: u64,
            freeze_words: bool,
        }
    }
}

form! {
    /// How the data of a task is cut.
    Batches {
        batch: u64,
        eval_batch: u64,
        ? { window: u64, steps: u64, beam: u64, sorted: u64, unknown: f64, subwords: String, }
    }
}

form! {
    Optimiser {
        method: String,
        learning_rate: f64,
        decay: f64,
        full_epochs: u64,
        clip: f64,
        ? { warmup: u64, }
    }
}

form! {
    Epoch {
        epoch: u64,
        learning_rate: f64,
        train_loss: f64,
        valid: Scores,
        tokens_per_s: f64,
        seconds: f64,
        ? { norms: Norms, mask_noise: MaskNoise, }
    }
}

form! {
    /// Norms of an epoch's gradients.
    Norms {
        median: f64,
        p95: f64,
        clipped: f64,
    }
}

form! {
    /// Variance of a gradient over draws of the masks of a site, over its squared mean.
    MaskNoise {
        draws: u64,
        ? {
            /// Of the masks on inputs of layers.
            nr: f64,
            /// Of those on h of the step before.
            rh: f64,
            /// Of those on the last layer's output.
            out: f64,
        }
    }
}

form! {
    Scores {
        loss: f64,
        ? { f1: F1, bleu: Bleu, bleu_detokenised: Bleu, }
    }
}

form! {
    F1 {
        precision: f64,
        recall: f64,
        f1: f64,
    }
}

form! {
    Bleu {
        score: f64,
        low: f64,
        high: f64,
    }
}

form! {
    /// Sizes of the parts of the data, by task.
    Data {
        ? {
            train_tokens: u64,
            valid_tokens: u64,
            test_tokens: u64,
            vocabulary: u64,
            train_sentences: u64,
            valid_sentences: u64,
            test_sentences: u64,
            tags: u64,
            word_vectors: WordVectors,
            data_files: Vec<DataFile>,
            train_pairs: u64,
            valid_pairs: u64,
            test_pairs: u64,
            train_pairs_left_out: LeftOut,
            max_length: u64,
            source_vocabulary: u64,
            target_vocabulary: u64,
        }
    }
}

form! {
    /// What a file of word vectors had of the words of the data.
    WordVectors {
        sha256: String,
        vectors: u64,
        types: u64,
        types_found: u64,
        types_normalised: u64,
        tokens: u64,
        tokens_found: u64,
        added: u64,
        duplicates: u64,
    }
}

form! {
    /// A file of data.
    DataFile {
        flag: String,
        /// Of the file; null of a pipe, which cannot be read twice.
        sha256: Option<String>,
    }
}

form! {
    LeftOut {
        long: u64,
        empty: u64,
    }
}

form! {
    Bench {
        dense_tokens_per_s: f64,
        packed_tokens_per_s: f64,
        speedup: f64,
        speedup_without_masks: f64,
        phases: ByPhase<Times>,
        lstm: Times,
        out: Times,
        other: Times,
        masks: Times,
        step: Times,
        spread: Spreads,
        kernel: String,
        threads: u64,
        corpus_tokens: u64,
        peak_memory_bytes: Option<u64>,
        settings: Settings,
        ? {
            pytorch_tokens_per_s: f64,
            dense_over_pytorch: f64,
            packed_over_pytorch: f64,
            pytorch_version: String,
            pytorch_sites: Vec<Site>,
        }
        .. { header: Header, }
    }
}

form! {
    Times {
        dense_ms: f64,
        packed_ms: f64,
        speedup: f64,
    }
}

form! {
    Spreads {
        dense_tokens_per_s: Spread,
        packed_tokens_per_s: Spread,
        speedup: Spread,
        ? {
            pytorch_tokens_per_s: Spread,
            dense_over_pytorch: Spread,
            packed_over_pytorch: Spread,
        }
    }
}

form! {
    /// Over the rounds.
    Spread {
        min: f64,
        lower_quartile: f64,
        median: f64,
        upper_quartile: f64,
        max: f64,
    }
}

form! {
    Settings {
        preset: String,
        model: Model,
        vocabulary: u64,
        corpus_words: u64,
        batch: u64,
        window: u64,
        p: f64,
        kind: String,
        sites: Vec<Site>,
        optimiser: Optimiser,
        seed: u64,
        threads: u64,
        kernel: String,
        rounds: u64,
        steps: u64,
        warm_up: u64,
        ? { mask_groups: u64, }
    }
}
