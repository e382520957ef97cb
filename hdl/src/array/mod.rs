//! The array: mesh, edges and counters behind the ports of `INTERFACE.md`.
//!
//! Ports that only one dataflow needs are vectors of one element, or none.

mod verilog;

use crate::arith::bf16::Bf16;
use crate::arith::int::Int;
use crate::arith::{drive_optional, flag, optional, Arithmetic};
use crate::edge::{Control, Counters, NorthEdge, SouthEdge, Turns, WestEdge};
use crate::lanes::{connect, lanes, pass_in, pass_on, pass_out};
use crate::mesh::Mesh;
use crate::prim::PipeControl;
use crate::{ArrayConfig, HdlError};
use heddle_format::Format;
use rust_hdl::prelude::*;

/// The masked systolic array of format `F`.
#[derive(Clone, LogicBlock)]
pub struct Array<F: Arithmetic> {
    /// Clock.
    pub clk_i: Signal<In, Clock>,
    /// Reset, active low.
    pub rst_ni: Signal<In, Bit>,
    /// Opens clock gates for scan test; clock gating only.
    pub test_en_i: Vec<Signal<In, Bit>>,
    /// Low freezes every register.
    pub en_i: Signal<In, Bit>,
    /// Zeroes counters and sticky flags.
    pub clear_i: Signal<In, Bit>,

    /// A beat of weights is offered.
    pub w_valid_i: Signal<In, Bit>,
    /// It is accepted.
    pub w_ready_o: Signal<Out, Bit>,
    /// 0: from the top edge, one row k; 1: from the left edge, one column n
    /// (weight-stationary).
    pub w_edge_i: Vec<Signal<In, Bit>>,
    /// The beat is row k of B of an output-stationary tile (both dataflows only).
    pub w_os_i: Vec<Signal<In, Bit>>,
    /// Last beat of the tile.
    pub w_last_i: Signal<In, Bit>,
    /// The row or column is kept.
    pub w_keep_i: Signal<In, Bit>,
    /// Words of a row.
    pub w_top_i: Vec<Signal<In, F::Operand>>,
    /// Words of a column (weight-stationary).
    pub w_left_i: Vec<Signal<In, F::Operand>>,
    /// Row mask of the tile.
    pub row_keep_i: Vec<Signal<In, Bit>>,
    /// Column mask of the tile.
    pub col_keep_i: Vec<Signal<In, Bit>>,

    /// A beat of activations and seeds is offered.
    pub a_valid_i: Signal<In, Bit>,
    /// It is accepted.
    pub a_ready_o: Signal<Out, Bit>,
    /// First beat of a tile.
    pub a_first_i: Signal<In, Bit>,
    /// It is column k of A of an output-stationary tile (both dataflows only).
    pub a_os_i: Vec<Signal<In, Bit>>,
    /// It is no beat, but the end of such a tile (output-stationary).
    pub a_flush_i: Vec<Signal<In, Bit>>,
    /// Its m (weight-stationary) or k (output-stationary) is kept.
    pub a_keep_i: Signal<In, Bit>,
    /// Activations, by row.
    pub a_i: Vec<Signal<In, F::Operand>>,
    /// Seeds, by column.
    pub c_i: Vec<Signal<In, F::Sum>>,

    /// An exchange, seeds of a row, is offered (output-stationary).
    pub x_valid_i: Vec<Signal<In, Bit>>,
    /// It is accepted.
    pub x_ready_o: Vec<Signal<Out, Bit>>,
    /// It is the last of its phase.
    pub x_last_i: Vec<Signal<In, Bit>>,
    /// Kept seeds.
    pub x_keep_i: Vec<Signal<In, Bit>>,

    /// The sums of a beat or an exchange leave.
    pub s_valid_o: Signal<Out, Bit>,
    /// Column and m are kept.
    pub s_keep_o: Vec<Signal<Out, Bit>>,
    /// Sums, by column.
    pub s_o: Vec<Signal<Out, F::Sum>>,

