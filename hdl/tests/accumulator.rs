//! The accumulator in rust-hdl's simulation: what turns and exchanges do to the sum that
//! goes round, the word that is held, and the chain.

use heddle_format::Format;
use heddle_hdl::accumulator::Accumulator;
use heddle_hdl::arith::int::Int;
use heddle_hdl::describe::{Pins, Site};
use heddle_hdl::{ArrayConfig, Dataflow, Gating};
use std::collections::VecDeque;

type Unit = Accumulator<Int<8, 16, 32>>;
/// A kept word and its overflow flag; none if it is not kept.
type Word = Option<(u32, bool)>;

/// What happens in a slot.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Slot {
    ring: bool,
    turn: bool,
    exch: bool,
}

const RING: Slot = Slot {
    ring: true,
    turn: false,
    exch: false,
};
const TURN: Slot = Slot { turn: true, ..RING };
const EXCHANGE: Slot = Slot { exch: true, ..RING };
const TURN_AND_EXCHANGE: Slot = Slot {
    turn: true,
    ..EXCHANGE
};
const SEED: Slot = Slot {
    ring: false,
    ..EXCHANGE
};
const CHAIN: Slot = Slot {
    ring: false,
    ..RING
};

/// An accumulator, and an adder around it.
struct Bench {
    uut: Pins<Unit>,
    phases: usize,
    /// What is in the adder, the oldest first.
    adder: VecDeque<Word>,
    cycle: usize,
    /// The phase that the unit is told stands still.
    stuck: bool,
}

impl Bench {
    fn new(dataflow: Dataflow, phases: usize, gating: Gating) -> Self {
        let config = ArrayConfig {
            dataflow,
            gating,
            add_stages: Some(phases),
            ..ArrayConfig::new(1, 1, Format::Int8)
        };
        Self {
            uut: Pins::new(Unit::at(&Site::whole(&config))),
            phases,
            adder: vec![None; phases].into(),
            cycle: 0,
            stuck: false,
        }
    }

    /// One cycle: `north` comes on the chain, the product `addend` joins the sum; what
    /// leaves to the south.
    fn cycle(&mut self, en: bool, slot: Slot, north: Word, addend: u32) -> Word {
        let uut = &mut self.uut;
        uut.set("rst_ni", true);
        uut.set("en_i", en);
        let phase = if self.stuck {
            0
        } else {
            self.cycle % self.phases
        };
        uut.set("phase_i", phase as u128);
        let Slot { ring, turn, exch } = slot;
        uut.set("spin_i", ring && !turn);
        uut.set("exch_i", exch);
        uut.set("ring_i", ring);
        uut.set("seed_i", turn && !exch || !ring && exch);
        // Words that are not kept are noise.
        let acc = self.adder[0];
        let (word, ovf) = north.unwrap_or((0xdead_beef, true));
        uut.set("sum_i", word);
        uut.set("live_i", north.is_some());
        uut.set("ovf_i", ovf);
        let (word, ovf) = acc.unwrap_or((0xfeed_f00d, true));
        uut.set("acc_i", word);
        uut.set("acc_live_i", acc.is_some());
        uut.set("acc_ovf_i", ovf);
        uut.settle();
        let mut word = |sum: &str, live: &str, ovf: &str| {
            let live = uut.get(live) == 1;
            live.then(|| (uut.get(sum) as u32, uut.get(ovf) == 1))
        };
        let out = word("sum_o", "live_o", "ovf_o");
        let into = word("acc_o", "acc_live_o", "acc_ovf_o");
        self.uut.cycle();
        if en {
            self.adder.pop_front();
            let sum = into.map(|(sum, ovf)| (sum.wrapping_add(addend), ovf));
            self.adder.push_back(sum);
            self.cycle += 1;
        }
        out
    }
}

fn word(value: u32) -> Word {
    Some((value, false))
}

