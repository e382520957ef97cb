//! Lines of registers along an edge, whose depth differs from lane to lane.
//!
//! What the lines of a lane carry are data, which may be kept in RAM or go without reset, and
//! control bits. Where the configuration treats both alike they share a line.

use crate::describe::{Body, Expr, Many, Place, Size};
use crate::prim::Delay;
use crate::{ArrayConfig, Site, Skew};

/// From, to.
pub(super) type Pair = (Expr, Place);

impl ArrayConfig {
    /// Whether data and control bits share their lines.
    pub(super) fn shares_lines(&self) -> bool {
        self.skew() == Skew::Registers && self.data_style() == self.control_style()
    }

    /// Cycles from an activation at a PE to its product at the adder, as a constant of the module.
    pub(super) fn product_latency(&self, m: &mut Body) -> Size {
        let doc = "cycles from an activation at a PE to its product";
        m.constant("PRODUCT_LATENCY", doc, 1 + self.mul_stages())
    }

    /// Cycles of the adder, by which each row is later than the one above, as a constant of the
    /// module.
    pub(super) fn add_latency(&self, m: &mut Body) -> Size {
        let doc = "cycles of the adder, by which each row is later";
        m.constant("ADD_LATENCY", doc, self.add_stages())
    }
}

/// Lines for `bits` bits of data that are never kept in RAM, if they do not share those of others.
pub(super) fn plain_lines(
    config: &Site,
    count: Size,
    depth: impl Fn(usize) -> usize,
    bits: usize,
) -> Many<Delay> {
    match config.shares_lines() || bits == 0 {
        true => Many::absent(),
        false => Many::new(config, count, |lane| {
            Delay::new(config, bits, depth(lane), config.data_style())
        }),
    }
}

/// Lines for `data` bits of data, and for `control` bits that may share them.
pub(super) fn data_lines(
    config: &Site,
    count: Size,
    depth: impl Fn(usize) -> usize,
    [data, control]: [usize; 2],
) -> Many<Delay> {
    let bits = match config.shares_lines() {
        true => data + control,
        false => data,
    };
    Many::new(config, count, |lane| {
        Delay::new(config, bits, depth(lane), config.data_style()).skewing(config)
    })
}

/// Lines for `control` bits, if they do not share those of the data.
pub(super) fn control_lines(
    config: &Site,
    count: Size,
    depth: impl Fn(usize) -> usize,
    control: usize,
) -> Many<Delay> {
    match config.shares_lines() {
        true => Many::absent(),
        false => Many::new(config, count, |lane| {
            Delay::new(config, control, depth(lane), config.control_style())
        }),
    }
}

/// Delays `data` in the first of `lines` with index `of`, and the others in theirs, or in the first
/// where the configuration lacks these.
pub(super) fn delay<const N: usize>(
    m: &mut Body,
    first: &Many<Delay>,
    of: &Size,
    depth: &Size,
    mut data: Vec<Pair>,
    others: [(&Many<Delay>, Vec<Pair>); N],
) {
    let mut line = |lines: &Many<Delay>, pairs: Vec<Pair>| {
        let (from, to): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
        lines
            .each()
            .between(m, Some(of.clone()), depth.clone(), from, to);
    };
    for (lines, pairs) in others {
        match lines.is_present() {
            true => line(lines, pairs),
            false => data.extend(pairs),
        }
    }
    line(first, data);
}