    /// Sticky: a kept sum overflowed (formats that overflow).
    pub ovf_o: Vec<Signal<Out, Bit>>,
    /// Sticky: a first beat had to wait for its weights.
    pub wait_o: Signal<Out, Bit>,
    /// Cycles from the first weights to the last sums so far.
    pub cycles_o: Signal<Out, Bits<48>>,
    /// Useful multiply-accumulates.
    pub macs_o: Signal<Out, Bits<48>>,
    /// PE-cycles that were not.
    pub gated_o: Signal<Out, Bits<48>>,
    /// Beats whose m was dropped.
    pub dropped_o: Signal<Out, Bits<48>>,

    control: Control,
    turns: Vec<Turns>,
    counters: Counters,
    west: WestEdge<F>,
    north: NorthEdge<F>,
    mesh: Mesh<F>,
    south: SouthEdge<F>,
}

impl<F: Arithmetic> Array<F> {
    /// The array of `config`, whose format and accumulator must be those of `F`.
    pub fn new(config: &ArrayConfig) -> Self {
        let (rows, cols) = (config.rows, config.cols);
        let (ws, os, both) = (config.dataflow.has_ws(), config.has_os(), config.has_both());
        let when = |present: bool, n: usize| if present { n } else { 0 };
        Self {
            clk_i: Signal::default(),
            rst_ni: Signal::default(),
            test_en_i: optional(config.has_test_en()),
            en_i: Signal::default(),
            clear_i: Signal::default(),
            w_valid_i: Signal::default(),
            w_ready_o: Signal::default(),
            w_edge_i: optional(ws),
            w_os_i: optional(both),
            w_last_i: Signal::default(),
            w_keep_i: Signal::default(),
            w_top_i: lanes(cols),
            w_left_i: lanes(when(ws, rows)),
            row_keep_i: lanes(rows),
            col_keep_i: lanes(cols),
            a_valid_i: Signal::default(),
            a_ready_o: Signal::default(),
            a_first_i: Signal::default(),
            a_os_i: optional(both),
            a_flush_i: optional(os),
            a_keep_i: Signal::default(),
            a_i: lanes(rows),
            c_i: lanes(cols),
            x_valid_i: optional(os),
            x_ready_o: optional(os),
            x_last_i: optional(os),
            x_keep_i: lanes(when(os, cols)),
            s_valid_o: Signal::default(),
            s_keep_o: lanes(cols),
            s_o: lanes(cols),
            ovf_o: optional(F::OVERFLOWS),
            wait_o: Signal::default(),
            cycles_o: Signal::default(),
            macs_o: Signal::default(),
            gated_o: Signal::default(),
            dropped_o: Signal::default(),
            control: Control::new(config),
            turns: (0..usize::from(os)).map(|_| Turns::new(config)).collect(),
            counters: Counters::new(config),
            west: WestEdge::new(config),
            north: NorthEdge::new(config),
            mesh: Mesh::new(config),
            south: SouthEdge::new(config),
        }
    }
}

