//! The flags that say what the mapper may choose, shared by the subcommands.

use super::choice::choice;
use crate::CosimError;
use heddle_hdl::ArrayConfig;
use heddle_schedule::mapper::layout::UnitOrder;
use heddle_schedule::mapper::{FlowChoice, Mapper, Rules};

/// How products may be laid onto the array.
#[derive(Clone, Copy, Debug, clap::Args)]
#[command(next_help_heading = "Mapping")]
pub struct MapArgs {
    /// What may stay in the PEs: ws (weights), os (sums) or auto, the best of what the
    /// array's --dataflow has
    #[arg(long, value_name = "FLOW", default_value = "auto", value_parser = choice::<FlowChoice>())]
    flow: FlowChoice,
    /// Only mappings that read and write every operand along its lines in memory
    #[arg(long)]
    no_transpose: bool,
    /// How the units lie in memory: batch-major (those of a sample together, as heddle
    /// trains and records) or feature-major (the samples of a unit together)
    #[arg(long, value_name = "ORDER", default_value = "batch-major", value_parser = choice::<UnitOrder>())]
    x_layout: UnitOrder,
}

impl MapArgs {
    /// A mapper for the array of `config`.
    ///
    /// # Errors
    /// [`CosimError::Input`] if the array does not have the flow.
    pub fn mapper(&self, config: ArrayConfig) -> Result<Mapper, CosimError> {
        Ok(Mapper::new(config, self.rules())?)
    }

    /// The first flag that is not as usual, and its value.
    pub fn given(&self) -> Option<(&'static str, String)> {
        let usual = Rules::default();
        let flow = (self.flow != usual.flow).then(|| ("--flow", self.flow.to_string()));
        let layout =
            (self.x_layout != usual.units).then(|| ("--x-layout", self.x_layout.to_string()));
        let transpose = self
            .no_transpose
            .then(|| ("--no-transpose", "given".to_owned()));
        flow.or(transpose).or(layout)
    }

    /// What the mapper may choose from.
    pub fn rules(&self) -> Rules {
        Rules {
            flow: self.flow,
            no_transpose: self.no_transpose,
            units: self.x_layout,
        }
    }
}
