//! A PE among its neighbours: what the row drives and reads, and what it claims.

use super::Pe;
use crate::accumulator::{Accumulator, Slot};
use crate::arith::{drive_optional, Adder, Arithmetic, Multiplier};
use crate::lanes::connect;
use crate::prim::{Pipe, PipeControl};
use rust_hdl::prelude::*;

/// What enters a PE from its neighbours in one delta cycle.
#[derive(Clone, Copy, Debug)]
pub struct PeInput<F: Arithmetic> {
    /// Clock and reset.
    pub control: PipeControl,
    /// Low freezes every register.
    pub en: bool,
    /// Activation, its `mac` and its `swap` bit, from the west.
    pub act: (F::Operand, bool, bool),
    /// Weight word, keep and valid bit, from the north.
    pub north: (F::Operand, bool, bool),
    /// Weight word, keep and valid bit, from the west.
    pub west: (F::Operand, bool, bool),
    /// Partial sum, live bit and overflow flag, from the north.
    pub sum: (F::Sum, bool, bool),
    /// The word from the north is for every row.
    pub share: bool,
    /// What happens to sums, from the west.
    pub slot: Slot,
}

impl<F: Arithmetic> Pe<F> {
    /// Drives every input, from the `update` of the row.
    pub(crate) fn drive(&mut self, input: PeInput<F>) {
        self.clk_i.next = input.control.clk;
        self.rst_ni.next = input.control.rst_n;
        self.en_i.next = input.en;
        drive_optional(&mut self.test_en_i, input.control.test_en);
        (self.act_i.next, self.mac_i.next, self.swap_i.next) = input.act;
        (
            self.north_i.next,
            self.north_keep_i.next,
            self.north_valid_i.next,
        ) = input.north;
        (
            self.west_i.next,
            self.west_keep_i.next,
            self.west_valid_i.next,
        ) = input.west;
        (self.sum_i.next, self.live_i.next) = (input.sum.0, input.sum.1);
        drive_optional(&mut self.ovf_i, input.sum.2);
        drive_optional(&mut self.north_share_i, input.share);
        for (port, value) in [
            (&mut self.spin_i, input.slot.spin),
            (&mut self.exch_i, input.slot.exch),
            (&mut self.seed_i, input.slot.seed),
            (&mut self.ring_i, input.slot.ring),
        ] {
            drive_optional(port, value);
        }
    }

    /// What happens to sums in the slot that the eastern neighbour sees now.
    pub(crate) fn slot_east(&self) -> Slot {
        let flag = |ports: &[Signal<Out, Bit>]| ports.first().is_some_and(|port| port.val());
        Slot {
            spin: flag(&self.spin_o),
            exch: flag(&self.exch_o),
            seed: flag(&self.seed_o),
            ring: flag(&self.ring_o),
        }
    }

    /// Claims the outputs, the nets and the inputs of what is inside.
    pub(super) fn connect_own(&mut self) {
        for port in [&mut self.act_o, &mut self.south_o, &mut self.east_o] {
            port.connect();
        }
        for port in [
            &mut self.mac_o,
            &mut self.swap_o,
            &mut self.south_keep_o,
            &mut self.south_valid_o,
            &mut self.east_keep_o,
            &mut self.east_valid_o,
            &mut self.live_o,
        ] {
            port.connect();
        }
        self.sum_o.connect();
        for ports in [
            &mut self.ovf_o,
            &mut self.south_share_o,
            &mut self.spin_o,
            &mut self.exch_o,
            &mut self.seed_o,
            &mut self.ring_o,
        ] {
            connect(ports);
        }
        self.word.connect();
        connect(&mut self.weight_clear_n);
        connect(&mut self.operand);
        connect(&mut self.product_clear_n);
        for net in [&mut self.word_keep, &mut self.taken, &mut self.next_on] {
            net.connect();
        }
        for pipe in [
            &mut self.act,
            &mut self.pass,
            &mut self.down,
            &mut self.next_weight,
            &mut self.weight,
        ] {
            pipe.connect_inputs();
        }
        for pipe in [
            &mut self.mac,
            &mut self.swap,
            &mut self.pass_keep,
            &mut self.pass_east,
            &mut self.pass_south,
            &mut self.down_keep,
            &mut self.down_valid,
            &mut self.next_keep,
            &mut self.full,
            &mut self.on,
        ] {
            pipe.connect_inputs();
        }
        self.mul.connect_inputs();
        self.product.iter_mut().for_each(Pipe::connect_inputs);
        for lines in [
            &mut self.product_mac,
            &mut self.product_on,
            &mut self.pass_share,
            &mut self.down_share,
            &mut self.spin,
            &mut self.exch,
            &mut self.seed,
            &mut self.ring,
        ] {
            lines.iter_mut().for_each(Pipe::connect_inputs);
        }
        self.accumulator
            .iter_mut()
            .for_each(Accumulator::connect_inputs);
        self.add.connect_inputs();
    }

    /// Claims every input, from the `connect` of the row.
    pub(crate) fn connect_inputs(&mut self) {
        self.clk_i.connect();
        self.act_i.connect();
        self.north_i.connect();
        self.west_i.connect();
        self.sum_i.connect();
        for port in [
            &mut self.rst_ni,
            &mut self.en_i,
            &mut self.mac_i,
            &mut self.swap_i,
            &mut self.north_keep_i,
            &mut self.north_valid_i,
            &mut self.west_keep_i,
            &mut self.west_valid_i,
            &mut self.live_i,
        ] {
            port.connect();
        }
        for ports in [
            &mut self.test_en_i,
            &mut self.ovf_i,
            &mut self.north_share_i,
            &mut self.phase_i,
            &mut self.spin_i,
            &mut self.exch_i,
            &mut self.seed_i,
            &mut self.ring_i,
        ] {
            connect(ports);
        }
    }
}
