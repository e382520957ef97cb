//! A trainable matrix with its gradient.

use crate::random::Stream;
use crate::Scalar;
use heddle_gemm::{MatRef, WeightKey};

/// A trainable matrix, row-major, with its gradient.
#[derive(Debug)]
pub struct Parameter<T> {
    name: String,
    rows: usize,
    cols: usize,
    data: Vec<T>,
    grad: Vec<T>,
    key: WeightKey,
}

impl<T: Scalar> Parameter<T> {
    /// A matrix of zeros.
    pub fn zeros(name: impl Into<String>, rows: usize, cols: usize) -> Self {
        Self {
            name: name.into(),
            rows,
            cols,
            data: vec![T::zero(); rows * cols],
            grad: vec![T::zero(); rows * cols],
            key: WeightKey::new(),
        }
    }

    /// What the parameter is called, such as `layers.0.w`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// (rows, columns).
    pub fn shape(&self) -> (usize, usize) {
        (self.rows, self.cols)
    }

    /// The values, row-major.
    pub fn data(&self) -> &[T] {
        &self.data
    }

    /// The values for an update. The key is invalidated: an engine drops whatever it
    /// prepared from the old values.
    pub fn data_mut(&mut self) -> &mut [T] {
        self.key.invalidate();
        &mut self.data
    }

    /// The gradient of the objective by the values, row-major.
    pub fn grad(&self) -> &[T] {
        &self.grad
    }

    /// The gradient, to be added to.
    pub fn grad_mut(&mut self) -> &mut [T] {
        &mut self.grad
    }

    /// Values and gradient for an update; the key is invalidated as by
    /// [`Parameter::data_mut`].
    pub fn update(&mut self) -> (&mut [T], &mut [T]) {
        self.key.invalidate();
        (&mut self.data, &mut self.grad)
    }

    /// The view that the engines are given.
    pub fn view(&self) -> MatRef<'_, T> {
        MatRef::row_major(&self.data, self.rows, self.cols)
    }

    /// Names these values for the engines.
    pub fn key(&self) -> WeightKey {
        self.key
    }

    /// Fills the matrix with uniform draws from [-scale, scale).
    pub(crate) fn init_uniform(&mut self, scale: f64, seed: u64, index: u32) {
        let mut stream = Stream::init(seed, index);
        for value in self.data_mut() {
            *value = T::of(stream.symmetric(scale));
        }
    }
}
