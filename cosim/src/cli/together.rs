//! Jobs that are streamed back to back, and how each is mapped.

use crate::CosimError;
use heddle_gemm::Policy;
use heddle_hdl::{ArrayConfig, Dataflow};
use heddle_schedule::mapper::{Mapper, Product};
use heddle_schedule::Mapping;
use heddle_trace::TraceJob;

/// Jobs that are streamed back to back.
#[derive(Default)]
pub struct Together {
    pub jobs: Vec<TraceJob>,
    /// The mapper chooses where there is none.
    pub mappings: Vec<Option<Mapping>>,
}

impl Together {
    /// Whether a job of that name is among them.
    pub fn has(&self, name: &str) -> bool {
        self.jobs.iter().any(|job| job.header.name == name)
    }

    /// The mapping of each job under `policy`.
    pub fn mapped(&self, mapper: &mut Mapper, policy: Policy) -> Result<Vec<Mapping>, CosimError> {
        let chosen = |(job, mapping): (&TraceJob, &Option<Mapping>)| match mapping {
            Some(mapping) => Ok(mapping.of_phase(job.header.phase)),
            None => {
                let product = Product {
                    phase: job.header.phase,
                    shape: (job.header.m, job.header.k, job.header.n),
                    kept: job.kept_shape(),
                    policy,
                };
                Ok(mapper.choose(&product)?.mapping)
            }
        };
        self.jobs.iter().zip(&self.mappings).map(chosen).collect()
    }
}

/// The mapping of recorded jobs on an array of `config`: the mapper's choice if the array
/// has both dataflows, plain otherwise.
pub fn recorded_mapping(config: &ArrayConfig) -> Option<Mapping> {
    match config.dataflow {
        Dataflow::Both => None,
        Dataflow::Ws | Dataflow::Os => Some(Mapping::plain(config)),
    }
}
