//! `PREFIX.lpf`: constraints of an ECP5.

use super::title;
use crate::emit::banner;
use crate::{ArrayConfig, Prefix};

/// The clock's frequency. Pins have no places: the array has more ports than the parts have
/// pins, and what stands between them is the designer's.
pub fn text(config: &ArrayConfig, prefix: &Prefix, clock_mhz: f64) -> String {
    format!(
        "{banner}\n#\n# ECP5: {top}, {title}.\n\
         # For {frame}, or any top whose clock is the port clk_i. No pin has a place:\n\
         # run nextpnr-ecp5 with --lpf-allow-unconstrained, or add LOCATE lines for the pins of\n\
         # your own top.\n\n\
         FREQUENCY PORT \"clk_i\" {clock_mhz} MHZ;\n\
         # Paths from and to the pins are not of the array.\n\
         BLOCK ASYNCPATHS;\n",
        banner = banner().replace("//", "#"),
        title = title(config),
        top = prefix.top(),
        frame = prefix.frame(),
    )
}
