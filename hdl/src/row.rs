//! One row of the mesh: PEs that pass activations from west to east.
//!
//! A row is the unit that repeats: all rows of a mesh are one module.

use crate::accumulator::Slot;
use crate::arith::{drive_optional, flag, optional, Arithmetic};
use crate::describe::{net, Body};
use crate::lanes::{connect, lanes, pass_in};
use crate::pe::{Pe, PeInput};
use crate::prim::PipeControl;
use crate::ArrayConfig;
use rust_hdl::prelude::*;

/// `cols` PEs of format `F`. Column ports are packed, column 0 in the low bits.
#[derive(Clone, LogicBlock)]
pub struct Row<F: Arithmetic> {
    /// Clock.
    pub clk_i: Signal<In, Clock>,
    /// Reset, active low.
    pub rst_ni: Signal<In, Bit>,
    /// Low freezes every register.
    pub en_i: Signal<In, Bit>,
    /// Opens clock gates for scan test; clock gating only.
    pub test_en_i: Vec<Signal<In, Bit>>,
    /// Activation of the row.
    pub act_i: Signal<In, F::Operand>,
    /// It is of a kept beat and the row is kept.
    pub mac_i: Signal<In, Bit>,
    /// First beat of a tile.
    pub swap_i: Signal<In, Bit>,
    /// Weight word from the left edge.
    pub west_i: Signal<In, F::Operand>,
    /// It is kept.
    pub west_keep_i: Signal<In, Bit>,
    /// There is one.
    pub west_valid_i: Signal<In, Bit>,
    /// Weight words from the row above.
    pub north_i: Vec<Signal<In, F::Operand>>,
    /// They are kept.
    pub north_keep_i: Vec<Signal<In, Bit>>,
    /// There are any.
    pub north_valid_i: Vec<Signal<In, Bit>>,
    /// They are for every row (both dataflows only).
    pub north_share_i: Vec<Signal<In, Bit>>,
    /// Weight words to the row below.
    pub south_o: Vec<Signal<Out, F::Operand>>,
    /// They are kept.
    pub south_keep_o: Vec<Signal<Out, Bit>>,
    /// There are any.
    pub south_valid_o: Vec<Signal<Out, Bit>>,
    /// They are for every row (both dataflows only).
    pub south_share_o: Vec<Signal<Out, Bit>>,
    /// Partial sums from the row above.
    pub sum_i: Vec<Signal<In, F::Sum>>,
    /// They are of a beat and a kept column.
    pub live_i: Vec<Signal<In, Bit>>,
    /// They overflowed further up (formats that overflow).
    pub ovf_i: Vec<Signal<In, Bit>>,
    /// Counts the phases (output-stationary, more than one phase).
    pub phase_i: Vec<Signal<In, Bit>>,
    /// Sums go round through the adders, and it is no turn (output-stationary).
    pub spin_i: Vec<Signal<In, Bit>>,
    /// The row exchanges held words for those on their way (output-stationary).
    pub exch_i: Vec<Signal<In, Bit>>,
    /// The adders take the held words (both dataflows only).
    pub seed_i: Vec<Signal<In, Bit>>,
    /// Output-stationary tiles are at work (both dataflows only).
    pub ring_i: Vec<Signal<In, Bit>>,
    /// Partial sums to the row below.
    pub sum_o: Vec<Signal<Out, F::Sum>>,
    /// Their live bits.
    pub live_o: Vec<Signal<Out, Bit>>,
    /// Their overflow flags.
    pub ovf_o: Vec<Signal<Out, Bit>>,
    pe: Vec<Pe<F>>,
}

impl<F: Arithmetic> Row<F> {
    /// A row as wide as `config` says.
    pub fn new(config: &ArrayConfig) -> Self {
        let cols = config.cols;
        let flags = if F::OVERFLOWS { cols } else { 0 };
        let (os, both) = (config.has_os(), config.has_both());
        let shared = if both { cols } else { 0 };
        Self {
            clk_i: Signal::default(),
            rst_ni: Signal::default(),
            en_i: Signal::default(),
            test_en_i: optional(config.has_test_en()),
            act_i: Signal::default(),
            mac_i: Signal::default(),
            swap_i: Signal::default(),
            west_i: Signal::default(),
            west_keep_i: Signal::default(),
            west_valid_i: Signal::default(),
            north_i: lanes(cols),
            north_keep_i: lanes(cols),
            north_valid_i: lanes(cols),
            north_share_i: lanes(shared),
            south_o: lanes(cols),
            south_keep_o: lanes(cols),
            south_valid_o: lanes(cols),
            south_share_o: lanes(shared),
            sum_i: lanes(cols),
            live_i: lanes(cols),
            ovf_i: lanes(flags),
            phase_i: lanes(config.phase_bits()),
            spin_i: optional(os),
            exch_i: optional(os),
            seed_i: optional(both),
            ring_i: optional(both),
            sum_o: lanes(cols),
            live_o: lanes(cols),
            ovf_o: lanes(flags),
            pe: (0..cols).map(|_| Pe::new(config)).collect(),
        }
    }
}

