//! The flags that describe an array, shared by the subcommands.

use super::choice::{choice, one_of};
use super::numbers::whole;
use crate::CosimError;
use heddle_files::InputError;
use heddle_format::{Format, Overflow};
use heddle_hdl::{ArrayConfig, Dataflow, Gating, MultiplierCell, Reset, Skew, Tune};
use std::path::PathBuf;

/// The array. Flags override the file, the file overrides the defaults (16 x 16 bf16).
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Array")]
pub struct ArrayArgs {
    /// Configuration file; its keys are the flags below with '_' for '-'
    #[arg(long, value_name = "FILE.toml")]
    config: Option<PathBuf>,
    /// PE rows, the reduction dimension of a tile: 1 to 256 [default: 16]
    #[arg(long, value_name = "R", value_parser = whole(1, 256))]
    rows: Option<usize>,
    /// PE columns, the output dimension of a tile: 1 to 256 [default: 16]
    #[arg(long, value_name = "C", value_parser = whole(1, 256))]
    cols: Option<usize>,
    /// Operands: int8, int16 or bf16 [default: bf16]
    #[arg(long, value_name = "FORMAT", value_parser = choice::<Format>())]
    pub format: Option<Format>,
    /// Bits of a sum: 16, 20, 24, 28, 32 for int8; 32, 40, 48, 56, 64 for int16; 32 for
    /// bf16 [default: 32, int16: 48]
    #[arg(long, value_name = "BITS", value_parser = whole(16, 64))]
    acc_bits: Option<usize>,
    /// What an integer sum does on overflow: wrap or saturate [default: wrap]
    #[arg(long, value_name = "MODE", value_parser = choice::<Overflow>())]
    overflow: Option<Overflow>,
    /// What the defaults of the next five flags are chosen for: generic, ecp5, ice40 or liberty
    /// (standard cells) [default: generic; the target, where a subcommand has one]
    #[arg(long, value_name = "TARGET", value_parser = choice::<Tune>())]
    tune: Option<Tune>,
    /// Pipeline registers of the multiplier: 0 to 3, ecp5 1 to 3, staged 2 or 3 [default: 1,
    /// others: 2]
    #[arg(long, value_name = "STAGES", value_parser = whole(0, 3))]
    mul_stages: Option<usize>,
    /// What multiplies: inferred, ecp5 (a DSP block of Lattice ECP5, with its own registers), or
    /// staged (products with parts of the weight, then their sum: for standard cells; integers only) [default:
    /// inferred]
    #[arg(long, value_name = "CELL", value_parser = choice::<MultiplierCell>())]
    multiplier: Option<MultiplierCell>,
    /// Pipeline registers of the adder: 1 to 6 [default: 1, bf16: 4]
    #[arg(long, value_name = "STAGES", value_parser = whole(1, 6))]
    add_stages: Option<usize>,
    /// What holds the data that the edges skew: registers, or ram (distributed RAM where the
    /// target has it) [default: registers]
    #[arg(long, value_name = "KIND", value_parser = choice::<Skew>())]
    skew: Option<Skew>,
    /// How registers are reset: none (control only), sync or async [default: sync]
    #[arg(long, value_name = "STYLE", value_parser = one_of::<Reset>(Reset::ALL.map(Reset::name)))]
    reset: Option<Reset>,
    /// What stops a switched-off PE: none, enable or clock-gate [default: enable]
    #[arg(long, value_name = "STYLE", value_parser = choice::<Gating>())]
    gating: Option<Gating>,
    /// What stays in the PEs: ws (weights), os (sums) or both, tile by tile [default: ws]
    #[arg(long, value_name = "FLOW", value_parser = choice::<Dataflow>())]
    dataflow: Option<Dataflow>,
}

impl ArrayArgs {
    /// The configuration file, which no output may replace.
    pub fn file(&self) -> Option<&PathBuf> {
        self.config.as_ref()
    }

    /// Refuses flags that say more than the numbers in which an array computes.
    ///
    /// # Errors
    /// [`CosimError::Input`] that names the first.
    pub fn numbers_only(&self) -> Result<(), CosimError> {
        fn shown<T: std::fmt::Display>(value: Option<T>) -> Option<String> {
            value.map(|value| value.to_string())
        }
        for (name, given) in [
            ("--rows", shown(self.rows)),
            ("--cols", shown(self.cols)),
            ("--tune", shown(self.tune)),
            ("--mul-stages", shown(self.mul_stages)),
            ("--multiplier", shown(self.multiplier)),
            ("--add-stages", shown(self.add_stages)),
            ("--skew", shown(self.skew)),
            ("--reset", shown(self.reset)),
            ("--gating", shown(self.gating)),
            ("--dataflow", shown(self.dataflow)),
        ] {
            if let Some(value) = given {
                let remedy =
                    "a trace depends on --format, --acc-bits and --overflow alone: leave it out";
                return Err(InputError::new(name, value, remedy).into());
            }
        }
        Ok(())
    }

    /// The configuration, checked.
    ///
    /// # Errors
    /// [`CosimError::Hdl`] for an unreadable file or a value out of range.
    pub fn config(&self) -> Result<ArrayConfig, CosimError> {
        self.config_for(None)
    }

    /// The same, tuned for `tune` if neither flags nor file say for what.
    ///
    /// # Errors
    /// As [`config`](Self::config).
    pub fn config_for(&self, tune: Option<Tune>) -> Result<ArrayConfig, CosimError> {
        self.config_over(ArrayConfig::default(), tune)
    }

    /// The same, with `usual` where there is no configuration file.
    ///
    /// # Errors
    /// As [`config`](Self::config).
    pub fn config_over(
        &self,
        usual: ArrayConfig,
        tune: Option<Tune>,
    ) -> Result<ArrayConfig, CosimError> {
        let mut config = match &self.config {
            Some(path) => ArrayConfig::from_toml_file(path)?,
            None => usual,
        };
        fn set<T: Copy>(to: &mut T, from: Option<T>) {
            if let Some(value) = from {
                *to = value;
            }
        }
        set(&mut config.rows, self.rows);
        set(&mut config.cols, self.cols);
        set(&mut config.format, self.format);
        set(&mut config.overflow, self.overflow);
        config.tune = self.tune.or(config.tune).or(tune);
        config.reset = self.reset.or(config.reset);
        set(&mut config.gating, self.gating);
        set(&mut config.dataflow, self.dataflow);
        config.acc_bits = self.acc_bits.or(config.acc_bits);
        config.mul_stages = self.mul_stages.or(config.mul_stages);
        config.multiplier = self.multiplier.or(config.multiplier);
        config.skew = self.skew.or(config.skew);
        config.add_stages = self.add_stages.or(config.add_stages);
        config.check()?;
        Ok(config)
    }
}
