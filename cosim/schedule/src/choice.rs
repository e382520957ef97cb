//! Who says how jobs are laid onto the array.

use crate::mapper::{Mapper, Product, Rules};
use crate::{Mapping, ScheduleError};
use heddle_gemm::{Element, Job, Phase, Policy};
use heddle_hdl::{ArrayConfig, Dataflow};

/// Who says how jobs are laid onto the array.
#[derive(Clone, Debug)]
pub enum Choice {
    /// All alike, but that the words of a job with a label enter as its phase says.
    Fixed(Mapping),
    /// The mapper, of each job what is best; one without a label has its operands where those of
    /// the forward pass are.
    Mapper(Box<Mapper>),
}

impl Choice {
    /// The mapper's choice if the array of `config` has both dataflows, plain otherwise.
    ///
    /// # Errors
    /// Those of [`Mapper::new`].
    pub fn usual(config: &ArrayConfig) -> Result<Self, ScheduleError> {
        Ok(match config.dataflow {
            Dataflow::Both => Self::Mapper(Box::new(Mapper::new(*config, Rules::default())?)),
            Dataflow::Ws | Dataflow::Os => Self::Fixed(Mapping::plain(config)),
        })
    }

    /// The mapping of `job` under `policy`.
    ///
    /// # Errors
    /// Those of [`Mapper::choose`].
    pub fn mapping<E: Element>(
        &mut self,
        policy: Policy,
        job: &Job<'_, E>,
    ) -> Result<Mapping, ScheduleError> {
        let phase = job.label.map(|label| label.phase);
        match self {
            Self::Fixed(mapping) => Ok(phase.map_or(*mapping, |phase| mapping.of_phase(phase))),
            Self::Mapper(mapper) => {
                let product = Product {
                    phase: phase.unwrap_or(Phase::Forward),
                    shape: job.shape(),
                    kept: job.kept_shape(),
                    policy,
                };
                Ok(mapper.choose(&product)?.mapping)
            }
        }
    }
}
