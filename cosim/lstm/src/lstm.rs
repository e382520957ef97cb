//! One LSTM layer over a window of time steps.

use crate::cell::{self, GATES};
use crate::executor::Place;
use crate::{Executor, LstmError, Parameter, Scalar, Site, SiteMasks};

/// The weights of one layer of K inputs and H units.
///
/// `Z_t = (x_t * m_nr) W + (h_{t-1} * m_rh) U + b`, gates in the order i f o g.
#[derive(Debug)]
pub struct Layer<T> {
    /// W, K x 4H.
    pub w: Parameter<T>,
    /// U, H x 4H.
    pub u: Parameter<T>,
    /// b, 1 x 4H.
    pub b: Parameter<T>,
    index: usize,
    inputs: usize,
    hidden: usize,
}

/// What one layer keeps of a window from the forward to the backward pass. Time
/// steps lie one after another.
#[derive(Debug)]
pub(crate) struct LayerWork<T> {
    /// x * m_nr: T x B x K.
    x: Vec<T>,
    /// h_{t-1} * m_rh: T x B x H.
    h_before: Vec<T>,
    /// Gates going forward, dZ going backward: T x B x 4H.
    z: Vec<T>,
    /// c, the one before the window first: (T+1) x B x H.
    c: Vec<T>,
    /// tanh(c): T x B x H.
    tanh_c: Vec<T>,
    /// The layer's output: T x B x H.
    pub(crate) h: Vec<T>,
    /// Gradient of h from the layer above and the step after: B x H.
    dh: Vec<T>,
    /// Gradient of h by the way of U: B x H.
    dh_before: Vec<T>,
    /// Gradient of c: B x H.
    dc: Vec<T>,
}

impl<T: Scalar> LayerWork<T> {
    fn new(times: usize, batch: usize, inputs: usize, hidden: usize) -> Self {
        let zeros = |n: usize| vec![T::zero(); n];
        let (wide, narrow) = (times * batch, batch * hidden);
        Self {
            x: zeros(wide * inputs),
            h_before: zeros(times * narrow),
            z: zeros(GATES * times * narrow),
            c: zeros((times + 1) * narrow),
            tanh_c: zeros(times * narrow),
            h: zeros(times * narrow),
            dh: zeros(narrow),
            dh_before: zeros(narrow),
            dc: zeros(narrow),
        }
    }
}

impl<T: Scalar> Layer<T> {
    /// Layer number `index` with all weights zero.
    pub(crate) fn zeros(index: usize, inputs: usize, hidden: usize) -> Self {
        let name = |part| format!("layers.{index}.{part}");
        Self {
            w: Parameter::zeros(name("w"), inputs, GATES * hidden),
            u: Parameter::zeros(name("u"), hidden, GATES * hidden),
            b: Parameter::zeros(name("b"), 1, GATES * hidden),
            index,
            inputs,
            hidden,
        }
    }

    /// (K, H): width of the input and of the output.
    pub fn widths(&self) -> (usize, usize) {
        (self.inputs, self.hidden)
    }

    pub(crate) fn work(&self, times: usize, batch: usize) -> LayerWork<T> {
        LayerWork::new(times, batch, self.inputs, self.hidden)
    }

    fn place(&self, site: Site, time: usize) -> Place {
        Place {
            layer: self.index,
            site,
            time,
        }
    }

    /// Forward over a window: `x` (T x B x K) to `work.h`. `h` and `c` (B x H) are the
    /// state before the window and become the state after it.
    pub(crate) fn forward(
        &self,
        exec: &mut Executor<'_, T>,
        (nr, rh): (&SiteMasks<T>, &SiteMasks<T>),
        x: &[T],
        (h, c): (&mut [T], &mut [T]),
        work: &mut LayerWork<T>,
    ) -> Result<(), LstmError> {
        let hidden = self.hidden;
        let one = exec.batch() * hidden;
        let times = x.len() / (exec.batch() * self.inputs);
        let z = &mut work.z[..GATES * times * one];
        for z in z.chunks_exact_mut(GATES * hidden) {
            z.copy_from_slice(self.b.data());
        }
        let masked = &mut work.x[..x.len()];
        nr.apply(0, x, masked);
        exec.forward(self.place(Site::Nr, 0), nr, masked, &self.w, z)?;

        work.c[..one].copy_from_slice(c);
        for t in 0..times {
            let now = t * one..(t + 1) * one;
            let z = &mut z[GATES * t * one..][..GATES * one];
            let before = if t == 0 {
                &*h
            } else {
                &work.h[(t - 1) * one..t * one]
            };
            let h_before = &mut work.h_before[now.clone()];
            rh.apply(t, before, h_before);
            exec.forward(self.place(Site::Rh, t), rh, h_before, &self.u, z)?;
            let (c_before, c_after) = work.c.split_at_mut((t + 1) * one);
            cell::forward(
                hidden,
                z,
                &c_before[t * one..],
                &mut c_after[..one],
                &mut work.tanh_c[now.clone()],
                &mut work.h[now],
            );
        }
        h.copy_from_slice(&work.h[(times - 1) * one..times * one]);
        c.copy_from_slice(&work.c[times * one..][..one]);
        Ok(())
    }

    /// Backward over the window of the last forward pass: `dh` (T x B x H), the
    /// gradient of the layer's output, to `dx` (T x B x K). Weight gradients are added
    /// to; no gradient flows out of the window (truncated back-propagation).
    pub(crate) fn backward(
        &mut self,
        exec: &mut Executor<'_, T>,
        (nr, rh): (&SiteMasks<T>, &SiteMasks<T>),
        dh: &[T],
        dx: &mut [T],
        work: &mut LayerWork<T>,
    ) -> Result<(), LstmError> {
        let hidden = self.hidden;
        let one = exec.batch() * hidden;
        let times = dh.len() / one;
        work.dc.fill(T::zero());
        work.dh_before.fill(T::zero());
        for t in (0..times).rev() {
            let now = t * one..(t + 1) * one;
            let from = work.dh_before.iter().zip(&dh[now.clone()]);
            for (sum, (&after, &above)) in work.dh.iter_mut().zip(from) {
                *sum = after + above;
            }
            let z = &mut work.z[GATES * t * one..][..GATES * one];
            cell::backward(
                hidden,
                z,
                &work.c[now.clone()],
                &work.tanh_c[now],
                &work.dh,
                &mut work.dc,
            );
            // Nothing flows into the step before the window.
            if t > 0 {
                exec.backward(self.place(Site::Rh, t), rh, z, &self.u, &mut work.dh_before)?;
            }
        }
        let dz = &work.z[..GATES * times * one];
        for row in dz.chunks_exact(GATES * hidden) {
            for (sum, &dz) in self.b.grad_mut().iter_mut().zip(row) {
                *sum += dz;
            }
        }
        let rows = times * exec.batch();
        let x = &work.x[..rows * self.inputs];
        let h_before = &work.h_before[..rows * hidden];
        exec.backward(self.place(Site::Nr, 0), nr, dz, &self.w, dx)?;
        exec.weight_gradient(self.place(Site::Nr, 0), nr, x, dz, &mut self.w)?;
        exec.weight_gradient(self.place(Site::Rh, 0), rh, h_before, dz, &mut self.u)
    }
}
