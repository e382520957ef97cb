//! The frame in which a design is placed and routed: that of generated folders, but for the
//! instance's name.

use heddle_hdl::emit::Port;
use heddle_hdl::package::frame;

pub use frame::FRAME;
/// The design's instance in it.
pub const INSTANCE: &str = "design";

/// Verilog of a module with three pins around the module `top`.
pub fn frame_verilog(top: &str, ports: &[Port]) -> String {
    frame::frame_verilog(FRAME, top, ports, INSTANCE)
}
