use heddle_derive::Module;
use heddle_emit::describe::{e, lit, Body, Compiled, Describe, Net, Reg, Ungated};
use rust_hdl::prelude::*;

/// Counts the cycles in which it is enabled.
#[derive(Clone, LogicBlock, Module)]
pub struct Ticks {
    clocked: Ungated,
    /// the count
    pub count_o: Net<Out, Bits<8>>,
    /// the count
    count_q: Reg<Bits<8>>,
    _body: Compiled,
}

impl Describe for Ticks {
    fn describe(&self, m: &mut Body) {
        m.note("Counts where en_i is high.");
        m.reg(
            &self.count_q,
            &self.clocked.en_i,
            e(&self.count_q) + lit(1, 8),
        );
        m.assign(&self.count_o, &self.count_q);
    }
}
