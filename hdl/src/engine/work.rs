//! What the walkers are told of a job.

use crate::describe::Net;
use crate::ArrayConfig;
use heddle_derive::Bundle;
use rust_hdl::prelude::*;

/// A job as the walkers know it.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig)]
pub struct Work<D: Direction + 'static> {
    /// the job slot it has
    #[hw(lanes = 2)]
    pub slot: Net<D, Bit>,
    /// the job is output-stationary: TN
    #[hw(when = config.has_both())]
    pub os: Net<D, Bit>,
    /// words of B enter from the left: NT
    pub left: Net<D, Bit>,
    /// no beat is to be made
    pub empty: Net<D, Bit>,
    /// there is a list of m
    pub listed: Net<D, Bit>,
    /// sums start from what the job before left
    pub resume: Net<D, Bit>,
    /// sums stay for the next job
    pub stay: Net<D, Bit>,
    /// rows that are not resident start from C0
    pub c0: Net<D, Bit>,
    /// C0 is one row, which lies behind the sums
    pub bias: Net<D, Bit>,
    /// A will be told to be there
    pub load_a: Net<D, Bit>,
    /// C0 will be told to be there
    pub load_c0: Net<D, Bit>,
    /// rows of sums
    #[hw(lanes = config.engine().dim_bits())]
    pub m_kept: Net<D, Bit>,
    /// beats of an output-stationary tile
    #[hw(lanes = config.engine().dim_bits())]
    pub k_kept: Net<D, Bit>,
    /// tiles of array rows
    #[hw(lanes = config.r_count_bits())]
    pub r_tiles: Net<D, Bit>,
    /// tiles of array columns
    #[hw(lanes = config.n_count_bits())]
    pub n_tiles: Net<D, Bit>,
    /// tiles of columns that take turns, at least 1
    #[hw(lanes = config.n_count_bits())]
    pub panel: Net<D, Bit>,
    /// last row of the last tile of rows
    #[hw(lanes = config.row_bits())]
    pub r_top: Net<D, Bit>,
    /// last column of the last tile of columns
    #[hw(lanes = config.col_bits())]
    pub n_top: Net<D, Bit>,
    /// words of B from a chunk to the next, output-stationary
    #[hw(lanes = config.b_bits())]
    pub span: Net<D, Bit>,
    /// first word of A
    #[hw(lanes = config.a_bits())]
    pub a_base: Net<D, Bit>,
    /// first word of the sums
    #[hw(lanes = config.sum_addr_bits())]
    pub sums: Net<D, Bit>,
    /// the word behind the sums
    #[hw(lanes = config.sum_addr_bits())]
    pub behind: Net<D, Bit>,
    /// a row that the first group's rows are not above
    #[hw(lanes = config.index_bits())]
    pub top: Net<D, Bit>,
    /// a row that the second group's rows are not above
    #[hw(lanes = config.index_bits())]
    pub top_next: Net<D, Bit>,
    /// halves of the accumulators in which the sums are
    #[hw(lanes = 2)]
    pub halves: Net<D, Bit>,
}
