//! Strided views: a transposed view is not a copy.

use crate::GemmError;

/// A read-only view of a matrix, `rows` x `cols`, strides in elements.
#[derive(Clone, Copy, Debug)]
pub struct MatRef<'a, T> {
    data: &'a [T],
    rows: usize,
    cols: usize,
    row_stride: usize,
    col_stride: usize,
}

/// A writable view of a matrix, `rows` x `cols`, strides in elements.
#[derive(Debug)]
pub struct MatMut<'a, T> {
    data: &'a mut [T],
    rows: usize,
    cols: usize,
    row_stride: usize,
    col_stride: usize,
}

fn check(
    len: usize,
    rows: usize,
    cols: usize,
    row_stride: usize,
    col_stride: usize,
) -> Result<(), GemmError> {
    let needed = match (rows, cols) {
        (0, _) | (_, 0) => 0,
        _ => (rows - 1) * row_stride + (cols - 1) * col_stride + 1,
    };
    if needed > len {
        return Err(GemmError::View {
            rows,
            cols,
            row_stride,
            col_stride,
            needed,
            len,
        });
    }
    Ok(())
}

/// Whether no two elements of a view share a place. Views that interleave rows and
/// columns in an unusual way are refused as well, though they need not overlap.
fn distinct(rows: usize, cols: usize, row_stride: usize, col_stride: usize) -> bool {
    let nested = |inner: usize, inner_stride: usize, outer: usize, outer_stride: usize| {
        (inner <= 1 || inner_stride > 0)
            && (outer <= 1 || outer_stride > inner.saturating_sub(1) * inner_stride)
    };
    rows == 0
        || cols == 0
        || nested(cols, col_stride, rows, row_stride)
        || nested(rows, row_stride, cols, col_stride)
}

impl<'a, T> MatRef<'a, T> {
    /// A row-major matrix without gaps.
    ///
    /// # Panics
    /// If `data` is shorter than `rows * cols`: shapes are the caller's own here.
    pub fn row_major(data: &'a [T], rows: usize, cols: usize) -> Self {
        Self::strided(data, rows, cols, cols, 1).expect("row-major view larger than its data")
    }

    /// A view with any strides.
    ///
    /// # Errors
    /// [`GemmError::View`] if the view reaches past the end of `data`.
    pub fn strided(
        data: &'a [T],
        rows: usize,
        cols: usize,
        row_stride: usize,
        col_stride: usize,
    ) -> Result<Self, GemmError> {
        check(data.len(), rows, cols, row_stride, col_stride)?;
        Ok(Self {
            data,
            rows,
            cols,
            row_stride,
            col_stride,
        })
    }

    /// The transposed view of the same data.
    pub fn t(self) -> Self {
        Self {
            data: self.data,
            rows: self.cols,
            cols: self.rows,
            row_stride: self.col_stride,
            col_stride: self.row_stride,
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// Elements from one row to the next.
    pub fn row_stride(&self) -> usize {
        self.row_stride
    }

    /// Elements from one column to the next.
    pub fn col_stride(&self) -> usize {
        self.col_stride
    }

    /// The data that the strides index, from element (0, 0) on.
    pub fn data(&self) -> &'a [T] {
        self.data
    }
}

impl<T: Copy> MatRef<'_, T> {
    /// Element (`row`, `col`).
    ///
    /// # Panics
    /// If the element lies outside the view's data.
    #[inline]
    pub fn at(&self, row: usize, col: usize) -> T {
        self.data[row * self.row_stride + col * self.col_stride]
    }
}

impl<'a, T> MatMut<'a, T> {
    /// A row-major matrix without gaps.
    ///
    /// # Panics
    /// If `data` is shorter than `rows * cols`: shapes are the caller's own here.
    pub fn row_major(data: &'a mut [T], rows: usize, cols: usize) -> Self {
        Self::strided(data, rows, cols, cols, 1).expect("row-major view larger than its data")
    }

    /// A view with any strides that give every element its own place.
    ///
    /// # Errors
    /// [`GemmError::View`] if the view reaches past the end of `data`,
    /// [`GemmError::Overlap`] if two elements share a place.
    pub fn strided(
        data: &'a mut [T],
        rows: usize,
        cols: usize,
        row_stride: usize,
        col_stride: usize,
    ) -> Result<Self, GemmError> {
        check(data.len(), rows, cols, row_stride, col_stride)?;
        if !distinct(rows, cols, row_stride, col_stride) {
            return Err(GemmError::Overlap {
                rows,
                cols,
                row_stride,
                col_stride,
            });
        }
        Ok(Self {
            data,
            rows,
            cols,
            row_stride,
            col_stride,
        })
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// Elements from one row to the next.
    pub fn row_stride(&self) -> usize {
        self.row_stride
    }

    /// Elements from one column to the next.
    pub fn col_stride(&self) -> usize {
        self.col_stride
    }

    /// A read-only view of the same elements.
    pub fn as_ref(&self) -> MatRef<'_, T> {
        MatRef {
            data: self.data,
            rows: self.rows,
            cols: self.cols,
            row_stride: self.row_stride,
            col_stride: self.col_stride,
        }
    }

    /// The data that the strides index, from element (0, 0) on.
    pub fn data_mut(&mut self) -> &mut [T] {
        self.data
    }
}

impl<T: Copy> MatMut<'_, T> {
    /// Element (`row`, `col`).
    ///
    /// # Panics
    /// If the element lies outside the view's data.
    #[inline]
    pub fn at(&self, row: usize, col: usize) -> T {
        self.data[row * self.row_stride + col * self.col_stride]
    }

    /// Replaces element (`row`, `col`).
    ///
    /// # Panics
    /// If the element lies outside the view's data.
    #[inline]
    pub fn set(&mut self, row: usize, col: usize, value: T) {
        self.data[row * self.row_stride + col * self.col_stride] = value;
    }
}
