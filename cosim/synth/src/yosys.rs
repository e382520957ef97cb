//! yosys: its scripts, and its statistics read back.

use crate::error::unreadable;
use crate::frame::FRAME;
use crate::hierarchy::Hierarchy;
use crate::report::Resources;
use crate::{Device, Source, SynthError, Target};
use heddle_liberty::Library;
use std::collections::BTreeMap;

/// Files that the scripts write.
/// The netlist, as JSON.
pub const NETLIST: &str = "netlist.json";
/// Cells by kind.
pub const STATISTICS: &str = "stat.json";
/// The modules before synthesis.
pub const HIERARCHY: &str = "hierarchy.json";
pub(crate) const MAPPED: &str = "netlist.v";
/// Files that they read.
pub(crate) const FRAME_FILE: &str = "frame.v";
/// The Liberty file.
pub const CELLS: &str = "cells.lib";
/// What ABC is told.
pub const CONSTRAINTS: &str = "abc.constr";
/// Femtofarads on every output, which makes ABC size and buffer.
pub const CONSTRAINTS_TEXT: &str = "set_load 20\n";

/// What chooses the vendor's primitive over its twin, where a design has any.
fn vendor(target: Target) -> &'static str {
    match target {
        Target::Ecp5 => "-DHEDDLE_ECP5",
        Target::Ice40 | Target::Liberty => "",
    }
}

fn command(device: &Device) -> String {
    match device.target {
        Target::Ice40 => format!("synth_ice40 {}", device.synth),
        _ => "synth_ecp5".into(),
    }
}

/// The flat design in its frame, apart from it, for place and route.
pub(crate) fn fpga(source: &Source, device: &Device) -> String {
    format!(
        "read_verilog {} {} {FRAME_FILE}; setattr -mod -set keep_hierarchy 1 {}; \
         {} -top {FRAME} -json {NETLIST}; tee -q -o {STATISTICS} stat -json",
        vendor(device.target),
        source.names(),
        source.top,
        command(device),
    )
}

/// The module `part` of the design by itself, flat, in LUTs and the like.
pub(crate) fn fpga_part(source: &Source, device: &Device, part: &str) -> String {
    format!(
        "read_verilog {} {}; {} -top {part}; tee -q -o {STATISTICS} stat -json",
        vendor(device.target),
        source.names(),
        command(device),
    )
}

/// The design with every module kept, and which instance is of which module.
pub(crate) fn fpga_modules(source: &Source, device: &Device) -> String {
    format!(
        "{}; {} -noflatten -top {}; tee -q -o {STATISTICS} stat -json",
        instances(source, device.target),
        command(device),
        source.top
    )
}

fn instances(source: &Source, target: Target) -> String {
    format!(
        "read_verilog {} {}; hierarchy -top {}; proc; write_json {HIERARCHY}",
        vendor(target),
        source.names(),
        source.top
    )
}

/// Empties the RAMs of a design, which no standard cells hold.
fn without_rams(source: &Source) -> String {
    match &source.ram {
        Some(ram) => format!("blackbox {}; ", rams(ram, "")),
        None => String::new(),
    }
}

/// The modules of RAMs, each name behind `mark`: once modules with parameters are told apart, these
/// have the name and something before or behind it.
fn rams(ram: &str, mark: &str) -> String {
    format!("{mark}{ram} {mark}*?{ram} {mark}*{ram}?BITS*")
}

/// The flat design in standard cells. Wires are split, because OpenSTA knows no
/// concatenations; cells are named after the wires that they drive, so that a path says
/// which registers it joins. RAMs stand beside it: what they are connected to are its ports, and
/// these are split as well.
pub(crate) fn cells(source: &Source, library: &Library) -> String {
    let top = &source.top;
    let (left_out, evert, split) = match &source.ram {
        None => (String::new(), String::new(), "splitnets"),
        Some(ram) => (
            format!("hierarchy -top {top}; {}", without_rams(source)),
            // The cells alone: where wires are selected, they all become ports.
            format!("expose -evert {}; ", rams(ram, "t:")),
            "splitnets -ports",
        ),
    };
    format!(
        "read_liberty -lib {CELLS}; read_verilog {}; {left_out}synth -flatten -top {top}; {evert}{}; \
         {split}; opt_clean -purge; rename -wire; \
         write_verilog -noattr -noexpr -nohex {MAPPED}; tee -q -o {STATISTICS} stat -json",
        source.names(),
        mapping(library)
    )
}

