//! Hands the matrix products of a network to an engine, group by group where the batch is
//! in groups with masks of their own.

use crate::{Groups, LstmError, Parameter, Scalar, SiteMasks};
use heddle_gemm::{Engine, Host, Job, Label, MatMut, MatRef, Phase, Policy, Scratch};
use smallvec::SmallVec;

/// A window's list of something for each time step, on the stack unless the window is
/// longer than most.
type Steps<X> = SmallVec<[X; 64]>;

/// How products that differ only in their time step are put to the engine.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum TimeSteps {
    /// One product for all of them wherever they share their mask, the way dense
    /// training is fastest; it is labelled with the first of its time steps.
    #[default]
    Merged,
    /// One product each, in one batch.
    Separate,
}

/// Where a run of products belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// LSTM layer, from 0; the softmax counts to the last layer.
    pub layer: usize,
    /// The site whose mask acts ([`crate::Site::name`]), or another word.
    pub site: &'static str,
    /// Time step of the first product in the window, from 0.
    pub time: usize,
}

/// Turns the three phases of `Z_t += (X_t * mask) W` into labelled jobs.
///
/// The rows of all matrices are samples of the batch; time steps lie one after
/// another, so that a matrix of several steps is one matrix with more rows. The samples of a
/// group lie one after another, so that its part of a step is a matrix too.
pub struct Executor<'e, T: Scalar> {
    engine: &'e mut (dyn Engine<T> + 'e),
    scratch: &'e mut Scratch,
    policy: Policy,
    time_steps: TimeSteps,
    batch: usize,
    step: u64,
    labels: Steps<Label>,
    host: Host,
}

impl<'e, T: Scalar> Executor<'e, T> {
    /// An executor for windows of `batch` samples.
    pub fn new(
        engine: &'e mut (dyn Engine<T> + 'e),
        scratch: &'e mut Scratch,
        policy: Policy,
        time_steps: TimeSteps,
        batch: usize,
    ) -> Self {
        let host = engine.host();
        Self {
            engine,
            scratch,
            policy,
            time_steps,
            batch,
            step: 0,
            labels: Steps::new(),
            host,
        }
    }

    /// The same with labels of training step `step`.
    pub fn at_step(mut self, step: u64) -> Self {
        self.step = step;
        self
    }

    /// Samples in the batch.
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// What the work between the products may use.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// Forward: `z_t += x_t w`, the masks on k. Per time step, x is B x K, z B x N.
    ///
    /// # Errors
    /// [`LstmError::Gemm`] if the engine fails.
    pub fn forward(
        &mut self,
        place: Place,
        masks: &SiteMasks<T>,
        x: &[T],
        w: &Parameter<T>,
        z: &mut [T],
    ) -> Result<(), LstmError> {
        let (k, n) = w.shape();
        let spans = self.spans(Phase::Forward, place, masks, z.len() / n);
        let jobs: Steps<_> = spans
            .clone()
            .map(|span| Job {
                label: Some(&self.labels[span.index]),
                b_key: Some(w.key()),
                keep_k: masks.units(span.mask),
                ..Job::new(span.rows(x, k), w.view(), span.index)
            })
            .collect();
        let mut outputs = split(z, spans, n);
        self.engine
            .run(self.policy, &jobs, &mut outputs, self.scratch)?;
        Ok(())
    }

    /// Backward to the input: `dx_t = (dz_t w^T) * mask`, the masks on n. Per time
    /// step, dz is B x N, dx B x K.
    ///
    /// # Errors
    /// [`LstmError::Gemm`] if the engine fails.
    pub fn backward(
        &mut self,
        place: Place,
        masks: &SiteMasks<T>,
        dz: &[T],
        w: &Parameter<T>,
        dx: &mut [T],
    ) -> Result<(), LstmError> {
        let (k, n) = w.shape();
        dx.fill(T::zero());
        let spans = self.spans(Phase::Backward, place, masks, dz.len() / n);
        let jobs: Steps<_> = spans
            .clone()
            .map(|span| Job {
                label: Some(&self.labels[span.index]),
                b_key: Some(w.key()),
                keep_n: masks.units(span.mask),
                ..Job::new(span.rows(dz, n), w.view().t(), span.index)
            })
            .collect();
        let mut outputs = split(dx, spans, k);
        self.engine
            .run(self.policy, &jobs, &mut outputs, self.scratch)?;
        drop(outputs);
        masks.apply_in_place(place.time, dx);
        Ok(())
    }

    /// Weight gradient: `dw += x_t^T dz_t`, the masks on m, chained over the time
    /// steps through `dw`. Per time step, x is B x K, dz B x N.
    ///
    /// # Errors
    /// [`LstmError::Gemm`] if the engine fails.
    pub fn weight_gradient(
        &mut self,
        place: Place,
        masks: &SiteMasks<T>,
        x: &[T],
        dz: &[T],
        w: &mut Parameter<T>,
    ) -> Result<(), LstmError> {
        let (k, n) = w.shape();
        let spans = self.spans(Phase::WeightGradient, place, masks, dz.len() / n);
        let jobs: Steps<_> = spans
            .map(|span| Job {
                label: Some(&self.labels[span.index]),
                keep_m: masks.units(span.mask),
                ..Job::new(span.rows(x, k).t(), span.rows(dz, n), 0)
            })
            .collect();
        let mut outputs = [MatMut::row_major(w.grad_mut(), k, n)];
        self.engine
            .run(self.policy, &jobs, &mut outputs, self.scratch)?;
        Ok(())
    }

    /// Divides `rows` rows of samples into products, and labels them.
    fn spans(&mut self, phase: Phase, place: Place, masks: &SiteMasks<T>, rows: usize) -> Spans {
        let merge = self.time_steps == TimeSteps::Merged && masks.products_alike();
        let groups = match merge {
            true => Groups::of(rows, 1),
            false => masks.groups(self.batch),
        };
        let spans = Spans {
            next: 0,
            count: if merge {
                1
            } else {
                rows / self.batch * groups.count
            },
            time: place.time,
            batch: if merge { rows } else { self.batch },
            groups,
        };
        self.labels.clear();
        self.labels.extend(spans.clone().map(|span| Label {
            phase,
            layer: place.layer,
            time: span.time,
            step: self.step,
            site: place.site,
        }));
        spans
    }
}

