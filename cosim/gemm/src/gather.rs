//! Copies of matrices with the dropped rows and columns left out or zeroed, and the way back.
//!
//! A copy keeps the orientation of its source (the dimension with the smaller stride
//! stays contiguous), so that both sides are read and written in memory order.

use crate::{Mask, MatMut, MatRef};
use std::ops::AddAssign;

/// The kept rows and columns of `from`, packed without gaps into `to`.
///
/// `to` has at least as many elements as are kept.
pub(crate) fn gather<'b, T: Copy>(
    from: MatRef<'_, T>,
    keep_rows: Option<&Mask>,
    keep_cols: Option<&Mask>,
    to: &'b mut [T],
) -> MatRef<'b, T> {
    if from.row_stride() < from.col_stride() {
        return gather_rows(from.t(), keep_cols, keep_rows, to).t();
    }
    gather_rows(from, keep_rows, keep_cols, to)
}

fn gather_rows<'b, T: Copy>(
    from: MatRef<'_, T>,
    keep_rows: Option<&Mask>,
    keep_cols: Option<&Mask>,
    to: &'b mut [T],
) -> MatRef<'b, T> {
    let rows = keep_rows.map_or(from.rows(), |mask| mask.kept().len());
    let cols = keep_cols.map_or(from.cols(), |mask| mask.kept().len());
    let col_stride = from.col_stride();
    if cols > 0 {
        for (i, to) in to.chunks_exact_mut(cols).take(rows).enumerate() {
            let row = keep_rows.map_or(i, |mask| mask.kept()[i] as usize);
            let from_row = &from.data()[row * from.row_stride()..];
            match keep_cols {
                None if col_stride == 1 => to.copy_from_slice(&from_row[..cols]),
                None => {
                    for (j, to) in to.iter_mut().enumerate() {
                        *to = from_row[j * col_stride];
                    }
                }
                Some(mask) => {
                    for (to, &col) in to.iter_mut().zip(mask.kept()) {
                        *to = from_row[col as usize * col_stride];
                    }
                }
            }
        }
    }
    MatRef::row_major(to, rows, cols)
}

/// A copy of `from` in `to`, zero in its dropped rows and columns.
pub(crate) fn zeroed<'b, T: Copy + Default>(
    from: MatRef<'_, T>,
    keep_rows: Option<&Mask>,
    keep_cols: Option<&Mask>,
    to: &'b mut [T],
) -> MatRef<'b, T> {
    if from.row_stride() < from.col_stride() {
        return zeroed_rows(from.t(), keep_cols, keep_rows, to).t();
    }
    zeroed_rows(from, keep_rows, keep_cols, to)
}

fn zeroed_rows<'b, T: Copy + Default>(
    from: MatRef<'_, T>,
    keep_rows: Option<&Mask>,
    keep_cols: Option<&Mask>,
    to: &'b mut [T],
) -> MatRef<'b, T> {
    let (rows, cols) = (from.rows(), from.cols());
    if cols > 0 {
        for (row, to) in to.chunks_exact_mut(cols).take(rows).enumerate() {
            if keep_rows.is_some_and(|mask| !mask.keeps(row)) {
                to.fill(T::default());
                continue;
            }
            let from_row = &from.data()[row * from.row_stride()..];
            match keep_cols {
                None => {
                    for (col, to) in to.iter_mut().enumerate() {
                        *to = from_row[col * from.col_stride()];
                    }
                }
                Some(mask) => {
                    to.fill(T::default());
                    for &col in mask.kept() {
                        to[col as usize] = from_row[col as usize * from.col_stride()];
                    }
                }
            }
        }
    }
    MatRef::row_major(to, rows, cols)
}

/// A writable view without gaps on `data`, oriented as `c` is.
pub(crate) fn like<'b, T>(
    c: &MatMut<'_, T>,
    data: &'b mut [T],
    rows: usize,
    cols: usize,
) -> MatMut<'b, T> {
    let (row_stride, col_stride) = if c.row_stride() < c.col_stride() {
        (1, rows)
    } else {
        (cols, 1)
    };
    MatMut::strided(data, rows, cols, row_stride, col_stride)
        .expect("a buffer of rows * cols elements holds a view without gaps")
}

/// Adds `sums`, which has kept rows and columns only, to those of `c`.
pub(crate) fn add<T: Copy + AddAssign>(
    sums: MatRef<'_, T>,
    c: &mut MatMut<'_, T>,
    keep_rows: Option<&Mask>,
    keep_cols: Option<&Mask>,
) {
    let (row_stride, col_stride) = (c.row_stride(), c.col_stride());
    for i in 0..sums.rows() {
        let row = keep_rows.map_or(i, |mask| mask.kept()[i] as usize);
        let c = &mut c.data_mut()[row * row_stride..];
        match keep_cols {
            None if sums.col_stride() == 1 && col_stride == 1 => {
                for (c, &sum) in c
                    .iter_mut()
                    .zip(&sums.data()[i * sums.row_stride()..][..sums.cols()])
                {
                    *c += sum;
                }
            }
            None => (0..sums.cols()).for_each(|j| c[j * col_stride] += sums.at(i, j)),
            Some(mask) => {
                for (j, &col) in mask.kept().iter().enumerate() {
                    c[col as usize * col_stride] += sums.at(i, j);
                }
            }
        }
    }
}
