//! One row of the mesh: PEs that pass activations from west to east.

use crate::arith::Arithmetic;
use crate::bundle::{Beat, Clocked, PartialSum, Slot, Weight};
use crate::describe::{Body, Compiled, Describe, Many, Net};
use crate::pe::Pe;
use crate::site::COL;
use crate::{ArrayConfig, COLS};
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// One row of the mesh: activations go from west to east, sums and weights from north to south.
/// Packed ports: column 0 in the low bits.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
pub struct Row<F: Arithmetic> {
    clocked: Clocked,
    #[hw(group = "Beat from the west")]
    pub(crate) beat_i: Beat<In, F>,
    #[hw(group = "Weight word from the west", when = config.dataflow.has_ws())]
    pub(crate) west_i: Weight<In, F, false>,
    #[hw(group = "What happens to output-stationary sums")]
    pub(crate) slot_i: Slot<In>,
    /// counts the phases
    #[hw(lanes = config.phase_bits(), when = config.phase_bits() > 0)]
    pub(crate) phase_i: Net<In, Bit>,
    #[hw(group = "Weight words from the north", lanes = COLS)]
    pub(crate) north_i: Weight<In, F, true>,
    #[hw(group = "Weight words to the south", lanes = COLS)]
    pub(crate) south_o: Weight<Out, F, true>,
    #[hw(group = "Partial sums from the north", lanes = COLS)]
    pub(crate) sum_i: PartialSum<In, F>,
    #[hw(group = "Partial sums to the south", lanes = COLS)]
    pub(crate) sum_o: PartialSum<Out, F>,
    #[hw(count = COLS)]
    pe: Many<Pe<F>>,
    _body: Compiled,
}

impl<F: Arithmetic> Describe for Row<F> {
    fn describe(&self, m: &mut Body) {
        let pe = self.pe.each();
        m.note("What goes from west to east: element c enters PE c, the last one leaves the row.");
        let beat = m.chain(pe.beat_i.nets(), self.beat_i.nets(), COLS + 1);
        let west = m.chain(pe.west_i.nets(), self.west_i.nets(), COLS + 1);
        let slot = m.chain(pe.slot_i.nets(), self.slot_i.nets(), COLS + 1);
        m.each(COL, 0, COLS, |m, c| {
            let next = c.clone() + 1;
            if self.phase_i.is_present() {
                m.assign(pe.phase_i.of(&c), &self.phase_i);
            }
            m.join(pe.beat_i.of(&c), beat.clone().at(&c));
            m.join(beat.clone().at(&next), pe.beat_o.of(&c));
            m.join(pe.west_i.of(&c), west.clone().at(&c));
            m.join(west.clone().at(&next), pe.east_o.of(&c));
            m.join(pe.slot_i.of(&c), slot.clone().at(&c));
            m.join(slot.clone().at(&next), pe.slot_o.of(&c));
            m.join(pe.north_i.of(&c), self.north_i.at(&c));
            m.join(self.south_o.at(&c), pe.south_o.of(&c));
            m.join(pe.sum_i.of(&c), self.sum_i.at(&c));
            m.join(self.sum_o.at(&c), pe.sum_o.of(&c));
        });
        m.note("Nothing lies east of the last PE.");
        for chain in [beat, west, slot] {
            m.unused_all(chain.at(COLS));
        }
    }
}
