//! One LSTM layer over a window of time steps.

use crate::cell::{self, GATES};
use crate::executor::Place;
use crate::masks::LayerShape;
use crate::parameter::parameters;
use crate::scalar::add;
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
pub struct LayerWork<T> {
    /// x * m_nr: T x B x K.
    x: Vec<T>,
    /// h before the window: B x H.
    h_first: Vec<T>,
    /// h_{t-1} * m_rh: T x B x H.
    h_before: Vec<T>,
    /// Gates going forward, dZ going backward: T x B x 4H.
    z: Vec<T>,
    /// c, the one before the window first: (T+1) x B x H.
    c: Vec<T>,
    /// tanh(c): T x B x H.
    tanh_c: Vec<T>,
    /// The layer's output: T x B x H.
    h: Vec<T>,
    /// Gradient of h by the way of U: B x H.
    dh_before: Vec<T>,
    /// Gradient of c: B x H.
    dc: Vec<T>,
}

/// What flows in and out at the ends of a window in [`Layer::backward`].
///
/// The default is truncated back-propagation: nothing does.
#[derive(Clone, Copy, Debug)]
pub struct Ends<'a, T> {
    /// Steps of each sample, 1 to T; all have T where there is none.
    pub lengths: Option<&'a [u32]>,
    /// Gradients (B x H each) of each sample's h and c after its last step.
    pub after: Option<(&'a [T], &'a [T])>,
    /// Whether the gradients of the state before the window are wanted: then
    /// [`LayerWork::state_gradients`] has them.
    pub before: bool,
}

impl<T> Default for Ends<'_, T> {
    fn default() -> Self {
        Self {
            lengths: None,
            after: None,
            before: false,
        }
    }
}

impl<T: Scalar> LayerWork<T> {
    /// The output of all steps so far, T x B x H.
    pub fn h(&self) -> &[T] {
        &self.h
    }

    /// The cells' states, (T+1) x B x H, the one before the window first.
    pub fn c(&self) -> &[T] {
        &self.c
    }

    /// Gradients (B x H each) of h and c before the step last gone back through.
    pub fn state_gradients(&self) -> (&[T], &[T]) {
        (&self.dh_before, &self.dc)
    }

    /// The same, to add to before going back through the step.
    pub fn state_gradients_mut(&mut self) -> (&mut [T], &mut [T]) {
        (&mut self.dh_before, &mut self.dc)
    }

    fn new(times: usize, batch: usize, inputs: usize, hidden: usize) -> Self {
        let zeros = |n: usize| vec![T::zero(); n];
        let (wide, narrow) = (times * batch, batch * hidden);
        Self {
            x: zeros(wide * inputs),
            h_first: zeros(narrow),
            h_before: zeros(times * narrow),
            z: zeros(GATES * times * narrow),
            c: zeros((times + 1) * narrow),
            tanh_c: zeros(times * narrow),
            h: zeros(times * narrow),
            dh_before: zeros(narrow),
            dc: zeros(narrow),
        }
    }
}

parameters!(Layer: w, u, b);

impl<T: Scalar> Layer<T> {
    /// A layer with all weights zero, called `{name}.w`, `.u` and `.b`. `index` is its
    /// number in labels and in the streams of its masks.
    pub fn zeros(name: &str, index: usize, inputs: usize, hidden: usize) -> Self {
        Self {
            w: Parameter::zeros(format!("{name}.w"), inputs, GATES * hidden),
            u: Parameter::zeros(format!("{name}.u"), hidden, GATES * hidden),
            b: Parameter::zeros(format!("{name}.b"), 1, GATES * hidden),
            index,
            inputs,
            hidden,
        }
    }

    /// (K, H): width of the input and of the output.
    pub fn widths(&self) -> (usize, usize) {
        (self.inputs, self.hidden)
    }

    /// Its shape over `times` steps.
    pub(crate) fn shape(&self, times: usize) -> LayerShape {
        (times, self.inputs, self.hidden)
    }

    /// Its number in labels and in the streams of its masks.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Room for windows of up to `times` steps of `batch` samples.
    pub fn work(&self, times: usize, batch: usize) -> LayerWork<T> {
        LayerWork::new(times, batch, self.inputs, self.hidden)
    }

    fn place(&self, site: Site, time: usize) -> Place {
        Place {
            layer: self.index,
            site: site.name(),
            time,
        }
    }

