//! The flags that describe an engine and its memory.

use super::array_args::ArrayArgs;
use super::numbers::{long, whole};
use crate::CosimError;
use heddle_engine::memory::{Disturbance, Timing};
use heddle_hdl::engine::EngineConfig;
use heddle_hdl::{ArrayConfig, Dataflow};
use std::fmt;
use std::str::FromStr;

/// What is simulated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Device {
    /// The array at its edge.
    #[default]
    Array,
    /// The engine around it, with memory behind AXI.
    Engine,
}

impl Device {
    /// Both.
    pub const ALL: [Device; 2] = [Device::Array, Device::Engine];
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Device::Array => "array",
            Device::Engine => "engine",
        })
    }
}

impl FromStr for Device {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Device::ALL.into_iter().find(|of| of.to_string() == name);
        found.ok_or_else(|| format!("unknown target '{name}': use array or engine"))
    }
}

/// The engine and its memory. Buffers are keys of the table `[engine]` of --config.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Engine")]
pub struct EngineArgs {
    /// Bits of the engine's data bus: 32, 64, 128, 256 or 512 [default: 128]
    #[arg(long, value_name = "W", value_parser = whole(32, 512))]
    bus_bits: Option<usize>,
    /// Cycles of the memory from an address to its first word, and from the last word written to
    /// the response [default: 64]
    #[arg(long, value_name = "L", value_parser = long(1, 10_000))]
    latency: Option<u64>,
}

impl EngineArgs {
    /// The first flag that was given, and its value.
    pub fn given(&self) -> Option<(&'static str, String)> {
        let bus = self.bus_bits.map(|bits| ("--bus-bits", bits.to_string()));
        bus.or_else(|| Some(("--latency", self.latency?.to_string())))
    }

    /// The configuration of the engine that the flags describe: with both dataflows unless they say
    /// otherwise. `usual` is what stands without a configuration file.
    ///
    /// # Errors
    /// [`CosimError::Hdl`] for an unreadable file or a value out of range.
    pub fn config(
        &self,
        array: &ArrayArgs,
        usual: Option<ArrayConfig>,
    ) -> Result<ArrayConfig, CosimError> {
        let usual = usual.unwrap_or(ArrayConfig {
            dataflow: Dataflow::Both,
            ..ArrayConfig::default()
        });
        let mut config = array.config_over(usual, None)?;
        let mut engine: EngineConfig = config.engine.unwrap_or_default();
        if let Some(bits) = self.bus_bits {
            engine.bus_bits = bits;
        }
        config.engine = Some(engine);
        config.check()?;
        Ok(config)
    }

    /// The memory, disturbed after `seed` if there is one.
    pub fn timing(&self, seed: Option<u64>) -> Timing {
        Timing {
            latency: self.latency.unwrap_or(64),
            disturbance: seed.map(Disturbance::usual),
        }
    }
}
