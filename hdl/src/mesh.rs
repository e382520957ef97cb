//! The mesh: rows of PEs, weights and partial sums from north to south.

use crate::arith::{optional, Arithmetic};
use crate::describe::{lit, net, Body};
use crate::lanes::{connect, lanes, pass_in, pass_on, pass_out};
use crate::prim::PipeControl;
use crate::row::Row;
use crate::ArrayConfig;
use rust_hdl::prelude::*;

/// `rows` x `cols` PEs of format `F`, everything skewed. Packed ports: row or column
/// 0 in the low bits.
#[derive(Clone, LogicBlock)]
pub struct Mesh<F: Arithmetic> {
    /// Clock.
    pub clk_i: Signal<In, Clock>,
    /// Reset, active low.
    pub rst_ni: Signal<In, Bit>,
    /// Low freezes every register.
    pub en_i: Signal<In, Bit>,
    /// Opens clock gates for scan test; clock gating only.
    pub test_en_i: Vec<Signal<In, Bit>>,
    /// Activations, by row.
    pub act_i: Vec<Signal<In, F::Operand>>,
    /// They are of a kept beat and the row is kept.
    pub mac_i: Vec<Signal<In, Bit>>,
    /// First beat of a tile.
    pub swap_i: Vec<Signal<In, Bit>>,
    /// Weight words from the left edge, by row.
    pub west_i: Vec<Signal<In, F::Operand>>,
    /// They are kept.
    pub west_keep_i: Vec<Signal<In, Bit>>,
    /// There are any.
    pub west_valid_i: Vec<Signal<In, Bit>>,
    /// Weight words from the top edge, by column.
    pub north_i: Vec<Signal<In, F::Operand>>,
    /// They are kept.
    pub north_keep_i: Vec<Signal<In, Bit>>,
    /// There are any.
    pub north_valid_i: Vec<Signal<In, Bit>>,
    /// They are for every row (both dataflows only), by column.
    pub north_share_i: Vec<Signal<In, Bit>>,
    /// Counts the phases (output-stationary, more than one phase).
    pub phase_i: Vec<Signal<In, Bit>>,
    /// Sums go round through the adders, and it is no turn, by row (output-stationary).
    pub spin_i: Vec<Signal<In, Bit>>,
    /// The row exchanges held words for those on their way, by row (output-stationary).
    pub exch_i: Vec<Signal<In, Bit>>,
    /// The adders take the held words, by row (both dataflows only).
    pub seed_i: Vec<Signal<In, Bit>>,
    /// Output-stationary tiles are at work, by row (both dataflows only).
    pub ring_i: Vec<Signal<In, Bit>>,
    /// Seeds, by column.
    pub sum_i: Vec<Signal<In, F::Sum>>,
    /// They are of a beat and a kept column.
    pub live_i: Vec<Signal<In, Bit>>,
    /// Sums, by column.
    pub sum_o: Vec<Signal<Out, F::Sum>>,
    /// Their live bits.
    pub live_o: Vec<Signal<Out, Bit>>,
    /// Their overflow flags (formats that overflow).
    pub ovf_o: Vec<Signal<Out, Bit>>,
    row: Vec<Row<F>>,
}

impl<F: Arithmetic> Mesh<F> {
    /// A mesh as large as `config` says.
    pub fn new(config: &ArrayConfig) -> Self {
        let (rows, cols) = (config.rows, config.cols);
        let when = |present: bool, n: usize| if present { n } else { 0 };
        Self {
            clk_i: Signal::default(),
            rst_ni: Signal::default(),
            en_i: Signal::default(),
            test_en_i: optional(config.has_test_en()),
            act_i: lanes(rows),
            mac_i: lanes(rows),
            swap_i: lanes(rows),
            west_i: lanes(rows),
            west_keep_i: lanes(rows),
            west_valid_i: lanes(rows),
            north_i: lanes(cols),
            north_keep_i: lanes(cols),
            north_valid_i: lanes(cols),
            north_share_i: lanes(when(config.has_both(), cols)),
            phase_i: lanes(config.phase_bits()),
            spin_i: lanes(when(config.has_os(), rows)),
            exch_i: lanes(when(config.has_os(), rows)),
            seed_i: lanes(when(config.has_both(), rows)),
            ring_i: lanes(when(config.has_both(), rows)),
            sum_i: lanes(cols),
            live_i: lanes(cols),
            sum_o: lanes(cols),
            live_o: lanes(cols),
            ovf_o: lanes(if F::OVERFLOWS { cols } else { 0 }),
            row: (0..rows).map(|_| Row::new(config)).collect(),
        }
    }
}

