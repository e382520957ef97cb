//! The floating-point types that the network can be trained in.

use heddle_gemm::{Element, Host};
use num_traits::Float;
use std::fmt::{Debug, Display};
use std::iter::Sum;
use std::ops::{AddAssign, MulAssign};

/// `f32`, in which networks are trained, or `f64`, in which gradients are checked.
pub trait Scalar:
    Element<Acc = Self> + Float + bytemuck::Pod + AddAssign + MulAssign + Sum + Display + Debug
{
    /// The nearest value of this type.
    fn of(value: f64) -> Self;

    /// The same value as `f64`.
    fn f64(self) -> f64;

    /// `x = exp(x - origin)` for a whole slice.
    fn exp_from(host: &Host, origin: Self, x: &mut [Self]) {
        let _ = host;
        x.iter_mut().for_each(|x| *x = (*x - origin).exp());
    }

    /// `x = tanh(x)` for a whole slice.
    fn tanh_all(host: &Host, x: &mut [Self]) {
        let _ = host;
        x.iter_mut().for_each(|x| *x = x.tanh());
    }

    /// The logistic function, `x = 1 / (1 + exp(-x))`, for a whole slice.
    fn sigmoid_all(host: &Host, x: &mut [Self]) {
        let _ = host;
        let one = Self::one();
        x.iter_mut().for_each(|x| *x = one / (one + (-*x).exp()));
    }
}

impl Scalar for f32 {
    #[inline]
    fn of(value: f64) -> Self {
        value as f32
    }

    #[inline]
    fn f64(self) -> f64 {
        f64::from(self)
    }

    fn exp_from(host: &Host, origin: Self, x: &mut [Self]) {
        host.exp_from(origin, x);
    }

    fn tanh_all(host: &Host, x: &mut [Self]) {
        host.tanh(x);
    }

    fn sigmoid_all(host: &Host, x: &mut [Self]) {
        host.sigmoid(x);
    }
}

impl Scalar for f64 {
    #[inline]
    fn of(value: f64) -> Self {
        value
    }

    #[inline]
    fn f64(self) -> f64 {
        self
    }
}

/// `sums += values`, element by element.
pub(crate) fn add<T: Scalar>(sums: &mut [T], values: &[T]) {
    for (sum, &value) in sums.iter_mut().zip(values) {
        *sum += value;
    }
}

/// Makes every row of a matrix equal to `row`, such as a bias ahead of a product.
pub(crate) fn fill_rows<T: Scalar>(matrix: &mut [T], row: &[T]) {
    for to in matrix.chunks_exact_mut(row.len()) {
        to.copy_from_slice(row);
    }
}
