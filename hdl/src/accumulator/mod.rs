//! What a PE needs besides to keep sums: the output-stationary half.
//!
//! The sums of a group of P = `add_stages` tiles go round through the adder, whose
//! registers hold them: P cycles after a step of a tile's sum its next product comes.
//! Beside this *ring* there are P words that are *held*: the seeds of the next group
//! until it starts, the sums of the last one until they leave. And the way of seeds
//! and sums from north to south, the *chain*, which in the other dataflow leads
//! through the adder, needs registers of its own while the adder is busy with the ring.
//!
//! In each cycle of an array all PEs of a column see the same slot of the chain, skewed
//! like everything else. Two things may happen in a slot, both only in the phase of the
//! tile that is meant:
//! * turn, in all rows: the held seed enters the ring, the sum of the ring is held;
//! * exchange, in one row: the seed on the chain is held, what was held goes on.
//!
//! The multiplexers' selections come from the array's edge as they are needed here, each of one
//! bit; made from fewer bits in each PE they would cost twice the logic.
//!
//! If both happen in a slot, the exchange is the last before the turn: the seed on the
//! chain enters the ring, the sum of the ring is held, what was held goes on.

mod verilog;

use crate::arith::{drive_optional, optional, Arithmetic};
use crate::lanes::{connect, lanes, pass_in};
use crate::prim::{Bank, Pipe, PipeControl, PipeStyle};
use crate::{ArrayConfig, Reset};
use rust_hdl::prelude::*;

/// Held words and chain of a PE of format `F`.
#[derive(Clone, LogicBlock)]
pub struct Accumulator<F: Arithmetic> {
    /// Clock.
    pub clk_i: Signal<In, Clock>,
    /// Reset, active low.
    pub rst_ni: Signal<In, Bit>,
    /// Low freezes every register.
    pub en_i: Signal<In, Bit>,
    /// Opens clock gates for scan test; clock gating only.
    pub test_en_i: Vec<Signal<In, Bit>>,
    /// Counts the phases; any count will do. None if there is one phase.
    pub phase_i: Vec<Signal<In, Bit>>,
    /// The slot is one of a run: the adder has the ring's sum, the chain goes its own
    /// way. None if every slot is.
    pub ring_i: Vec<Signal<In, Bit>>,
    /// The adder takes its own output: the slot is of a run, and no turn.
    pub spin_i: Signal<In, Bit>,
    /// The adder takes the held word. None if every slot is of a run: then it does so
    /// where it takes neither its own output nor what the exchange brings.
    pub seed_i: Vec<Signal<In, Bit>>,
    /// Seed on the chain and held word change places.
    pub exch_i: Signal<In, Bit>,
    /// The chain from the north.
    pub sum_i: Signal<In, F::Sum>,
    /// There is a kept word on it.
    pub live_i: Signal<In, Bit>,
    /// It overflowed further up (formats that overflow).
    pub ovf_i: Vec<Signal<In, Bit>>,
    /// What comes out of the adder.
    pub acc_i: Signal<In, F::Sum>,
    /// Its live bit.
    pub acc_live_i: Signal<In, Bit>,
    /// Its overflow flag.
    pub acc_ovf_i: Vec<Signal<In, Bit>>,
    /// What goes into the adder.
    pub acc_o: Signal<Out, F::Sum>,
    /// Its live bit.
    pub acc_live_o: Signal<Out, Bit>,
    /// Its overflow flag.
    pub acc_ovf_o: Vec<Signal<Out, Bit>>,
    /// The chain to the south.
    pub sum_o: Signal<Out, F::Sum>,
    /// Its live bit.
    pub live_o: Signal<Out, Bit>,
    /// Its overflow flag.
    pub ovf_o: Vec<Signal<Out, Bit>>,

    /// The adder's output is a kept sum of the ring.
    alive: Signal<Local, Bit>,
    /// Held seed and sum change places.
    turn: Signal<Local, Bit>,
    /// The adder takes the held word.
    from_held: Signal<Local, Bit>,
    held_q: Signal<Local, F::Sum>,
    chain_d: Signal<Local, F::Sum>,
    chain_live_d: Signal<Local, Bit>,
    chain_q: Signal<Local, F::Sum>,

    was_ring: Vec<Pipe<Bit>>,
    /// One phase: registers; more: banks.
    held: Vec<Pipe<F::Sum>>,
    held_bank: Vec<Bank<F::Sum>>,
    held_live: Pipe<Bit>,
    held_ovf: Vec<Pipe<Bit>>,
    chain: Vec<Pipe<F::Sum>>,
    chain_bank: Vec<Bank<F::Sum>>,
    chain_live: Pipe<Bit>,
    chain_ovf: Vec<Pipe<Bit>>,
    _gates: bool,
}

