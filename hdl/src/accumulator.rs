//! What a PE needs besides to keep sums: the output-stationary half.
//!
//! The sums of a group of P = `add_stages` tiles go round through the adder, whose registers hold
//! them: P cycles after a step of a tile's sum its next product comes. Beside this *ring* there are
//! P words that are *held*: the seeds of the next group until it starts, the sums of the last one
//! until they leave. And the way of seeds and sums from north to south, the *chain*, which otherwise
//! leads through the adder, needs registers of its own while that is busy with the ring.
//!
//! In each cycle of an array all PEs of a column see the same slot of the chain, skewed like
//! everything else. In a slot there may be, both only in the phase of the tile that is meant:
//! * a turn, in all rows: the held seed enters the ring, the sum of the ring is held;
//! * an exchange, in one row: the seed on the chain is held, what was held goes on.
//!
//! Both at once are the last exchange before the turn: the seed on the chain enters the ring, the sum
//! of the ring is held, what was held goes on. The selections come from the array's edge, each as one
//! bit: made here they would cost twice the logic.

use crate::arith::Arithmetic;
use crate::bundle::{Around, Clocked, PartialSum, Slot, Words};
use crate::describe::{e, lit, select, Body, Compiled, Describe, Expr, Net, Reg};
use crate::ArrayConfig;
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Output-stationary half of a PE: the words that are held (seeds of the next group, sums of the
/// last), and the way of both from north to south. The sums of the working group go round through
/// the adder.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
pub struct Accumulator<F: Arithmetic> {
    clocked: Clocked,
    /// counts the phases; any count will do
    #[hw(lanes = config.phase_bits(), when = config.phase_bits() > 0)]
    pub phase_i: Net<In, Bit>,
    #[hw(group = "What happens to sums")]
    pub(crate) slot_i: Slot<In>,
    #[hw(group = "The chain from the north")]
    pub(crate) sum_i: PartialSum<In, F>,
    #[hw(group = "From the adder")]
    pub(crate) acc_i: Around<In, F>,
    #[hw(group = "To the adder")]
    pub(crate) acc_o: Around<Out, F>,
    #[hw(group = "The chain to the south")]
    pub(crate) sum_o: PartialSum<Out, F>,
    /// the slot of the adder's output was one of a run
    #[hw(lanes = config.phases(), when = config.has_both(), style = config.control_style())]
    was_ring_q: Reg<Bit>,
    /// held
    held_q: Words<F>,
    /// on the chain
    chain_q: Words<F>,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

impl<F: Arithmetic> Describe for Accumulator<F> {
    fn describe(&self, m: &mut Body) {
        let (both, gates) = (self._config.has_both(), self._config.gates());
        let en = e(&self.clocked.en_i);
        let (slot, sum, acc) = (&self.slot_i, &self.sum_i, &self.acc_i);
        let (spin, exch, ring) = (e(&slot.spin), e(&slot.exch), slot.ring.or(true));
        m.note("The adder's output is of the slot in which its input was.");
        let was_ring = match both {
            true => m.shift(&self.was_ring_q, &en, ring.clone()),
            false => e(true),
        };
        let alive = e(&acc.live) & was_ring.clone();
        let alive = m.wire(
            "alive",
            "the adder's output is a live sum of the ring",
            alive,
        );
        let turn = ring.clone() & !spin.clone();
        let turn = m.wire("turn", "held seed and sum of the ring change places", turn);
        let from_held = slot.seed.or(!exch.clone());
        let from_held = m.wire("from_held", "the adder takes the held word", from_held);
        let (held, held_live) = (self.held_q.shown(), self.held_q.live.last());
        let to_adder = |own: Expr, held: Expr, north: Expr| {
            select(spin.clone(), own, select(from_held.clone(), held, north))
        };
        m.note("Into the adder goes its own output, the held word, or what the exchange brings.");
        m.assign(
            &self.acc_o.sum,
            to_adder(e(&acc.sum), held.clone(), e(&sum.sum)),
        );
        m.assign(
            &self.acc_o.live,
            to_adder(alive.clone(), held_live.clone(), e(&sum.live)),
        );

        let at_turn = |turns: Expr, exchanges: Expr, stays: Expr| {
            select(turn.clone(), turns, select(exch.clone(), exchanges, stays))
        };
        m.note("Held is the sum of the ring at a turn, the seed on the chain at an exchange.");
        let live = at_turn(alive.clone(), e(&sum.live), held_live.clone());
        m.shift(&self.held_q.live, &en, live);
        let writes = match gates {
            true => (turn.clone() & alive) | (!turn.clone() & exch.clone() & &sum.live),
            false => turn.clone() | exch.clone(),
        };
        // Sums that pass in weight-stationary tiles shall not toggle what does not take them.
        let taken = |takes: Expr| match both {
            true => select(takes, &sum.sum, lit(0, F::Sum::BITS)),
            false => e(&sum.sum),
        };
        let word = select(turn.clone(), &acc.sum, taken(exch.clone()));
        m.note("Where nothing is taken there is a zero, so that passing sums toggle nothing.");
        self.held_q
            .store(m, &self.phase_i, en.clone() & writes, word);

        let chain_live = select(exch.clone(), held_live, &sum.live) & ring.clone();
        let chain_live = m.wire("chain_live", "what the chain takes is live", chain_live);
        let moves = match gates {
            true => en.clone() & chain_live.clone(),
            false => en.clone(),
        };
        let word = select(exch.clone(), held, taken(ring));
        m.note("On the chain an exchange leaves what was held.");
        self.chain_q.store(m, &self.phase_i, moves, word);
        let chain_live = m.shift(&self.chain_q.live, &en, chain_live);
        let out = |chain: Expr, acc: Expr| select(was_ring.clone(), chain, acc);
        m.assign(&self.sum_o.sum, out(self.chain_q.shown(), e(&acc.sum)));
        m.assign(&self.sum_o.live, out(chain_live, e(&acc.live)));
        if F::OVERFLOWS {
            let held = self.held_q.ovf.last();
            m.assign(
                &self.acc_o.ovf,
                to_adder(e(&acc.ovf), held.clone(), e(&sum.ovf)),
            );
            m.note("Flags go with their words.");
            let stays = at_turn(e(&acc.ovf), e(&sum.ovf), held.clone());
            m.shift(&self.held_q.ovf, &en, stays);
            let chain = m.shift(&self.chain_q.ovf, &en, select(exch, held, &sum.ovf));
            m.assign(&self.sum_o.ovf, out(chain, e(&acc.ovf)));
        }
    }
}
