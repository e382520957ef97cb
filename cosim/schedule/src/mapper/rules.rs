//! What a mapper may choose from.

use super::layout::UnitOrder;
use crate::mapping::Flow;
use crate::ScheduleError;
use heddle_files::InputError;
use heddle_format::named;
use heddle_gemm::Phase;
use heddle_hdl::ArrayConfig;
use serde::Serialize;

/// Which flows are to be considered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FlowChoice {
    /// All that the array has.
    #[default]
    Auto,
    /// Weight-stationary only.
    Ws,
    /// Output-stationary only.
    Os,
}

named!(FlowChoice, "flow", Ws = "ws", Os = "os", Auto = "auto");

/// What a mapper may choose from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Flows, of those that the array has.
    pub flow: FlowChoice,
    /// Only mappings that read every operand along its lines in memory.
    pub no_transpose: bool,
    /// How the units lie in memory.
    pub units: UnitOrder,
}

impl Rules {
    /// Checks that the array has what is asked for.
    pub(super) fn check(&self, config: &ArrayConfig) -> Result<(), ScheduleError> {
        if self.flows(config).is_empty() {
            return Err(ScheduleError::Input(InputError {
                name: "--flow",
                value: self.flow.to_string(),
                remedy: format!(
                    "the array's dataflow is {}; use --dataflow both, or --flow auto",
                    config.dataflow
                ),
            }));
        }
        Ok(())
    }

    /// The flows to be considered on the array of `config`, preferred ones first.
    pub(super) fn flows(&self, config: &ArrayConfig) -> &'static [Flow] {
        use Flow::{OutputStationary as Os, WeightStationary as Ws};
        let has = config.dataflow;
        let ws = has.has_ws() && self.flow != FlowChoice::Os;
        let os = has.has_os() && self.flow != FlowChoice::Ws;
        match (ws, os) {
            (true, true) => &[Ws, Os],
            (true, false) => &[Ws],
            (false, true) => &[Os],
            (false, false) => &[],
        }
    }

    /// The error where no mapping is left.
    pub(super) fn none_left(&self, phase: Phase) -> ScheduleError {
        ScheduleError::Input(InputError {
            name: "--no-transpose",
            value: format!("true for {phase} (--flow {}, {} units)", self.flow, self.units),
            remedy: "no mapping reads every operand of this phase along its lines; allow transpositions, more flows (--dataflow both --flow auto), or the other --x-layout".into(),
        })
    }
}
