//! From `f32` to the operands of the array's formats.
//!
//! bf16 is rounded to nearest, ties to even. Integers are quantised symmetrically, one
//! scale per tensor: `x` becomes `round(x / scale)`, ties to even, clamped to
//! `+-(2^(w-1) - 1)`. The scale is the smallest power of two under which the largest
//! kept magnitude is not clamped, but at least 2^-126, and 1 where all is zero.

use crate::{Element, GemmError, Mask, MatRef};
use half::bf16;
use heddle_format::Format;

/// An integer operand that values are quantised to.
pub trait Quantise: Element<Acc: Into<i64>> + bytemuck::Pod {
    /// The format it belongs to.
    const FORMAT: Format;

    /// The largest magnitude, 2^(w-1) - 1.
    const LIMIT: i16;

    /// The integer of `value`, which is whole and within +-[`Quantise::LIMIT`].
    fn from_whole(value: f32) -> Self;
}

macro_rules! quantise {
    ($($type:ty, $format:expr;)*) => {$(
        impl Quantise for $type {
            const FORMAT: Format = $format;
            const LIMIT: i16 = <$type>::MAX as i16;

            fn from_whole(value: f32) -> Self {
                value as Self
            }
        }
    )*};
}

quantise! {
    i8, Format::Int8;
    i16, Format::Int16;
}

/// A quantised matrix, row-major without gaps: `value = integer * scale`.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantised<T> {
    /// The integers; zero in dropped places.
    pub values: Vec<T>,
    /// A power of two.
    pub scale: f32,
}

/// [`quantise`] to 8 bits.
///
/// # Errors
/// [`GemmError::NotFinite`] if a kept value is an infinity or NaN.
pub fn quantise_i8(
    view: MatRef<'_, f32>,
    keep_rows: Option<&Mask>,
    keep_cols: Option<&Mask>,
) -> Result<Quantised<i8>, GemmError> {
    quantise(view, keep_rows, keep_cols)
}

/// [`quantise`] to 16 bits.
///
/// # Errors
/// [`GemmError::NotFinite`] if a kept value is an infinity or NaN.
pub fn quantise_i16(
    view: MatRef<'_, f32>,
    keep_rows: Option<&Mask>,
    keep_cols: Option<&Mask>,
) -> Result<Quantised<i16>, GemmError> {
    quantise(view, keep_rows, keep_cols)
}

/// Quantises the kept rows and columns of `view`; the others become zero and have no
/// say in the scale.
///
/// # Errors
/// [`GemmError::NotFinite`] if a kept value is an infinity or NaN.
pub fn quantise<T: Quantise>(
    view: MatRef<'_, f32>,
    keep_rows: Option<&Mask>,
    keep_cols: Option<&Mask>,
) -> Result<Quantised<T>, GemmError> {
    let mut values = Vec::with_capacity(view.rows() * view.cols());
    let scale = quantise_into(view, keep_rows, keep_cols, &mut values)?;
    Ok(Quantised { values, scale })
}

/// As [`quantise`], appending to `values`; returns the scale.
pub(crate) fn quantise_into<T: Quantise>(
    view: MatRef<'_, f32>,
    keep_rows: Option<&Mask>,
    keep_cols: Option<&Mask>,
    values: &mut Vec<T>,
) -> Result<f32, GemmError> {
    let keeps = |mask: Option<&Mask>, i: usize| mask.is_none_or(|mask| mask.keeps(i));
    let mut largest = 0.0_f32;
    for row in (0..view.rows()).filter(|&row| keeps(keep_rows, row)) {
        for col in (0..view.cols()).filter(|&col| keeps(keep_cols, col)) {
            let value = view.at(row, col);
            if !value.is_finite() {
                return Err(GemmError::NotFinite {
                    operand: "the matrix".to_owned(),
                    row,
                    col,
                    value,
                });
            }
            largest = largest.max(value.abs());
        }
    }
    let scale = scale(largest, T::LIMIT);
    let limit = f32::from(T::LIMIT);
    // A power of two of normal size: the product is exact, or too small to matter.
    let inverse = scale.recip();
    for row in 0..view.rows() {
        let kept = keeps(keep_rows, row);
        values.extend((0..view.cols()).map(|col| {
            if kept && keeps(keep_cols, col) {
                let whole = (view.at(row, col) * inverse).round_ties_even();
                T::from_whole(whole.clamp(-limit, limit))
            } else {
                T::default()
            }
        }));
    }
    Ok(scale)
}

/// The smallest power of two from 2^-126 on with `largest <= limit * scale`; 1 for zero.
fn scale(largest: f32, limit: i16) -> f32 {
    if largest == 0.0 {
        return 1.0;
    }
    let fits = |exponent: i32| {
        f64::from(largest) <= f64::from(limit) * 2f64.powi(exponent) // exact
    };
    // Within one of log2(largest / limit), whatever the logarithm rounds to.
    let near = (f64::from(largest) / f64::from(limit)).log2() as i32 - 1;
    let exponent = (near..).find(|&e| fits(e)).unwrap_or(near);
    2f32.powi(exponent.max(-126))
}

/// `view` rounded to bf16, row-major without gaps.
pub fn round_bf16(view: MatRef<'_, f32>) -> Vec<bf16> {
    let mut values = Vec::with_capacity(view.rows() * view.cols());
    round_into(view, &mut values);
    values
}

/// As [`round_bf16`], appending to `values`.
pub(crate) fn round_into(view: MatRef<'_, f32>, values: &mut Vec<bf16>) {
    for row in 0..view.rows() {
        if view.col_stride() == 1 {
            let start = row * view.row_stride();
            let row = &view.data()[start..start + view.cols()];
            values.extend(row.iter().map(|&value| bf16::from_f32(value)));
        } else {
            values.extend((0..view.cols()).map(|col| bf16::from_f32(view.at(row, col))));
        }
    }
}
