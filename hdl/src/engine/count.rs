//! Numbers of things under way, with what others ask of them in registers.

use super::numbers::{is, minus, plus};
use crate::describe::{select, Body, Expr, Reg};
use rust_hdl::prelude::*;

/// A number, and what of it lies in a register of its own, so that nobody waits for all of its bits.
pub(super) struct Count<'a> {
    q: &'a Reg<Bit>,
    /// One more comes, and one goes.
    more: Expr,
    less: Expr,
}

impl<'a> Count<'a> {
    /// Counts in `q`: `more` comes, `less` goes.
    pub(super) fn new(m: &mut Body, q: &'a Reg<Bit>, more: Expr, less: Expr) -> Self {
        let next = select(more.clone(), plus(q, 1), minus(q, 1));
        m.reg(q, more.clone() ^ less.clone(), next);
        Self { q, more, less }
    }

    /// `any` tells whether there is one.
    pub(super) fn any(self, m: &mut Body, any: &Reg<Bit>) {
        let changes = self.more.clone() ^ self.less;
        m.reg(any, changes, self.more | !is(self.q, 1));
    }

    /// `full` tells whether there are `most`.
    pub(super) fn full(self, m: &mut Body, full: &Reg<Bit>, most: usize) {
        let changes = self.more.clone() ^ self.less;
        m.reg(full, changes, self.more & is(self.q, most - 1));
    }
}
