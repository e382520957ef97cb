//! The elementwise part of one time step: from the sums Z to c and h, and back.
//!
//! Z is B x 4H, the gates side by side in the order i f o g:
//!
//! ```text
//! i, f, o = sigmoid(Z_i, Z_f, Z_o)    g = tanh(Z_g)
//! c_t = f * c_{t-1} + i * g           h_t = o * tanh(c_t)
//! ```

use crate::Scalar;
use heddle_gemm::Host;

/// Gates per unit.
pub(crate) const GATES: usize = 4;

/// One row of gates, a slice of `hidden` values each.
fn gates<T>(row: &[T], hidden: usize) -> [&[T]; GATES] {
    let (i, rest) = row.split_at(hidden);
    let (f, rest) = rest.split_at(hidden);
    let (o, g) = rest.split_at(hidden);
    [i, f, o, &g[..hidden]]
}

/// One row of gates to write, a slice of `hidden` values each.
fn gates_mut<T>(row: &mut [T], hidden: usize) -> [&mut [T]; GATES] {
    let (i, rest) = row.split_at_mut(hidden);
    let (f, rest) = rest.split_at_mut(hidden);
    let (o, g) = rest.split_at_mut(hidden);
    [i, f, o, &mut g[..hidden]]
}

/// Forward. `z` (B x 4H) becomes the gates' values; `c`, `tanh_c` and `h` (B x H)
/// are written.
pub(crate) fn forward<T: Scalar>(
    host: &Host,
    hidden: usize,
    z: &mut [T],
    c_before: &[T],
    (c, tanh_c, h): (&mut [T], &mut [T], &mut [T]),
) {
    let rows = z
        .chunks_exact_mut(GATES * hidden)
        .zip(c_before.chunks_exact(hidden))
        .zip(c.chunks_exact_mut(hidden))
        .zip(tanh_c.chunks_exact_mut(hidden))
        .zip(h.chunks_exact_mut(hidden));
    host.team
        .for_each(rows, |((((z, c_before), c), tanh_c), h)| {
            let (sigmoids, tanhs) = z.split_at_mut((GATES - 1) * hidden);
            T::sigmoid_all(host, sigmoids);
            T::tanh_all(host, tanhs);
            let [i, f, o, g] = gates(z, hidden);
            for (j, c) in c.iter_mut().enumerate() {
                *c = f[j] * c_before[j] + i[j] * g[j];
            }
            tanh_c.copy_from_slice(c);
            T::tanh_all(host, tanh_c);
            for (j, h) in h.iter_mut().enumerate() {
                *h = o[j] * tanh_c[j];
            }
        });
}

/// Backward. `gates` (B x 4H) holds the gates' values and becomes dZ; `dc` (B x H)
/// holds the gradient of c from the steps after and becomes that of c before. That of h
/// is the sum of both `dh` (B x H).
pub(crate) fn backward<T: Scalar>(
    host: &Host,
    hidden: usize,
    gates: &mut [T],
    c_before: &[T],
    tanh_c: &[T],
    (dh, dh_too): (&[T], &[T]),
    dc: &mut [T],
) {
    let one = T::one();
    let rows = gates
        .chunks_exact_mut(GATES * hidden)
        .zip(c_before.chunks_exact(hidden))
        .zip(tanh_c.chunks_exact(hidden))
        .zip(dh.chunks_exact(hidden).zip(dh_too.chunks_exact(hidden)))
        .zip(dc.chunks_exact_mut(hidden));
    host.team
        .for_each(rows, |((((gates, c_before), tanh_c), (dh, dh_too)), dc)| {
            let [i, f, o, g] = gates_mut(gates, hidden);
            for j in 0..hidden {
                let (iv, fv, ov, gv) = (i[j], f[j], o[j], g[j]);
                let dhv = dh[j] + dh_too[j];
                let dcv = dc[j] + dhv * ov * (one - tanh_c[j] * tanh_c[j]);
                i[j] = dcv * gv * iv * (one - iv);
                f[j] = dcv * c_before[j] * fv * (one - fv);
                o[j] = dhv * tanh_c[j] * ov * (one - ov);
                g[j] = dcv * iv * (one - gv * gv);
                dc[j] = dcv * fv;
            }
        });
}
