//! Settings that are known to work, or that papers have used.

use heddle_format::named;
use heddle_lstm::{Method, Optimiser, TaskKind};

/// A set of settings for each task.
///
/// | preset | lm | nmt | ner |
/// |---|---|---|---|
/// | demo | 2 x 128, for the embedded text | 1 x 128 | 64 each way |
/// | small | Zaremba et al. 2014, small | 2 x 256 | 100 each way |
/// | medium | Zaremba et al. 2014, medium | OpenNMT's defaults | Ma and Hovy 2016 |
/// | large | Zaremba et al. 2014, large | 2 x 1024 | 256 each way |
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// Quick, on the embedded data.
    Demo,
    /// The smallest of the papers'.
    Small,
    /// The middle one.
    Medium,
    /// The largest.
    Large,
}

named!(
    Preset,
    "preset",
    Demo = "demo",
    Small = "small",
    Medium = "medium",
    Large = "large"
);

/// What a preset settles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Units of a layer.
    pub hidden: usize,
    /// Width of the word vectors.
    pub embedding: usize,
    /// LSTM layers.
    pub layers: usize,
    /// Whether the encoder of a translator reads in both directions.
    pub bidirectional: bool,
    /// Samples side by side.
    pub batch: usize,
    /// Time steps of a window.
    pub window: usize,
    /// Probability of dropping a unit.
    pub p: f64,
    /// Range of the initial values; for ner, what the usual ranges are multiplied by.
    pub init: f64,
    /// Times that the data is read.
    pub epochs: usize,
    /// The optimiser.
    pub optimiser: Optimiser,
}

impl Preset {
    /// The settings for a task.
    pub fn settings(self, task: TaskKind) -> Settings {
        match task {
            TaskKind::Lm => self.lm(),
            TaskKind::Nmt => self.nmt(),
            TaskKind::Ner => self.ner(),
        }
    }

    /// Zaremba, Sutskever and Vinyals 2014 (arXiv 1409.2329), section 4.1, and the small
    /// model of the code published with it.
    fn lm(self) -> Settings {
        let (hidden, window, p, init, epochs) = match self {
            Preset::Demo => (128, 20, 0.5, 0.1, 6),
            Preset::Small => (200, 20, 0.0, 0.1, 13),
            Preset::Medium => (650, 35, 0.5, 0.05, 39),
            Preset::Large => (1500, 35, 0.65, 0.04, 55),
        };
        let (decay, full_epochs, clip) = match self {
            Preset::Demo | Preset::Small => (0.5, 4, 5.0),
            Preset::Medium => (1.0 / 1.2, 6, 5.0),
            Preset::Large => (1.0 / 1.15, 14, 10.0),
        };
        Settings {
            hidden,
            embedding: hidden,
            layers: 2,
            bidirectional: false,
            batch: 20,
            window,
            p,
            init,
            epochs,
            optimiser: Optimiser {
                method: Method::Sgd,
                learning_rate: 1.0,
                decay,
                full_epochs,
                clip,
                warmup: 0,
            },
        }
    }

    /// Medium: the defaults of OpenNMT-py; the others are smaller and larger ones.
    fn nmt(self) -> Settings {
        let (hidden, layers, batch, epochs) = match self {
            Preset::Demo => (128, 1, 32, 12),
            Preset::Small => (256, 2, 64, 20),
            Preset::Medium => (500, 2, 64, 13),
            Preset::Large => (1024, 2, 128, 12),
        };
        Settings {
            hidden,
            embedding: hidden,
            layers,
            bidirectional: self != Preset::Medium,
            batch,
            window: 0,
            p: 0.3,
            init: 0.1,
            epochs,
            optimiser: Optimiser {
                method: Method::Sgd,
                learning_rate: 1.0,
                decay: 0.5,
                full_epochs: 8,
                clip: 5.0,
                warmup: 0,
            },
        }
    }

    /// Medium: the sizes of Ma and Hovy 2016 (arXiv 1603.01354, table 1). The optimiser is
    /// Adam: their SGD needs word vectors trained elsewhere.
    fn ner(self) -> Settings {
        let (hidden, embedding, batch, epochs) = match self {
            Preset::Demo => (64, 50, 16, 8),
            Preset::Small => (100, 50, 16, 14),
            Preset::Medium => (200, 100, 10, 20),
            Preset::Large => (256, 100, 16, 20),
        };
        Settings {
            hidden,
            embedding,
            layers: 1,
            bidirectional: true,
            batch,
            window: 0,
            p: 0.5,
            init: 1.0,
            epochs,
            optimiser: Optimiser {
                method: Method::Adam,
                learning_rate: 0.003,
                decay: 0.8,
                full_epochs: 4,
                clip: 5.0,
                warmup: 0,
            },
        }
    }
}
