//! What the blocks of the array are built from: a configuration, and its sizes.

use crate::describe::{self, Configuration, Index, Parameter, Size, Sizes, Style};
use crate::{ArrayConfig, Dataflow};

/// Where hardware of the array is built.
pub type Site<'a> = describe::Site<'a, ArrayConfig>;

/// Rows of PEs, a Verilog parameter.
pub const ROWS: Size = Size::parameter(&Parameter::size("ROWS", 16, "rows of PEs, 1 to 256"));
/// Columns of PEs, a Verilog parameter.
pub const COLS: Size = Size::parameter(&Parameter::size("COLS", 16, "columns of PEs, 1 to 256"));
/// Where counters begin, a Verilog parameter.
pub(crate) const PRELOAD: &Parameter = &Parameter::number(
    "PRELOAD",
    48,
    "counters after reset or clear, for tests of their high bits",
);

/// The variable of a loop over rows.
pub(crate) const ROW: Index = Index::new("r", "row");
/// The variable of a loop over columns.
pub(crate) const COL: Index = Index::new("c", "col");
/// The variable of a loop over what lies between neighbours.
pub(crate) const HOP: Index = Index::new("h", "hop");

impl Configuration for ArrayConfig {
    fn sizes(&self) -> Sizes {
        Sizes::new(vec![("ROWS", self.rows), ("COLS", self.cols)])
    }

    fn style(&self) -> Style {
        self.control_style()
    }

    fn gates_clocks(&self) -> bool {
        self.has_test_en()
    }
}

/// What is said of a field in an array of some dataflow, if not what its doc comment says.
impl ArrayConfig {
    /// One comment in arrays that are output-stationary only, and one in those with both dataflows.
    pub(crate) fn os_or_both(&self, os: &'static str, both: &'static str) -> Option<&'static str> {
        match self.dataflow {
            Dataflow::Ws => None,
            Dataflow::Os => Some(os),
            Dataflow::Both => Some(both),
        }
    }

    /// A comment in arrays that are output-stationary only.
    pub(crate) fn in_os(&self, doc: &'static str) -> Option<&'static str> {
        (self.dataflow == Dataflow::Os).then_some(doc)
    }

    /// A comment in arrays with both dataflows.
    pub(crate) fn in_both(&self, doc: &'static str) -> Option<&'static str> {
        (self.dataflow == Dataflow::Both).then_some(doc)
    }

    /// A comment in arrays with output-stationary tiles.
    pub(crate) fn with_os(&self, doc: &'static str) -> Option<&'static str> {
        self.has_os().then_some(doc)
    }
}
