//! The one error type of this crate.

/// Why a product could not be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum GemmError {
    /// Shapes, strides or mask lengths of a job do not fit together.
    #[error("job {job}: {what} is {given}, expected {expected}")]
    Shape {
        /// Position of the job in its batch.
        job: usize,
        /// What does not fit, such as `rows of B`.
        what: &'static str,
        /// The value found.
        given: usize,
        /// The value that would be right.
        expected: usize,
    },
    /// A matrix view reaches past the end of its data.
    #[error("a {rows} x {cols} view with strides {row_stride}, {col_stride} needs {needed} elements, but its data has {len}")]
    View {
        /// Rows of the view.
        rows: usize,
        /// Columns of the view.
        cols: usize,
        /// Elements from one row to the next.
        row_stride: usize,
        /// Elements from one column to the next.
        col_stride: usize,
        /// Elements that the view spans.
        needed: usize,
        /// Elements that there are.
        len: usize,
    },
    /// A seed does not fit the accumulator.
    #[error("job {job}: seed {value} at row {row}, column {col} does not fit a {bits}-bit accumulator")]
    Seed {
        /// Position of the job in its batch.
        job: usize,
        /// Row of C0.
        row: usize,
        /// Column of C0.
        col: usize,
        /// The seed.
        value: i64,
        /// Width of the accumulator.
        bits: usize,
    },
    /// The engine behind the trait failed in its own way (a simulator, say).
    #[error(transparent)]
    Engine(#[from] Box<dyn std::error::Error + Send + Sync>),
}
