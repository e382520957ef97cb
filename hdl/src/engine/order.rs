//! What becomes of the words that a request brings.

use crate::describe::Net;
use crate::ArrayConfig;
use heddle_derive::Bundle;
use rust_hdl::prelude::*;

/// An order to `unpack`: one for each request of the load stage, in their sequence.
#[derive(Clone, Debug, Bundle)]
#[hw(config = ArrayConfig)]
pub struct Order<D: Direction + 'static> {
    /// elements are sums, else operands
    pub sum: Net<D, Bit>,
    /// a word has an operand per array row, else per array column
    pub along: Net<D, Bit>,
    /// 0: all elements, 1: kept ones, 2: dropped ones as zeros
    #[hw(lanes = 2)]
    pub mode: Net<D, Bit>,
    /// mask: slot above dimension (m, k, n)
    #[hw(lanes = 4)]
    pub mask: Net<D, Bit>,
    /// index of the first element
    #[hw(lanes = config.engine().dim_bits())]
    pub first: Net<D, Bit>,
    /// elements of the request, 1 or more
    #[hw(lanes = config.engine().dim_bits())]
    pub count: Net<D, Bit>,
    /// all elements are zero
    pub zero: Net<D, Bit>,
    /// 0: nowhere, 1: to A, 2: to B, 3: to the sums
    #[hw(lanes = 2)]
    pub to: Net<D, Bit>,
    /// where the first word goes
    #[hw(lanes = 16)]
    pub addr: Net<D, Bit>,
    /// the row is kept
    pub keep: Net<D, Bit>,
    /// told when the last word is written: 1 A is there, 2 C0 is there, 3 a block of B is there
    #[hw(lanes = 2)]
    pub event: Net<D, Bit>,
    /// no words come: they count as zeros
    pub bad: Net<D, Bit>,
}
