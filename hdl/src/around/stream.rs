//! The array behind AXI4-Stream.

use super::axis::{
    BeatStream, Ready, SeedStream, SumStream, WeightStream, A_FLAGS, C_FLAGS, W_FLAGS,
};
use super::credits::{count, room};
use super::fields::{beats, going, seeds, sums, weights};
use crate::arith::Arithmetic;
use crate::array::Array;
use crate::bundle::Running;
use crate::connect::connect;
use crate::describe::{
    bits_to, concat, e, repeat, select, Body, Compiled, Describe, Expr, Net, Place, Reg,
};
use crate::engine::numbers::{fit, is, unread};
use crate::engine::Fifo;
use crate::{ArrayConfig, Site};
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// Transfers that wait before the array.
const WAITING: usize = 2;

/// The array behind AXI4-Stream: weights, activations and seeds come, sums leave. A transfer is a beat of the
/// array's interface: of W words, of A a beat or a flush, of C the seeds of a weight-stationary beat or an
/// exchange, of S its sums. The array never stops: what becomes sums enters it when there is room for these.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
#[hw(name = "stream")]
pub struct Stream<F: Arithmetic> {
    clocked: Running,
    /// all clock gates are transparent, for scan test
    #[hw(when = config.has_test_en())]
    pub test_en_i: Net<In, Bit>,
    /// zeroes counters and sticky flags; only while idle_o is high, 16 cycles or more after the last sums left
    pub clear_i: Net<In, Bit>,
    /// nothing waits, and no sums are under way
    pub idle_o: Net<Out, Bit>,
    #[hw(group = "AXI4-Stream: weights")]
    s_axis_w_i: WeightStream<In>,
    s_axis_w_o: Ready<Out>,
    #[hw(group = "AXI4-Stream: activations")]
    s_axis_a_i: BeatStream<In>,
    s_axis_a_o: Ready<Out>,
    #[hw(group = "AXI4-Stream: seeds")]
    s_axis_c_i: SeedStream<In>,
    s_axis_c_o: Ready<Out>,
    #[hw(group = "AXI4-Stream: sums")]
    m_axis_s_o: SumStream<Out>,
    m_axis_s_i: Ready<In>,

    /// sticky: a kept sum overflowed
    #[hw(group = "Flags and counters of the array", when = F::OVERFLOWS)]
    pub ovf_o: Net<Out, Bit>,
    /// sticky: a first beat, an output-stationary beat or a flush had to wait
    pub wait_o: Net<Out, Bit>,
    /// cycles from the first weights or seeds accepted to the last sums
    pub cycles_o: Net<Out, Bits<48>>,
    /// useful multiply-accumulates: kept m, k and n
    pub macs_o: Net<Out, Bits<48>>,
    /// PE-cycles of accepted beats that were not useful
    pub gated_o: Net<Out, Bits<48>>,
    /// accepted beats whose m, or k, was dropped
    pub dropped_o: Net<Out, Bits<48>>,

    /// the first beats of the tile or group are through
    #[hw(style = config.control_style())]
    begun_q: Reg<Bit>,
    /// first beats of a group that are through
    #[hw(lanes = config.turn_bits(), when = config.has_os() && config.phases() > 1, style = config.control_style())]
    turn_q: Reg<Bit>,
    /// sums that are under way, or wait
    #[hw(lanes = bits_to(config.sum_places()), style = config.control_style())]
    under_way_q: Reg<Bit>,

