//! NumPy's arrays as operands of the crates below.

use crate::error::bad_input;
use heddle_gemm::{Mask, MatRef};
use numpy::{Element, PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray2};
use pyo3::prelude::*;

/// Reads `given` as a matrix of `T`.
///
/// # Errors
/// `ValueError` that calls it `name` and says what it should be, `what`.
pub fn matrix<'py, T: Element>(
    given: &Bound<'py, PyAny>,
    name: &str,
    what: &str,
) -> PyResult<PyReadonlyArray2<'py, T>> {
    match given.cast::<PyArray2<T>>() {
        Ok(array) => array.try_readonly().map_err(bad_input),
        Err(_) => Err(bad_input(format_args!(
            "{name} is {}: give a two-dimensional NumPy array of {what}",
            described(given)
        ))),
    }
}

/// An array's dtype and shape, or the name of what is none.
fn described(given: &Bound<'_, PyAny>) -> String {
    let of = |name: &str| Some(given.getattr(name).ok()?.str().ok()?.to_string());
    match (of("dtype"), of("shape")) {
        (Some(dtype), Some(shape)) => format!("{dtype} of shape {shape}"),
        _ => given
            .get_type()
            .name()
            .map_or_else(|_| "no array".into(), |name| name.to_string()),
    }
}

/// The elements of a matrix where they lie, or a copy.
pub enum Elements<'a, T> {
    /// Rows or columns without gaps: (elements, whether they are columns).
    There(&'a [T], bool),
    /// A copy of anything else, row-major.
    Copied(Vec<T>),
}

/// An operand: its elements and (rows, columns).
pub struct Operand<'a, T> {
    elements: Elements<'a, T>,
    rows: usize,
    cols: usize,
}

impl<'a, T: Element + Copy> Operand<'a, T> {
    /// The elements of `array`: where they lie if its rows, or its columns, follow each other
    /// without gaps; copied otherwise.
    pub fn of(array: &'a PyReadonlyArray2<'_, T>) -> Self {
        let view = array.as_array();
        let (rows, cols) = view.dim();
        let elements = match (view.to_slice(), view.reversed_axes().to_slice()) {
            (Some(rows), _) => Elements::There(rows, false),
            (None, Some(cols)) => Elements::There(cols, true),
            (None, None) => Elements::Copied(view.iter().copied().collect()),
        };
        Self {
            elements,
            rows,
            cols,
        }
    }

    /// The operand as the engines take it; `as_element` reads the elements as theirs.
    pub fn view<E>(&self, as_element: impl Fn(&[T]) -> &[E]) -> MatRef<'_, E> {
        let (rows, cols) = (self.rows, self.cols);
        match &self.elements {
            Elements::There(data, false) => MatRef::row_major(as_element(data), rows, cols),
            Elements::There(data, true) => MatRef::row_major(as_element(data), cols, rows).t(),
            Elements::Copied(data) => MatRef::row_major(as_element(data), rows, cols),
        }
    }
}

/// A keep-mask, if one is given.
///
/// # Errors
/// `ValueError` that calls it `name`.
pub fn mask(given: Option<&Bound<'_, PyAny>>, name: &str) -> PyResult<Option<Mask>> {
    let Some(given) = given else { return Ok(None) };
    let Ok(array) = given.cast::<PyArray1<bool>>() else {
        let is = described(given);
        return Err(bad_input(format_args!(
            "{name} is {is}: give a one-dimensional NumPy array of bool"
        )));
    };
    Ok(Some(array.readonly().as_array().iter().copied().collect()))
}