impl<F: Arithmetic> Logic for Array<F> {
    fn update(&mut self) {
        let shared = PipeControl::of(&self.clk_i, &self.rst_ni, &self.test_en_i);
        let en = self.en_i.val();
        let edge = flag(&self.w_edge_i);

        if let Some(turns) = self.turns.first_mut() {
            let control = &mut self.control;
            turns.clk_i.next = shared.clk;
            turns.rst_ni.next = shared.rst_n;
            turns.en_i.next = en;
            turns.clear_i.next = self.clear_i.val();
            let os = self.a_os_i.first().is_none_or(|port| port.val());
            drive_optional(&mut turns.ws_i, self.a_valid_i.val() && !os);
            turns.first_i.next = self.a_first_i.val();
            turns.flush_i.next = self.a_flush_i[0].val();
            turns.fire_i.next = control.fire_o[0].val();
            turns.x_valid_i.next = self.x_valid_i[0].val();
            turns.x_last_i.next = self.x_last_i[0].val();
            self.x_ready_o[0].next = turns.x_ready_o.val();
            let exchange = turns.exchange_o.val();
            drive_optional(&mut control.exchange_i, exchange);
            drive_optional(&mut self.counters.exchange_i, exchange);
            drive_optional(&mut control.turn_ready_i, turns.ready_o.val());
            pass_on(&mut control.busy_i, &turns.busy_o);
            drive_optional(&mut self.west.turn_i, turns.turn_o.val());
            pass_on(&mut self.west.ring_i, &turns.ring_o);
            pass_on(&mut self.west.exch_i, &turns.exch_o);
            pass_on(&mut self.mesh.phase_i, &turns.phase_o);
        }

        let control = &mut self.control;
        control.clk_i.next = shared.clk;
        control.rst_ni.next = shared.rst_n;
        control.en_i.next = en;
        control.clear_i.next = self.clear_i.val();
        control.w_valid_i.next = self.w_valid_i.val();
        control.w_edge_i.next = edge;
        pass_in(&mut control.w_os_i, &self.w_os_i);
        pass_in(&mut control.a_os_i, &self.a_os_i);
        pass_in(&mut control.a_flush_i, &self.a_flush_i);
        pass_in(&mut control.x_keep_i, &self.x_keep_i);
        control.w_last_i.next = self.w_last_i.val();
        pass_in(&mut control.row_keep_i, &self.row_keep_i);
        pass_in(&mut control.col_keep_i, &self.col_keep_i);
        control.a_valid_i.next = self.a_valid_i.val();
        control.a_first_i.next = self.a_first_i.val();
        control.a_keep_i.next = self.a_keep_i.val();
        self.w_ready_o.next = control.w_ready_o.val();
        self.a_ready_o.next = control.a_ready_o.val();
        self.wait_o.next = control.wait_o.val();

        let west = &mut self.west;
        west.clk_i.next = shared.clk;
        west.rst_ni.next = shared.rst_n;
        west.en_i.next = en;
        pass_in(&mut west.act_i, &self.a_i);
        pass_on(&mut west.mac_i, &control.mac_o);
        west.swap_i.next = control.swap_o.val();
        if !self.w_left_i.is_empty() {
            pass_in(&mut west.word_i, &self.w_left_i);
        } else {
            let zero = F::Operand::default();
            west.word_i.iter_mut().for_each(|word| word.next = zero);
        }
        pass_on(&mut west.valid_i, &control.west_valid_o);
        west.keep_i.next = self.w_keep_i.val();

        let north = &mut self.north;
        north.clk_i.next = shared.clk;
        north.rst_ni.next = shared.rst_n;
        north.en_i.next = en;
        pass_in(&mut north.word_i, &self.w_top_i);
        pass_on(&mut north.valid_i, &control.north_valid_o);
        north.keep_i.next = self.w_keep_i.val();
        pass_in(&mut north.share_i, &self.w_os_i);
        pass_in(&mut north.sum_i, &self.c_i);
        pass_on(&mut north.live_i, &control.live_o);

        let mesh = &mut self.mesh;
        mesh.clk_i.next = shared.clk;
        mesh.rst_ni.next = shared.rst_n;
        mesh.en_i.next = en;
        drive_optional(&mut mesh.test_en_i, shared.test_en);
        pass_on(&mut mesh.act_i, &west.act_o);
        pass_on(&mut mesh.mac_i, &west.mac_o);
        pass_on(&mut mesh.swap_i, &west.swap_o);
        pass_on(&mut mesh.west_i, &west.word_o);
        pass_on(&mut mesh.west_keep_i, &west.keep_o);
        pass_on(&mut mesh.west_valid_i, &west.valid_o);
        pass_on(&mut mesh.north_i, &north.word_o);
        pass_on(&mut mesh.north_keep_i, &north.keep_o);
        pass_on(&mut mesh.north_valid_i, &north.valid_o);
        pass_on(&mut mesh.north_share_i, &north.share_o);
        pass_on(&mut mesh.spin_i, &west.spin_o);
        pass_on(&mut mesh.seed_i, &west.seed_o);
        pass_on(&mut mesh.ring_i, &west.ring_o);
        pass_on(&mut mesh.exch_i, &west.exch_o);
        pass_on(&mut mesh.sum_i, &north.sum_o);
        pass_on(&mut mesh.live_i, &north.live_o);

        let south = &mut self.south;
        south.clk_i.next = shared.clk;
        south.rst_ni.next = shared.rst_n;
        south.en_i.next = en;
        south.clear_i.next = self.clear_i.val();
        let or = |ports: &[Signal<Out, Bit>], otherwise: bool| {
            ports.first().map_or(otherwise, |port| port.val())
        };
        south.beat_i.next = or(&control.slot_o, control.beat_o.val());
        south.keep_i.next = or(&control.slot_keep_o, self.a_keep_i.val());
        pass_on(&mut south.sum_i, &mesh.sum_o);
        pass_on(&mut south.live_i, &mesh.live_o);
        pass_on(&mut south.ovf_i, &mesh.ovf_o);
        self.s_valid_o.next = south.valid_o.val();
        pass_out(&mut self.s_keep_o, &south.keep_o);
        pass_out(&mut self.s_o, &south.sum_o);
        pass_out(&mut self.ovf_o, &south.ovf_o);

        let counters = &mut self.counters;
        counters.clk_i.next = shared.clk;
        counters.rst_ni.next = shared.rst_n;
        counters.en_i.next = en;
        counters.clear_i.next = self.clear_i.val();
        counters.load_i.next = control.load_o.val();
        counters.w_edge_i.next = edge;
        pass_in(&mut counters.w_os_i, &self.w_os_i);
        counters.w_keep_i.next = self.w_keep_i.val();
        pass_in(&mut counters.row_keep_i, &self.row_keep_i);
        pass_in(&mut counters.col_keep_i, &self.col_keep_i);
        counters.beat_i.next = control.beat_o.val();
        counters.swap_i.next = control.swap_o.val();
        counters.a_keep_i.next = self.a_keep_i.val();
        counters.sum_valid_i.next = south.valid_o.val();
        self.cycles_o.next = counters.cycles_o.val();
        self.macs_o.next = counters.macs_o.val();
        self.gated_o.next = counters.gated_o.val();
        self.dropped_o.next = counters.dropped_o.val();
    }

