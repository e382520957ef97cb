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

/// [`Parameters`] of a struct: those of its fields, in the order given.
macro_rules! parameters {
    ($type:ident: $($field:ident),+) => {
        impl<T> crate::Parameters<T> for $type<T> {
            fn visit<'a>(&'a self, f: &mut dyn FnMut(&'a crate::Parameter<T>)) {
                $(self.$field.visit(f);)+
            }

            fn visit_mut<'a>(&'a mut self, f: &mut dyn FnMut(&'a mut crate::Parameter<T>)) {
                $(self.$field.visit_mut(f);)+
            }
        }
    };
}
pub(crate) use parameters;

impl<T> Parameters<T> for Parameter<T> {
    fn visit<'a>(&'a self, f: &mut dyn FnMut(&'a Parameter<T>)) {
        f(self);
    }

    fn visit_mut<'a>(&'a mut self, f: &mut dyn FnMut(&'a mut Parameter<T>)) {
        f(self);
    }
}

impl<T, P: Parameters<T>> Parameters<T> for Vec<P> {
    fn visit<'a>(&'a self, f: &mut dyn FnMut(&'a Parameter<T>)) {
        self.iter().for_each(|part| part.visit(f));
    }

    fn visit_mut<'a>(&'a mut self, f: &mut dyn FnMut(&'a mut Parameter<T>)) {
        self.iter_mut().for_each(|part| part.visit_mut(f));
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
    touched: Option<Touched>,
    frozen: bool,
}

/// The rows of a gradient that may differ from zero.
#[derive(Debug)]
struct Touched {
    /// In the order of their first touch.
    rows: Vec<u32>,
    /// Whether a row is among them.
    marks: Vec<bool>,
}

impl Touched {
    fn add(&mut self, row: u32) {
        if !std::mem::replace(&mut self.marks[row as usize], true) {
            self.rows.push(row);
        }
    }
}

/// A parameter laid open for its update.
pub(crate) struct Update<'a, T> {
    /// The values, row-major.
    pub(crate) data: &'a mut [T],
    /// Their gradient.
    pub(crate) grad: &'a mut [T],
    /// Columns of a row.
    pub(crate) cols: usize,
    /// The rows whose gradient may differ from zero, if it is known.
    pub(crate) touched: Option<&'a [u32]>,
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
            touched: None,
            frozen: false,
        }
    }

    /// A matrix of zeros of whose gradient few rows differ from zero in each step, as of
    /// word vectors: it remembers which, and an update costs as many rows.
    pub fn sparse(name: impl Into<String>, rows: usize, cols: usize) -> Self {
        Self {
            touched: Some(Touched {
                rows: Vec::with_capacity(rows),
                marks: vec![false; rows],
            }),
            ..Self::zeros(name, rows, cols)
        }
    }

    /// What the parameter is called, such as `layers.0.w`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Keeps the values as they are: from now on no update changes them, and whoever computes
    /// gradients leaves this one out.
    pub fn freeze(&mut self) {
        self.frozen = true;
    }

    /// Whether the values stay as they are.
    pub fn is_frozen(&self) -> bool {
        self.frozen
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
        if let Some(touched) = &mut self.touched {
            (0..self.rows as u32).for_each(|row| touched.add(row));
        }
        &mut self.grad
    }

    /// One row of the gradient, to be added to.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn grad_row_mut(&mut self, row: u32) -> &mut [T] {
        if let Some(touched) = &mut self.touched {
            touched.add(row);
        }
        &mut self.grad[row as usize * self.cols..][..self.cols]
    }

    /// The rows whose gradient may differ from zero, where it is known, in the order of
    /// their first touch.
    pub fn touched(&self) -> Option<&[u32]> {
        self.touched.as_ref().map(|touched| &touched.rows[..])
    }

    /// Everything that an update needs; the key is invalidated as by
    /// [`Parameter::data_mut`].
    pub(crate) fn update(&mut self) -> Update<'_, T> {
        self.key.invalidate();
        Update {
            data: &mut self.data,
            grad: &mut self.grad,
            cols: self.cols,
            touched: self.touched.as_ref().map(|touched| &touched.rows[..]),
        }
    }

    /// To be called once the gradient is zero again.
    pub(crate) fn forget_touched(&mut self) {
        if let Some(Touched { rows, marks }) = &mut self.touched {
            rows.drain(..).for_each(|row| marks[row as usize] = false);
        }
    }

    /// Makes the gradient zero.
    pub fn clear_grad(&mut self) {
        self.grad.fill(T::zero());
        self.forget_touched();
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