impl<F: Arithmetic> Logic for Mesh<F> {
    fn update(&mut self) {
        let control = PipeControl::of(&self.clk_i, &self.rst_ni, &self.test_en_i);
        let en = self.en_i.val();
        for r in 0..self.row.len() {
            let (above, below) = self.row.split_at_mut(r);
            let row = &mut below[0];
            row.drive_control(control, en);
            row.act_i.next = self.act_i[r].val();
            row.mac_i.next = self.mac_i[r].val();
            row.swap_i.next = self.swap_i[r].val();
            row.west_i.next = self.west_i[r].val();
            row.west_keep_i.next = self.west_keep_i[r].val();
            row.west_valid_i.next = self.west_valid_i[r].val();
            pass_in(&mut row.phase_i, &self.phase_i);
            for (to, from) in [
                (&mut row.spin_i, &self.spin_i),
                (&mut row.exch_i, &self.exch_i),
                (&mut row.seed_i, &self.seed_i),
                (&mut row.ring_i, &self.ring_i),
            ] {
                if let Some(from) = from.get(r) {
                    to[0].next = from.val();
                }
            }
            match above.last() {
                None => {
                    pass_in(&mut row.north_i, &self.north_i);
                    pass_in(&mut row.north_keep_i, &self.north_keep_i);
                    pass_in(&mut row.north_valid_i, &self.north_valid_i);
                    pass_in(&mut row.north_share_i, &self.north_share_i);
                    pass_in(&mut row.sum_i, &self.sum_i);
                    pass_in(&mut row.live_i, &self.live_i);
                }
                Some(above) => {
                    pass_on(&mut row.north_i, &above.south_o);
                    pass_on(&mut row.north_keep_i, &above.south_keep_o);
                    pass_on(&mut row.north_valid_i, &above.south_valid_o);
                    pass_on(&mut row.north_share_i, &above.south_share_o);
                    pass_on(&mut row.sum_i, &above.sum_o);
                    pass_on(&mut row.live_i, &above.live_o);
                    pass_on(&mut row.ovf_i, &above.ovf_o);
                }
            }
        }
        let last = &self.row[self.row.len() - 1];
        pass_out(&mut self.sum_o, &last.sum_o);
        pass_out(&mut self.live_o, &last.live_o);
        pass_out(&mut self.ovf_o, &last.ovf_o);
    }

    fn connect(&mut self) {
        self.row.iter_mut().for_each(Row::connect_inputs);
        connect(&mut self.sum_o);
        connect(&mut self.live_o);
        connect(&mut self.ovf_o);
    }

    fn hdl(&self) -> Verilog {
        let (rows, cols) = (self.row.len(), self.sum_i.len());
        let mut body = Body::new(
            "mesh",
            &format!(
                "{rows} x {cols} PEs, everything skewed: the adder's stages per row, one cycle per \
                 column. Packed ports: row or column 0 in the low bits."
            ),
            !self.test_en_i.is_empty(),
        );
        for r in 0..rows {
            let row = format!("row${r}");
            body.control(&row);
            for port in [
                "act_i",
                "mac_i",
                "swap_i",
                "west_i",
                "west_keep_i",
                "west_valid_i",
            ] {
                body.assign(format!("{row}${port}"), net(format!("{port}${r}")));
            }
            body.assign_lanes(&format!("{row}$phase_i"), "phase_i", self.phase_i.len());
            for (line, lanes) in [
                ("spin_i", self.spin_i.len()),
                ("exch_i", self.exch_i.len()),
                ("seed_i", self.seed_i.len()),
                ("ring_i", self.ring_i.len()),
            ] {
                if lanes > 0 {
                    body.assign(format!("{row}${line}$0"), net(format!("{line}${r}")));
                }
            }
            if !self.north_share_i.is_empty() {
                let source = match r.checked_sub(1) {
                    None => "north_share_i".to_owned(),
                    Some(r) => format!("row${r}$south_share_o"),
                };
                body.assign_lanes(&format!("{row}$north_share_i"), &source, cols);
            }
            // (input, the output of the row above)
            for (input, above) in [
                ("north_i", "south_o"),
                ("north_keep_i", "south_keep_o"),
                ("north_valid_i", "south_valid_o"),
                ("sum_i", "sum_o"),
                ("live_i", "live_o"),
            ] {
                let source = match r.checked_sub(1) {
                    None => input.to_owned(),
                    Some(r) => format!("row${r}${above}"),
                };
                body.assign_lanes(&format!("{row}${input}"), &source, cols);
            }
            if F::OVERFLOWS {
                match r.checked_sub(1) {
                    None => {
                        for c in 0..cols {
                            body.assign(format!("{row}$ovf_i${c}"), lit(0, 1));
                        }
                    }
                    Some(r) => {
                        body.assign_lanes(&format!("{row}$ovf_i"), &format!("row${r}$ovf_o"), cols);
                    }
                }
            }
        }
        let last = rows - 1;
        body.assign_lanes("sum_o", &format!("row${last}$sum_o"), cols);
        body.assign_lanes("live_o", &format!("row${last}$live_o"), cols);
        if F::OVERFLOWS {
            body.assign_lanes("ovf_o", &format!("row${last}$ovf_o"), cols);
        }
        body.finish()
    }
}

impl<F: Arithmetic> Mesh<F> {
    /// Claims every input, from the `connect` of the array.
    pub(crate) fn connect_inputs(&mut self) {
        self.clk_i.connect();
        self.rst_ni.connect();
        self.en_i.connect();
        connect(&mut self.test_en_i);
        connect(&mut self.act_i);
        connect(&mut self.mac_i);
        connect(&mut self.swap_i);
        connect(&mut self.west_i);
        connect(&mut self.west_keep_i);
        connect(&mut self.west_valid_i);
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
    }
}
