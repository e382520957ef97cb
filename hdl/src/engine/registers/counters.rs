//! What the engine did, counted.

use super::table::COUNTERS;
use crate::bundle::Running;
use crate::describe::{
    bits_to, concat, e, lit, select, Body, Compiled, Describe, Expr, Many, Net, Reg,
};
use crate::ArrayConfig;
use heddle_derive::{Bundle, Module};
use rust_hdl::prelude::*;

/// Bits of what a counter adds in a cycle: the multiply-accumulates of a beat, up to 256 x 256.
const ADDEND: usize = 17;
/// Bits of a word of a counter.
const WORD: usize = 32;

/// A counter of 64 bits in two words: a carry reaches the high word a cycle after the low one, which
/// is sooner than software can read one after the other.
#[derive(Clone, Debug, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
#[hw(name = "engine_counter")]
pub struct Count {
    clocked: Running,
    /// zeroes the count, and what is added
    pub clear_i: Net<In, Bit>,
    /// what is added
    #[hw(lanes = ADDEND)]
    pub add_i: Net<In, Bit>,
    /// the count, two cycles later; its high word another cycle
    #[hw(lanes = 2 * WORD)]
    pub count_o: Net<Out, Bit>,

    /// what is added
    #[hw(lanes = ADDEND, style = config.control_style())]
    add_q: Reg<Bit>,
    /// low word
    #[hw(lanes = WORD, style = config.control_style())]
    low_q: Reg<Bit>,
    /// carry out of the low word
    #[hw(style = config.control_style())]
    carry_q: Reg<Bit>,
    /// high word
    #[hw(lanes = WORD, style = config.control_style())]
    high_q: Reg<Bit>,
    _body: Compiled,
}

impl Describe for Count {
    fn describe(&self, m: &mut Body) {
        let unless_cleared = |value: Expr| {
            let zero = lit(0, value.bits());
            select(e(&self.clear_i), zero, value)
        };
        let sum = e(&self.low_q).wide(WORD + 1) + e(&self.add_q).wide(WORD + 1);
        let sum = m.wire("sum", "low word and its carry", sum);
        m.reg(&self.add_q, true, unless_cleared(e(&self.add_i)));
        m.reg(
            &self.low_q,
            true,
            unless_cleared(sum.clone().slice(0, WORD)),
        );
        m.reg(&self.carry_q, true, unless_cleared(sum.bit(WORD)));
        let high = e(&self.high_q) + e(&self.carry_q).wide(WORD);
        m.reg(&self.high_q, true, unless_cleared(high));
        m.assign(&self.count_o, concat([e(&self.high_q), e(&self.low_q)]));
    }
}

/// What happens in a cycle, to be counted.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig)]
#[hw(flat)]
pub struct Events<D: Direction + 'static> {
    /// a job is under way
    pub busy: Net<D, Bit>,
    /// a beat enters the array
    pub compute: Net<D, Bit>,
    /// none does: A is not there
    pub wait_a: Net<D, Bit>,
    /// none does: B is not there
    pub wait_b: Net<D, Bit>,
    /// none does: C0 is not there
    pub wait_c0: Net<D, Bit>,
    /// none does: sums are not stored yet
    pub wait_store: Net<D, Bit>,
    /// none does: sums are on their round trip
    pub wait_sum: Net<D, Bit>,
    /// none does: there is no next job
    pub wait_job: Net<D, Bit>,
    /// a job is done
    pub job: Net<D, Bit>,
    /// useful multiply-accumulates
    #[hw(lanes = mac_bits(config))]
    pub macs: Net<D, Bit>,
    /// PE-cycles that were not useful
    #[hw(lanes = mac_bits(config))]
    pub gated: Net<D, Bit>,
    /// rows of B that are fetched
    #[hw(lanes = bits_to(config.engine().max_dim))]
    pub rows_fetched: Net<D, Bit>,
    /// rows of B that are dropped
    #[hw(lanes = bits_to(config.engine().max_dim))]
    pub rows_skipped: Net<D, Bit>,
    /// bytes that are read
    #[hw(lanes = bits_to(config.engine().bus_bytes()))]
    pub bytes_read: Net<D, Bit>,
    /// bytes that are written
    #[hw(lanes = bits_to(config.engine().bus_bytes()))]
    pub bytes_written: Net<D, Bit>,
    /// read bursts under way
    #[hw(lanes = bits_to(config.engine().reads))]
    pub reads: Net<D, Bit>,
}