    array: Array<F>,
    #[hw(build = Fifo::new(config, WAITING, weights(config).bits()))]
    weights: Fifo,
    #[hw(build = Fifo::new(config, WAITING, beats(config).bits()))]
    beats: Fifo,
    #[hw(build = Fifo::new(config, WAITING, seeds(config).bits()))]
    seeds: Fifo,
    #[hw(build = Fifo::new(config, config.sum_places(), going(config).bits()))]
    going: Fifo,
    #[hw(build = Fifo::new(config, config.sum_places(), sums(config).bits()))]
    sums: Fifo,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

impl<F: Arithmetic> Stream<F> {
    /// That of the array at `site`, whose format must be that of `F`.
    pub fn new(site: &Site) -> Self {
        Self::at(site)
    }
}

impl<F: Arithmetic> Describe for Stream<F> {
    fn describe(&self, m: &mut Body) {
        let array = &self.array;
        m.note("The array never stops.");
        m.assign(&array.clocked.en_i, e(true));
        connect!(m,
            array.clear_i => self.clear_i,
            self.ovf_o => array.ovf_o,
            self.wait_o => array.wait_o,
            self.cycles_o => array.cycles_o,
            self.macs_o => array.macs_o,
            self.gated_o => array.gated_o,
            self.dropped_o => array.dropped_o,
        );
        self.take(m);
        self.words(m);
        self.meet(m);
        self.leave(m);
    }
}

impl<F: Arithmetic> Stream<F> {
    /// Transfers pass a queue, so that no path leads from a port of one stream to that of another.
    fn take(&self, m: &mut Body) {
        let config = &self._config;
        m.note("Bits of TUSER that this array has no use for are not looked at.");
        let (w, queue) = (&self.s_axis_w_i, &self.weights);
        let user = |lo: usize, bits: usize| e(&w.user).slice(lo, bits);
        let word = weights(config).join(&[
            ("last", w.last.or(false)),
            ("cols", user(W_FLAGS + config.rows, config.cols)),
            ("rows", user(W_FLAGS, config.rows)),
            ("os", user(2, 1)),
            ("edge", user(1, 1)),
            ("keep", user(0, 1)),
            ("words", e(&w.data)),
        ]);
        queue.push(m, e(&w.valid), [word]);
        m.assign(&self.s_axis_w_o.ready, &queue.push_ready_o);
        let (a, queue) = (&self.s_axis_a_i, &self.beats);
        let user = |lo: usize| e(&a.user).bit(lo);
        let word = beats(config).join(&[
            ("last", e(&a.last)),
            ("flush", user(A_FLAGS - 1)),
            ("os", user(2)),
            ("seeded", user(1)),
            ("keep", user(0)),
            ("words", e(&a.data)),
        ]);
        queue.push(m, e(&a.valid), [word]);
        m.assign(&self.s_axis_a_o.ready, &queue.push_ready_o);
        let (c, queue) = (&self.s_axis_c_i, &self.seeds);
        let mut fields = vec![("words", self.sums_of(&c.data))];
        if c.user.is_present() {
            fields.push(("last", e(&c.last)));
            fields.push(("cols", e(&c.user).slice(C_FLAGS, config.cols)));
            fields.push(("row", e(&c.user).bit(1)));
            fields.push(("os", e(&c.user).bit(0)));
        }
        queue.push(m, e(&c.valid), [seeds(config).join(&fields)]);
        m.assign(&self.s_axis_c_o.ready, &queue.push_ready_o);
        self.unread(m);
    }

    /// The sums of a stream's word: each in the low bits of bytes of its own.
    fn sums_of(&self, data: &Net<In, Bit>) -> Expr {
        let (config, bits) = (&self._config, 8 * self._config.sum_bytes());
        match config.acc_bits() == bits {
            true => e(data),
            false => concat(
                (0..config.cols)
                    .rev()
                    .map(|col| e(data).slice(col * bits, config.acc_bits())),
            ),
        }
    }

    /// What of the streams an array of this configuration does not read.
    fn unread(&self, m: &mut Body) {
        let config = &self._config;
        let mut unread = |port: &Net<In, Bit>, lo: usize, bits: usize| {
            if port.is_present() && bits > 0 {
                m.unused(Place {
                    lo: Some(lo.into()),
                    bits: bits.into(),
                    ..port.place()
                });
            }
        };
        let (has_ws, has_both) = (config.dataflow.has_ws(), config.has_both());
        let (w, a, c) = (&self.s_axis_w_i, &self.s_axis_a_i, &self.s_axis_c_i);
        unread(&w.user, 1, usize::from(!has_ws));
        unread(&w.user, 2, usize::from(!has_both));
        unread(&a.user, 1, usize::from(!has_ws));
        unread(&a.user, 2, usize::from(!has_both));
        unread(&a.user, 3, usize::from(!config.has_os()));
        unread(&c.user, 0, usize::from(!has_both));
        let (bits, of) = (8 * config.sum_bytes(), config.acc_bits());
        for col in 0..config.cols {
            unread(&c.data, col * bits + of, bits - of);
        }
    }

