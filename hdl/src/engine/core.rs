//! Sequencer, buffers and array: how they connect.

use super::buffers::Buffers;
use super::job::{Job, Kept};
use super::numbers::fit;
use super::sequence::Sequence;
use crate::arith::Arithmetic;
use crate::array::Array;
use crate::bundle::Running;
use crate::connect::connect;
use crate::describe::{e, Body, Compiled, Describe, Expr, Net, Reg};
use crate::ArrayConfig;
use crate::Site;
use heddle_derive::Module;
use rust_hdl::prelude::*;

/// The array between its buffers: what the engine is without memory, masks and descriptors.
#[derive(Clone, LogicBlock, Module)]
#[hw(config = ArrayConfig)]
#[hw(name = "engine_core")]
pub struct Core<F: Arithmetic> {
    clocked: Running,
    /// all clock gates are transparent, for scan test
    #[hw(when = config.has_test_en())]
    pub test_en_i: Net<In, Bit>,
    /// a job comes
    #[hw(group = "Jobs from load")]
    pub job_valid_i: Net<In, Bit>,
    /// there is room for it
    pub job_ready_o: Net<Out, Bit>,
    pub(crate) job_i: Job<In>,
    pub(crate) kept_i: Kept<In>,
    /// first word of its A
    #[hw(lanes = config.a_bits())]
    pub a_base_i: Net<In, Bit>,
    /// event 1 will come for it
    pub load_a_i: Net<In, Bit>,
    /// event 2 will come for it
    pub load_c0_i: Net<In, Bit>,
    /// a job is in an earlier stage, which waits for none that is here
    #[hw(when = config.has_os())]
    pub more_i: Net<In, Bit>,
    /// 1: A of a job is there, 2: C0 of a job, 3: a block of B
    #[hw(group = "To and from load", lanes = 2)]
    pub event_i: Net<In, Bit>,
    /// A of a job was read for the last time, unless the next job keeps it
    pub a_free_o: Net<Out, Bit>,
    /// slots of B are free again
    pub b_free_o: Net<Out, Bit>,
    /// how many
    #[hw(lanes = config.slot_count_bits())]
    pub b_free_count_o: Net<Out, Bit>,
    /// a word comes from memory
    pub write_valid_i: Net<In, Bit>,
    /// the word is written if there is one
    pub write_ready_o: Net<Out, Bit>,
    /// 1: to A, 2: to B, 3: to the sums
    #[hw(lanes = 2)]
    pub write_to_i: Net<In, Bit>,
    /// which word
    #[hw(lanes = 16)]
    pub write_addr_i: Net<In, Bit>,
    /// the word, in the low bits
    #[hw(lanes = config.write_bits())]
    pub write_data_i: Net<In, Bit>,
    /// its row is kept
    pub write_keep_i: Net<In, Bit>,
    /// job slot and number
    #[hw(group = "From masks", lanes = 2 + config.index_bits())]
    pub list_m_addr_o: Net<Out, Bit>,
    /// fresh, kept, m
    #[hw(lanes = 2 + config.index_bits())]
    pub list_m_data_i: Net<In, Bit>,
    /// job slot and tile of rows
    #[hw(lanes = 2 + config.r_tile_bits())]
    pub tile_r_addr_o: Net<Out, Bit>,
    /// kept rows
    #[hw(lanes = config.rows)]
    pub tile_r_data_i: Net<In, Bit>,
    /// job slot and tile of columns
    #[hw(lanes = 2 + config.n_tile_bits())]
    pub tile_c_addr_o: Net<Out, Bit>,
    /// kept columns
    #[hw(lanes = config.cols)]
    pub tile_c_data_i: Net<In, Bit>,
    /// a job is done: its sums are written
    #[hw(group = "To and from store")]
    pub done_valid_o: Net<Out, Bit>,
    /// that was heard
    pub done_ready_i: Net<In, Bit>,
    pub(crate) done_o: Job<Out>,
    pub(crate) done_kept_o: Kept<Out>,
    /// the sums of the oldest job not told so are stored, or stay
    pub stored_i: Net<In, Bit>,
    /// a word of sums is to be read for memory
    pub store_valid_i: Net<In, Bit>,
    /// the word is read if one is to be
    pub store_ready_o: Net<Out, Bit>,
    /// which
    #[hw(lanes = config.sum_addr_bits())]
    pub store_addr_i: Net<In, Bit>,
    /// the word, in the cycle after it was read only
    #[hw(lanes = config.sum_word_bits())]
    pub store_data_o: Net<Out, Bit>,
    /// a beat is accepted
    #[hw(group = "Causes, one of them in each cycle")]
    pub compute_o: Net<Out, Bit>,
    /// beats wait for A
    pub wait_a_o: Net<Out, Bit>,
    /// beats wait for B
    pub wait_b_o: Net<Out, Bit>,
    /// beats wait for C0
    pub wait_c0_o: Net<Out, Bit>,
    /// beats wait until sums are stored
    pub wait_stores_o: Net<Out, Bit>,
    /// beats wait for sums, or the array fills or empties
    pub wait_trip_o: Net<Out, Bit>,
    /// there is no job
    pub wait_job_o: Net<Out, Bit>,
    /// a kept sum overflowed that left the array in the last cycle
    #[hw(group = "Flags and counters of the array", when = F::OVERFLOWS)]
    pub ovf_o: Net<Out, Bit>,
    /// useful multiply-accumulates: kept m, k and n
    pub macs_o: Net<Out, Bits<48>>,
    /// PE-cycles of accepted beats that were not useful
    pub gated_o: Net<Out, Bits<48>>,