/// Bits of a number of PEs.
fn mac_bits(config: &ArrayConfig) -> usize {
    bits_to(config.rows * config.cols)
}

impl Events<In> {
    /// What the counter `name` adds.
    fn added(&self, name: &str) -> Expr {
        e(match name {
            "BUSY" => &self.busy,
            "COMPUTE" => &self.compute,
            "WAIT_A" => &self.wait_a,
            "WAIT_B" => &self.wait_b,
            "WAIT_C0" => &self.wait_c0,
            "WAIT_STORE" => &self.wait_store,
            "WAIT_SUM" => &self.wait_sum,
            "WAIT_JOB" => &self.wait_job,
            "JOBS" => &self.job,
            "MACS" => &self.macs,
            "GATED" => &self.gated,
            "ROWS_FETCHED" => &self.rows_fetched,
            "ROWS_SKIPPED" => &self.rows_skipped,
            "BYTES_READ" => &self.bytes_read,
            "BYTES_WRITTEN" => &self.bytes_written,
            other => panic!("nothing counts as {other}"),
        })
    }
}

/// The engine's counters: each adds in each cycle what its event says.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
#[hw(name = "engine_counters")]
pub struct Counters {
    clocked: Running,
    /// zeroes all
    pub clear_i: Net<In, Bit>,
    #[hw(group = "What happens in this cycle")]
    pub(super) event_i: Events<In>,
    /// counts, in the order of their addresses, the first in the low bits
    #[hw(group = "Counts", lanes = COUNTERS.len(), bits = 2 * WORD)]
    pub count_o: Net<Out, Bits<64>>,
    /// most read bursts that were under way at once
    #[hw(lanes = bits_to(config.engine().reads))]
    pub most_reads_o: Net<Out, Bit>,

    /// most read bursts that were under way at once
    #[hw(lanes = bits_to(config.engine().reads), style = config.control_style())]
    most_reads_q: Reg<Bit>,
    #[hw(count = COUNTERS.len())]
    count: Many<Count>,
    _body: Compiled,
}

impl Counters {
    /// The words of counter number `at`, the low one first.
    pub(super) fn words(&self, at: usize) -> [Expr; 2] {
        let count = e(self.count_o.at(at));
        [0, WORD].map(|low| count.clone().slice(low, WORD))
    }
}

impl Describe for Counters {
    fn describe(&self, m: &mut Body) {
        m.note("What each counter adds, in the order of their addresses.");
        let adds = m.vector("add", "", COUNTERS.len(), ADDEND);
        for (at, counter) in COUNTERS.iter().enumerate() {
            let added = self.event_i.added(counter.name);
            m.assign(adds.clone().at(at), added.wide(ADDEND));
        }
        m.each("i", 0, COUNTERS.len(), |m, i| {
            let count = self.count.each();
            m.assign(count.clear_i.of(&i), &self.clear_i);
            m.assign(count.add_i.of(&i), adds.clone().at(&i));
            m.assign(self.count_o.at(&i), count.count_o.of(&i));
        });
        let reads = e(&self.event_i.reads);
        let more = e(&self.most_reads_q).less_than(reads.clone());
        let zero = lit(0, reads.bits());
        let most = select(e(&self.clear_i), zero, reads);
        m.reg(&self.most_reads_q, e(&self.clear_i) | more, most);
        m.assign(&self.most_reads_o, &self.most_reads_q);
    }
}