/// One phase, from seeds to sums. In each line: what happens, what comes on the chain,
/// the product, and what leaves in the next cycle.
#[test]
fn a_run_step_by_step() {
    let steps = [
        // Seeded while no run is under way: what was held, nothing, goes on.
        (SEED, word(100), 0, None),
        // Other rows' seeds pass.
        (CHAIN, word(7), 0, word(7)),
        // The seed becomes the sum; the sum of no run is not kept.
        (TURN, None, 1, None),
        (RING, None, 2, None),
        // The chain goes its own way.
        (RING, word(9), 4, word(9)),
        // The next seed comes, what was held goes: still nothing.
        (EXCHANGE, word(200), 8, None),
        // 100 + 1 + 2 + 4 + 8 is held, and 200 becomes the sum.
        (TURN, None, 16, None),
        // 115 leaves, 300 is held.
        (EXCHANGE, word(300), 32, word(115)),
        // Both at once: 300 leaves, 400 becomes the sum, 200 + 16 + 32 is held.
        (TURN_AND_EXCHANGE, word(400), 64, word(300)),
        (RING, None, 128, None),
        // 248 leaves; a seed that is not kept comes.
        (EXCHANGE, None, 0, word(248)),
        // The sum that began with it is not kept; 592 is held.
        (TURN, None, 1, None),
        // After the run: 592 leaves by way of the adder, where no product comes.
        (SEED, None, 0, word(592)),
        (CHAIN, word(5), 0, word(5)),
        (CHAIN, None, 0, None),
    ];
    for gating in [Gating::None, Gating::Enable] {
        let mut bench = Bench::new(Dataflow::Both, 1, gating);
        let mut due = None;
        for (step, (slot, north, addend, leaves)) in steps.into_iter().enumerate() {
            let out = bench.cycle(true, slot, north, addend);
            assert_eq!(out, due, "{gating}, before step {step}");
            due = leaves;
        }
        assert_eq!(bench.cycle(true, CHAIN, None, 0), due, "{gating}");
    }
}

/// What the unit is meant to be: a sum and a held word for each phase.
struct Model {
    sum: Vec<Word>,
    held: Vec<Word>,
    /// What leaves, the next first.
    south: VecDeque<Word>,
    cycle: usize,
}

impl Model {
    fn new(phases: usize) -> Self {
        Self {
            sum: vec![None; phases],
            held: vec![None; phases],
            south: vec![None; phases].into(),
            cycle: 0,
        }
    }

    /// What leaves now, and then the cycle.
    fn cycle(&mut self, en: bool, slot: Slot, north: Word, addend: u32) -> Word {
        let out = self.south[0];
        if !en {
            return out;
        }
        let at = self.cycle % self.sum.len();
        let (sum, mut held) = (&mut self.sum[at], self.held[at]);
        let mut chain = north;
        if slot.exch {
            std::mem::swap(&mut chain, &mut held);
        }
        if slot.turn {
            std::mem::swap(sum, &mut held);
        }
        self.held[at] = held;
        let add = |word: Word| word.map(|(sum, ovf)| (sum.wrapping_add(addend), ovf));
        if slot.ring {
            *sum = add(*sum);
        } else {
            // The adder is part of the chain, and there is no sum.
            chain = add(chain);
            *sum = None;
        }
        self.south.pop_front();
        self.south.push_back(chain);
        self.cycle += 1;
        out
    }
}

/// Random slots; the first difference from the model, if there is one, and how many
/// kept words left.
fn against_the_model(mut bench: Bench, both: bool) -> (Option<usize>, usize) {
    let mut noise = 5u32;
    let mut draw = move || {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        noise >> 8
    };
    let mut model = Model::new(bench.phases);
    let (mut kept, mut running) = (0, false);
    for step in 0..2000 {
        // As the edge does it: a run begins with turns, all phases alike.
        let begins = model.cycle.is_multiple_of(bench.phases) && draw() % 8 == 0;
        if both && begins {
            running = !running;
        }
        let ring = running || !both;
        let slot = Slot {
            ring,
            turn: ring && draw() % 4 == 0,
            exch: draw() % 3 == 0,
        };
        let north = (draw() % 4 != 0).then(|| (draw(), draw() % 2 == 0));
        let (en, addend) = (draw() % 8 != 0, draw() % 1000);
        let out = bench.cycle(en, slot, north, addend);
        if out != model.cycle(en, slot, north, addend) {
            return (Some(step), kept);
        }
        kept += usize::from(out.is_some());
    }
    (None, kept)
}

#[test]
fn any_slots_do_what_the_model_does() {
    for dataflow in [Dataflow::Both, Dataflow::Os] {
        for gating in [Gating::None, Gating::Enable] {
            for phases in 1..=5 {
                let bench = Bench::new(dataflow, phases, gating);
                let (differs, kept) = against_the_model(bench, dataflow == Dataflow::Both);
                assert_eq!(differs, None, "{dataflow} {gating} {phases} phases");
                assert!(kept > 500, "only {kept} kept words");
            }
        }
    }
}

#[test]
fn a_phase_that_stands_still_is_noticed() {
    for dataflow in [Dataflow::Both, Dataflow::Os] {
        let mut bench = Bench::new(dataflow, 3, Gating::Enable);
        bench.stuck = true;
        let (differs, _) = against_the_model(bench, dataflow == Dataflow::Both);
        assert!(differs.is_some(), "{dataflow}");
    }
}
