//! `f32` products on an integer engine.

use super::weights::Weights;
use super::{oriented, Place, Store};
use crate::quantise::{quantise_into, Quantise};
use crate::{Engine, GemmError, Host, Job, Mask, MatMut, MatRef, Policy, Scratch};

/// An `f32` engine that quantises A and B of each job (see [`crate::quantise()`]) and
/// has an integer engine multiply them.
///
/// The engine's sums start from zero; each is scaled back by the product of the two
/// scales and added to C in f64, job after job. Scales come from what a
/// job keeps of A and B, but from all of a weight that has a key, so that it is
/// quantised once per version. An infinity or NaN in a kept place of an operand is
/// [`GemmError::NotFinite`]; overflow is a matter of the engine's accumulator.
#[derive(Clone, Debug)]
pub struct IntEdge<T: Quantise, E> {
    engine: E,
    name: String,
    operands: Vec<T>,
    sums: Vec<T::Acc>,
    /// The scale, or `None` for a weight that is not finite everywhere.
    weights: Weights<T, Option<f32>>,
}

/// A quantised operand.
#[derive(Clone, Copy)]
struct Operand {
    place: Place,
    scale: f32,
}

impl<T: Quantise, E: Engine<T>> IntEdge<T, E> {
    /// The edge of `engine`.
    pub fn new(engine: E) -> Self {
        Self {
            name: format!("{} in {}", engine.name(), T::FORMAT),
            engine,
            operands: Vec::new(),
            sums: Vec::new(),
            weights: Weights::default(),
        }
    }

    /// Forgets the quantised weights, such as those of a network that is gone.
    pub fn forget_weights(&mut self) {
        self.weights.clear();
    }
}

impl<T: Quantise, E> IntEdge<T, E> {
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

    /// Quantises an operand of this batch; `what` names it in an error.
    fn quantise(
        &mut self,
        what: &str,
        index: usize,
        view: MatRef<'_, f32>,
        keep_rows: Option<&Mask>,
        keep_cols: Option<&Mask>,
    ) -> Result<Operand, GemmError> {
        let (oriented, transposed) = oriented(view);
        let store = Store::Batch(self.operands.len());
        let place = Place::new(store, (oriented, transposed));
        let (rows, cols) = if transposed {
            (keep_cols, keep_rows)
        } else {
            (keep_rows, keep_cols)
        };
        match quantise_into(oriented, rows, cols, &mut self.operands) {
            Ok(scale) => Ok(Operand { place, scale }),
            Err(GemmError::NotFinite {
                row, col, value, ..
            }) => {
                let (row, col) = if transposed { (col, row) } else { (row, col) };
                Err(GemmError::NotFinite {
                    operand: format!("{what} of job {index}"),
                    row,
                    col,
                    value,
                })
            }
            Err(other) => Err(other),
        }
    }

    fn operands(
        &mut self,
        index: usize,
        job: &Job<'_, f32>,
    ) -> Result<(Operand, Operand), GemmError> {
        let a = self.quantise("A", index, job.a, job.keep_m, job.keep_k)?;
        if let Some(key) = job.b_key {
            let whole = |view: MatRef<'_, f32>, values: &mut Vec<T>| {
                quantise_into(view, None, None, values).ok()
            };
            if let (place, Some(scale)) = self.weights.place(key, job.b, whole) {
                return Ok((a, Operand { place, scale }));
            }
        }
        let b = self.quantise("B", index, job.b, job.keep_k, job.keep_n)?;
        Ok((a, b))
    }
}

impl<T: Quantise, E: Engine<T>> Engine<f32> for IntEdge<T, E> {
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
        let operands = jobs
            .iter()
            .enumerate()
            .map(|(index, job)| self.operands(index, job))
            .collect::<Result<Vec<_>, _>>()?;

        let view = |place: Place| match place.store {
            Store::Batch(start) => place.view(&self.operands[start..]),
            Store::Weight(index) => place.view(self.weights.values(index)),
        };
        let quantised: Vec<Job<'_, T>> = jobs
            .iter()
            .zip(&operands)
            .enumerate()
            .map(|(index, (job, (a, b)))| Job {
                // The key stands for the whole weight at one scale, not for what this
                // job keeps of it.
                b_key: job
                    .b_key
                    .filter(|_| matches!(b.place.store, Store::Weight(_))),
                ..job.with_operands(view(a.place), view(b.place), index)
            })
            .collect();
        let len = |job: &Job<'_, f32>| job.a.rows() * job.b.cols();
        self.sums.clear();
        self.sums
            .resize(jobs.iter().map(len).sum(), T::Acc::default());
        let mut rest = self.sums.as_mut_slice();
        let mut sums: Vec<MatMut<'_, T::Acc>> = jobs
            .iter()
            .map(|job| {
                let (head, tail) = std::mem::take(&mut rest).split_at_mut(len(job));
                rest = tail;
                MatMut::row_major(head, job.a.rows(), job.b.cols())
            })
            .collect();
        self.engine.run(policy, &quantised, &mut sums, scratch)?;

        for ((job, (a, b)), sums) in jobs.iter().zip(&operands).zip(&sums) {
            let scale = f64::from(a.scale) * f64::from(b.scale); // exact: powers of two
            add_scaled(job, scale, sums, &mut outputs[job.c]);
        }
        Ok(())
    }
}

/// `c += scale * sums` at kept m and n, in f64: scaling is exact for sums of up to 53
/// bits.
fn add_scaled<A: Copy + Into<i64>>(
    job: &Job<'_, f32>,
    scale: f64,
    sums: &MatMut<'_, A>,
    c: &mut MatMut<'_, f32>,
) {
    let keeps = |mask: Option<&Mask>, i: usize| mask.is_none_or(|mask| mask.keeps(i));
    for row in (0..c.rows()).filter(|&row| keeps(job.keep_m, row)) {
        for col in (0..c.cols()).filter(|&col| keeps(job.keep_n, col)) {
            let sum: i64 = sums.at(row, col).into();
            if sum != 0 {
                let exact = f64::from(c.at(row, col)) + sum as f64 * scale;
                c.set(row, col, exact as f32);
            }
        }
    }
}