/// The module `part` of the design by itself, flat, in standard cells.
pub(crate) fn cells_part(source: &Source, library: &Library, part: &str) -> String {
    format!(
        "read_liberty -lib {CELLS}; read_verilog {}; synth -flatten -top {part}; {}; opt_clean -purge; \
         tee -q -o {STATISTICS} stat -json",
        source.names(),
        mapping(library)
    )
}

/// The design in standard cells with every module kept.
pub(crate) fn cells_modules(source: &Source, library: &Library) -> String {
    format!(
        "{}; {}synth -top {}; {}; opt_clean; tee -q -o {STATISTICS} stat -json",
        instances(source, Target::Liberty),
        without_rams(source),
        source.top,
        mapping(library)
    )
}

/// The design in standard cells, every module mapped by itself and kept, and flattened only
/// then: so each cell's name says which instance it is of.
pub fn cells_by_instance(source: &Source, library: &Library) -> String {
    format!(
        "{}; read_liberty -lib {CELLS}; synth -top {}; {}; splitnets; opt_clean; rename -wire; \
         flatten; opt_clean -purge; write_json {NETLIST}; tee -q -o {STATISTICS} stat -json",
        instances(source, Target::Liberty),
        source.top,
        mapping(library)
    )
}

/// Registers and logic onto the cells of the library. Of registers with nothing but an inverted
/// output it is an inverter, if any, that drives the net by which they are known: they get its
/// name before they are mapped.
fn mapping(library: &Library) -> String {
    let names = match library.inverts_registers() {
        true => "rename -wire t:$_*DFF* t:$_DLATCH*; ",
        false => "",
    };
    format!("{names}dfflibmap -liberty {CELLS}; abc -liberty {CELLS} -constr {CONSTRAINTS}")
}

/// Cells of each module, by kind, as `stat -json` reports them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statistics {
    /// Module to kind of cell to how many. Instances of modules are among the cells.
    pub modules: BTreeMap<String, BTreeMap<String, u64>>,
}

impl Statistics {
    /// Reads the text that `stat -json` wrote. `what` names it in errors.
    ///
    /// # Errors
    /// [`SynthError::Unreadable`] if it is cut off or has another form.
    pub fn parse(what: &str, text: &str) -> Result<Self, SynthError> {
        let bad = |problem: &str| unreadable(what, problem);
        // Yosys 0.23 writes the tree of modules into its JSON as plain text.
        let lines = text.lines().filter(|line| line.contains(['"', '{', '}']));
        let text: String = lines.flat_map(|line| [line, "\n"]).collect();
        let value: serde_json::Value =
            serde_json::from_str(&text).map_err(|error| unreadable(what, error))?;
        let found = value["modules"]
            .as_object()
            .ok_or_else(|| bad("it lists no modules"))?;
        let mut modules = BTreeMap::new();
        for (name, module) in found {
            let kinds = module["num_cells_by_type"]
                .as_object()
                .ok_or_else(|| bad(&format!("module {name} has no 'num_cells_by_type'")))?;
            let mut cells = BTreeMap::new();
            let mut sum = 0;
            for (kind, count) in kinds {
                let count = count
                    .as_u64()
                    .ok_or_else(|| bad(&format!("the count of {kind} is no number")))?;
                sum += count;
                // '$scopeinfo' and its like say where things were; they are no hardware
                let hardware = kind.starts_with("$_") || kind.starts_with("$paramod");
                if hardware || !kind.starts_with('$') {
                    cells.insert(kind.clone(), count);
                }
            }
            // Versions disagree on whether instances of modules are cells.
            let total = module["num_cells"]
                .as_u64()
                .ok_or_else(|| bad(&format!("module {name} has no 'num_cells'")))?;
            let instances = module["num_submodules"].as_u64().unwrap_or(0);
            if total != sum && total + instances != sum {
                return Err(bad(&format!(
                    "the cells of module {name} add up to {sum}, but it says {total}"
                )));
            }
            modules.insert(name.trim_start_matches('\\').to_owned(), cells);
        }
        Ok(Self { modules })
    }

