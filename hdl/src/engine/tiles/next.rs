//! Tiles that may come next.

use crate::describe::{e, lit, select, Body, Expr, Reg};
use rust_hdl::prelude::*;

/// A tile of rows, and what all walkers ask of it: known for each tile that may come, so that only the
/// choice among them is late.
#[derive(Clone)]
pub(super) struct Row {
    pub(super) at: Expr,
    pub(super) zero: Expr,
    pub(super) last: Expr,
    pub(super) filler: Expr,
}

impl Row {
    /// The first of all, as a number of `bits` bits; `last`: there is no other.
    pub(super) fn first(bits: usize, last: Expr) -> Self {
        Self {
            at: lit(0, bits),
            zero: e(true),
            last,
            filler: e(false),
        }
    }

    /// What registers hold: number, whether it is the first, the last, behind the last.
    pub(super) fn held([at, zero, last, filler]: [&Reg<Bit>; 4]) -> Self {
        Self {
            at: e(at),
            zero: e(zero),
            last: e(last),
            filler: filler.or(false),
        }
    }

    /// Into these registers, `when` that is high.
    pub(super) fn hold(self, m: &mut Body, when: &Expr, registers: [&Reg<Bit>; 4]) {
        let values = [self.at, self.zero, self.last, self.filler];
        for (q, value) in registers.into_iter().zip(values) {
            if q.is_present() {
                m.reg(q, when.clone(), value);
            }
        }
    }

    pub(super) fn select(when: &Expr, a: Self, b: Self) -> Self {
        let choose = |a, b| select(when.clone(), a, b);
        Self {
            at: choose(a.at, b.at),
            zero: choose(a.zero, b.zero),
            last: choose(a.last, b.last),
            filler: choose(a.filler, b.filler),
        }
    }
}

/// A tile of columns, and whether it is the last one.
#[derive(Clone)]
pub(super) struct Column {
    pub(super) at: Expr,
    pub(super) last: Expr,
}

impl Column {
    /// The first of all, as a number of `bits` bits; `last`: there is no other.
    pub(super) fn first(bits: usize, last: Expr) -> Self {
        let at = lit(0, bits);
        Self { at, last }
    }

    /// What registers hold: number, whether it is the last.
    pub(super) fn held([at, last]: [&Reg<Bit>; 2]) -> Self {
        let (at, last) = (e(at), e(last));
        Self { at, last }
    }

    /// Into these registers, `when` that is high.
    pub(super) fn hold(self, m: &mut Body, when: &Expr, [at, last]: [&Reg<Bit>; 2]) {
        m.reg(at, when.clone(), self.at);
        m.reg(last, when.clone(), self.last);
    }

    pub(super) fn select(when: &Expr, a: Self, b: Self) -> Self {
        Self {
            at: select(when.clone(), a.at, b.at),
            last: select(when.clone(), a.last, b.last),
        }
    }
}

/// Where the next tile is.
pub(super) struct Next {
    pub(super) r: Row,
    pub(super) n: Column,
    pub(super) n_first: Column,
    pub(super) last: Expr,
}

/// Tiles that may be the next one: this one, the one behind it, the first of all; and the first of the job that
/// begins.
pub(super) struct Ups {
    pub(super) r: [Row; 3],
    pub(super) n: [Column; 3],
    pub(super) begun: (Row, Column),
}