    /// a kept sum overflowed
    #[hw(when = F::OVERFLOWS, style = config.control_style())]
    overflows_q: Reg<Bit>,

    sequence: Sequence,
    buffers: Buffers,
    array: Array<F>,
    #[hw(build = **config)]
    _config: ArrayConfig,
    _body: Compiled,
}

impl<F: Arithmetic> Core<F> {
    /// That of the engine at `site`, whose format must be that of `F`.
    pub fn new(site: &Site) -> Self {
        Self::at(site)
    }
}

impl<F: Arithmetic> Describe for Core<F> {
    fn describe(&self, m: &mut Body) {
        let Self {
            sequence,
            buffers,
            array,
            ..
        } = self;
        m.join(sequence.job_i.nets(), self.job_i.nets());
        m.join(sequence.kept_i.nets(), self.kept_i.nets());
        m.join(self.done_o.nets(), sequence.done_o.nets());
        m.join(self.done_kept_o.nets(), sequence.done_kept_o.nets());
        connect!(m,
            sequence.job_valid_i => self.job_valid_i,
            self.job_ready_o => sequence.job_ready_o,
            sequence.a_base_i => self.a_base_i,
            sequence.load_a_i => self.load_a_i,
            sequence.load_c0_i => self.load_c0_i,
            sequence.more_i => self.more_i,
            sequence.event_i => self.event_i,
            self.a_free_o => sequence.a_free_o,
            self.b_free_o => sequence.b_free_o,
            self.b_free_count_o => sequence.b_free_count_o,
            self.done_valid_o => sequence.done_valid_o,
            sequence.done_ready_i => self.done_ready_i,
            sequence.stored_i => self.stored_i,
            self.list_m_addr_o => sequence.list_m_addr_o,
            sequence.list_m_data_i => self.list_m_data_i,
            self.tile_r_addr_o => sequence.tile_r_addr_o,
            sequence.tile_r_data_i => self.tile_r_data_i,
            self.tile_c_addr_o => sequence.tile_c_addr_o,
            sequence.tile_c_data_i => self.tile_c_data_i,
            self.compute_o => sequence.compute_o,
            self.wait_a_o => sequence.wait_a_o,
            self.wait_b_o => sequence.wait_b_o,
            self.wait_c0_o => sequence.wait_c0_o,
            self.wait_stores_o => sequence.wait_stores_o,
            self.wait_trip_o => sequence.wait_trip_o,
            self.wait_job_o => sequence.wait_job_o,
        );
        connect!(m,
            buffers.write_valid_i => self.write_valid_i,
            self.write_ready_o => buffers.write_ready_o,
            buffers.write_to_i => self.write_to_i,
            buffers.write_addr_i => self.write_addr_i,
            buffers.write_data_i => self.write_data_i,
            buffers.write_keep_i => self.write_keep_i,
            buffers.a_read_i => sequence.a_read_o,
            buffers.a_addr_i => sequence.a_addr_o,
            sequence.a_data_i => buffers.a_data_o,
            sequence.a_row_keep_i => buffers.a_keep_o,
            buffers.b_read_i => sequence.b_read_o,
            buffers.b_addr_i => sequence.b_addr_o,
            sequence.b_data_i => buffers.b_data_o,
            sequence.b_row_keep_i => buffers.b_keep_o,
            buffers.sum_read_i => sequence.sum_read_o,
            buffers.sum_read_addr_i => sequence.sum_read_addr_o,
            sequence.sum_read_data_i => buffers.sum_read_data_o,
            buffers.sum_write_i => sequence.sum_write_o,
            buffers.sum_write_addr_i => sequence.sum_write_addr_o,
            buffers.sum_write_data_i => sequence.sum_write_data_o,
            buffers.store_valid_i => self.store_valid_i,
            self.store_ready_o => buffers.store_ready_o,
            buffers.store_addr_i => self.store_addr_i,
            self.store_data_o => buffers.store_data_o,
        );
        m.note("The array never stops: what enters it has a place to go.");
        m.assign(&array.clocked.en_i, e(true));
        m.assign(&array.clear_i, e(false));
        let words = &sequence.w_o;
        let bits = |net: usize| net * self._config.operand_bits();
        m.assign(&array.w_top_i, fit(words, bits(self._config.cols)));
        if array.w_left_i.is_present() {
            m.assign(&array.w_left_i, fit(words, bits(self._config.rows)));
        }
        if array.w_last_i.is_present() {
            let last = sequence.w_last_o.or(true);
            m.assign(&array.w_last_i, last);
        }
        connect!(m,
            array.w_valid_i => sequence.w_valid_o,
            sequence.w_ready_i => array.w_ready_o,
            array.w_edge_i => sequence.w_edge_o,
            array.w_os_i => sequence.w_os_o,
            array.w_keep_i => sequence.w_keep_o,
            array.row_keep_i => sequence.row_keep_o,
            array.col_keep_i => sequence.col_keep_o,
            array.a_valid_i => sequence.a_valid_o,
            sequence.a_ready_i => array.a_ready_o,
            array.a_first_i => sequence.a_first_o,
            array.a_os_i => sequence.a_os_o,
            array.a_flush_i => sequence.a_flush_o,
            array.a_keep_i => sequence.a_keep_o,
            array.a_i => sequence.a_o,
            array.c_i => sequence.c_o,
            array.x_valid_i => sequence.x_valid_o,
            sequence.x_ready_i => array.x_ready_o,
            array.x_last_i => sequence.x_last_o,
            array.x_keep_i => sequence.x_keep_o,
            sequence.s_valid_i => array.s_valid_o,
            sequence.s_i => array.s_o,
            self.macs_o => array.macs_o,
            self.gated_o => array.gated_o,
        );
        if self.ovf_o.is_present() {
            m.note("Each overflow is told: the flag that stays noted is with the registers.");
            m.reg(&self.overflows_q, true, &array.s_ovf_o);
            m.assign(&self.ovf_o, &self.overflows_q);
        }
        m.note("A sum is written where its seed said.");
        let (keep, wait) = (e(&array.s_keep_o), e(&array.wait_o));
        let (cycles, dropped) = (e(&array.cycles_o), e(&array.dropped_o));
        let sticky = array.ovf_o.is_present().then(|| e(&array.ovf_o));
        for port in [keep, wait, cycles, dropped].into_iter().chain(sticky) {
            if let Expr::Place(wire) = m.wire("unread", "nothing reads this", port) {
                m.unused(wire);
            }
        }
    }
}