    /// Words go to either edge as they come.
    fn words(&self, m: &mut Body) {
        let (array, config, queue) = (&self.array, &self._config, &self.weights);
        let fields = weights(config);
        let field = |name: &str| fields.get(&queue.pop_data_o, name);
        m.assign(&queue.pop_ready_i, &array.w_ready_o);
        m.assign(&array.w_valid_i, &queue.pop_valid_o);
        let words = m.wire("w_words", "words of a row or column", field("words"));
        let bits = |lanes: usize| lanes * config.operand_bits();
        m.assign(&array.w_top_i, fit(words.clone(), bits(config.cols)));
        if array.w_left_i.is_present() {
            m.assign(&array.w_left_i, fit(words, bits(config.rows)));
            m.assign(&array.w_edge_i, field("edge"));
        }
        if array.w_os_i.is_present() {
            m.assign(&array.w_os_i, field("os"));
        }
        let last = match config.dataflow.has_ws() {
            true => field("last"),
            false => e(true),
        };
        m.assign(&array.w_last_i, last);
        m.assign(&array.w_keep_i, field("keep"));
        m.assign(&array.row_keep_i, field("rows"));
        m.assign(&array.col_keep_i, field("cols"));
    }

    /// A weight-stationary beat goes with its seeds, if it has any; exchanges and output-stationary beats alone.
    fn meet(&self, m: &mut Body) {
        let (array, config) = (&self.array, &self._config);
        let (has_ws, has_os, has_both) =
            (config.dataflow.has_ws(), config.has_os(), config.has_both());
        let (a_fields, c_fields) = (beats(config), seeds(config));
        let a = |name: &str| a_fields.get(&self.beats.pop_data_o, name);
        let c = |name: &str| c_fields.get(&self.seeds.pop_data_o, name);
        let kind = |of: Expr| match has_both {
            true => of,
            false => e(has_os),
        };
        let (a_os, c_os) = (kind(a("os")), kind(c("os")));
        let (a_valid, c_valid) = (&self.beats.pop_valid_o, &self.seeds.pop_valid_o);

        let free = room(m, &self.under_way_q, config.sum_places());
        let seeds_there = e(c_valid) & !c_os.clone();
        let seeded = has_ws.then(|| a("seeded"));
        let may = match seeded.clone() {
            Some(seeded) => (seeds_there | !seeded) & free.clone(),
            None => e(true),
        };
        let goes = e(a_valid) & (a_os.clone() | may);
        let goes = m.wire("goes", "a beat or flush is offered", goes);
        let fire = goes.clone() & &array.a_ready_o;
        let fire = m.wire("fire", "the beat or flush is accepted", fire);
        m.assign(&array.a_valid_i, goes);
        m.assign(&self.beats.pop_ready_i, fire.clone());
        let ws_fire = has_ws.then(|| {
            let fire = fire.clone() & !a_os.clone();
            m.wire("ws_fire", "a weight-stationary beat is accepted", fire)
        });
        let x_fire = has_os.then(|| {
            let offer = e(c_valid) & c_os & free;
            let offer = m.wire("x_offer", "an exchange is offered", offer);
            m.assign(&array.x_valid_i, offer.clone());
            m.assign(&array.x_last_i, c("row"));
            m.assign(&array.x_keep_i, c("cols"));
            m.wire(
                "x_fire",
                "the exchange is accepted",
                offer & &array.x_ready_o,
            )
        });
        let none = || e(false);
        let (ws_fire, x_fire) = (ws_fire.unwrap_or(none()), x_fire.unwrap_or(none()));
        let seeded = seeded.unwrap_or(none());
        let with_seeds = ws_fire.clone() & seeded.clone();
        m.assign(&self.seeds.pop_ready_i, with_seeds | x_fire.clone());
        let from_zero = ws_fire.clone() & !seeded;
        let bits = config.sum_word_bits();
        let words = c("words") & repeat(bits, !from_zero);
        m.assign(&array.c_i, words);
        m.assign(&array.a_keep_i, a("keep"));
        m.assign(&array.a_i, a("words"));
        if array.a_os_i.is_present() {
            m.assign(&array.a_os_i, a_os.clone());
        }
        self.first(m, &fire, &a_os);

        let last = match has_ws {
            true => select(ws_fire.clone(), a("last"), c("last")),
            false => c("last"),
        };
        let word = [("last", last), ("os", x_fire.clone())];
        let enters = m.wire("enters", "what becomes sums is accepted", ws_fire | x_fire);
        self.going
            .push(m, enters.clone(), [going(config).join(&word)]);
        let sums = &self.sums;
        let taken = e(&sums.pop_valid_o) & &self.m_axis_s_i.ready;
        let taken = m.wire("taken", "sums are taken", taken);
        count(m, &self.under_way_q, enters, taken);
        let waits = e(&self.weights.pop_valid_o) | a_valid | c_valid;
        let waits = waits | e(&self.under_way_q).any();
        m.assign(&self.idle_o, !waits);
    }