impl<F: Arithmetic> Logic for Row<F> {
    fn update(&mut self) {
        let control = PipeControl::of(&self.clk_i, &self.rst_ni, &self.test_en_i);
        let mut act = (self.act_i.val(), self.mac_i.val(), self.swap_i.val());
        let mut west = (
            self.west_i.val(),
            self.west_keep_i.val(),
            self.west_valid_i.val(),
        );
        let mut slot = Slot {
            spin: flag(&self.spin_i),
            exch: flag(&self.exch_i),
            seed: flag(&self.seed_i),
            ring: flag(&self.ring_i),
        };
        for (col, pe) in self.pe.iter_mut().enumerate() {
            pass_in(&mut pe.phase_i, &self.phase_i);
            pe.drive(PeInput {
                control,
                en: self.en_i.val(),
                act,
                north: (
                    self.north_i[col].val(),
                    self.north_keep_i[col].val(),
                    self.north_valid_i[col].val(),
                ),
                west,
                sum: (
                    self.sum_i[col].val(),
                    self.live_i[col].val(),
                    self.ovf_i.get(col).is_some_and(|port| port.val()),
                ),
                share: self.north_share_i.get(col).is_some_and(|port| port.val()),
                slot,
            });
            self.south_o[col].next = pe.south_o.val();
            self.south_keep_o[col].next = pe.south_keep_o.val();
            self.south_valid_o[col].next = pe.south_valid_o.val();
            self.sum_o[col].next = pe.sum_o.val();
            self.live_o[col].next = pe.live_o.val();
            if let Some(port) = self.ovf_o.get_mut(col) {
                port.next = pe.ovf_o[0].val();
            }
            if let Some(port) = self.south_share_o.get_mut(col) {
                port.next = pe.south_share_o[0].val();
            }
            slot = pe.slot_east();
            act = (pe.act_o.val(), pe.mac_o.val(), pe.swap_o.val());
            west = (pe.east_o.val(), pe.east_keep_o.val(), pe.east_valid_o.val());
        }
    }

    fn connect(&mut self) {
        connect(&mut self.south_o);
        connect(&mut self.south_keep_o);
        connect(&mut self.south_valid_o);
        connect(&mut self.south_share_o);
        connect(&mut self.sum_o);
        connect(&mut self.live_o);
        connect(&mut self.ovf_o);
        self.pe.iter_mut().for_each(Pe::connect_inputs);
    }

    fn hdl(&self) -> Verilog {
        let mut body = Body::new(
            "row",
            &format!(
                "One row of the mesh: {} PEs, activations from west to east, sums and weights from \
                 north to south. Packed ports: column 0 in the low bits.",
                self.pe.len()
            ),
            !self.test_en_i.is_empty(),
        );
        for col in 0..self.pe.len() {
            let pe = format!("pe${col}");
            body.control(&pe);
            // (input, the row's own port, the western neighbour's output)
            let mut eastward = vec![
                ("act_i", "act_i", "act_o"),
                ("mac_i", "mac_i", "mac_o"),
                ("swap_i", "swap_i", "swap_o"),
                ("west_i", "west_i", "east_o"),
                ("west_keep_i", "west_keep_i", "east_keep_o"),
                ("west_valid_i", "west_valid_i", "east_valid_o"),
            ];
            if !self.spin_i.is_empty() {
                eastward.push(("spin_i$0", "spin_i$0", "spin_o$0"));
                eastward.push(("exch_i$0", "exch_i$0", "exch_o$0"));
            }
            if !self.ring_i.is_empty() {
                eastward.push(("seed_i$0", "seed_i$0", "seed_o$0"));
                eastward.push(("ring_i$0", "ring_i$0", "ring_o$0"));
            }
            body.assign_lanes(&format!("{pe}$phase_i"), "phase_i", self.phase_i.len());
            for (input, own, neighbour) in eastward {
                let source = match col.checked_sub(1) {
                    None => own.to_owned(),
                    Some(west) => format!("pe${west}${neighbour}"),
                };
                body.assign(format!("{pe}${input}"), net(source));
            }
            for port in [
                "north_i",
                "north_keep_i",
                "north_valid_i",
                "sum_i",
                "live_i",
            ] {
                body.assign(format!("{pe}${port}"), net(format!("{port}${col}")));
            }
            for port in [
                "south_o",
                "south_keep_o",
                "south_valid_o",
                "sum_o",
                "live_o",
            ] {
                body.assign(format!("{port}${col}"), net(format!("{pe}${port}")));
            }
            if !self.north_share_i.is_empty() {
                body.assign(
                    format!("{pe}$north_share_i$0"),
                    net(format!("north_share_i${col}")),
                );
                body.assign(
                    format!("south_share_o${col}"),
                    net(format!("{pe}$south_share_o$0")),
                );
            }
            if F::OVERFLOWS {
                body.assign(format!("{pe}$ovf_i$0"), net(format!("ovf_i${col}")));
                body.assign(format!("ovf_o${col}"), net(format!("{pe}$ovf_o$0")));
            }
        }
        body.finish()
    }
}

impl<F: Arithmetic> Row<F> {
    /// Drives clock, reset, enable and test enable, from the `update` of the mesh.
    pub(crate) fn drive_control(&mut self, control: PipeControl, en: bool) {
        self.clk_i.next = control.clk;
        self.rst_ni.next = control.rst_n;
        self.en_i.next = en;
        drive_optional(&mut self.test_en_i, control.test_en);
    }

    /// Claims every input, from the `connect` of the mesh.
    pub(crate) fn connect_inputs(&mut self) {
        self.clk_i.connect();
        self.rst_ni.connect();
        self.en_i.connect();
        connect(&mut self.test_en_i);
        self.act_i.connect();
        self.mac_i.connect();
        self.swap_i.connect();
        self.west_i.connect();
        self.west_keep_i.connect();
        self.west_valid_i.connect();
        connect(&mut self.north_i);
        connect(&mut self.north_keep_i);
        connect(&mut self.north_valid_i);
        connect(&mut self.north_share_i);
        connect(&mut self.phase_i);
        connect(&mut self.spin_i);
        connect(&mut self.exch_i);
        connect(&mut self.seed_i);
        connect(&mut self.ring_i);
        connect(&mut self.sum_i);
        connect(&mut self.live_i);
        connect(&mut self.ovf_i);
    }
}
