//! What a design is: an array, or an engine around one.

use crate::emit::Design;
use crate::Prefix;
use heddle_format::named;
use serde::{Deserialize, Serialize};

/// What a design, and the folder that holds it, is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// An array, with the skew of its beats inside.
    #[default]
    Array,
    /// An engine: an array with memory behind AXI.
    Engine,
}

named!(Kind, "kind of design", Array = "array", Engine = "engine");

impl Kind {
    /// That of `design`, by its top module.
    pub fn of(design: &Design) -> Self {
        let engine = Self::Engine.top(&Prefix::of(design));
        match design.top().is_some_and(|top| top.name == engine) {
            true => Self::Engine,
            false => Self::Array,
        }
    }

    /// The top module's name.
    pub fn top(self, prefix: &Prefix) -> String {
        match self {
            Self::Array => prefix.top(),
            Self::Engine => prefix.engine(),
        }
    }

    /// The test bench's.
    pub fn bench(self, prefix: &Prefix) -> String {
        format!("tb_{}", self.top(prefix))
    }

    /// Whether it is the default, an array.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
