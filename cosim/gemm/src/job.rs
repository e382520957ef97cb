//! One masked product, and what it is called.

use crate::{Element, GemmError, Mask, MatMut, MatRef, Shape, WeightKey};
use heddle_format::named;
use serde::{Deserialize, Serialize};

/// The phase of training that a product belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Phase {
    /// `Z += X W`; the dropout mask acts on k.
    #[serde(rename = "fp")]
    Forward,
    /// `dX = dZ W^T`; the dropout mask acts on n.
    #[serde(rename = "bp")]
    Backward,
    /// `dW += X^T dZ`; the dropout mask acts on m.
    #[serde(rename = "wg")]
    WeightGradient,
}

// In the order of a training step.
named!(
    Phase,
    "phase",
    Forward = "fp",
    Backward = "bp",
    WeightGradient = "wg"
);

/// Where in the network, the sequence and the training run a product belongs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// The phase.
    pub phase: Phase,
    /// LSTM layer, from 0.
    pub layer: usize,
    /// Time step in the window, from 0.
    pub time: usize,
    /// Training step (window) in the run, from 0.
    pub step: u64,
    /// Dropout site: `nr`, `rh`, `out`, or another word.
    pub site: &'static str,
}

/// One masked product of a batch: `C = C0 + A B`, C0 being what `outputs[c]` holds.
///
/// A dropped k contributes nothing to any sum; a dropped m or n leaves its row or
/// column of C as it was. What A and B hold in dropped places is never used, NaN
/// included.
#[derive(Clone, Copy, Debug)]
pub struct Job<'a, E: Element> {
    /// What the job is called, if it is to be told apart.
    pub label: Option<&'a Label>,
    /// A, M x K.
    pub a: MatRef<'a, E>,
    /// B, K x N.
    pub b: MatRef<'a, E>,
    /// Set where B (or its transpose) is a weight that many jobs share.
    pub b_key: Option<WeightKey>,
    /// Keep-mask on the rows of A and C, `None` keeps all.
    pub keep_m: Option<&'a Mask>,
    /// Keep-mask on the reduction, `None` keeps all.
    pub keep_k: Option<&'a Mask>,
    /// Keep-mask on the columns of B and C, `None` keeps all.
    pub keep_n: Option<&'a Mask>,
    /// Index of C in the batch's outputs. Jobs that name the same output are
    /// chained: the later one starts from the earlier one's result.
    pub c: usize,
}

impl<'a, E: Element> Job<'a, E> {
    /// An unmasked, unnamed job on output `c`.
    pub fn new(a: MatRef<'a, E>, b: MatRef<'a, E>, c: usize) -> Self {
        Self {
            label: None,
            a,
            b,
            b_key: None,
            keep_m: None,
            keep_k: None,
            keep_n: None,
            c,
        }
    }

    /// The same job on operands of another type and another output.
    pub fn with_operands<F: Element>(
        &self,
        a: MatRef<'a, F>,
        b: MatRef<'a, F>,
        c: usize,
    ) -> Job<'a, F> {
        Job {
            label: self.label,
            a,
            b,
            b_key: self.b_key,
            keep_m: self.keep_m,
            keep_k: self.keep_k,
            keep_n: self.keep_n,
            c,
        }
    }

    /// M x K x N.
    pub fn shape(&self) -> Shape {
        Shape::new(self.a.rows(), self.a.cols(), self.b.cols())
    }

    /// M x K x N of what is kept.
    pub fn kept_shape(&self) -> Shape {
        self.shape().kept([self.keep_m, self.keep_k, self.keep_n])
    }

    /// [Checks](Self::check) a batch of jobs.
    ///
    /// # Errors
    /// [`GemmError::Shape`] that names the first misfit.
    pub fn check_all(jobs: &[Self], outputs: &[MatMut<'_, E::Acc>]) -> Result<(), GemmError> {
        let mut jobs = jobs.iter().enumerate();
        jobs.try_for_each(|(index, job)| job.check(index, outputs))
    }

    /// Checks that shapes, masks and output fit together. `index` is the job's
    /// place in its batch, for the message.
    ///
    /// # Errors
    /// [`GemmError::Shape`] that names the first misfit.
    pub fn check(&self, index: usize, outputs: &[MatMut<'_, E::Acc>]) -> Result<(), GemmError> {
        let Shape { m, k, n } = self.shape();
        let want = |what, given, expected| {
            if given == expected {
                Ok(())
            } else {
                Err(GemmError::Shape {
                    job: index,
                    what,
                    given,
                    expected,
                })
            }
        };
        want("rows of B", self.b.rows(), k)?;
        let c = outputs.get(self.c).ok_or(GemmError::Shape {
            job: index,
            what: "index of its output, out of range; number of outputs",
            given: self.c,
            expected: outputs.len(),
        })?;
        want("rows of C", c.rows(), m)?;
        want("columns of C", c.cols(), n)?;
        for (what, mask, len) in [
            ("length of the mask on m", self.keep_m, m),
            ("length of the mask on k", self.keep_k, k),
            ("length of the mask on n", self.keep_n, n),
        ] {
            if let Some(mask) = mask {
                want(what, mask.len(), len)?;
            }
        }
        Ok(())
    }
}
