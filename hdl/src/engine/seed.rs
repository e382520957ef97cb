//! A seed on its way: what is known of it, step by step.

use crate::describe::Net;
use crate::ArrayConfig;
use heddle_derive::Bundle;
use rust_hdl::prelude::*;

impl ArrayConfig {
    /// Bits of the number of a row, which filled tiles may lead beyond the largest dimension.
    pub(super) fn number_bits(&self) -> usize {
        crate::describe::bits_to(self.engine().max_dim + self.rows)
    }
}

/// A seed whose place is known.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig)]
pub struct Seed<D: Direction + 'static> {
    /// the seed is of an exchange
    #[hw(when = config.has_both())]
    pub os: Net<D, Bit>,
    /// last row of the group
    #[hw(when = config.has_os())]
    pub x_last: Net<D, Bit>,
    /// there is a row, and it is kept
    pub keep: Net<D, Bit>,
    /// the seed is zero
    pub zero: Net<D, Bit>,
    /// the sum is the job's last
    pub last: Net<D, Bit>,
    /// the seed is the job's first
    pub first: Net<D, Bit>,
    /// the job's sums start from what the job before left
    pub resume: Net<D, Bit>,
    /// the job goes on with an open run
    #[hw(when = config.has_os())]
    pub open: Net<D, Bit>,
    /// the seed is the first of its group
    #[hw(when = config.has_os())]
    pub group: Net<D, Bit>,
    /// the seed is of the first tile of rows
    #[hw(when = config.dataflow.has_ws())]
    pub start: Net<D, Bit>,
    /// the seed is the first of its panel
    #[hw(when = config.dataflow.has_ws())]
    pub panel: Net<D, Bit>,
    /// the seed is of the last tile of rows
    #[hw(when = config.dataflow.has_ws())]
    pub end: Net<D, Bit>,
    /// by which seeds of a job come in order: m if output-stationary, else the tile of columns
    #[hw(lanes = config.order_bits())]
    pub order: Net<D, Bit>,
    /// word to read
    #[hw(lanes = config.sum_addr_bits())]
    pub from: Net<D, Bit>,
    /// word to write
    #[hw(lanes = config.sum_addr_bits())]
    pub to: Net<D, Bit>,
}

/// A seed whose place is sought.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig)]
pub struct Step<D: Direction + 'static> {
    /// there is one
    pub valid: Net<D, Bit>,
    /// the seed is of an exchange
    #[hw(when = config.has_both())]
    pub os: Net<D, Bit>,
    /// last row of the group
    #[hw(when = config.has_os())]
    pub x_last: Net<D, Bit>,
    /// the sum is the job's last
    pub last: Net<D, Bit>,
    /// the seed is the job's first
    pub first: Net<D, Bit>,
    /// the job's sums start from what the job before left
    pub resume: Net<D, Bit>,
    /// the job goes on with an open run
    #[hw(when = config.has_os())]
    pub open: Net<D, Bit>,
    /// the seed is the first of its group
    #[hw(when = config.has_os())]
    pub group: Net<D, Bit>,
    /// the seed is of the first tile of rows
    #[hw(when = config.dataflow.has_ws())]
    pub start: Net<D, Bit>,
    /// the seed is the first of its panel
    #[hw(when = config.dataflow.has_ws())]
    pub panel: Net<D, Bit>,
    /// the seed is of the last tile of rows
    #[hw(when = config.dataflow.has_ws())]
    pub end: Net<D, Bit>,
    /// tile of columns
    #[hw(lanes = config.n_count_bits())]
    pub n: Net<D, Bit>,
    /// first word of the sums
    #[hw(lanes = config.sum_addr_bits())]
    pub sums: Net<D, Bit>,
    /// the word behind the sums
    #[hw(lanes = config.sum_addr_bits())]
    pub behind: Net<D, Bit>,
}

/// What of a seed is known until its row is found.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig)]
pub struct Choice<D: Direction + 'static> {
    /// there is a row
    pub keep: Net<D, Bit>,
    /// what the row starts from is chosen
    pub choose: Net<D, Bit>,
    /// C0 may be chosen
    pub c0: Net<D, Bit>,
    /// C0 is one row
    pub bias: Net<D, Bit>,
    /// there is a list of m
    pub listed: Net<D, Bit>,
    /// number of the row
    #[hw(lanes = config.index_bits())]
    pub number: Net<D, Bit>,
    /// tiles of columns
    #[hw(lanes = config.n_count_bits())]
    pub n_tiles: Net<D, Bit>,
}