    /// Forward over a window: `x` (T x B x K) to `work.h()`. `h` and `c` (B x H) are the
    /// state before the window and become the state after its T steps.
    ///
    /// # Errors
    /// [`LstmError::Gemm`] if the engine fails.
    pub fn forward(
        &self,
        exec: &mut Executor<'_, T>,
        (nr, rh): (&SiteMasks<T>, &SiteMasks<T>),
        x: &[T],
        (h, c): (&mut [T], &mut [T]),
        work: &mut LayerWork<T>,
    ) -> Result<(), LstmError> {
        let one = exec.batch() * self.hidden;
        let times = x.len() / (exec.batch() * self.inputs);
        self.begin((h, c), work);
        self.inputs(exec, nr, 0, x, work)?;
        for t in 0..times {
            self.recur(exec, rh, t, work)?;
        }
        h.copy_from_slice(&work.h[(times - 1) * one..times * one]);
        c.copy_from_slice(&work.c[times * one..][..one]);
        Ok(())
    }

    /// Begins a window that [`Layer::step`] goes through, from the state (h, c) before it.
    pub fn begin(&self, (h, c): (&[T], &[T]), work: &mut LayerWork<T>) {
        work.h_first[..h.len()].copy_from_slice(h);
        work.c[..c.len()].copy_from_slice(c);
    }

    /// Forward over time step `t`, the next one: `x` (B x K) to h of the step in
    /// `work.h()`.
    ///
    /// # Errors
    /// [`LstmError::Gemm`] if the engine fails.
    pub fn step(
        &self,
        exec: &mut Executor<'_, T>,
        (nr, rh): (&SiteMasks<T>, &SiteMasks<T>),
        t: usize,
        x: &[T],
        work: &mut LayerWork<T>,
    ) -> Result<(), LstmError> {
        self.inputs(exec, nr, t, x, work)?;
        self.recur(exec, rh, t, work)
    }

    /// `z = b + (x * m_nr) W` for the time steps from `first` on.
    fn inputs(
        &self,
        exec: &mut Executor<'_, T>,
        nr: &SiteMasks<T>,
        first: usize,
        x: &[T],
        work: &mut LayerWork<T>,
    ) -> Result<(), LstmError> {
        let rows = x.len() / self.inputs;
        let before = first * exec.batch();
        let width = GATES * self.hidden;
        let z = &mut work.z[before * width..][..rows * width];
        let seed = |z: &mut [T]| z.copy_from_slice(self.b.data());
        exec.host().team.for_each(z.chunks_exact_mut(width), seed);
        let masked = &mut work.x[before * self.inputs..][..x.len()];
        nr.apply(first, x, masked);
        exec.forward(self.place(Site::Nr, first), nr, masked, &self.w, z)
    }

    /// `z += (h_{t-1} * m_rh) U`, then c and h of step `t`.
    fn recur(
        &self,
        exec: &mut Executor<'_, T>,
        rh: &SiteMasks<T>,
        t: usize,
        work: &mut LayerWork<T>,
    ) -> Result<(), LstmError> {
        let one = exec.batch() * self.hidden;
        let now = t * one..(t + 1) * one;
        let before = match t {
            0 => &work.h_first[..one],
            _ => &work.h[(t - 1) * one..t * one],
        };
        let z = &mut work.z[GATES * t * one..][..GATES * one];
        let h_before = &mut work.h_before[now.clone()];
        rh.apply(t, before, h_before);
        exec.forward(self.place(Site::Rh, t), rh, h_before, &self.u, z)?;
        let (c_before, c_after) = work.c.split_at_mut((t + 1) * one);
        let written = (
            &mut c_after[..one],
            &mut work.tanh_c[now.clone()],
            &mut work.h[now],
        );
        cell::forward(exec.host(), self.hidden, z, &c_before[t * one..], written);
        Ok(())
    }

