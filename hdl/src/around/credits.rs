//! Room for sums that the array cannot hold back: what enters it is counted until its sums are taken.

use crate::describe::{e, lit, select, Body, Expr, Reg};
use crate::engine::numbers::{minus, plus, width};
use crate::ArrayConfig;
use rust_hdl::prelude::*;

impl ArrayConfig {
    /// Places for sums behind the array: as many as may be under way in it, and the two of a sum that is taken in the
    /// cycle in which it may be, so that full speed needs no more.
    pub fn sum_places(&self) -> usize {
        self.latency() + 2
    }
}

/// Whether one of `places` is free: `under_way` of them are not.
pub(super) fn room(m: &mut Body, under_way: &Reg<Bit>, places: usize) -> Expr {
    let bits = width(&e(under_way));
    let room = e(under_way).less_than(lit(places as u128, bits));
    m.wire("room", "there is room for sums", room)
}

/// Counts the places that are not free: one is promised to sums when what they come of enters the array, and
/// free again when they are taken.
pub(super) fn count(m: &mut Body, under_way: &Reg<Bit>, promise: Expr, taken: Expr) {
    m.note("A place is promised when what becomes sums enters the array.");
    let up = promise.clone() & !taken.clone();
    let value = select(up, plus(under_way, 1), minus(under_way, 1));
    m.reg(under_way, promise ^ taken, value);
}
