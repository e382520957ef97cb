//! What a co-simulation found, as numbers ([`Report`]), as a table and as a plot.
#![deny(missing_docs)]

mod error;
mod plot;
mod table;
mod totals;

pub use error::ReportError;
pub use plot::{
    write_plot, Bar, Chart, Curve, CurveChart, Dot, EnergyBar, EnergyChart, EnergyGroup, Facet,
    Group, ImageKind, IntervalChart, IntervalMark, IntervalPanel, IntervalRow, Picture,
    ScatterChart, Series, StackedBar, StackedChart, StackedGroup,
};
pub use table::{align_right, grouped, plain, table};
pub use totals::{PolicyReport, PortReport, Report, Simulated, Totals};

/// Version of every JSON report of the program, whose fields `cosim/REPORTS.md` lists. It
/// grows when a field changes its name or meaning or goes away, not when one is added.
pub const SCHEMA_VERSION: u32 = 2;
