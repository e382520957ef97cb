//! The flags that describe an engine and its memory.

use super::array_args::ArrayArgs;
use super::numbers::{long, whole};
use crate::CosimError;
use heddle_engine::memory::{Disturbance, Timing};
use heddle_engine::products::Asked;
use heddle_files::InputError;
use heddle_gemm::{Phase, Shape};
use heddle_hdl::engine::EngineConfig;
use heddle_hdl::{ArrayConfig, Dataflow, Kind, Tune};
use heddle_schedule::job::kept_shape;

/// Largest dimension of a product that is asked for by its shape.
const MAX_PRODUCT: usize = 1 << 16;

/// A flag that was given, and its value.
pub type Given = Option<(&'static str, String)>;

/// Refuses a flag that the target lacks: `array` is one that only the array at its edge has, `engine` one that only the
/// engine has.
///
/// # Errors
/// [`CosimError::Input`].
pub fn check_target(target: Kind, array: Given, engine: Given) -> Result<(), CosimError> {
    let (given, remedy) = match target {
        Kind::Array => (
            engine,
            "it is of the engine: add --target engine, or leave it out",
        ),
        Kind::Engine => (
            array,
            "it is of the array at its edge: leave it out with --target engine",
        ),
    };
    match given {
        None => Ok(()),
        Some((name, value)) => Err(InputError::new(name, value, remedy).into()),
    }
}

/// The engine and its memory. Buffers are keys of the table `[engine]` of --config.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Engine")]
pub struct TileEngineArgs {
    /// Bits of the engine's data bus: 32, 64, 128, 256 or 512 [default: 128]
    #[arg(long, value_name = "W", value_parser = whole(32, 512))]
    bus_bits: Option<usize>,
    /// Cycles of the memory from an address to its first word, and from the last word written to
    /// the response [default: 64]
    #[arg(long, value_name = "L", value_parser = long(1, 10_000))]
    latency: Option<u64>,
}

impl TileEngineArgs {
    /// The first flag that was given, and its value.
    pub fn given(&self) -> Given {
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
        engine_config(array, usual, None, self.bus_bits)
    }

    /// The memory, disturbed after `seed` if there is one.
    pub fn timing(&self, seed: Option<u64>) -> Timing {
        Timing {
            latency: self.latency.unwrap_or(64),
            disturbance: seed.map(Disturbance::usual),
        }
    }
}

/// An engine to be generated, where an array might be.
#[derive(Clone, Debug, clap::Args)]
pub struct AroundArgs {
    /// The engine around the array, for both dataflows unless told otherwise: registers behind AXI4-Lite, memory
    /// behind AXI4. Buffers are keys of the table [engine] of --config
    #[arg(long)]
    engine: bool,
    /// Bits of the engine's data bus: 32, 64, 128, 256 or 512 [default: 128]
    #[arg(long, value_name = "W", requires = "engine", value_parser = whole(32, 512))]
    bus_bits: Option<usize>,
}

impl AroundArgs {
    /// The configuration of the engine, tuned for `tune` unless flags or file say otherwise; nothing where none is
    /// wanted.
    ///
    /// # Errors
    /// As [`TileEngineArgs::config`].
    pub fn config(
        &self,
        array: &ArrayArgs,
        tune: Option<Tune>,
    ) -> Result<Option<ArrayConfig>, CosimError> {
        let config = || engine_config(array, None, tune, self.bus_bits);
        self.engine.then(config).transpose()
    }
}

/// The configuration of an engine with a bus of `bus_bits`: with both dataflows, and tuned for `tune`,
/// unless flags or file say otherwise. `usual` is what stands without a configuration file.
fn engine_config(
    array: &ArrayArgs,
    usual: Option<ArrayConfig>,
    tune: Option<Tune>,
    bus_bits: Option<usize>,
) -> Result<ArrayConfig, CosimError> {
    let usual = usual.unwrap_or(ArrayConfig {
        dataflow: Dataflow::Both,
        ..ArrayConfig::default()
    });
    let mut config = array.config_over(usual, tune)?;
    let mut engine: EngineConfig = config
        .engine
        .unwrap_or_else(|| EngineConfig::around(config.rows, config.cols));
    if let Some(bits) = bus_bits {
        engine.bus_bits = bits;
    }
    config.engine = Some(engine);
    config.check()?;
    Ok(config)
}

/// The product of --phase.
#[derive(Clone, Debug, clap::Args)]
pub struct ProductArgs {
    /// Rows of A and C of the product of --phase (engine)
    #[arg(long, value_name = "M", requires = "phase", value_parser = whole(1, MAX_PRODUCT))]
    pub m: Option<usize>,
    /// Its reduction: columns of A, rows of B (engine)
    #[arg(long, value_name = "K", requires = "phase", value_parser = whole(1, MAX_PRODUCT))]
    pub k: Option<usize>,
    /// Columns of B and C (engine)
    #[arg(long, value_name = "N", requires = "phase", value_parser = whole(1, MAX_PRODUCT))]
    pub n: Option<usize>,
    /// How many of its masked dimension are kept: fp k, bp n, wg m (engine) [default: all]
    #[arg(long, value_name = "COUNT", requires = "phase", value_parser = whole(0, MAX_PRODUCT))]
    pub keep: Option<usize>,
    /// Time steps: weight gradients add up on chip (engine)
    #[arg(long, value_name = "T", default_value_t = 1, requires = "phase", value_parser = whole(1, 4096))]
    pub times: usize,
}

impl ProductArgs {
    /// The product of this phase.
    ///
    /// # Errors
    /// [`CosimError::Input`] if a dimension is absent, or shorter than what is to be kept of it.
    pub fn asked(&self, phase: Phase, seed: u64) -> Result<Asked, CosimError> {
        let of = |name: &'static str, given: Option<usize>| {
            given.ok_or_else(|| {
                CosimError::Input(InputError {
                    name,
                    value: "absent".into(),
                    remedy: "give --phase, --m, --k and --n together".into(),
                })
            })
        };
        let shape = Shape::new(of("--m", self.m)?, of("--k", self.k)?, of("--n", self.n)?);
        if let Some(keep) = self.keep {
            kept_shape(phase, shape, keep)?;
        }
        Ok(Asked {
            phase,
            shape,
            keep: self.keep,
            times: self.times,
            seed,
        })
    }
}