impl<F: Arithmetic> Accumulator<F> {
    /// The accumulator of a PE of `config`.
    pub fn new(config: &ArrayConfig) -> Self {
        let phases = config.phases();
        let (control, data) = (config.control_style(), config.data_style());
        let flags = usize::from(F::OVERFLOWS);
        let (registers, banks) = if phases == 1 { (1, 0) } else { (0, 1) };
        // As the words of a bank: without reset, which their live bits have.
        let line = || {
            Pipe::new(
                1,
                PipeStyle {
                    reset: Reset::None,
                    ..config.gated_style()
                },
            )
        };
        Self {
            clk_i: Signal::default(),
            rst_ni: Signal::default(),
            en_i: Signal::default(),
            test_en_i: config.test_en_port(),
            phase_i: lanes(config.phase_bits()),
            ring_i: optional(config.dataflow.has_ws()),
            spin_i: Signal::default(),
            seed_i: optional(config.dataflow.has_ws()),
            exch_i: Signal::default(),
            sum_i: Signal::default(),
            live_i: Signal::default(),
            ovf_i: optional(F::OVERFLOWS),
            acc_i: Signal::default(),
            acc_live_i: Signal::default(),
            acc_ovf_i: optional(F::OVERFLOWS),
            acc_o: Signal::default(),
            acc_live_o: Signal::default(),
            acc_ovf_o: optional(F::OVERFLOWS),
            sum_o: Signal::default(),
            live_o: Signal::default(),
            ovf_o: optional(F::OVERFLOWS),
            alive: Signal::default(),
            turn: Signal::default(),
            from_held: Signal::default(),
            held_q: Signal::default(),
            chain_d: Signal::default(),
            chain_live_d: Signal::default(),
            chain_q: Signal::default(),
            was_ring: (0..usize::from(config.dataflow.has_ws()))
                .map(|_| Pipe::new(phases, control))
                .collect(),
            held: (0..registers).map(|_| line()).collect(),
            held_bank: (0..banks).map(|_| Bank::new(phases)).collect(),
            held_live: Pipe::new(phases, control),
            held_ovf: (0..flags).map(|_| Pipe::new(phases, data)).collect(),
            chain: (0..registers).map(|_| line()).collect(),
            chain_bank: (0..banks).map(|_| Bank::new(phases)).collect(),
            chain_live: Pipe::new(phases, control),
            chain_ovf: (0..flags).map(|_| Pipe::new(phases, data)).collect(),
            _gates: config.gates(),
        }
    }
}

/// A sum, its live bit and its overflow flag.
pub(crate) type Word<F> = (<F as Arithmetic>::Sum, bool, bool);

/// What happens to sums in a slot; travels from west to east.
#[derive(Clone, Copy, Debug, Default)]
pub struct Slot {
    /// See [`Accumulator::spin_i`].
    pub spin: bool,
    /// See [`Accumulator::exch_i`].
    pub exch: bool,
    /// See [`Accumulator::seed_i`].
    pub seed: bool,
    /// See [`Accumulator::ring_i`].
    pub ring: bool,
}

/// `condition ? then : otherwise`, of values.
fn pick<T>(condition: bool, then: T, otherwise: T) -> T {
    if condition {
        then
    } else {
        otherwise
    }
}

impl<F: Arithmetic> Logic for Accumulator<F> {
    fn update(&mut self) {
        let control = PipeControl::of(&self.clk_i, &self.rst_ni, &self.test_en_i);
        let en = self.en_i.val();
        let ring = self.ring_i.first().is_none_or(|port| port.val());
        let (spin, exch) = (self.spin_i.val(), self.exch_i.val());
        let turn = ring && !spin;
        let was_ring = match self.was_ring.first_mut() {
            Some(pipe) => {
                pipe.drive(control, en, ring);
                pipe.q.val()
            }
            None => true,
        };
        let (acc, sum) = (self.acc_i.val(), self.sum_i.val());
        let alive = self.acc_live_i.val() && was_ring;
        let from_held = match self.seed_i.first() {
            Some(port) => port.val(),
            None => !exch,
        };
        self.alive.next = alive;
        self.from_held.next = from_held;
        self.turn.next = turn;

        let (held, held_live) = (self.held_q.val(), self.held_live.q.val());
        let live = self.live_i.val();
        self.acc_o.next = pick(spin, acc, pick(from_held, held, sum));
        self.acc_live_o.next = pick(spin, alive, pick(from_held, held_live, live));

        let stays = pick(exch, live, held_live);
        self.held_live.drive(control, en, pick(turn, alive, stays));
        let writes = pick(turn, alive || !self._gates, exch && (live || !self._gates));
        // Sums that pass in weight-stationary tiles shall not toggle what does not take them.
        let both = !self.ring_i.is_empty();
        let taken = |takes: bool| {
            if takes || !both {
                sum
            } else {
                F::Sum::default()
            }
        };
        let held_d = pick(turn, acc, taken(exch));
        for pipe in &mut self.held {
            pipe.drive(control, en && writes, held_d);
            self.held_q.next = pipe.q.val();
        }
        for bank in &mut self.held_bank {
            bank.drive(control.clk, en && writes, &self.phase_i, held_d);
            self.held_q.next = bank.q_o.val();
        }

        let (chain_d, chain_live_d) = (
            pick(exch, held, taken(ring)),
            ring && pick(exch, held_live, live),
        );
        self.chain_d.next = chain_d;
        self.chain_live_d.next = chain_live_d;
        let moves = en && (chain_live_d || !self._gates);
        for pipe in &mut self.chain {
            pipe.drive(control, moves, chain_d);
            self.chain_q.next = pipe.q.val();
        }
        for bank in &mut self.chain_bank {
            bank.drive(control.clk, moves, &self.phase_i, chain_d);
            self.chain_q.next = bank.q_o.val();
        }
        self.chain_live.drive(control, en, chain_live_d);
        self.sum_o.next = pick(was_ring, self.chain_q.val(), acc);
        self.live_o.next = pick(was_ring, self.chain_live.q.val(), self.acc_live_i.val());

        for (held, chain) in self.held_ovf.iter_mut().zip(&mut self.chain_ovf) {
            let (ovf, acc) = (self.ovf_i[0].val(), self.acc_ovf_i[0].val());
            let (held_q, chain_q) = (held.q.val(), chain.q.val());
            self.acc_ovf_o[0].next = pick(spin, acc, pick(from_held, held_q, ovf));
            held.drive(control, en, pick(turn, acc, pick(exch, ovf, held_q)));
            chain.drive(control, en, pick(exch, held_q, ovf));
            self.ovf_o[0].next = pick(was_ring, chain_q, acc);
        }
    }

