//! Strided views: a transposed view is not a copy.

use crate::GemmError;

/// Where the elements of a view lie in its data: element (row, col) at
/// `row * row_stride + col * col_stride`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub cols: usize,
    /// Elements from one row to the next.
    pub row_stride: usize,
    /// Elements from one column to the next.
    pub col_stride: usize,
}

impl Layout {
    /// Rows one after another, without gaps.
    pub fn row_major(rows: usize, cols: usize) -> Self {
        Self {
            rows,
            cols,
            row_stride: cols,
            col_stride: 1,
        }
    }

    /// That of the transposed view of the same data.
    pub fn t(self) -> Self {
        Self {
            rows: self.cols,
            cols: self.rows,
            row_stride: self.col_stride,
            col_stride: self.row_stride,
        }
    }

    #[inline]
    fn at(self, row: usize, col: usize) -> usize {
        row * self.row_stride + col * self.col_stride
    }

    /// Refuses to reach past the end of `len` elements.
    fn check(self, len: usize) -> Result<(), GemmError> {
        let needed = match (self.rows, self.cols) {
            (0, _) | (_, 0) => 0,
            (rows, cols) => self.at(rows - 1, cols - 1) + 1,
        };
        match needed <= len {
            true => Ok(()),
            false => Err(GemmError::View {
                layout: self,
                needed,
                len,
            }),
        }
    }

    /// Whether no two elements share a place. Views that interleave rows and columns in an
    /// unusual way are refused as well, though they need not overlap.
    fn is_distinct(self) -> bool {
        let nested = |inner: usize, inner_stride: usize, outer: usize, outer_stride: usize| {
            (inner <= 1 || inner_stride > 0)
                && (outer <= 1 || outer_stride > inner.saturating_sub(1) * inner_stride)
        };
        let Self {
            rows,
            cols,
            row_stride,
            col_stride,
        } = self;
        rows == 0
            || cols == 0
            || nested(cols, col_stride, rows, row_stride)
            || nested(rows, row_stride, cols, col_stride)
    }
}

/// A read-only view of a matrix.
#[derive(Clone, Copy, Debug)]
pub struct MatRef<'a, T> {
    data: &'a [T],
    layout: Layout,
}

/// A writable view of a matrix.
#[derive(Debug)]
pub struct MatMut<'a, T> {
    data: &'a mut [T],
    layout: Layout,
}

/// What both views tell.
macro_rules! view {
    ($view:ident) => {
        impl<T> $view<'_, T> {
            /// Number of rows.
            pub fn rows(&self) -> usize {
                self.layout.rows
            }

            /// Number of columns.
            pub fn cols(&self) -> usize {
                self.layout.cols
            }

            /// Elements from one row to the next.
            pub fn row_stride(&self) -> usize {
                self.layout.row_stride
            }

            /// Elements from one column to the next.
            pub fn col_stride(&self) -> usize {
                self.layout.col_stride
            }

            /// Where the elements lie.
            pub fn layout(&self) -> Layout {
                self.layout
            }
        }

        impl<T: Copy> $view<'_, T> {
            /// Element (`row`, `col`).
            ///
            /// # Panics
            /// If the element lies outside the view's data.
            #[inline]
            pub fn at(&self, row: usize, col: usize) -> T {
                self.data[self.layout.at(row, col)]
            }
        }
    };
}

view!(MatRef);
view!(MatMut);

impl<'a, T> MatRef<'a, T> {
    /// A row-major matrix without gaps.
    ///
    /// # Panics
    /// If `data` is shorter than `rows * cols`: shapes are the caller's own here.
    pub fn row_major(data: &'a [T], rows: usize, cols: usize) -> Self {
        Self::new(data, Layout::row_major(rows, cols)).expect("row-major view larger than its data")
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
        let layout = Layout {
            rows,
            cols,
            row_stride,
            col_stride,
        };
        Self::new(data, layout)
    }

    fn new(data: &'a [T], layout: Layout) -> Result<Self, GemmError> {
        layout.check(data.len())?;
        Ok(Self { data, layout })
    }

    /// The transposed view of the same data.
    pub fn t(self) -> Self {
        Self {
            data: self.data,
            layout: self.layout.t(),
        }
    }

    /// The data that the strides index, from element (0, 0) on.
    pub fn data(&self) -> &'a [T] {
        self.data
    }
}

impl<'a, T> MatMut<'a, T> {
    /// A row-major matrix without gaps.
    ///
    /// # Panics
    /// If `data` is shorter than `rows * cols`: shapes are the caller's own here.
    pub fn row_major(data: &'a mut [T], rows: usize, cols: usize) -> Self {
        Self::new(data, Layout::row_major(rows, cols)).expect("row-major view larger than its data")
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
        let layout = Layout {
            rows,
            cols,
            row_stride,
            col_stride,
        };
        Self::new(data, layout)
    }

    fn new(data: &'a mut [T], layout: Layout) -> Result<Self, GemmError> {
        layout.check(data.len())?;
        match layout.is_distinct() {
            true => Ok(Self { data, layout }),
            false => Err(GemmError::Overlap { layout }),
        }
    }

    /// A read-only view of the same elements.
    pub fn as_ref(&self) -> MatRef<'_, T> {
        MatRef {
            data: self.data,
            layout: self.layout,
        }
    }

    /// The data that the strides index, from element (0, 0) on.
    pub fn data_mut(&mut self) -> &mut [T] {
        self.data
    }
}

impl<T: Copy> MatMut<'_, T> {
    /// Replaces element (`row`, `col`).
    ///
    /// # Panics
    /// If the element lies outside the view's data.
    #[inline]
    pub fn set(&mut self, row: usize, col: usize, value: T) {
        self.data[self.layout.at(row, col)] = value;
    }
}
