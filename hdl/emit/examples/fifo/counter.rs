use heddle_derive::Module;
use heddle_emit::describe::{e, lit, Body, Clocked, Compiled, Describe, Net, Reg};
use rust_hdl::prelude::*;

/// Counts the cycles in which it is enabled.
#[derive(Clone, LogicBlock, Module)]
pub struct Counter {
    /// clock, reset and enable
    pub clocked: Clocked,
    /// the count
    pub count_o: Net<Out, Bits<8>>,
    /// the count
    count_q: Reg<Bits<8>>,
    _body: Compiled,
}

impl Describe for Counter {
    fn describe(&self, m: &mut Body) {
        m.note("Counts where en_i is high.");
        let next = e(&self.count_q) + lit(1, 8);
        m.reg(&self.count_q, &self.clocked.en_i, next);
        m.assign(&self.count_o, &self.count_q);
    }
}
