//! What stands around the array for those who bring their own memory: the array behind AXI4-Stream, and the
//! sequencer of output-stationary runs. `AROUND.md` in this crate's folder is what a user needs.

mod axis;
mod beats;
mod credits;
mod exchanges;
mod fields;
mod generate;
mod os_run;
mod results;
mod run;
mod stream;

pub use axis::{BeatStream, Ready, SeedStream, SumStream, WeightStream};
pub use beats::OsBeats;
pub use exchanges::OsExchanges;
pub use generate::{around_design, generate_around};
pub use os_run::OsRun;
pub use results::OsResults;
pub use run::{Run, GROUP_BITS};
pub use stream::Stream;

use crate::emit::Design;
use crate::{ArrayConfig, HdlError, Prefix};

/// A module around the array, emitted on request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Around {
    /// The array behind AXI4-Stream.
    Stream,
    /// The sequencer of output-stationary runs, beside the array.
    OsRun,
}

impl Around {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Stream, Self::OsRun];

    /// Its module.
    pub fn module(self, prefix: &Prefix) -> String {
        prefix.module(match self {
            Self::Stream => "stream",
            Self::OsRun => "os_run",
        })
    }

    /// The text with which it is instantiated.
    pub fn instance(self, prefix: &Prefix) -> String {
        format!("{}_inst.vh", self.module(prefix))
    }

    /// Those of a design.
    pub fn of(design: &Design) -> Vec<Self> {
        let prefix = Prefix::of(design);
        let is_there = |which: &Self| {
            let name = which.module(&prefix);
            design.modules.iter().any(|module| module.name == name)
        };
        Self::ALL.into_iter().filter(is_there).collect()
    }

    /// Checks that the array of `config` can have it.
    ///
    /// # Errors
    /// [`HdlError::Config`] with what would be right.
    pub fn check(self, config: &ArrayConfig) -> Result<(), HdlError> {
        config.check()?;
        match self {
            Self::OsRun if !config.has_os() => Err(HdlError::Config {
                name: "dataflow",
                value: config.dataflow.to_string(),
                remedy: "a sequencer of output-stationary runs (os_run) wants os or both".into(),
            }),
            _ => Ok(()),
        }
    }
}
