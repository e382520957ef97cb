//! Tables for people and for other programs, in which what a column holds is written beside
//! its heading.

use super::rows::csv_lines;
use super::table::plain;
use comfy_table::CellAlignment;
use std::fmt::Display;

/// A line for each of some rows, column by column.
///
/// ```
/// # use heddle_report::Columns;
/// let rows = [("seven", 7), ("eleven", 11)];
/// let columns = || {
///     Columns::of(&rows)
///         .text("name", |(name, _)| *name)
///         .number("value", |(_, value)| *value)
/// };
/// assert_eq!(columns().csv(), "name,value\nseven,7\neleven,11\n");
/// assert_eq!(columns().table().lines().last(), Some("| eleven |    11 |"));
/// ```
pub struct Columns<'a, R> {
    rows: &'a [R],
    columns: Vec<Column<'a, R>>,
}

struct Column<'a, R> {
    heading: String,
    alignment: CellAlignment,
    cell: Box<dyn Fn(&R) -> String + 'a>,
}

impl<'a, R> Columns<'a, R> {
    /// No columns of these rows yet.
    pub fn of(rows: &'a [R]) -> Self {
        let columns = Vec::new();
        Self { rows, columns }
    }

    /// Adds a column of words.
    pub fn text<S: Display>(self, heading: impl Into<String>, cell: impl Fn(&R) -> S + 'a) -> Self {
        self.column(heading.into(), CellAlignment::Left, cell)
    }

    /// Adds a column of numbers, which stand at the right.
    pub fn number<S: Display>(
        self,
        heading: impl Into<String>,
        cell: impl Fn(&R) -> S + 'a,
    ) -> Self {
        self.column(heading.into(), CellAlignment::Right, cell)
    }

    fn column<S: Display>(
        mut self,
        heading: String,
        alignment: CellAlignment,
        cell: impl Fn(&R) -> S + 'a,
    ) -> Self {
        let cell = Box::new(move |row: &R| cell(row).to_string());
        self.columns.push(Column {
            heading,
            alignment,
            cell,
        });
        self
    }

    /// The table for people.
    pub fn table(self) -> String {
        let headings: Vec<_> = self.columns.iter().map(|column| &*column.heading).collect();
        let mut table = plain(&headings);
        for row in self.rows {
            table.add_row(self.columns.iter().map(|column| (column.cell)(row)));
        }
        for (shown, column) in table.column_iter_mut().zip(&self.columns) {
            shown.set_cell_alignment(column.alignment);
        }
        table.to_string()
    }

    /// The table as comma-separated values, headings first.
    pub fn csv(self) -> String {
        let heading = self.columns.iter().map(|column| column.heading.clone());
        let cells = |row| {
            self.columns
                .iter()
                .map(|column| (column.cell)(row))
                .collect()
        };
        csv_lines(heading.collect(), self.rows.iter().map(cells))
    }
}

/// A number with so many digits behind the point.
pub fn fixed(digits: usize, value: f64) -> String {
    format!("{value:.digits$}")
}
