//! What the attributes of a field say of it, and how registers are reset and held.

use super::Size;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What the attributes of a field say.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    pub(super) lanes: Option<Size>,
    pub(super) bits: Option<Size>,
    pub(super) absent: bool,
    pub(super) style: Option<Style>,
    count: Option<Size>,
    pub(super) doc: Option<&'static str>,
}

impl Shape {
    /// So many elements.
    #[must_use]
    pub fn with_lanes(self, lanes: impl Into<Size>) -> Self {
        Self {
            lanes: Some(lanes.into()),
            ..self
        }
    }

    /// So many bits.
    #[must_use]
    pub fn with_bits(self, bits: impl Into<Size>) -> Self {
        Self {
            bits: Some(bits.into()),
            ..self
        }
    }

    /// Absent unless `present`.
    #[must_use]
    pub fn with_when(self, present: bool) -> Self {
        Self {
            absent: self.absent || !present,
            ..self
        }
    }

    /// How a register is reset and gated.
    #[must_use]
    pub fn with_style(self, style: Style) -> Self {
        Self {
            style: Some(style),
            ..self
        }
    }

    /// So many instances.
    #[must_use]
    pub fn with_count(self, count: impl Into<Size>) -> Self {
        Self {
            count: Some(count.into()),
            ..self
        }
    }

    /// Its comment instead of the doc comment, if there is one.
    #[must_use]
    pub fn with_doc(self, doc: impl Into<Option<&'static str>>) -> Self {
        Self {
            doc: doc.into().or(self.doc),
            ..self
        }
    }

    /// How many instances, if there are many.
    pub fn count(&self) -> Option<&Size> {
        self.count.as_ref()
    }

    /// Whether it is there.
    pub fn is_present(&self) -> bool {
        !self.absent
    }
}

/// How registers are reset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reset {
    /// Not at all.
    None,
    /// At a rising edge of the clock.
    #[default]
    Sync,
    /// At once.
    Async,
}

impl Reset {
    /// Every value, in the order in which choices are listed.
    pub const ALL: [Reset; 3] = [Reset::None, Reset::Sync, Reset::Async];

    /// The name used in configurations and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Reset::None => "none",
            Reset::Sync => "sync",
            Reset::Async => "async",
        }
    }
}

impl fmt::Display for Reset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Reset {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|reset| reset.name() == s);
        found.ok_or_else(|| format!("unknown reset style '{s}': use one of none, sync, async"))
    }
}

/// How a register is reset and held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Style {
    /// How it is reset, to zero.
    pub reset: Reset,
    /// Whether its enable stops the clock through a gate cell.
    pub gated: bool,
}