    fn connect(&mut self) {
        for port in [
            &mut self.w_ready_o,
            &mut self.a_ready_o,
            &mut self.s_valid_o,
            &mut self.wait_o,
        ] {
            port.connect();
        }
        connect(&mut self.x_ready_o);
        connect(&mut self.s_keep_o);
        connect(&mut self.s_o);
        connect(&mut self.ovf_o);
        self.cycles_o.connect();
        self.macs_o.connect();
        self.gated_o.connect();
        self.dropped_o.connect();
        self.control.connect_inputs();
        self.turns.iter_mut().for_each(Turns::connect_inputs);
        self.counters.connect_inputs();
        self.west.connect_inputs();
        self.north.connect_inputs();
        self.mesh.connect_inputs();
        self.south.connect_inputs();
    }

    fn hdl(&self) -> Verilog {
        self.verilog()
    }
}

/// What is to be done with an array, whatever its format.
pub trait ArrayVisitor {
    /// The result.
    type Output;
    /// Called with the array of the configuration.
    fn visit<F: Arithmetic>(self, array: Array<F>) -> Self::Output;
}

/// Builds the array of `config` and hands it to `visitor`.
///
/// # Errors
/// [`HdlError::Config`] if a value is out of range.
pub fn with_array<V: ArrayVisitor>(
    config: &ArrayConfig,
    visitor: V,
) -> Result<V::Output, HdlError> {
    config.check()?;
    /// An array of one of the accumulator widths that the format offers.
    macro_rules! integer {
        ($operand:literal, $product:literal, [$($acc:literal),+]) => {
            match config.acc_bits() {
                $($acc => visitor.visit(Array::<Int<$operand, $product, $acc>>::new(config)),)+
                other => unreachable!("{other} bits passed the configuration's check"),
            }
        };
    }
    Ok(match config.format {
        Format::Bf16 => visitor.visit(Array::<Bf16>::new(config)),
        Format::Int8 => integer!(8, 16, [16, 20, 24, 28, 32]),
        Format::Int16 => integer!(16, 32, [32, 40, 48, 56, 64]),
    })
}
