//! `f32` products on a bf16 engine.

use super::weights::Weights;
use super::{oriented, Place, Store};
use crate::quantise::round_into;
use crate::{Engine, GemmError, Host, Job, MatMut, MatRef, Policy, Scratch};
use half::bf16;

/// An `f32` engine that rounds A and B to bf16, nearest even, and has a bf16 engine
/// multiply them. C is f32 on both sides and goes through unchanged.
#[derive(Clone, Debug)]
pub struct Bf16Edge<E> {
    engine: E,
    name: String,
    operands: Vec<bf16>,
    weights: Weights<bf16, ()>,
}

impl<E: Engine<bf16>> Bf16Edge<E> {
    /// The edge of `engine`.
    pub fn new(engine: E) -> Self {
        Self {
            name: format!("{} in bf16", engine.name()),
            engine,
            operands: Vec::new(),
            weights: Weights::default(),
        }
    }

    /// Forgets the rounded weights, such as those of a network that is gone.
    pub fn forget_weights(&mut self) {
        self.weights.clear();
    }
}

impl<E> Bf16Edge<E> {
    /// The engine behind the edge.
    pub fn engine(&self) -> &E {
        &self.engine
    }

    /// The engine behind the edge.
    pub fn engine_mut(&mut self) -> &mut E {
        &mut self.engine
    }

    /// The engine behind the edge.
    pub fn into_engine(self) -> E {
        self.engine
    }

    fn round(&mut self, view: MatRef<'_, f32>) -> Place {
        let turned = oriented(view);
        let place = Place::new(Store::Batch(self.operands.len()), turned);
        round_into(turned.0, &mut self.operands);
        place
    }
}

impl<E: Engine<bf16>> Engine<f32> for Bf16Edge<E> {
    fn name(&self) -> &str {
        &self.name
    }

    fn host(&self) -> Host {
        self.engine.host()
    }

    fn run(
        &mut self,
        policy: Policy,
        jobs: &[Job<'_, f32>],
        outputs: &mut [MatMut<'_, f32>],
        scratch: &mut Scratch,
    ) -> Result<(), GemmError> {
        Job::check_all(jobs, outputs)?;
        self.operands.clear();
        let places: Vec<(Place, Place)> = jobs
            .iter()
            .map(|job| {
                let b = match job.b_key {
                    Some(key) => self.weights.place(key, job.b, round_into).0,
                    None => self.round(job.b),
                };
                (self.round(job.a), b)
            })
            .collect();
        let view = |place: Place| match place.store {
            Store::Batch(start) => place.view(&self.operands[start..]),
            Store::Weight(index) => place.view(self.weights.values(index)),
        };
        let jobs: Vec<Job<'_, bf16>> = jobs
            .iter()
            .zip(places)
            .map(|(job, (a, b))| job.with_operands(view(a), view(b), job.c))
            .collect();
        self.engine.run(policy, &jobs, outputs, scratch)
    }
}
