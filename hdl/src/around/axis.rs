//! The streams as an integrator knows them: names of AMBA AXI4-Stream (IHI 0051), without an ending.

use crate::describe::Net;
use crate::ArrayConfig;
use heddle_derive::Bundle;
use rust_hdl::prelude::*;

/// Bits below the masks in TUSER of weights.
pub(super) const W_FLAGS: usize = 3;
/// Bits of TUSER of activations.
pub(super) const A_FLAGS: usize = 4;
/// Bits below the mask in TUSER of seeds.
pub(super) const C_FLAGS: usize = 2;

impl ArrayConfig {
    /// Bits of TDATA of seeds and sums.
    pub(super) fn sum_stream_bits(&self) -> usize {
        8 * self.cols * self.sum_bytes()
    }

    /// Bits of TUSER of sums.
    pub(super) fn sum_user_bits(&self) -> usize {
        self.cols + usize::from(self.has_both())
    }
}

/// A transfer of weights.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig)]
pub struct WeightStream<D: Direction + 'static> {
    /// words are offered
    #[hw(name = "tvalid_")]
    pub valid: Net<D, Bit>,
    /// words of a row from the top or of a column from the left, the first in the low bits
    #[hw(name = "tdata_", lanes = config.b_word_bits())]
    pub data: Net<D, Bit>,
    /// from bit 0: the k or n is kept, words come from the left, they are output-stationary, kept rows, kept columns
    #[hw(name = "tuser_", lanes = W_FLAGS + config.rows + config.cols)]
    pub user: Net<D, Bit>,
    /// last words of their tile
    #[hw(name = "tlast_", when = config.dataflow.has_ws())]
    pub last: Net<D, Bit>,
}

/// A transfer of activations.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig)]
pub struct BeatStream<D: Direction + 'static> {
    /// a beat is offered
    #[hw(name = "tvalid_")]
    pub valid: Net<D, Bit>,
    /// activations, row 0 in the low bits
    #[hw(name = "tdata_", lanes = config.a_word_bits())]
    pub data: Net<D, Bit>,
    /// from bit 0: the m or k is kept, the sums start from seeds and not from zero, the beat is output-stationary,
    /// it is a flush
    #[hw(name = "tuser_", lanes = A_FLAGS)]
    pub user: Net<D, Bit>,
    /// last beat of its tile or group
    #[hw(name = "tlast_")]
    pub last: Net<D, Bit>,
}

/// A transfer of seeds.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig)]
pub struct SeedStream<D: Direction + 'static> {
    /// seeds are offered
    #[hw(name = "tvalid_")]
    pub valid: Net<D, Bit>,
    /// seeds, column 0 in the low bits
    #[hw(name = "tdata_", lanes = config.sum_stream_bits())]
    pub data: Net<D, Bit>,
    /// from bit 0: an exchange, its row is the group's last, kept columns
    #[hw(name = "tuser_", lanes = C_FLAGS + config.cols, when = config.has_os())]
    pub user: Net<D, Bit>,
    /// of an exchange: TLAST of its sums
    #[hw(name = "tlast_", when = config.has_os())]
    pub last: Net<D, Bit>,
}

/// A transfer of sums.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig)]
pub struct SumStream<D: Direction + 'static> {
    /// sums are offered
    #[hw(name = "tvalid_")]
    pub valid: Net<D, Bit>,
    /// sums, column 0 in the low bits; those of dropped columns are zero
    #[hw(name = "tdata_", lanes = config.sum_stream_bits())]
    pub data: Net<D, Bit>,
    /// kept columns
    #[hw(
        name = "tuser_",
        lanes = config.sum_user_bits(),
        doc = config.in_both("kept columns; above them: the sums are an exchange's")
    )]
    pub user: Net<D, Bit>,
    /// last sums of their tile: TLAST of the beat or exchange that they belong to
    #[hw(name = "tlast_")]
    pub last: Net<D, Bit>,
}

/// That a transfer is taken.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig)]
pub struct Ready<D: Direction + 'static> {
    /// the transfer is taken if one is offered
    #[hw(name = "tready_")]
    pub ready: Net<D, Bit>,
}
