//! A run of output-stationary groups as a command, and where its beats and exchanges stand in it.

use crate::describe::{e, lit, select, Body, Expr, Net, Reg};
use crate::engine::numbers::{is, plus, width, Packed};
use crate::ArrayConfig;
use heddle_derive::Bundle;
use rust_hdl::prelude::*;

/// Bits of the number of a run's groups.
pub const GROUP_BITS: usize = 16;

/// A run: each number is given less one.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig)]
pub struct Run<D: Direction + 'static> {
    /// groups of the run less one
    #[hw(lanes = GROUP_BITS)]
    pub groups: Net<D, Bit>,
    /// rows of a tile that have seeds and sums, less one: below ROWS
    #[hw(lanes = config.row_bits())]
    pub rows: Net<D, Bit>,
    /// tiles of a group less one: below add_stages
    #[hw(lanes = config.turn_bits(), when = config.phases() > 1)]
    pub tiles: Net<D, Bit>,
    /// all sums start from zero, and no seeds are taken
    pub zero: Net<D, Bit>,
}

/// A run in a queue.
pub(super) fn packed(config: &ArrayConfig) -> Packed {
    let tiles = match config.phases() {
        1 => 0,
        _ => config.turn_bits(),
    };
    Packed::new([
        ("groups", GROUP_BITS),
        ("rows", config.row_bits()),
        ("tiles", tiles),
        ("zero", 1),
    ])
}

impl<D: Direction + 'static> Run<D> {
    /// The run as a word of a queue.
    pub(super) fn pack(&self, config: &ArrayConfig) -> Expr {
        packed(config).join(&[
            ("groups", e(&self.groups)),
            ("rows", e(&self.rows)),
            ("tiles", self.tiles.or(false)),
            ("zero", e(&self.zero)),
        ])
    }
}

/// Which of the tiles that take turns is next. There is no count where one tile is a group.
pub(super) struct Turn {
    /// It is one of the run's tiles.
    pub real: Expr,
    /// It is the last of the run's tiles.
    pub ends: Expr,
    /// It is the last of the turns.
    pub wraps: Expr,
}

impl Turn {
    /// That in `count`, of a run of `tiles` tiles less one.
    pub fn of(m: &mut Body, count: &Reg<Bit>, tiles: &Net<In, Bit>, phases: usize) -> Self {
        if !count.is_present() {
            return Self {
                real: e(true),
                ends: e(true),
                wraps: e(true),
            };
        }
        let real = !e(tiles).less_than(count);
        Self {
            real: m.wire("real_turn", "the turn is that of a tile of the run", real),
            ends: e(count).is(tiles),
            wraps: m.wire("wraps", "the last of the turns", is(count, phases - 1)),
        }
    }

    /// It passes on where `moves` is high.
    pub fn moves(&self, m: &mut Body, count: &Reg<Bit>, moves: &Expr) {
        if count.is_present() {
            let next = next(count, &self.wraps);
            m.reg(count, moves.clone(), next);
        }
    }
}

/// What follows the number in `count`: zero behind the last one.
pub(super) fn next(count: &Reg<Bit>, last: &Expr) -> Expr {
    let zero = lit(0, width(&e(count)));
    select(last.clone(), zero, plus(count, 1))
}
