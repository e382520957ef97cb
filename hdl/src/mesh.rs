//! The mesh: rows of PEs, weights and partial sums from north to south.

use crate::arith::Arithmetic;
use crate::bundle::{Beat, Clocked, PartialSum, Slot, Weight};
use crate::describe::{Body, Compiled, Describe, Many, Net};
use crate::row::Row;
use crate::site::ROW;
use crate::{ArrayConfig, COLS, ROWS};
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// ROWS x COLS PEs, everything skewed: the adder's stages per row, one cycle per column. Packed
/// ports: row or column 0 in the low bits.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
pub struct Mesh<F: Arithmetic> {
    clocked: Clocked,
    #[hw(group = "Beats from the west, by row", lanes = ROWS)]
    pub(crate) beat_i: Beat<In, F>,
    #[hw(group = "Weight words from the west, by row", when = config.dataflow.has_ws(), lanes = ROWS)]
    pub(crate) west_i: Weight<In, F, false>,
    #[hw(group = "What happens to output-stationary sums, by row", lanes = ROWS)]
    pub(crate) slot_i: Slot<In>,
    /// counts the phases
    #[hw(lanes = config.phase_bits(), when = config.phase_bits() > 0)]
    pub(crate) phase_i: Net<In, Bit>,
    #[hw(group = "Weight words from the north, by column", lanes = COLS)]
    pub(crate) north_i: Weight<In, F, true>,
    #[hw(group = "Seeds from the north, by column", lanes = COLS)]
    pub(crate) sum_i: PartialSum<In, F, false>,
    #[hw(group = "Sums to the south, by column", lanes = COLS)]
    pub(crate) sum_o: PartialSum<Out, F>,
    #[hw(count = ROWS)]
    row: Many<Row<F>>,
    _body: Compiled,
}

impl<F: Arithmetic> Describe for Mesh<F> {
    fn describe(&self, m: &mut Body) {
        let row = self.row.each();
        m.note(
            "What goes from north to south: element r enters row r, the last one leaves the mesh.",
        );
        let north = m.chain(row.north_i.nets(), self.north_i.nets(), ROWS + 1);
        let sum = m.chain(row.sum_i.nets(), self.sum_i.nets(), ROWS + 1);
        m.each(ROW, 0, ROWS, |m, r| {
            let next = r.clone() + 1;
            m.join(row.beat_i.of(&r), self.beat_i.at(&r));
            m.join(row.west_i.of(&r), self.west_i.at(&r));
            m.join(row.slot_i.of(&r), self.slot_i.at(&r));
            if self.phase_i.is_present() {
                m.assign(row.phase_i.of(&r), &self.phase_i);
            }
            m.join(row.north_i.of(&r), north.clone().at(&r));
            m.join(north.clone().at(&next), row.south_o.of(&r));
            m.join(row.sum_i.of(&r), sum.clone().at(&r));
            m.join(sum.clone().at(&next), row.sum_o.of(&r));
        });
        m.join(self.sum_o.nets(), sum.at(ROWS));
        m.note("Nothing takes weights below the last row.");
        m.unused_all(north.at(ROWS));
    }
}
