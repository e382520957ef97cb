//! The array: mesh, edges and counters behind the ports of `INTERFACE.md`.

use crate::arith::bf16::Bf16;
use crate::arith::int::Int;
use crate::arith::Arithmetic;
use crate::bundle::Clocked;
use crate::connect::connect;
use crate::describe::{e, Body, Compiled, Describe, Maybe, Net};
use crate::edge::{Control, Counters, NorthEdge, SouthEdge, Turns, WestEdge};
use crate::mesh::Mesh;
use crate::{ArrayConfig, HdlError, Site, COLS, ROWS};
use heddle_derive::Module;
use heddle_format::Format;
use rust_hdl::prelude::*;

const CLEARS: &str =
    "zeroes counters, sticky flags and the phase; only in an array that is idle and holds no sums";
const FIRST: &str = "first beat of a tile: with it weights and masks swap, or seeds go to work";
pub(crate) const WAITED: &str =
    "sticky: a first beat, an output-stationary beat or a flush had to wait";
pub(crate) const SPAN: &str = "cycles from the first weights or seeds accepted to the last sums";

/// The masked systolic array of format `F`.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig, name = "array", about = self.purpose())]
pub struct Array<F: Arithmetic> {
    pub(crate) clocked: Clocked,
    /// zeroes counters and sticky flags, while the array is idle
    #[hw(doc = config.with_os(CLEARS))]
    pub clear_i: Net<In, Bit>,

    /// a beat of weights is offered
    #[hw(group = "Weights")]
    pub w_valid_i: Net<In, Bit>,
    /// the beat of weights is accepted if valid
    pub w_ready_o: Net<Out, Bit>,
    /// 0: words from the top, one row k; 1: from the left, one column n
    #[hw(when = config.dataflow.has_ws())]
    pub w_edge_i: Net<In, Bit>,
    /// the words are row k of B of an output-stationary tile: every row takes them
    #[hw(when = config.has_both())]
    pub w_os_i: Net<In, Bit>,
    /// last beat of the tile's weights
    #[hw(
        doc = config.os_or_both(
            "ignored: each beat of weights is a tile's last",
            "last beat of the tile's weights, unless w_os_i",
        )
    )]
    pub w_last_i: Net<In, Bit>,
    /// the row k (top) or column n (left) of the words is kept
    #[hw(doc = config.in_os("the row k of the words is kept"))]
    pub w_keep_i: Net<In, Bit>,
    /// words of a row
    #[hw(lanes = COLS)]
    pub w_top_i: Net<In, F::Operand>,
    /// words of a column
    #[hw(lanes = ROWS, when = config.dataflow.has_ws())]
    pub w_left_i: Net<In, F::Operand>,
    /// kept rows of the tile, held during all of its weight beats
    #[hw(lanes = ROWS, doc = config.in_os("kept rows of the tile"))]
    pub row_keep_i: Net<In, Bit>,
    /// kept columns of the tile, likewise
    #[hw(lanes = COLS, doc = config.in_os("kept columns of the tile"))]
    pub col_keep_i: Net<In, Bit>,

    /// a beat of activations, one m, is offered
    #[hw(
        group = "Activations and seeds",
        doc = config.os_or_both(
            "a beat of activations, one k, or a flush is offered",
            "a beat of activations, one m or k, or a flush is offered",
        )
    )]
    pub a_valid_i: Net<In, Bit>,
    /// the beat of activations is accepted if valid
    #[hw(doc = config.with_os("the beat or flush is accepted if valid"))]
    pub a_ready_o: Net<Out, Bit>,
    /// first beat of a tile: weights and masks swap with it
    #[hw(doc = config.os_or_both("first beat of a tile: its seeds go to work", FIRST))]
    pub a_first_i: Net<In, Bit>,
    /// the beat is column k of A of an output-stationary tile: weights and masks swap with it
    #[hw(when = config.has_both())]
    pub a_os_i: Net<In, Bit>,
    /// no beat, but the end of an output-stationary tile
    #[hw(when = config.has_os())]
    pub a_flush_i: Net<In, Bit>,
    /// the m of the beat is kept
    #[hw(
        doc = config.os_or_both(
            "the k of the beat is kept",
            "the m of the beat is kept; of an output-stationary one the k",
        )
    )]
    pub a_keep_i: Net<In, Bit>,
    /// activations, by row
    #[hw(lanes = ROWS)]
    pub a_i: Net<In, F::Operand>,
    /// seeds, by column
    #[hw(
        lanes = COLS,
        doc = config.os_or_both(
            "seeds of the exchange, by column",
            "seeds of the weight-stationary beat or of the exchange, by column",
        )
    )]
    pub c_i: Net<In, F::Sum>,

    /// an exchange is offered: seeds for a row in c_i, and its sums leave
    #[hw(group = "Exchanges of output-stationary tiles", when = config.has_os())]
    pub x_valid_i: Net<In, Bit>,
    /// the exchange is accepted if valid
    #[hw(when = config.has_os())]
    pub x_ready_o: Net<Out, Bit>,
    /// last row of the group
    #[hw(when = config.has_os())]
    pub x_last_i: Net<In, Bit>,
    /// kept seeds, by column
    #[hw(lanes = COLS, when = config.has_os())]
    pub x_keep_i: Net<In, Bit>,

    /// the sums of a beat leave, in the order of beats
    #[hw(
        group = "Sums that leave",
        doc = config.os_or_both(
            "the sums of an exchange leave, in the order of exchanges",
            "sums of a beat or an exchange leave, in the order in which these entered",
        )
    )]
    pub s_valid_o: Net<Out, Bit>,
    /// column and m are kept; else the sum is unspecified
    #[hw(
        lanes = COLS,
        doc = config.os_or_both(
            "column and row are kept; else the sum is unspecified",
            "column and m are kept; else the sum is unspecified",
        )
    )]
    pub s_keep_o: Net<Out, Bit>,
    /// sums, by column
    #[hw(lanes = COLS)]
    pub s_o: Net<Out, F::Sum>,

    /// one of them that is kept overflowed; only in an engine
    #[hw(when = F::OVERFLOWS && config.engine.is_some())]
    pub s_ovf_o: Net<Out, Bit>,

    /// sticky: a kept sum overflowed
    #[hw(group = "Flags and counters", when = F::OVERFLOWS)]
    pub ovf_o: Net<Out, Bit>,
    /// sticky: a first beat had to wait for its weights
    #[hw(
        group = "Flags and counters",
        doc = config.os_or_both("sticky: a beat or a flush had to wait", WAITED)
    )]
    pub wait_o: Net<Out, Bit>,
    /// cycles from the first weights accepted to the last sums
    #[hw(doc = config.with_os(SPAN))]
    pub cycles_o: Net<Out, Bits<48>>,
    /// useful multiply-accumulates: kept m, k and n
    pub macs_o: Net<Out, Bits<48>>,
    /// PE-cycles of accepted beats that were not useful
    pub gated_o: Net<Out, Bits<48>>,
    /// accepted beats whose m was dropped
    #[hw(
        doc = config.os_or_both(
            "accepted beats whose k was dropped",
            "accepted beats whose m, or k, was dropped",
        )
    )]
    pub dropped_o: Net<Out, Bits<48>>,

    control: Control,
    #[hw(when = config.has_os())]
    turns: Maybe<Turns>,
    west: WestEdge<F>,
    north: NorthEdge<F>,
    mesh: Mesh<F>,
    south: SouthEdge<F>,
    counters: Counters,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

