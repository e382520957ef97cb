//! What a co-simulation found, as numbers ([`Report`]), as a table, as comma-separated values and as a plot.
#![deny(missing_docs)]

mod columns;
mod error;
mod plot;
mod rows;
mod table;
mod totals;

pub use columns::{fixed, Columns};
pub use error::ReportError;
pub use plot::{
    short, write_plot, Bar, BarChart, BarGroup, BarPart, Curve, CurveChart, Dot, Facet, ImageKind,
    IntervalChart, IntervalMark, IntervalPanel, IntervalRow, Panel, Picture, RoofBus, RoofFacet,
    RoofMark, RoofPoint, RooflineChart, ScatterChart, Series,
};
pub use rows::{rows, rows_csv, Row};
pub use table::{align_right, grouped, plain, table};
pub use totals::{PolicyReport, PortReport, Report, Simulated, Totals};

/// Version of every JSON report of the program, whose fields `cosim/REPORTS.md` lists. It
/// grows when a field changes its name or meaning or goes away, not when one is added.
pub const SCHEMA_VERSION: u32 = 2;