/// The products that a run of time steps is divided into.
#[derive(Clone)]
struct Spans {
    next: usize,
    count: usize,
    /// The first time step.
    time: usize,
    /// Rows of a time step, or of all where they are one product.
    batch: usize,
    /// How they are divided.
    groups: Groups,
}

/// One product of a run.
struct Span {
    /// Its place among the products.
    index: usize,
    /// Its first time step in the window.
    time: usize,
    /// Its mask among those of the window.
    mask: usize,
    /// Its first row, and the one behind its last.
    first: usize,
    end: usize,
}

impl Span {
    /// Its rows of a matrix of `cols` columns.
    fn rows<'a, T: Scalar>(&self, data: &'a [T], cols: usize) -> MatRef<'a, T> {
        let rows = &data[self.first * cols..self.end * cols];
        MatRef::row_major(rows, self.end - self.first, cols)
    }
}

impl Iterator for Spans {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        let index = self.next;
        self.next += 1;
        let Groups { count, samples } = self.groups;
        let (step, group) = (index / count, index % count);
        (index < self.count).then_some(Span {
            index,
            time: self.time + step,
            mask: self.time * count + index,
            first: step * self.batch + group * samples,
            end: step * self.batch + ((group + 1) * samples).min(self.batch),
        })
    }
}

/// One writable matrix per product.
fn split<T>(mut data: &mut [T], spans: Spans, cols: usize) -> Steps<MatMut<'_, T>> {
    spans
        .map(|span| {
            let rows = span.end - span.first;
            let (own, rest) = std::mem::take(&mut data).split_at_mut(rows * cols);
            data = rest;
            MatMut::row_major(own, rows, cols)
        })
        .collect()
}