impl<F: Arithmetic> Array<F> {
    /// The array of `config`, whose format and accumulator must be those of `F`.
    pub fn new(config: &ArrayConfig) -> Self {
        Self::at(&Site::whole(config))
    }

    pub(crate) fn mesh(&self) -> &Mesh<F> {
        &self.mesh
    }

    fn purpose(&self) -> String {
        const WS: &str = "weight-stationary: k on rows, n on columns, one m per beat";
        const OS: &str = "output-stationary: m on rows, n on columns, one k per beat";
        let flow = match self._config.dataflow {
            crate::Dataflow::Ws => WS.to_owned(),
            crate::Dataflow::Os => OS.to_owned(),
            crate::Dataflow::Both => format!("{WS}; or {OS}"),
        };
        format!(
            "Masked systolic array of ROWS x COLS PEs, {flow}. Packed ports: row or column 0 in the \
             low bits."
        )
    }
}

impl<F: Arithmetic> Describe for Array<F> {
    fn describe(&self, m: &mut Body) {
        let Self {
            control,
            counters,
            west,
            north,
            mesh,
            south,
            ..
        } = self;
        connect!(m,
            control.clear_i => self.clear_i,
            control.w_valid_i => self.w_valid_i,
            control.w_edge_i => self.w_edge_i,
            control.w_os_i => self.w_os_i,
            control.w_last_i => self.w_last_i,
            control.row_keep_i => self.row_keep_i,
            control.col_keep_i => self.col_keep_i,
            control.a_valid_i => self.a_valid_i,
            control.a_first_i => self.a_first_i,
            control.a_os_i => self.a_os_i,
            control.a_flush_i => self.a_flush_i,
            control.a_keep_i => self.a_keep_i,
            control.x_keep_i => self.x_keep_i,
            self.w_ready_o => control.w_ready_o,
            self.a_ready_o => control.a_ready_o,
            self.wait_o => control.wait_o,
        );
        if let Some(turns) = self.turns.get() {
            self.turns(m, turns);
        }
        connect!(m,
            west.act_i => self.a_i,
            west.mac_i => control.mac_o,
            west.swap_i => control.swap_o,
            west.word_i => self.w_left_i,
            west.valid_i => control.west_valid_o,
            west.keep_i => self.w_keep_i,
            north.word_i => self.w_top_i,
            north.valid_i => control.north_valid_o,
            north.keep_i => self.w_keep_i,
            north.share_i => self.w_os_i,
            north.sum_i.sum => self.c_i,
            north.sum_i.live => control.live_o,
        );
        m.join(mesh.beat_i.nets(), west.beat_o.nets());
        m.join(mesh.west_i.nets(), west.word_o.nets());
        m.join(mesh.slot_i.nets(), west.slot_o.nets());
        m.join(mesh.north_i.nets(), north.word_o.nets());
        m.join(mesh.sum_i.nets(), north.sum_o.nets());
        m.join(south.sum_i.nets(), mesh.sum_o.nets());
        let (beat, keep) = match self._config.has_os() {
            true => (e(&control.slot_o), e(&control.slot_keep_o)),
            false => (e(&control.beat_o), e(&self.a_keep_i)),
        };
        m.assign(&south.beat_i, beat);
        m.assign(&south.keep_i, keep);
        connect!(m,
            south.clear_i => self.clear_i,
            self.s_keep_o => south.keep_o,
            self.s_o => south.sum_o,
            self.s_ovf_o => south.overflows_o,
            self.ovf_o => south.ovf_o,
            self.s_valid_o => south.valid_o,
            counters.clear_i => self.clear_i,
            counters.load_i => control.load_o,
            counters.w_edge_i => self.w_edge_i,
            counters.w_os_i => self.w_os_i,
            counters.w_keep_i => self.w_keep_i,
            counters.row_keep_i => self.row_keep_i,
            counters.col_keep_i => self.col_keep_i,
            counters.beat_i => control.beat_o,
            counters.swap_i => control.swap_o,
            counters.a_keep_i => self.a_keep_i,
            counters.sum_valid_i => south.valid_o,
            self.cycles_o => counters.cycles_o,
            self.macs_o => counters.macs_o,
            self.gated_o => counters.gated_o,
            self.dropped_o => counters.dropped_o,
        );
    }
}