    /// Backward over the window of the last forward pass: `dh` (T x B x H), the
    /// gradient of the layer's output, to `dx` (T x B x K). Weight gradients are added
    /// to. A sample's `dh` must be zero after its own length.
    ///
    /// # Errors
    /// [`LstmError::Gemm`] if the engine fails.
    pub fn backward(
        &mut self,
        exec: &mut Executor<'_, T>,
        masks: (&SiteMasks<T>, &SiteMasks<T>),
        dh: &[T],
        dx: &mut [T],
        work: &mut LayerWork<T>,
        ends: Ends<'_, T>,
    ) -> Result<(), LstmError> {
        let one = exec.batch() * self.hidden;
        let times = dh.len() / one;
        self.begin_back(work);
        for t in (0..times).rev() {
            if let Some(after) = ends.after {
                self.end_samples(after, ends.lengths, t + 1, times, work);
            }
            let into_before = t > 0 || ends.before;
            self.recur_back(exec, masks.1, t, &dh[t * one..][..one], into_before, work)?;
        }
        let dz = &work.z[..GATES * times * one];
        exec.backward(self.place(Site::Nr, 0), masks.0, dz, &self.w, dx)?;
        self.weight_gradients(exec, masks, times, work)
    }

    /// Adds the gradients of the final state of the samples that are `length` steps long.
    fn end_samples(
        &self,
        (dh, dc): (&[T], &[T]),
        lengths: Option<&[u32]>,
        length: usize,
        times: usize,
        work: &mut LayerWork<T>,
    ) {
        let rows = dh
            .chunks_exact(self.hidden)
            .zip(dc.chunks_exact(self.hidden));
        for (b, (dh, dc)) in rows.enumerate() {
            if lengths.map_or(times, |lengths| lengths[b] as usize) == length {
                let row = b * self.hidden..(b + 1) * self.hidden;
                add(&mut work.dh_before[row.clone()], dh);
                add(&mut work.dc[row], dc);
            }
        }
    }

    /// Begins the way back that [`Layer::step_back`] goes: no gradient yet.
    pub fn begin_back(&self, work: &mut LayerWork<T>) {
        work.dc.fill(T::zero());
        work.dh_before.fill(T::zero());
    }

    /// Backward over time step `t`, from the last one to 0: `dh` (B x H), the gradient
    /// of the step's output without what flows back through time, to `dx` (B x K).
    /// [`Layer::weight_gradients`] completes the window.
    ///
    /// # Errors
    /// [`LstmError::Gemm`] if the engine fails.
    pub fn step_back(
        &mut self,
        exec: &mut Executor<'_, T>,
        (nr, rh): (&SiteMasks<T>, &SiteMasks<T>),
        t: usize,
        dh: &[T],
        dx: &mut [T],
        work: &mut LayerWork<T>,
    ) -> Result<(), LstmError> {
        self.recur_back(exec, rh, t, dh, true, work)?;
        let wide = GATES * exec.batch() * self.hidden;
        let dz = &work.z[t * wide..][..wide];
        exec.backward(self.place(Site::Nr, t), nr, dz, &self.w, dx)
    }

    /// Back through the cells of step `t` and, if wanted, through U.
    fn recur_back(
        &self,
        exec: &mut Executor<'_, T>,
        rh: &SiteMasks<T>,
        t: usize,
        dh: &[T],
        into_before: bool,
        work: &mut LayerWork<T>,
    ) -> Result<(), LstmError> {
        let one = exec.batch() * self.hidden;
        let now = t * one..(t + 1) * one;
        let z = &mut work.z[GATES * t * one..][..GATES * one];
        cell::backward(
            exec.host(),
            self.hidden,
            z,
            &work.c[now.clone()],
            &work.tanh_c[now],
            (&work.dh_before[..one], dh),
            &mut work.dc[..one],
        );
        if into_before {
            let dh_before = &mut work.dh_before[..one];
            exec.backward(self.place(Site::Rh, t), rh, z, &self.u, dh_before)?;
        }
        Ok(())
    }

    /// Adds the weight gradients of a window of `times` steps that has been gone back
    /// through.
    ///
    /// # Errors
    /// [`LstmError::Gemm`] if the engine fails.
    pub fn weight_gradients(
        &mut self,
        exec: &mut Executor<'_, T>,
        (nr, rh): (&SiteMasks<T>, &SiteMasks<T>),
        times: usize,
        work: &LayerWork<T>,
    ) -> Result<(), LstmError> {
        let rows = times * exec.batch();
        let dz = &work.z[..GATES * rows * self.hidden];
        for row in dz.chunks_exact(GATES * self.hidden) {
            add(self.b.grad_mut(), row);
        }
        let x = &work.x[..rows * self.inputs];
        let h_before = &work.h_before[..rows * self.hidden];
        exec.weight_gradient(self.place(Site::Nr, 0), nr, x, dz, &mut self.w)?;
        exec.weight_gradient(self.place(Site::Rh, 0), rh, h_before, dz, &mut self.u)
    }
}
