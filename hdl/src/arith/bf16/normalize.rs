//! Fourth and fifth step of the fused multiply-add: in which group of four bits the
//! leading one is, and the shift that brings the group to the top, as far as the
//! exponent allows.

use super::{Counted, Normal, Total};
use crate::describe::{concat, e, select, Body, Compiled, Describe};
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Fused multiply-add, step 4: how far the sum is to be shifted left, in fours, combinational: its
/// leading zeros, but no further than to the exponent of subnormal numbers.
#[derive(Clone, Debug, LogicBlock, Module)]
#[hw(name = "fma_count")]
pub struct FmaCount {
    pub(crate) total_i: Total<In>,
    pub(crate) counted_o: Counted<Out>,
    _body: Compiled,
}

impl Describe for FmaCount {
    fn describe(&self, m: &mut Body) {
        let (total, counted) = (&self.total_i, &self.counted_o);
        let stop = |group: usize| e(&total.stops).bit(group);
        let stops = |first: usize, groups: usize| e(&total.stops).slice(first, groups).any();
        let none_0 = m.wire("none_0", "no stop in the upper four groups", !stops(0, 4));
        let none_4 = m.wire("none_4", "no stop in the four below", !stops(4, 4));
        let skip_32 = m.wire("skip_32", "", none_0.clone() & none_4.clone());
        let skip_16 = m.wire("skip_16", "", none_0.clone() & !none_4.clone());
        let lower = !stops(4, 2) & !none_4.clone();
        let skip_8 = select(none_0.clone(), lower, !stops(0, 2));
        let skip_8 = m.wire("skip_8", "", skip_8);
        let upper = !stop(0) & (stop(1) | !stop(2));
        let lower = !stop(4) & (stop(5) | !stop(6)) & !none_4;
        let skip_4 = m.wire("skip_4", "", select(none_0, lower, upper));
        m.assign(&counted.skip, concat([skip_32, skip_16, skip_8, skip_4]));
        m.assign(&counted.magnitude, &total.magnitude);
        m.assign(&counted.top, &total.top);
        m.join(counted.outcome.nets(), total.outcome.nets());
    }
}

/// Fused multiply-add, step 5: shifts the sum left by fours, combinational, so that its leading one
/// is within three bits of the top.
#[derive(Clone, Debug, LogicBlock, Module)]
#[hw(name = "fma_shift")]
pub struct FmaShift {
    pub(crate) counted_i: Counted<In>,
    pub(crate) normal_o: Normal<Out>,
    _body: Compiled,
}

impl Describe for FmaShift {
    fn describe(&self, m: &mut Body) {
        let (counted, normal) = (&self.counted_i, &self.normal_o);
        let magnitude = || e(&counted.magnitude);
        let skip = |by: usize| e(&counted.skip).bit(by);
        m.note("Shifts to the left, by fours.");
        let by_16 = select(skip(2), magnitude().shifted_left(16), magnitude());
        let by_16 = select(skip(3), magnitude().shifted_left(32), by_16);
        let by_16 = m.wire("by_16", "", by_16);
        let by_8 = select(skip(1), by_16.clone().shifted_left(8), by_16);
        let by_8 = m.wire("by_8", "", by_8);
        let by_4 = select(skip(0), by_8.clone().shifted_left(4), by_8);
        let by_4 = m.wire("by_4", "", by_4);
        m.assign(&normal.sig, by_4.clone().slice(8, 28));
        m.assign(&normal.sticky, by_4.slice(0, 8).any());

        let top = |lo: usize, bits: usize| e(&counted.top).slice(lo, bits);
        let quarter = concat([top(7, 2).all(), !top(7, 1), top(2, 5)]);
        let doc = "a quarter of top - 128, which is a binary32's exponent";
        let quarter = m.wire("quarter", doc, quarter);
        let rest = quarter - e(&counted.skip).wide(7);
        let rest = m.wire("rest", "what the shift leaves of it", rest);
        m.assign(&normal.exp, concat([rest.clone().slice(0, 6), top(0, 2)]));
        m.assign(&normal.free, rest.clone().any());
        let (high, low) = (|| rest.clone().bit(6), || rest.clone().slice(0, 6));
        let beyond = high() & (low().any() | top(1, 1));
        let beyond = m.wire("beyond", "258 or more: no shift is enough", beyond);
        m.assign(&normal.high, high() | (low().all() & top(1, 1)));
        let out = &counted.outcome;
        m.assign(&normal.special, e(&out.inf) | &out.nan | beyond);
        m.assign(&normal.sign, e(&out.sign) & !e(&out.nan));
        m.assign(&normal.nan, &out.nan);
    }
}