    fn connect(&mut self) {
        for port in [&mut self.acc_o, &mut self.sum_o] {
            port.connect();
        }
        for port in [&mut self.acc_live_o, &mut self.live_o] {
            port.connect();
        }
        connect(&mut self.acc_ovf_o);
        connect(&mut self.ovf_o);
        for net in [
            &mut self.alive,
            &mut self.turn,
            &mut self.from_held,
            &mut self.chain_live_d,
        ] {
            net.connect();
        }
        for net in [&mut self.held_q, &mut self.chain_d, &mut self.chain_q] {
            net.connect();
        }
        for pipe in self.held.iter_mut().chain(&mut self.chain) {
            pipe.connect_inputs();
        }
        for bank in self.held_bank.iter_mut().chain(&mut self.chain_bank) {
            bank.connect_inputs();
        }
        self.held_live.connect_inputs();
        self.chain_live.connect_inputs();
        for lines in [&mut self.was_ring, &mut self.held_ovf, &mut self.chain_ovf] {
            lines.iter_mut().for_each(Pipe::connect_inputs);
        }
    }

    fn hdl(&self) -> Verilog {
        self.verilog()
    }
}

impl<F: Arithmetic> Accumulator<F> {
    /// Drives every input, from the `update` of the PE; the chain and the adder's output
    /// come each with live bit and overflow flag.
    pub(crate) fn drive(
        &mut self,
        control: PipeControl,
        en: bool,
        phase: &[Signal<In, Bit>],
        slot: Slot,
        chain: Word<F>,
        acc: Word<F>,
    ) {
        self.clk_i.next = control.clk;
        self.rst_ni.next = control.rst_n;
        self.en_i.next = en;
        drive_optional(&mut self.test_en_i, control.test_en);
        pass_in(&mut self.phase_i, phase);
        (self.spin_i.next, self.exch_i.next) = (slot.spin, slot.exch);
        drive_optional(&mut self.ring_i, slot.ring);
        drive_optional(&mut self.seed_i, slot.seed);
        (self.sum_i.next, self.live_i.next) = (chain.0, chain.1);
        drive_optional(&mut self.ovf_i, chain.2);
        (self.acc_i.next, self.acc_live_i.next) = (acc.0, acc.1);
        drive_optional(&mut self.acc_ovf_i, acc.2);
    }

    /// What goes into the adder, and what goes on to the south, each with live bit and
    /// overflow flag.
    pub(crate) fn result(&self) -> (Word<F>, Word<F>) {
        let flag = |port: &[Signal<Out, Bit>]| port.first().is_some_and(|port| port.val());
        (
            (
                self.acc_o.val(),
                self.acc_live_o.val(),
                flag(&self.acc_ovf_o),
            ),
            (self.sum_o.val(), self.live_o.val(), flag(&self.ovf_o)),
        )
    }

    /// Claims every input, from the `connect` of the PE.
    pub(crate) fn connect_inputs(&mut self) {
        self.clk_i.connect();
        for port in [
            &mut self.rst_ni,
            &mut self.en_i,
            &mut self.spin_i,
            &mut self.exch_i,
            &mut self.live_i,
            &mut self.acc_live_i,
        ] {
            port.connect();
        }
        self.sum_i.connect();
        self.acc_i.connect();
        for ports in [
            &mut self.test_en_i,
            &mut self.phase_i,
            &mut self.ring_i,
            &mut self.seed_i,
            &mut self.ovf_i,
            &mut self.acc_ovf_i,
        ] {
            connect(ports);
        }
    }
}
