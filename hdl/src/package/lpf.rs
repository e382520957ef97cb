//! `PREFIX.lpf`: constraints of an ECP5.

use super::title;
use crate::emit::banner;
use crate::{ArrayConfig, Kind, Prefix};

/// The clock's frequency. Pins have no places: the design has more ports than the parts have
/// pins, and what stands between them is the designer's.
pub fn text(config: &ArrayConfig, kind: Kind, prefix: &Prefix, clock_mhz: f64) -> String {
    format!(
        "{banner}\n#\n# ECP5: {top}, {title}.\n\
         # For {frame}, or any top whose clock is the port clk_i. No pin has a place:\n\
         # run nextpnr-ecp5 with --lpf-allow-unconstrained, or add LOCATE lines for the pins of\n\
         # your own top.\n\n\
         FREQUENCY PORT \"clk_i\" {clock_mhz} MHZ;\n\
         # Paths from and to the pins are not of the {name}.\n\
         BLOCK ASYNCPATHS;\n",
        banner = banner().replace("//", "#"),
        title = title(config, kind),
        name = kind.name(),
        top = kind.top(prefix),
        frame = prefix.frame(),
    )
}
