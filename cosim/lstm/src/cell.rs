//! The elementwise part of one time step: from the sums Z to c and h, and back.
//!
//! Z is B x 4H, the gates side by side in the order i f o g:
//!
//! ```text
//! i, f, o = sigmoid(Z_i, Z_f, Z_o)    g = tanh(Z_g)
//! c_t = f * c_{t-1} + i * g           h_t = o * tanh(c_t)
//! ```

use crate::Scalar;

/// Gates per unit.
pub(crate) const GATES: usize = 4;

/// One row of gates, a slice of `hidden` values each.
fn gates<T>(row: &[T], hidden: usize) -> [&[T]; GATES] {
    let (i, rest) = row.split_at(hidden);
    let (f, rest) = rest.split_at(hidden);
    let (o, g) = rest.split_at(hidden);
    [i, f, o, g]
}

/// One row of gates to write, a slice of `hidden` values each.
fn gates_mut<T>(row: &mut [T], hidden: usize) -> [&mut [T]; GATES] {
    let (i, rest) = row.split_at_mut(hidden);
    let (f, rest) = rest.split_at_mut(hidden);
    let (o, g) = rest.split_at_mut(hidden);
    [i, f, o, g]
}

/// Forward. `z` (B x 4H) becomes the gates' values; `c`, `tanh_c` and `h` (B x H)
/// are written.
pub(crate) fn forward<T: Scalar>(
    hidden: usize,
    z: &mut [T],
    c_before: &[T],
    c: &mut [T],
    tanh_c: &mut [T],
    h: &mut [T],
) {
    let sigmoids = (GATES - 1) * hidden;
    for (b, z) in z.chunks_exact_mut(GATES * hidden).enumerate() {
        z[..sigmoids].iter_mut().for_each(|z| *z = z.sigmoid());
        z[sigmoids..].iter_mut().for_each(|z| *z = z.tanh());
        let [i, f, o, g] = gates(z, hidden);
        let row = b * hidden..(b + 1) * hidden;
        let c_before = &c_before[row.clone()];
        let c = &mut c[row.clone()];
        let tanh_c = &mut tanh_c[row.clone()];
        let h = &mut h[row];
        for j in 0..hidden {
            c[j] = f[j] * c_before[j] + i[j] * g[j];
            tanh_c[j] = c[j].tanh();
            h[j] = o[j] * tanh_c[j];
        }
    }
}

/// Backward. `gates` (B x 4H) holds the gates' values and becomes dZ; `dc` (B x H)
/// holds the gradient of c from the steps after and becomes that of c before.
pub(crate) fn backward<T: Scalar>(
    hidden: usize,
    gates: &mut [T],
    c_before: &[T],
    tanh_c: &[T],
    dh: &[T],
    dc: &mut [T],
) {
    let one = T::one();
    for (b, gates) in gates.chunks_exact_mut(GATES * hidden).enumerate() {
        let [i, f, o, g] = gates_mut(gates, hidden);
        let row = b * hidden..(b + 1) * hidden;
        let c_before = &c_before[row.clone()];
        let tanh_c = &tanh_c[row.clone()];
        let dh = &dh[row.clone()];
        let dc = &mut dc[row];
        for j in 0..hidden {
            let (iv, fv, ov, gv) = (i[j], f[j], o[j], g[j]);
            let dcv = dc[j] + dh[j] * ov * (one - tanh_c[j] * tanh_c[j]);
            i[j] = dcv * gv * iv * (one - iv);
            f[j] = dcv * c_before[j] * fv * (one - fv);
            o[j] = dh[j] * tanh_c[j] * ov * (one - ov);
            g[j] = dcv * iv * (one - gv * gv);
            dc[j] = dcv * fv;
        }
    }
}
