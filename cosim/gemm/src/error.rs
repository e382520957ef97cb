//! The one error type of this crate.

use crate::Layout;

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
    #[error("a {} x {} view with strides {}, {} needs {needed} elements, but its data has {len}", layout.rows, layout.cols, layout.row_stride, layout.col_stride)]
    View {
        /// The view.
        layout: Layout,
        /// Elements that the view spans.
        needed: usize,
        /// Elements that there are.
        len: usize,
    },
    /// A writable view gives two elements the same place.
    #[error("a writable {} x {} view with strides {}, {} has elements that overlap: use strides that give each element its own place, such as {}, 1", layout.rows, layout.cols, layout.row_stride, layout.col_stride, layout.cols)]
    Overlap {
        /// The view.
        layout: Layout,
    },
    /// An accumulator that the operands' format does not have.
    #[error("a {bits}-bit accumulator for {format}: use {min} to {max} bits")]
    Accumulator {
        /// Width asked for.
        bits: usize,
        /// Format of the operands.
        format: heddle_format::Format,
        /// Narrowest width.
        min: usize,
        /// Widest width.
        max: usize,
    },
    /// This CPU lacks the instructions of a kernel that was asked for by name.
    #[error("this CPU cannot run the golden kernel '{kernel}': use one of {available}")]
    Kernel {
        /// The kernel asked for.
        kernel: &'static str,
        /// Names of those that this CPU runs.
        available: String,
    },
    /// The system did not start the threads that were asked for.
    #[error("the system started {started} of {asked} threads ({source}): use fewer, or raise its limits (ulimit -u, ulimit -v, the control group's)")]
    Threads {
        /// Threads asked for, the calling one among them.
        asked: usize,
        /// Threads that there are, the calling one among them.
        started: usize,
        /// Why there are no more.
        source: std::io::Error,
    },
    /// A value that no integer can stand for.
    #[error("{operand} holds {value} at row {row}, column {col}, which cannot be quantised: use finite values or mask the place out")]
    NotFinite {
        /// Which operand, such as `A of job 3`.
        operand: String,
        /// Row of the value.
        row: usize,
        /// Column of the value.
        col: usize,
        /// The value: an infinity or NaN.
        value: f32,
    },
    /// Two results of different shapes were to be compared.
    #[error("cannot compare a {}x{} result with an expected {}x{} one", found.0, found.1, expected.0, expected.1)]
    Compare {
        /// Rows and columns expected.
        expected: (usize, usize),
        /// Rows and columns found.
        found: (usize, usize),
    },
    /// A seed does not fit the accumulator.
    #[error(
        "job {job}: seed {value} at row {row}, column {col} does not fit a {bits}-bit accumulator"
    )]
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

impl GemmError {
    /// Whether what the user gave is at fault: a value, a file or a trace.
    pub fn is_bad_input(&self) -> bool {
        matches!(
            self,
            Self::Shape { .. } | Self::View { .. } | Self::Seed { .. } | Self::Threads { .. }
        )
    }
}
