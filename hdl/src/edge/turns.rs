use crate::bundle::Ungated;
use crate::describe::*;
use heddle_derive::Module;
use rust_hdl::prelude::{Block, Bit, In, Out, LogicBlock, Probe, Logic, block, probe};
/// Turns.
#[derive(Clone, LogicBlock, Module)]
pub struct Turns {
    clocked: Ungated,
    #[hw(when = config.phases() > 1)]
    pub clear_i: Net<In, Bit>,
    #[hw(when = config.has_both())]
    pub ws_i: Net<In, Bit>,
    pub first_i: Net<In, Bit>,
    pub flush_i: Net<In, Bit>,
    pub fire_i: Net<In, Bit>,
    pub x_valid_i: Net<In, Bit>,
    pub x_last_i: Net<In, Bit>,
    pub x_ready_o: Net<Out, Bit>,
    pub exchange_o: Net<Out, Bit>,
    pub ready_o: Net<Out, Bit>,
    #[hw(lanes = config.phase_bits(), when = config.phase_bits() > 0)]
    pub phase_o: Net<Out, Bit>,
    pub turn_o: Net<Out, Bit>,
    #[hw(lanes = ROWS)]
    pub exch_o: Net<Out, Bit>,
    #[hw(when = config.has_both())]
    pub ring_o: Net<Out, Bit>,
    #[hw(when = config.has_both())]
    pub busy_o: Net<Out, Bit>,
    _body: Compiled,
}
impl Describe for Turns { fn describe(&self, m: &mut Body) { m.assign(&self.x_ready_o, e(false)); } }