impl<F: Arithmetic> Array<F> {
    /// What output-stationary tiles need besides.
    fn turns(&self, m: &mut Body, turns: &Turns) {
        let (control, west) = (&self.control, &self.west);
        if turns.ws_i.is_present() {
            let other = e(&self.a_valid_i) & !e(&self.a_os_i);
            m.assign(&turns.ws_i, other);
        }
        connect!(m,
            turns.clear_i => self.clear_i,
            turns.first_i => self.a_first_i,
            turns.flush_i => self.a_flush_i,
            turns.fire_i => control.fire_o,
            turns.x_valid_i => self.x_valid_i,
            turns.x_last_i => self.x_last_i,
            self.x_ready_o => turns.x_ready_o,
            control.exchange_i => turns.exchange_o,
            control.turn_ready_i => turns.ready_o,
            control.busy_i => turns.busy_o,
            self.counters.exchange_i => turns.exchange_o,
            west.turn_i => turns.turn_o,
            west.ring_i => turns.ring_o,
            west.exch_i => turns.exch_o,
            self.mesh.phase_i => turns.phase_o,
        );
    }
}

/// What is to be done with an array, whatever its format.
pub trait ArrayVisitor {
    /// The result.
    type Output;
    /// Called with the array of the configuration.
    fn visit<F: Arithmetic>(self, array: Array<F>) -> Self::Output;
}

/// Builds the array of `config`, all of it, and hands it to `visitor`.
///
/// # Errors
/// [`HdlError::Config`] if a value is out of range.
pub fn with_array<V: ArrayVisitor>(
    config: &ArrayConfig,
    visitor: V,
) -> Result<V::Output, HdlError> {
    with_array_at(&Site::whole(config), visitor)
}

/// The same, of as much of the array as `config` says.
pub(crate) fn with_array_at<V: ArrayVisitor>(
    config: &Site,
    visitor: V,
) -> Result<V::Output, HdlError> {
    config.check()?;
    /// An array of one of the accumulator widths that the format offers.
    macro_rules! integer {
        ($operand:literal, $product:literal, [$($acc:literal),+]) => {
            match config.acc_bits() {
                $($acc => visitor.visit(Array::<Int<$operand, $product, $acc>>::at(config)),)+
                other => unreachable!("{other} bits passed the configuration's check"),
            }
        };
    }
    Ok(match config.format {
        Format::Bf16 => visitor.visit(Array::<Bf16>::at(config)),
        Format::Int8 => integer!(8, 16, [16, 20, 24, 28, 32]),
        Format::Int16 => integer!(16, 32, [32, 40, 48, 56, 64]),
    })
}
