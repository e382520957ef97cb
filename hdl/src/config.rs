//! What an array can be: its size, number format, pipeline, reset and gating.

use crate::engine::EngineConfig;
use crate::tune::Defaults;
use crate::{Dataflow, Gating, HdlError, MultiplierCell, Reset, Skew, Tune};
use heddle_files::Limit;
use heddle_format::{Format, Overflow};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Everything that parameterizes the hardware. Read from TOML; unknown keys are errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ArrayConfig {
    /// PE rows: k of a weight-stationary tile, m of an output-stationary one; 1 to 256.
    pub rows: usize,
    /// PE columns, n of a tile: 1 to 256.
    pub cols: usize,
    /// Number format of operands and sums.
    pub format: Format,
    /// Bits of a sum; `None` is the format's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acc_bits: Option<usize>,
    /// What an integer sum does on overflow. Without meaning for bf16.
    pub overflow: Overflow,
    /// What the defaults of the next five are chosen for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tune: Option<Tune>,
    /// What multiplies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multiplier: Option<MultiplierCell>,
    /// Registers between operands and product: 0 to 3; `None` is 1. Of an integer, 1 is the
    /// product's, 2 also those of the operands, 3 another one of the product, for synthesis to
    /// retime; of bf16 all are the product's. In a DSP block: 1 is the output's, 2 also those of
    /// the operands, 3 also the one inside; `None` is 2. Staged: 2 is the products with the
    /// parts and their sum, 3 another one; `None` is 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mul_stages: Option<usize>,
    /// Registers from product and partial sum to the new partial sum, which is
    /// also the skew from row to row: 1 to 6; `None` is 1 for integers, 4 for bf16.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub add_stages: Option<usize>,
    /// What holds the edges' skewed data.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skew: Option<Skew>,
    /// How registers are reset; `none` is the datapath only: control always is, synchronously.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reset: Option<Reset>,
    /// What happens to registers that a mask has switched off.
    pub gating: Gating,
    /// What stays in the PEs.
    pub dataflow: Dataflow,
    /// The engine around the array, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engine: Option<EngineConfig>,
}

impl Default for ArrayConfig {
    fn default() -> Self {
        Self {
            rows: 16,
            cols: 16,
            format: Format::Bf16,
            acc_bits: None,
            overflow: Overflow::default(),
            tune: None,
            multiplier: None,
            mul_stages: None,
            add_stages: None,
            skew: None,
            reset: None,
            gating: Gating::default(),
            dataflow: Dataflow::default(),
            engine: None,
        }
    }
}

impl ArrayConfig {
    /// The default configuration with another size and format.
    pub fn new(rows: usize, cols: usize, format: Format) -> Self {
        Self {
            rows,
            cols,
            format,
            ..Self::default()
        }
    }

    /// Reads a configuration from a TOML file.
    ///
    /// # Errors
    /// [`HdlError::File`] if the file cannot be read, [`HdlError::Toml`] if it is
    /// not a configuration, [`HdlError::Config`] if a value is out of range.
    pub fn from_toml_file(path: &Path) -> Result<Self, HdlError> {
        let text = heddle_files::read_text(path, Limit::CONFIGURATION)?;
        let config: Self = toml::from_str(&text).map_err(|source| HdlError::Toml {
            path: path.to_owned(),
            source: Box::new(source),
        })?;
        config.check()?;
        Ok(config)
    }

    /// Bits of one operand.
    pub fn operand_bits(&self) -> usize {
        self.format.operand_bits()
    }

    /// Bits of a sum.
    pub fn acc_bits(&self) -> usize {
        self.acc_bits.unwrap_or(self.format.default_acc_bits())
    }

    fn defaults(&self) -> Defaults {
        self.tune
            .unwrap_or_default()
            .defaults(self.format, self.mul_stages)
    }

    /// What multiplies.
    pub fn multiplier(&self) -> MultiplierCell {
        self.multiplier.unwrap_or(self.defaults().multiplier)
    }

    /// What holds the edges' skewed data.
    pub fn skew(&self) -> Skew {
        self.skew.unwrap_or(self.defaults().skew)
    }

    /// How registers are reset.
    pub fn reset(&self) -> Reset {
        self.reset.unwrap_or(self.defaults().reset)
    }

    /// Registers between operands and product (Lm).
    pub fn mul_stages(&self) -> usize {
        let default = match self.multiplier {
            None => self.defaults().mul_stages,
            Some(cell) => cell.default_stages(),
        };
        self.mul_stages.unwrap_or(default)
    }

