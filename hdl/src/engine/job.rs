//! What a job is on its way from stage to stage.

use crate::describe::Net;
use crate::ArrayConfig;
use heddle_derive::Bundle;
use rust_hdl::prelude::*;

/// A job: the fields of its descriptor, and what was found out about it.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig)]
pub struct Job<D: Direction + 'static> {
    /// the job slot it has, taken in turn
    #[hw(lanes = 2)]
    pub slot: Net<D, Bit>,
    /// which turn of the slots that is: with the slot the job's place until it is done
    #[hw(lanes = 2)]
    pub turn: Net<D, Bit>,
    /// number of its descriptor
    #[hw(lanes = 16)]
    pub index: Net<D, Bit>,
    /// tag of its descriptor
    #[hw(lanes = 16)]
    pub tag: Net<D, Bit>,
    /// what is wrong with it; 0: nothing
    #[hw(lanes = 8)]
    pub code: Net<D, Bit>,
    /// 0: NN, 1: NT, 2: TN
    #[hw(lanes = 2)]
    pub layout: Net<D, Bit>,
    /// 0: dense, 1: gated, 2: packed
    #[hw(lanes = 2)]
    pub policy: Net<D, Bit>,
    /// rows that are not resident start from C0
    pub c0: Net<D, Bit>,
    /// sums start from what the job before left
    pub resume: Net<D, Bit>,
    /// sums stay for the next job
    pub stay: Net<D, Bit>,
    /// interrupt when done
    pub irq: Net<D, Bit>,
    /// A is that of the job before
    pub keep_a: Net<D, Bit>,
    /// C0 is one row for all m
    pub bias: Net<D, Bit>,
    /// C0 lies where C does
    pub in_place: Net<D, Bit>,
    /// there is a mask of m
    pub mask_m: Net<D, Bit>,
    /// there is a mask of k
    pub mask_k: Net<D, Bit>,
    /// there is a mask of n
    pub mask_n: Net<D, Bit>,
    /// M
    #[hw(lanes = config.engine().dim_bits())]
    pub m: Net<D, Bit>,
    /// K
    #[hw(lanes = config.engine().dim_bits())]
    pub k: Net<D, Bit>,
    /// N
    #[hw(lanes = config.engine().dim_bits())]
    pub n: Net<D, Bit>,
    /// n-tiles whose sums take turns; 0: all
    #[hw(lanes = 16)]
    pub panel: Net<D, Bit>,
    /// first word of its sums
    #[hw(lanes = 16)]
    pub sums: Net<D, Bit>,
    /// base of A
    #[hw(lanes = config.engine().addr_bits)]
    pub a: Net<D, Bit>,
    /// base of B
    #[hw(lanes = config.engine().addr_bits)]
    pub b: Net<D, Bit>,
    /// base of C0
    #[hw(lanes = config.engine().addr_bits)]
    pub c0_base: Net<D, Bit>,
    /// base of C
    #[hw(lanes = config.engine().addr_bits)]
    pub c: Net<D, Bit>,
    /// stride of A in bytes
    #[hw(lanes = 32)]
    pub a_stride: Net<D, Bit>,
    /// stride of B in bytes
    #[hw(lanes = 32)]
    pub b_stride: Net<D, Bit>,
    /// stride of C0 in bytes
    #[hw(lanes = 32)]
    pub c0_stride: Net<D, Bit>,
    /// stride of C in bytes
    #[hw(lanes = 32)]
    pub c_stride: Net<D, Bit>,
    /// base of the mask of m
    #[hw(lanes = config.engine().addr_bits)]
    pub m_mask: Net<D, Bit>,
    /// base of the mask of k
    #[hw(lanes = config.engine().addr_bits)]
    pub k_mask: Net<D, Bit>,
    /// base of the mask of n
    #[hw(lanes = config.engine().addr_bits)]
    pub n_mask: Net<D, Bit>,
}

/// What a job is known to be once its masks are walked.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig)]
pub struct Kept<D: Direction + 'static> {
    /// kept m if packed, else M
    #[hw(lanes = config.engine().dim_bits())]
    pub m_kept: Net<D, Bit>,
    /// kept k if packed, else K
    #[hw(lanes = config.engine().dim_bits())]
    pub k_kept: Net<D, Bit>,
    /// kept n if packed, else N
    #[hw(lanes = config.engine().dim_bits())]
    pub n_kept: Net<D, Bit>,
    /// there is a list of m; else number j is m = j, and fresh
    pub listed_m: Net<D, Bit>,
    /// there is a list of rows of B; else number j is row j, kept
    pub listed_row: Net<D, Bit>,
}
