//! The floating-point types that the network can be trained in.

use heddle_gemm::Element;
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

    /// The logistic function, 1 / (1 + exp(-x)).
    #[inline]
    fn sigmoid(self) -> Self {
        Self::one() / (Self::one() + (-self).exp())
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
