use crate::bundle::Ungated;
use crate::describe::*;
use heddle_derive::Module;
use rust_hdl::prelude::{Block, Bit, Bits, In, Out, LogicBlock, Probe, Logic, block, probe};
pub const SETTLE: usize = 16;
/// Counters.
#[derive(Clone, LogicBlock, Module)]
pub struct Counters {
    clocked: Ungated,
    pub clear_i: Net<In, Bit>,
    pub load_i: Net<In, Bit>,
    #[hw(when = config.dataflow.has_ws())]
    pub w_edge_i: Net<In, Bit>,
    #[hw(when = config.has_both())]
    pub w_os_i: Net<In, Bit>,
    pub w_keep_i: Net<In, Bit>,
    #[hw(lanes = ROWS)]
    pub row_keep_i: Net<In, Bit>,
    #[hw(lanes = COLS)]
    pub col_keep_i: Net<In, Bit>,
    pub beat_i: Net<In, Bit>,
    pub swap_i: Net<In, Bit>,
    pub a_keep_i: Net<In, Bit>,
    pub sum_valid_i: Net<In, Bit>,
    #[hw(when = config.has_os())]
    pub exchange_i: Net<In, Bit>,
    pub cycles_o: Net<Out, Bits<48>>,
    pub macs_o: Net<Out, Bits<48>>,
    pub gated_o: Net<Out, Bits<48>>,
    pub dropped_o: Net<Out, Bits<48>>,
    _body: Compiled,
}
impl Describe for Counters { fn describe(&self, m: &mut Body) { for o in [&self.cycles_o,&self.macs_o,&self.gated_o,&self.dropped_o] { m.assign(o, lit(0,48)); } } }
