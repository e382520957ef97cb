//! Area and clock of a generated array, from open tools: yosys and nextpnr for ECP5 and
//! iCE40, yosys with ABC and OpenSTA for any Liberty file.
//!
//! [`synthesize`] runs a [`Source`] through the tools for a [`Target`] and returns a
//! [`Report`]. What the tools wrote is cached by the hash of everything that it depends on.
//!
//! - Area is that of the flattened design alone.
//! - The area of each module is from a second run that keeps the hierarchy. Its sum
//!   differs a little from the flat design, which is optimised across modules.
//! - Of an engine the area is told by block, and beside it that of its array alone. RAMs, which no
//!   standard cells hold, are left out there and stand beside the design.
//! - On an FPGA the ports of an array exceed the pins. For place and route the design
//!   therefore stands in a frame ([`frame_verilog`]): a shift register drives every input,
//!   a register takes every output and a pipelined XOR tree leads them to one pin. The
//!   frame is kept apart from the design and its cells are not counted.
//! - The clock is that of the slowest path between registers, those to and from the
//!   frame's registers among them, as if registered neighbours stood beside the design.

#![deny(missing_docs)]

mod area;
mod blocks;
mod cache;
mod cells;
mod error;
mod files;
mod flow;
mod frame;
mod hierarchy;
mod nextpnr;
mod place;
mod process;
mod report;
mod source;
mod sta;
mod target;
mod tool;
mod yosys;

pub use cache::{default_cache_dir, Cache, Step};
pub use cells::{library_notes, Cells, DEFAULT_LIBERTY};
pub use error::SynthError;
pub use files::{put, text_of};
pub use flow::{synthesize, Options, Progress};
pub use frame::{frame_verilog, FRAME, INSTANCE};
pub use hierarchy::Hierarchy;
pub use nextpnr::Placed;
pub use place::Placer;
pub use process::{run_tool, run_yosys, YOSYS_LOG};
pub use report::{
    BlockArea, ClockRun, CriticalPath, Demand, Endpoint, EngineArea, MemoryArea, ModuleArea,
    Report, Resources, Tools,
};
pub use source::{Part, Source};
pub use sta::Timing;
pub use target::{Device, Target};
pub use tool::{Tool, Wanted, NEXTPNR_ECP5, NEXTPNR_ICE40, STA, YOSYS};
pub use yosys::{
    cells_by_instance, Statistics, CELLS, CONSTRAINTS, CONSTRAINTS_TEXT, HIERARCHY, NETLIST,
};

pub use heddle_toolbox::Cancel;
