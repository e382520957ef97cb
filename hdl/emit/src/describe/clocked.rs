//! Ports that every clocked module has, and that reach its children without a word.

use super::Net;
use heddle_derive::Bundle;
use rust_hdl::prelude::*;

/// What every clocked module has.
#[derive(Clone, Debug, Bundle)]
pub struct Clocked {
    /// clock
    pub clk_i: Net<In, Clock>,
    /// reset, active low, held for one rising edge or more
    pub rst_ni: Net<In, Bit>,
    /// low freezes every register
    pub en_i: Net<In, Bit>,
    /// all clock gates are transparent, for scan test
    #[hw(when = config.gates_clocks())]
    pub test_en_i: Net<In, Bit>,
}

/// What every clocked module has that gates no clock.
#[derive(Clone, Debug, Bundle)]
pub struct Ungated {
    /// clock
    pub clk_i: Net<In, Clock>,
    /// reset, active low, held for one rising edge or more
    pub rst_ni: Net<In, Bit>,
    /// low freezes every register
    pub en_i: Net<In, Bit>,
}