    /// Which beats are the first of their tile: after TLAST one, of a group one for each of its tiles.
    fn first(&self, m: &mut Body, fire: &Expr, os: &Expr) {
        let (array, config) = (&self.array, &self._config);
        let fields = beats(config);
        let a = |name: &str| fields.get(&self.beats.pop_data_o, name);
        let flush = a("flush");
        let flush = match self._config.has_both() {
            true => flush & os.clone(),
            false => flush,
        };
        if array.a_flush_i.is_present() {
            m.assign(&array.a_flush_i, flush.clone());
        }
        m.assign(&array.a_first_i, !e(&self.begun_q) & !flush.clone());
        m.note("A tile begins with the beat behind TLAST, a group with one for each of its tiles. Flushes are neither.");
        let beat = fire.clone() & !flush;
        let beat = m.wire("beat", "a beat is accepted", beat);
        let begun = match self.turn_q.is_present() {
            true => {
                let last = is(&self.turn_q, config.phases() - 1);
                let last = m.wire("last_turn", "the first beats of a group are through", last);
                let counts = beat.clone() & os.clone() & !e(&self.begun_q);
                let next = super::run::next(&self.turn_q, &last);
                m.reg(&self.turn_q, counts, next);
                e(&self.begun_q) | !os.clone() | last
            }
            false => e(true),
        };
        m.reg(&self.begun_q, beat, begun & !a("last"));
    }

    /// Sums wait until they are taken.
    fn leave(&self, m: &mut Body) {
        let (array, config, queue) = (&self.array, &self._config, &self.sums);
        let (fields, acc) = (sums(config), config.acc_bits());
        m.assign(&self.going.pop_ready_i, &array.s_valid_o);
        m.note("Sums that are unspecified leave as zeros.");
        let keep = (0..config.cols).rev();
        let keep = keep.map(|col| repeat(acc, e(array.s_keep_o.at(col))));
        let kept = e(&array.s_o) & concat(keep);
        let known = |name: &str| going(config).get(&self.going.pop_data_o, name);
        let user = match config.has_both() {
            true => concat([known("os"), e(&array.s_keep_o)]),
            false => e(&array.s_keep_o),
        };
        let word = fields.join(&[("last", known("last")), ("user", user), ("words", kept)]);
        queue.push(m, e(&array.s_valid_o), [word]);
        m.assign(&queue.pop_ready_i, &self.m_axis_s_i.ready);
        let out = &self.m_axis_s_o;
        m.assign(&out.valid, &queue.pop_valid_o);
        m.assign(&out.last, fields.get(&queue.pop_data_o, "last"));
        m.assign(&out.user, fields.get(&queue.pop_data_o, "user"));
        let bits = 8 * config.sum_bytes();
        let words = fields.get(&queue.pop_data_o, "words");
        let words = m.wire("s_words", "sums, by column", words);
        let wide = (0..config.cols).rev();
        let wide = wide.map(|col| words.clone().slice(col * acc, acc).sign_wide(bits));
        let wide = match acc == bits {
            true => words.clone(),
            false => concat(wide),
        };
        m.assign(&out.data, wide);
        m.note("There is always room for what entered.");
        unread(
            m,
            &[
                &queue.push_ready_o,
                &self.going.push_ready_o,
                &self.going.pop_valid_o,
            ],
        );
    }
}
