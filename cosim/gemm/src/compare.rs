//! When two results are the same, and where they first are not.

use crate::{Element, GemmError, Job, MatRef, Policy};
use std::fmt;

/// A sum that results are made of.
pub trait Sum: Copy + fmt::Debug + fmt::Display {
    /// The sum's bits, sign- or zero-extended to 64.
    fn bits(self) -> u64;

    /// Hexadecimal digits that its bits take.
    const DIGITS: usize;

    /// Whether it is a NaN.
    fn is_nan(self) -> bool;

    /// Whether it is a zero of either sign.
    fn is_zero(self) -> bool;
}

macro_rules! sum {
    ($($type:ty, $bits:ident, $nan:expr;)*) => {$(
        impl Sum for $type {
            const DIGITS: usize = 2 * size_of::<$type>();

            fn bits(self) -> u64 {
                $bits(self)
            }

            fn is_nan(self) -> bool {
                $nan(self)
            }

            fn is_zero(self) -> bool {
                self == <$type>::default()
            }
        }
    )*};
}

fn bits_f32(value: f32) -> u64 {
    value.to_bits().into()
}

fn bits_i32(value: i32) -> u64 {
    (value as u32).into()
}

fn bits_i64(value: i64) -> u64 {
    value as u64
}

sum! {
    f32, bits_f32, f32::is_nan;
    i32, bits_i32, |_| false;
    i64, bits_i64, |_| false;
}

/// When a found sum equals the expected one: bit for bit, where any NaN equals any NaN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Equality {
    /// A zero equals a zero of its own sign only.
    Strict,
    /// A zero of either sign equals a zero.
    ZeroOfEitherSign,
}

impl Equality {
    /// The equality of a trace's expected result with that of `job` under `policy`:
    /// strict, but for a dense job that drops a k, since multiplying +0 by +0 there
    /// turns a sum of -0 into +0. Engines under the *same* policy agree strictly.
    pub fn of<E: Element>(policy: Policy, job: &Job<'_, E>) -> Self {
        let drops_k = job
            .keep_k
            .is_some_and(|mask| mask.kept().len() < mask.len());
        if policy == Policy::Dense && drops_k {
            Equality::ZeroOfEitherSign
        } else {
            Equality::Strict
        }
    }

    /// Whether `found` equals `expected`.
    pub fn holds<T: Sum>(self, expected: T, found: T) -> bool {
        expected.bits() == found.bits()
            || (expected.is_nan() && found.is_nan())
            || (self == Equality::ZeroOfEitherSign && expected.is_zero() && found.is_zero())
    }
}

/// A sum that is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mismatch<T> {
    /// Row of C.
    pub row: usize,
    /// Column of C.
    pub col: usize,
    /// The sum that was expected.
    pub expected: T,
    /// The sum that was found.
    pub found: T,
}

impl<T: Sum> fmt::Display for Mismatch<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            row,
            col,
            expected,
            found,
        } = *self;
        let digits = T::DIGITS;
        write!(
            f,
            "row {row}, column {col}: expected {expected} (0x{:0digits$x}), found {found} (0x{:0digits$x})",
            expected.bits(),
            found.bits()
        )
    }
}

/// What a comparison of two results brought.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison<T> {
    /// How many sums differ.
    pub mismatches: usize,
    /// The first of them in row-major order.
    pub first: Option<Mismatch<T>>,
}

impl<T> Comparison<T> {
    /// Whether no sum differs.
    pub fn is_equal(&self) -> bool {
        self.mismatches == 0
    }
}

/// Compares two results of the same shape.
///
/// # Errors
/// [`GemmError::Compare`] if the shapes differ.
pub fn compare<T: Sum>(
    expected: MatRef<'_, T>,
    found: MatRef<'_, T>,
    equality: Equality,
) -> Result<Comparison<T>, GemmError> {
    let shapes = [expected, found].map(|view| (view.rows(), view.cols()));
    if shapes[0] != shapes[1] {
        return Err(GemmError::Compare {
            expected: shapes[0],
            found: shapes[1],
        });
    }
    let mut result = Comparison {
        mismatches: 0,
        first: None,
    };
    for row in 0..expected.rows() {
        for col in 0..expected.cols() {
            let (expected, found) = (expected.at(row, col), found.at(row, col));
            if !equality.holds(expected, found) {
                result.mismatches += 1;
                result.first.get_or_insert(Mismatch {
                    row,
                    col,
                    expected,
                    found,
                });
            }
        }
    }
    Ok(result)
}