    /// Registers from product and partial sum to the new partial sum (La), the
    /// skew from one row to the next.
    pub fn add_stages(&self) -> usize {
        self.add_stages.unwrap_or(self.defaults().add_stages)
    }

    /// Cycles from the one in which a beat is accepted to the one in which its
    /// sums are valid at the edge: rows * La + cols + Lm.
    pub fn latency(&self) -> usize {
        self.rows * self.add_stages() + self.cols + self.mul_stages()
    }

    /// Output-stationary tiles that are computed in turns, one beat of each, so that
    /// each has `add_stages` cycles for a step of its sum.
    pub fn phases(&self) -> usize {
        self.add_stages()
    }

    /// The same with every default filled in, for readers who do not know what `tune` means.
    pub fn resolved(&self) -> Self {
        Self {
            acc_bits: Some(self.acc_bits()),
            tune: None,
            multiplier: Some(self.multiplier()),
            skew: Some(self.skew()),
            reset: Some(self.reset()),
            mul_stages: Some(self.mul_stages()),
            add_stages: Some(self.add_stages()),
            ..*self
        }
    }

    /// A name for files: format and size, and what departs from the defaults.
    pub fn slug(&self) -> String {
        let default = Self::new(self.rows, self.cols, self.format);
        let mut name = format!("{}_{}x{}", self.format, self.rows, self.cols);
        if self.acc_bits() != default.acc_bits() {
            name += &format!("_acc{}", self.acc_bits());
        }
        if self.overflow != default.overflow {
            name += "_sat";
        }
        if self.multiplier() != default.multiplier() {
            name += &format!("_{}", self.multiplier());
        }
        if self.mul_stages() != self.multiplier().default_stages() {
            name += &format!("_mul{}", self.mul_stages());
        }
        if self.add_stages() != default.add_stages() {
            name += &format!("_add{}", self.add_stages());
        }
        if self.skew() != default.skew() {
            name += &format!("_{}", self.skew());
        }
        if self.reset() != default.reset() {
            name += &format!("_rst{}", self.reset());
        }
        if self.dataflow != default.dataflow {
            name += &format!("_{}", self.dataflow);
        }
        match self.gating {
            Gating::None => name += "_ungated",
            Gating::Enable => {}
            Gating::ClockGate => name += "_clkgate",
        }
        if let Some(engine) = &self.engine {
            name += &format!("_engine{}", engine.bus_bits);
        }
        name
    }

    /// Checks every value against its range.
    ///
    /// # Errors
    /// [`HdlError::Config`] with the offending value and what would be right.
    pub fn check(&self) -> Result<(), HdlError> {
        let range = |name, value: usize, low: usize, high: usize| {
            if (low..=high).contains(&value) {
                Ok(())
            } else {
                Err(HdlError::Config {
                    name,
                    value: value.to_string(),
                    remedy: format!("use a value from {low} to {high}"),
                })
            }
        };
        range("rows", self.rows, 1, 256)?;
        range("cols", self.cols, 1, 256)?;
        let fewest = match self.multiplier() {
            MultiplierCell::Inferred => 0,
            MultiplierCell::Ecp5 => 1,
            MultiplierCell::Staged => 2,
        };
        range("mul_stages", self.mul_stages(), fewest, 3)?;
        range("add_stages", self.add_stages(), 1, 6)?;
        let choices = self.format.acc_bits_choices();
        if !choices.contains(&self.acc_bits()) {
            return Err(HdlError::Config {
                name: "acc_bits",
                value: self.acc_bits().to_string(),
                remedy: format!(
                    "{} sums have {} bits",
                    self.format,
                    choices
                        .iter()
                        .map(usize::to_string)
                        .collect::<Vec<_>>()
                        .join(", ")
                ),
            });
        }
        if !self.format.is_integer() && self.multiplier() == MultiplierCell::Staged {
            return Err(HdlError::Config {
                name: "multiplier",
                value: self.multiplier().to_string(),
                remedy: format!(
                    "{} has no staged multiplier; use inferred or ecp5",
                    self.format
                ),
            });
        }
        if !self.format.is_integer() && self.overflow != Overflow::Wrap {
            return Err(HdlError::Config {
                name: "overflow",
                value: self.overflow.to_string(),
                remedy: "bf16 sums are IEEE f32, which overflow to infinity; leave it out".into(),
            });
        }
        match &self.engine {
            Some(engine) => engine.check_around(self),
            None => Ok(()),
        }
    }
}
