//! A trainable matrix with its gradient.

use crate::random::Stream;
use crate::Scalar;
use heddle_gemm::{MatRef, WeightKey};

/// Everything that has trainable matrices. The order in which they are visited is fixed:
/// it numbers the streams of their initial values and their places in a checkpoint.
pub trait Parameters<T> {
    /// Shows every parameter.
    fn visit<'a>(&'a self, f: &mut dyn FnMut(&'a Parameter<T>));

    /// Shows every parameter for a change.
    fn visit_mut<'a>(&'a mut self, f: &mut dyn FnMut(&'a mut Parameter<T>));

    /// Every parameter in that order.
    fn parameters(&self) -> Vec<&Parameter<T>> {
        let mut all = Vec::new();
        self.visit(&mut |parameter| all.push(parameter));
        all
    }

    /// Every parameter in that order, for a change.
    fn parameters_mut(&mut self) -> Vec<&mut Parameter<T>> {
        let mut all = Vec::new();
        self.visit_mut(&mut |parameter| all.push(parameter));
        all
    }
}

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

/// Fills every parameter with uniform draws from [-scale, scale), parameter number i from
/// a stream of its own.
pub(crate) fn init_uniform<T: Scalar>(model: &mut dyn Parameters<T>, scale: f64, seed: u64) {
    let mut index = 0;
    model.visit_mut(&mut |parameter| {
        parameter.init_uniform(scale, seed, index);
        index += 1;
    });
}
