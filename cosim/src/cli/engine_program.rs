//! Programs of jobs of a trace: which of them add up, and how their tensors lie in memory.

use crate::CosimError;
use heddle_engine::products::{given, Given};
use heddle_engine::{Layout, Program, Sizes};
use heddle_gemm::Policy;
use heddle_trace::{Tensors, TraceJob};

/// The program of jobs: those that add into the same sums are one chain, which passes through memory once.
///
/// # Errors
/// [`CosimError::Engine`] if the engine cannot do one of them.
pub fn program(sizes: &Sizes, policy: Policy, jobs: &[TraceJob]) -> Result<Program, CosimError> {
    let bytes: Vec<_> = jobs
        .iter()
        .map(|job| operands(sizes, &job.tensors))
        .collect();
    let products = jobs.iter().zip(&bytes).map(|(job, (a, b, c0))| Given {
        layout: Layout::of(job.header.phase),
        shape: job.header.shape,
        a,
        b,
        c0: c0.as_deref(),
        keep: [
            job.keep_m.as_ref(),
            job.keep_k.as_ref(),
            job.keep_n.as_ref(),
        ],
    });
    let mut chains: Vec<(&TraceJob, Vec<Given>)> = Vec::new();
    for (job, product) in jobs.iter().zip(products) {
        let adds = |(first, chain): &&mut (&TraceJob, Vec<Given>)| {
            add_up(first, job) && chain[0].adds_up_with(&product)
        };
        match chains.iter_mut().find(adds) {
            Some((_, chain)) => chain.push(product),
            None => chains.push((job, vec![product])),
        }
    }
    let chains = chains.iter().map(|(_, chain)| &chain[..]);
    Ok(given(sizes, policy, chains)?)
}

/// Whether both add into the same sums: their operands are scaled alike, too.
fn add_up(first: &TraceJob, job: &TraceJob) -> bool {
    let scale = |job: &TraceJob| {
        let scale = |of: Option<f64>| of.unwrap_or(1.0);
        scale(job.header.scale_a) * scale(job.header.scale_b)
    };
    job.header.sums.is_some() && first.header.sums == job.header.sums && scale(first) == scale(job)
}

/// A, B and C0 as they lie in memory.
fn operands(sizes: &Sizes, tensors: &Tensors) -> (Vec<u8>, Vec<u8>, Option<Vec<u8>>) {
    macro_rules! bytes {
        ($of:expr) => {
            $of.iter().flat_map(|value| value.to_le_bytes()).collect()
        };
    }
    match tensors {
        Tensors::Int8(of) => (
            bytes!(of.a),
            bytes!(of.b),
            of.c0.as_ref().map(|c0| bytes!(c0)),
        ),
        Tensors::Bf16(of) => (
            bytes!(of.a),
            bytes!(of.b),
            of.c0.as_ref().map(|c0| bytes!(c0)),
        ),
        Tensors::Int16(of) => {
            let narrow = |sum: &i64| {
                let bytes = sum.to_le_bytes();
                bytes.into_iter().take(sizes.sum_bytes)
            };
            let c0 = of.c0.as_ref();
            let c0 = c0.map(|c0| c0.iter().flat_map(narrow).collect());
            (bytes!(of.a), bytes!(of.b), c0)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heddle_engine::Descriptor;
    use heddle_format::Format;
    use heddle_gemm::{Phase, Shape};
    use heddle_hdl::engine::EngineConfig;
    use heddle_hdl::{ArrayConfig, Dataflow};
    use heddle_trace::{JobHeader, Operands};

    fn job(sums: Option<u64>, scale: f64) -> TraceJob {
        let shape = Shape::new(2, 3, 2);
        TraceJob {
            header: JobHeader {
                sums,
                scale_a: Some(scale),
                scale_b: Some(1.0),
                ..JobHeader::new("job", Phase::Forward, shape, Format::Int8)
            },
            tensors: Tensors::Int8(Operands {
                a: vec![1; 6],
                b: vec![1; 6],
                c0: None,
                c: None,
            }),
            keep_m: None,
            keep_k: None,
            keep_n: None,
        }
    }

    #[test]
    fn only_what_adds_into_the_same_sums_is_a_chain() {
        let sizes = Sizes::new(&ArrayConfig {
            dataflow: Dataflow::Both,
            engine: Some(EngineConfig::default()),
            ..ArrayConfig::new(4, 4, Format::Int8)
        });
        let resumes = |jobs: &[TraceJob]| -> Vec<bool> {
            let program = program(&sizes, Policy::Dense, jobs).unwrap();
            let jobs = program.descriptors.iter().map(Descriptor::unpack);
            jobs.map(|job| job.unwrap().resume).collect()
        };
        let (one, other) = (job(Some(1), 0.5), job(Some(2), 0.5));
        // The chain's jobs come one behind the other.
        let jobs = [one.clone(), other.clone(), one.clone(), other];
        assert_eq!(resumes(&jobs), [false, true, false, true]);
        assert_eq!(resumes(&[job(None, 0.5), job(None, 0.5)]), [false, false]);
        assert_eq!(resumes(&[one, job(Some(1), 0.25)]), [false, false]);
    }
}
