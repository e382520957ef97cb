//! The golden product.

use crate::error::{bad_input, raised};
use crate::operand::{mask, matrix, Operand};
use half::bf16;
use heddle_format::{Format, Overflow};
use heddle_gemm::{Accumulator, Element, Engine, GoldenEngine, Job, MatMut, Policy, Scratch};
use numpy::{IntoPyArray, PyArrayMethods};
use pyo3::prelude::*;

/// `C = C0 + A B` with keep-masks, bit for bit as the array computes it: every sum in increasing k,
/// one rounding a step.
///
/// A is M x K, B K x N: `uint16` that holds bf16, or `int8`, or `int16`, as `format` says. C0 and
/// what is returned are M x N of `float32`, `int32`, `int64`. Masks are `bool`, `True` keeps.
#[pyfunction]
#[pyo3(signature = (a, b, c0, keep_m, keep_k, keep_n, format, acc_bits=None, overflow=None))]
#[allow(clippy::too_many_arguments)] // Python's signature
pub fn matmul<'py>(
    a: &Bound<'py, PyAny>,
    b: &Bound<'py, PyAny>,
    c0: Option<&Bound<'py, PyAny>>,
    keep_m: Option<&Bound<'py, PyAny>>,
    keep_k: Option<&Bound<'py, PyAny>>,
    keep_n: Option<&Bound<'py, PyAny>>,
    format: &str,
    acc_bits: Option<usize>,
    overflow: Option<&str>,
) -> PyResult<Bound<'py, PyAny>> {
    let format: Format = format.parse().map_err(bad_input)?;
    let accumulator = accumulator(format, acc_bits, overflow)?;
    let masks = [
        mask(keep_m, "keep_m")?,
        mask(keep_k, "keep_k")?,
        mask(keep_n, "keep_n")?,
    ];
    let given = Given {
        a,
        b,
        c0,
        masks,
        accumulator,
    };
    match format {
        Format::Bf16 => {
            given.product::<u16, bf16>("uint16 (bf16)", "float32", bytemuck::cast_slice)
        }
        Format::Int8 => given.product::<i8, i8>("int8", "int32", |all| all),
        Format::Int16 => given.product::<i16, i16>("int16", "int64", |all| all),
    }
}

/// The accumulator of `format`, with what is given instead of its defaults.
///
/// # Errors
/// `ValueError` for an unknown overflow, or either for bf16, which has none.
pub fn accumulator(
    format: Format,
    acc_bits: Option<usize>,
    overflow: Option<&str>,
) -> PyResult<Accumulator> {
    if !format.is_integer() && (acc_bits.is_some() || overflow.is_some()) {
        return Err(bad_input(
            "acc_bits and overflow are given for bf16: leave them out, only integer sums have them",
        ));
    }
    let mut accumulator = Accumulator::of(format);
    if let Some(bits) = acc_bits {
        accumulator.bits = bits;
    }
    if let Some(overflow) = overflow {
        accumulator.overflow = overflow.parse::<Overflow>().map_err(bad_input)?;
    }
    Ok(accumulator)
}

struct Given<'a, 'py> {
    a: &'a Bound<'py, PyAny>,
    b: &'a Bound<'py, PyAny>,
    c0: Option<&'a Bound<'py, PyAny>>,
    masks: [Option<heddle_gemm::Mask>; 3],
    accumulator: Accumulator,
}

impl<'py> Given<'_, 'py> {
    /// The product of operands that NumPy holds as `T` and the engines as `E`.
    fn product<T, E>(
        self,
        what: &str,
        sums: &str,
        as_element: fn(&[T]) -> &[E],
    ) -> PyResult<Bound<'py, PyAny>>
    where
        T: numpy::Element + Copy + Sync,
        E: Element,
        E::Acc: numpy::Element,
        GoldenEngine: Engine<E>,
    {
        let py = self.a.py();
        let (a, b) = (
            matrix::<T>(self.a, "a", what)?,
            matrix::<T>(self.b, "b", what)?,
        );
        let (a, b) = (Operand::of(&a), Operand::of(&b));
        let (a, b) = (a.view(as_element), b.view(as_element));
        let (m, n) = (a.rows(), b.cols());
        let mut c = match self.c0 {
            None => vec![E::Acc::default(); m * n],
            Some(c0) => {
                let c0 = matrix::<E::Acc>(c0, "c0", sums)?;
                let c0 = c0.as_array();
                if c0.dim() != (m, n) {
                    let (rows, cols) = c0.dim();
                    return Err(bad_input(format_args!(
                        "c0 is {rows} x {cols}: a and b make {m} x {n}"
                    )));
                }
                c0.iter().copied().collect()
            }
        };
        let [keep_m, keep_k, keep_n] = &self.masks;
        let job = Job {
            keep_m: keep_m.as_ref(),
            keep_k: keep_k.as_ref(),
            keep_n: keep_n.as_ref(),
            ..Job::new(a, b, 0)
        };
        let done = py.detach(|| {
            let outputs = &mut [MatMut::row_major(&mut c, m, n)];
            // Dense, but for the sign of a zero, gives the same bits.
            GoldenEngine::new(self.accumulator).run(
                Policy::Packed,
                &[job],
                outputs,
                &mut Scratch::default(),
            )
        });
        done.map_err(raised)?;
        Ok(c.into_pyarray(py).reshape([m, n])?.into_any())
    }
}
