//! A layer of `heddle-lstm`, forward and backward on given masks: what `heddle.LSTM` is compared
//! with.

use crate::error::{bad_input, raised};
use heddle_gemm::{CpuEngine, Mask, Policy, Scratch};
use heddle_lstm::{Ends, Executor, Layer, SiteMasks, TimeSteps};
use numpy::ndarray::ArrayView3;
use numpy::{IntoPyArray, PyArrayMethods, PyReadonlyArray2, PyReadonlyArray3};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// One LSTM layer over a window of T steps, B samples, K inputs and H units, all `float64`.
///
/// `w` is K x 4H, `u` H x 4H, `b` 1 x 4H, gates in the order i f o g; `x` is T x B x K, `h0` and
/// `c0` B x H. `nr` and `rh` are factors, 0 where dropped: one of T or one for all, by one of B or one
/// for all. `dy` (T x B x H), `dh` and `dc` (B x H) are the gradients of what is returned as `y`, `h`
/// and `c`; `dw`, `du`, `db`, `dx`, `dh0`, `dc0` are those they lead to.
#[pyfunction]
#[allow(clippy::too_many_arguments)] // Python's signature
pub fn lstm_layer<'py>(
    py: Python<'py>,
    w: PyReadonlyArray2<'py, f64>,
    u: PyReadonlyArray2<'py, f64>,
    b: PyReadonlyArray2<'py, f64>,
    x: PyReadonlyArray3<'py, f64>,
    h0: PyReadonlyArray2<'py, f64>,
    c0: PyReadonlyArray2<'py, f64>,
    nr: Option<PyReadonlyArray3<'py, f64>>,
    rh: Option<PyReadonlyArray3<'py, f64>>,
    dy: PyReadonlyArray3<'py, f64>,
    dh: PyReadonlyArray2<'py, f64>,
    dc: PyReadonlyArray2<'py, f64>,
) -> PyResult<Bound<'py, PyDict>> {
    let (times, batch, inputs) = x.as_array().dim();
    let hidden = u.as_array().dim().0;
    for (name, given, right) in [
        ("w", w.as_array().dim(), (inputs, 4 * hidden)),
        ("u", u.as_array().dim(), (hidden, 4 * hidden)),
        ("b", b.as_array().dim(), (1, 4 * hidden)),
        ("h0", h0.as_array().dim(), (batch, hidden)),
        ("c0", c0.as_array().dim(), (batch, hidden)),
        ("dh", dh.as_array().dim(), (batch, hidden)),
        ("dc", dc.as_array().dim(), (batch, hidden)),
    ] {
        if given != right {
            return Err(bad_input(format_args!(
                "{name} is {given:?}: give {right:?}"
            )));
        }
    }
    if times == 0 || batch == 0 || dy.as_array().dim() != (times, batch, hidden) {
        return Err(bad_input("x is T x B x K and dy T x B x H, T and B not 0"));
    }
    let masks = |given: &Option<PyReadonlyArray3<'py, f64>>, units| match given {
        None => Ok(SiteMasks::Off),
        Some(factors) => site_masks(factors.as_array(), (times, batch, units)),
    };
    let (nr, rh) = (masks(&nr, inputs)?, masks(&rh, hidden)?);

    let mut layer = Layer::<f64>::zeros("layer", 0, inputs, hidden);
    for (parameter, values) in [(&mut layer.w, &w), (&mut layer.u, &u), (&mut layer.b, &b)] {
        let values = values.as_array();
        let data = parameter.data_mut().iter_mut();
        data.zip(values).for_each(|(to, from)| *to = *from);
    }
    let all = |array: &PyReadonlyArray2<'py, f64>| -> Vec<f64> {
        array.as_array().iter().copied().collect()
    };
    let x: Vec<f64> = x.as_array().iter().copied().collect();
    let dy: Vec<f64> = dy.as_array().iter().copied().collect();
    let (mut h, mut c) = (all(&h0), all(&c0));
    let (dh, dc) = (all(&dh), all(&dc));
    let mut work = layer.work(times, batch);
    let mut dx = vec![0.0; x.len()];

    let (mut engine, mut scratch) = (CpuEngine::new(), Scratch::default());
    let mut executor = Executor::new(
        &mut engine,
        &mut scratch,
        Policy::Packed,
        TimeSteps::Separate,
        batch,
    );
    let masks = (&nr, &rh);
    layer
        .forward(
            &mut executor,
            masks,
            &x,
            (&mut h[..], &mut c[..]),
            &mut work,
        )
        .map_err(raised)?;
    let ends = Ends {
        lengths: None,
        after: Some((&dh[..], &dc[..])),
        before: true,
    };
    layer
        .backward(&mut executor, masks, &dy, &mut dx, &mut work, ends)
        .map_err(raised)?;

    let (dh0, dc0) = work.state_gradients();
    let wide = 4 * hidden;
    let found = PyDict::new(py);
    for (name, values, shape) in [
        ("h", h, [batch, hidden]),
        ("c", c, [batch, hidden]),
        ("dw", layer.w.grad().to_vec(), [inputs, wide]),
        ("du", layer.u.grad().to_vec(), [hidden, wide]),
        ("db", layer.b.grad().to_vec(), [1, wide]),
        ("dh0", dh0.to_vec(), [batch, hidden]),
        ("dc0", dc0.to_vec(), [batch, hidden]),
    ] {
        found.set_item(name, values.into_pyarray(py).reshape(shape)?)?;
    }
    for (name, values, width) in [("y", work.h().to_vec(), hidden), ("dx", dx, inputs)] {
        let values = values.into_pyarray(py).reshape([times, batch, width])?;
        found.set_item(name, values)?;
    }
    Ok(found)
}

/// Factors as masks: of units where the batch shares them, of elements otherwise.
fn site_masks(
    factors: ArrayView3<'_, f64>,
    (times, batch, units): (usize, usize, usize),
) -> PyResult<SiteMasks<f64>> {
    let (steps, samples, width) = factors.dim();
    if ![1, times].contains(&steps) || ![1, batch].contains(&samples) || width != units {
        return Err(bad_input(format_args!(
            "a mask is {steps} x {samples} x {width}: give 1 or {times} by 1 or {batch} by {units}"
        )));
    }
    if samples != 1 {
        return Ok(SiteMasks::Elements {
            factors: factors.iter().copied().collect(),
            per_step: batch * units,
        });
    }
    let mut kept = factors.iter().copied().filter(|factor| *factor != 0.0);
    let scale = kept.next().unwrap_or(1.0);
    if kept.any(|factor| factor != scale) {
        return Err(bad_input(
            "a mask that the batch shares has several scales: give one",
        ));
    }
    let masks = factors.outer_iter().map(|step| {
        let keeps = step.iter().map(|factor| *factor != 0.0);
        keeps.collect::<Mask>()
    });
    Ok(SiteMasks::Units {
        masks: masks.collect(),
        scale,
        samples: batch,
    })
}
