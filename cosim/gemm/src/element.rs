//! The element types of a product.

use half::bf16;
use std::fmt::Debug;

/// A type that the operands of a product can have.
pub trait Element: Copy + Default + PartialEq + Debug + Send + Sync + 'static {
    /// The type of a sum: `f32` for `f32` and `bf16`, `f64` for `f64`, `i32` for
    /// `i8`, `i64` for `i16`. Narrower integer accumulators are sign-extended.
    type Acc: Copy + Default + PartialEq + Debug + Send + Sync + 'static;
}

impl Element for f32 {
    type Acc = f32;
}
impl Element for f64 {
    type Acc = f64;
}
impl Element for bf16 {
    type Acc = f32;
}
impl Element for i8 {
    type Acc = i32;
}
impl Element for i16 {
    type Acc = i64;
}