    /// The same with the names that modules have in `hierarchy`.
    pub fn named(self, hierarchy: &Hierarchy) -> Self {
        let named = |cells: BTreeMap<String, u64>| {
            let pairs = cells.into_iter();
            pairs
                .map(|(kind, count)| (hierarchy.name(&kind).to_owned(), count))
                .collect()
        };
        let modules = self.modules.into_iter();
        Self {
            modules: modules
                .map(|(module, cells)| (hierarchy.name(&module).to_owned(), named(cells)))
                .collect(),
        }
    }

    /// The cells of one module.
    ///
    /// # Errors
    /// [`SynthError::Unreadable`] if it is not there.
    pub fn module(&self, name: &str) -> Result<&BTreeMap<String, u64>, SynthError> {
        self.modules
            .get(name)
            .ok_or_else(|| unreadable("yosys's statistics", format!("module {name} is missing")))
    }
}

/// What `cells` take of a target. LUT4s of ECP5 include two for each carry cell and four
/// for each 16 x 4 distributed RAM. Those of iCE40 need no addition for carries: the carry
/// is beside the LUT that computes the sum bit, which is counted.
///
/// # Errors
/// [`SynthError::Unreadable`] for a cell that the Liberty file does not have: nothing says
/// how large it is.
pub(crate) fn resources(
    target: Target,
    cells: &BTreeMap<String, u64>,
    modules: impl Fn(&str) -> bool,
    liberty: Option<&Library>,
) -> Result<Resources, SynthError> {
    let leaves = || cells.iter().filter(|(kind, _)| !modules(kind));
    let count = |kinds: &[&str]| -> u64 {
        let of = leaves().filter(|(kind, _)| kinds.contains(&kind.as_str()));
        of.map(|(_, count)| count).sum()
    };
    let mut all = Resources {
        cells: leaves().map(|(_, count)| count).sum(),
        ..Resources::default()
    };
    match target {
        Target::Ecp5 => {
            let lut4 = count(&["LUT4"]) + 2 * count(&["CCU2C"]) + 4 * count(&["TRELLIS_DPR16X4"]);
            all.lut4 = Some(lut4);
            all.ff = count(&["TRELLIS_FF"]);
            all.mult18 = Some(count(&["MULT18X18D"]));
            all.block_ram = Some(count(&["DP16KD", "PDPW16KD"]));
        }
        Target::Ice40 => {
            all.lut4 = Some(count(&["SB_LUT4"]));
            let registers = leaves().filter(|(kind, _)| kind.starts_with("SB_DFF"));
            all.ff = registers.map(|(_, count)| count).sum();
            all.mult18 = Some(count(&["SB_MAC16"]));
            let rams = leaves().filter(|(kind, _)| kind.starts_with("SB_RAM40"));
            all.block_ram = Some(rams.map(|(_, count)| count).sum());
        }
        Target::Liberty => {
            let liberty = liberty.ok_or_else(|| unreadable("the Liberty file", "there is none"))?;
            let mut area = 0.0;
            for (kind, count) in leaves() {
                let cell = liberty.cells.get(kind).ok_or_else(|| {
                    let problem = format!(
                        "{kind} is not among its cells; a latch in it means that the library has \
                         none: use another gating style or another Liberty file"
                    );
                    unreadable("the Liberty file", problem)
                })?;
                area += cell.area.unwrap_or(0.0) * *count as f64;
                if cell.register {
                    all.ff += count;
                }
            }
            all.area_um2 = Some(area);
        }
    }
    Ok(all)
}
