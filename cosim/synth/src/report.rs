//! What a synthesis run found.

use crate::{Placer, Target};
use heddle_hdl::ArrayConfig;
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::{Add, Mul};
use std::path::PathBuf;

/// What a design takes. Fields without meaning for a target are absent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Resources {
    /// LUT4s; on ECP5 with two for each carry cell and four for each distributed RAM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lut4: Option<u64>,
    /// Registers.
    pub ff: u64,
    /// Multipliers: 18 x 18 on ECP5, 16 x 16 (`SB_MAC16`) on iCE40.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mult18: Option<u64>,
    /// Block RAMs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block_ram: Option<u64>,
    /// Area of the cells in the Liberty file's unit, um2 by convention.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area_um2: Option<f64>,
    /// Bits of memories that are no cells of the library: macros would hold them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bits: Option<u64>,
    /// Cells of all kinds.
    pub cells: u64,
}

impl Add for Resources {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let both = |a: Option<u64>, b: Option<u64>| a.map(|a| a + b.unwrap_or(0)).or(b);
        Self {
            lut4: both(self.lut4, other.lut4),
            ff: self.ff + other.ff,
            mult18: both(self.mult18, other.mult18),
            block_ram: both(self.block_ram, other.block_ram),
            area_um2: self
                .area_um2
                .map(|a| a + other.area_um2.unwrap_or(0.0))
                .or(other.area_um2),
            memory_bits: both(self.memory_bits, other.memory_bits),
            cells: self.cells + other.cells,
        }
    }
}

impl Mul<u64> for Resources {
    type Output = Self;
    fn mul(self, times: u64) -> Self {
        Self {
            lut4: self.lut4.map(|n| n * times),
            ff: self.ff * times,
            mult18: self.mult18.map(|n| n * times),
            block_ram: self.block_ram.map(|n| n * times),
            area_um2: self.area_um2.map(|area| area * times as f64),
            memory_bits: self.memory_bits.map(|n| n * times),
            cells: self.cells * times,
        }
    }
}

/// The area of a module, from the run that keeps the hierarchy.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModuleArea {
    /// The module.
    pub module: String,
    /// How often it occurs.
    pub instances: u64,
    /// One instance without what is inside it.
    pub own: Resources,
    /// One instance with everything inside it.
    pub whole: Resources,
}

/// A block of an engine: an instance below its top, from the run that keeps the hierarchy.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BlockArea {
    /// The instance, from the top down; empty for what connects the blocks.
    pub instance: String,
    /// Its module.
    pub module: String,
    /// What it takes, with everything inside it.
    #[serde(flatten)]
    pub area: Resources,
}

/// An instance that is a memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MemoryArea {
    /// The instance, from the top down.
    pub instance: String,
    /// Its module, with its words and their bits.
    pub module: String,
    /// Block RAMs of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block_ram: Option<u64>,
    /// Bits of it, where there are no block RAMs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bits: Option<u64>,
}

/// An engine against the array in it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EngineArea {
    /// The array by itself, flat, in the same configuration.
    pub array_alone: Resources,
    /// What the engine takes, block by block.
    pub blocks: Vec<BlockArea>,
    /// The memories.
    pub memories: Vec<MemoryArea>,
}

/// What the part has too little of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Demand {
    /// Of what.
    pub resource: &'static str,
    /// How many the design needs.
    pub needs: u64,
    /// How many the part has.
    pub has: u64,
}

/// One run of place and route, or of the timing analysis.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClockRun {
    /// nextpnr's seed; none for standard cells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The highest clock.
    pub fmax_mhz: f64,
    /// The path that limits it.
    pub critical_path: CriticalPath,
}

/// An end of a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Endpoint {
    /// The instance, from the top down; empty for the top itself.
    pub instance: String,
    /// Its module; the frame's for a register outside the design.
    pub module: String,
    /// The signal in it.
    pub signal: String,
}

/// The slowest path from a register to a register.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CriticalPath {
    /// Where it starts.
    pub from: Endpoint,
    /// Where it ends.
    pub to: Endpoint,
    /// Nanoseconds from edge to edge, set-up included.
    pub delay_ns: f64,
    /// Of these in cells, clock-to-output and set-up included.
    pub logic_ns: f64,
    /// Of these in routing; none for standard cells, which have no layout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub routing_ns: Option<f64>,
    /// Cells between the registers.
    pub levels: usize,
    /// Modules that it passes through, in order.
    pub modules: Vec<String>,
}

/// The tools and their versions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tools {
    /// yosys.
    pub yosys: String,
    /// nextpnr.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nextpnr: Option<String>,
    /// Its placer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placer: Option<Placer>,
    /// OpenSTA.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opensta: Option<String>,
}

/// Everything about one design on one target.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The target.
    pub target: Target,
    /// The FPGA, or the Liberty file's library.
    pub part: String,
    /// The module that was synthesized.
    pub top: String,
    /// The array, with every default filled in.
    pub array: ArrayConfig,
    /// Whether the part has enough of everything; always true for standard cells.
    pub fits: bool,
    /// What it has too little of.
    pub exceeds: Vec<Demand>,
    /// The highest clock: the median of all runs. None if the design does not fit.
    pub fmax_mhz: Option<f64>,
    /// The area of the flat design.
    #[serde(flatten)]
    pub area: Resources,
    /// Its cells by kind.
    pub cells_by_kind: BTreeMap<String, u64>,
    /// Area by module, from a run that keeps the hierarchy.
    pub modules: Vec<ModuleArea>,
    /// What is in it, if it is an engine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub engine: Option<EngineArea>,
    /// What the frame adds for place and route; not in the figures above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frame: Option<Resources>,
    /// The clock of each run.
    pub runs: Vec<ClockRun>,
    /// Seeds whose place and route did not end in time; no clock is known of them.
    pub unfinished_seeds: Vec<u64>,
    /// The path of the run whose clock is the median.
    pub critical_path: Option<CriticalPath>,
    /// The tools.
    pub tools: Tools,
    /// How the figures are to be read.
    pub notes: Vec<String>,
    /// Folders with the logs and reports of the tools.
    pub logs: Vec<PathBuf>,
    /// Whether everything came from the cache.
    pub cached: bool,
}
