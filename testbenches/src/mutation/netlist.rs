//! The netlist with its mutants, made by yosys.

use super::activity;
use heddle_hdl::{generate, ArrayConfig, TOP};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Bits of the input that chooses a mutant.
pub const MUTSEL_BITS: usize = 12;
/// What the counters start from: nothing, and so that few counts carry to their highest bits, or
/// to the bits between.
pub const PRELOADS: [u64; 3] = [0xffff_ffff_fff0, 0, 0x7f7f_7f7f_7f78];
/// The input that takes the place of the parameter of the same name.
pub const PRELOAD: &str = "PRELOAD";

/// One fault.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// The value of `mutsel` that switches it on, from 1.
    pub number: usize,
    /// Of which part of the array.
    pub part: &'static str,
    /// yosys's kind: `inv`, `const0`, `const1`, `cnot0`, `cnot1`.
    pub mode: String,
    /// Cell, port and bit.
    pub place: String,
    /// The line of the design's Verilog that it comes from.
    pub source: String,
    /// yosys's command, with the choice by `mutsel`.
    pub with_ctrl: String,
}

/// A flat netlist with many mutants.
#[derive(Clone, Debug)]
pub struct Netlist {
    /// Its Verilog.
    pub verilog: PathBuf,
    /// yosys's form of the netlist without mutants.
    pub original: PathBuf,
    /// The mutants.
    pub mutants: Vec<Mutant>,
}

/// Runs yosys (`YOSYS`, or the one on the path) on a script.
pub(super) fn yosys(dir: &Path, script: &str) -> Result<String, String> {
    let file = dir.join("script.ys");
    std::fs::write(&file, script).map_err(|error| error.to_string())?;
    let program = std::env::var_os("YOSYS").unwrap_or_else(|| "yosys".into());
    let output = Command::new(&program)
        .arg("-q")
        .arg("script.ys")
        .current_dir(dir)
        .output()
        .map_err(|error| format!("{}: {error}: install yosys", program.display()))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    match output.status.success() {
        true => Ok(text),
        false => Err(format!("{text}{}", String::from_utf8_lossy(&output.stderr))),
    }
}

impl Netlist {
    /// The netlist of `config` with `count` mutants, drawn with `seed`, in the folder `dir`.
    ///
    /// # Errors
    /// What went wrong, as text.
    pub fn make(config: &ArrayConfig, count: usize, seed: u64, dir: &Path) -> Result<Self, String> {
        let design = generate(config).map_err(|error| error.to_string())?;
        Self::of(config, &design.text(), count, seed, dir)
    }

    /// [`Self::make`] of `design`, the Verilog of an array of `config`, changed perhaps.
    ///
    /// # Errors
    /// What went wrong, as text.
    pub fn of(
        config: &ArrayConfig,
        design: &str,
        count: usize,
        seed: u64,
        dir: &Path,
    ) -> Result<Self, String> {
        assert!(count < 1 << MUTSEL_BITS, "{count} mutants");
        let text = |error: std::io::Error| error.to_string();
        let verilog = preloaded(design)?;
        std::fs::write(dir.join("design.v"), &verilog).map_err(text)?;
        yosys(
            dir,
            &format!(
                "read_verilog design.v\nhierarchy -check -top {TOP}\nproc\nmemory_map\nflatten\nopt_clean\n\
                 write_rtlil original.il\n\
                 mutate -list {count} -seed {seed} -ctrl mutsel {MUTSEL_BITS} 1 -o list.ys\n\
                 script list.ys\nopt_clean\nwrite_verilog -noattr mutants.v\n"
            ),
        )?;
        let mutated = std::fs::read_to_string(dir.join("mutants.v")).map_err(text)?;
        let watched = activity::add(&mutated, config)?;
        std::fs::write(dir.join("mutants.v"), watched).map_err(text)?;
        let lines: Vec<&str> = verilog.lines().collect();
        let list = std::fs::read_to_string(dir.join("list.ys")).map_err(text)?;
        Ok(Self {
            verilog: dir.join("mutants.v"),
            original: dir.join("original.il"),
            mutants: list
                .lines()
                .filter_map(|line| Mutant::read(line, &lines, part))
                .collect(),
        })
    }
}

/// The design with an input in place of the parameter that counters start from: one netlist
/// serves for all of them, and a proof holds for all.
fn preloaded(design: &str) -> Result<String, String> {
    let mut parts = design.split("  parameter [47:0] PRELOAD = 48'd0");
    let mut text = parts.next().unwrap_or_default().to_owned();
    let mut modules = 0;
    for part in parts {
        let (_, part) = part
            .split_once("\n) (\n")
            .ok_or("a parameter without end")?;
        let (before, others) = text.rsplit_once("#(\n").ok_or("a parameter of nothing")?;
        // Of the parameters before it the last one had a comma.
        let head = match others.rfind("  parameter ") {
            None => String::from("(\n"),
            Some(at) => {
                let (others, last) = others.split_at(at);
                format!("#(\n{others}{}) (\n", last.replacen(',', "", 1))
            }
        };
        text = format!("{before}{head}  input wire [47:0] {PRELOAD},\n{part}");
        modules += 1;
    }
    match modules {
        0 => Err(format!("no module with a parameter {PRELOAD}")),
        _ => Ok(instances(&text)),
    }
}

/// `.PRELOAD(PRELOAD)` among the parameters of instances as one of their inputs.
fn instances(text: &str) -> String {
    let pin = format!(".{PRELOAD}({PRELOAD})");
    let mut joined = String::new();
    for line in text.lines() {
        let without = line
            .replace(&format!("#({pin}) "), "")
            .replace(&format!(", {pin})"), ")");
        joined += &without;
        joined += if without == line { "" } else { &pin };
        joined += if without == line { "\n" } else { ",\n" };
    }
    joined
}

impl Mutant {
    /// Reads `mutate -ctrl mutsel BITS NUMBER -mode MODE ... -cell CELL -port PORT -portbit BIT`.
    /// `part` says of which part the cell is.
    pub(super) fn read(
        line: &str,
        design: &[&str],
        part: fn(&str) -> &'static str,
    ) -> Option<Self> {
        let words: Vec<&str> = line.split(' ').collect();
        let after = |key: &str| {
            let at = words.iter().position(|word| *word == key)?;
            words.get(at + 1).copied()
        };
        let ctrl = words.iter().position(|word| *word == "-ctrl")?;
        let cell = after("-cell")?;
        // The cell's own line, if its name has one; else the first of its sources.
        let of = |text: &str| -> Option<usize> {
            let number = text.split_once("design.v:")?.1;
            number
                .split(|c: char| !c.is_ascii_digit())
                .next()?
                .parse()
                .ok()
        };
        // Among the others those of instances around it.
        let text = |line: usize| design.get(line - 1).map(|text| text.trim());
        let sources = std::iter::once(cell).chain(words.iter().copied());
        let mut sources = sources.filter_map(of).filter_map(text);
        let source = sources.find(|text| !text.ends_with('('));
        Some(Self {
            number: words.get(ctrl + 3)?.parse().ok()?,
            part: part(cell),
            mode: after("-mode")?.into(),
            place: format!(
                "{cell} {}[{}] {}",
                after("-port")?,
                after("-portbit")?,
                after("-wire").unwrap_or_default()
            ),
            source: source.unwrap_or_default().into(),
            with_ctrl: words.join(" "),
        })
    }
}

/// The part of the array that a cell of the flat netlist belongs to, by its instance.
fn part(cell: &str) -> &'static str {
    let has = |name: &str| cell.contains(&format!("\\u_{name}."));
    match () {
        _ if has("counters") => "counters",
        _ if has("control") || has("turns") => "control and masks",
        _ if has("north") || has("south") || has("west") => "mesh edge",
        _ if has("add") => "adder",
        _ if has("mul") => "multiplier",
        _ if has("accumulator") => "accumulator",
        _ if has("mesh") => "PE",
        _ => "array",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_becomes_an_input() {
        let preload = "  // why\n  parameter [47:0] PRELOAD = 48'd0\n) (\n  input wire clk_i\n);\n";
        let text = format!(
            "module c #(\n{preload}module t #(\n  parameter ROWS = 2,  // rows, of PEs\n  \
             parameter COLS = 2,  // columns\n{preload}  c #(.PRELOAD(PRELOAD)) u_c (\n    \
             .clk_i(clk_i)\n  );\n  d #(.ROWS(ROWS), .PRELOAD(PRELOAD)) u_d (\n    .clk_i(clk_i)\n"
        );
        let text = preloaded(&text).unwrap();
        let wanted = [
            "module c (\n  input wire [47:0] PRELOAD,\n  input wire clk_i",
            "  parameter COLS = 2  // columns\n  // why\n) (\n  input wire [47:0] PRELOAD,\n",
            "  c u_c (.PRELOAD(PRELOAD),\n    .clk_i(clk_i)",
            "  d #(.ROWS(ROWS)) u_d (.PRELOAD(PRELOAD),\n",
        ];
        for wanted in wanted {
            assert!(text.contains(wanted), "{wanted} in {text}");
        }
        assert!(preloaded("module c (").is_err());
    }

    #[test]
    fn a_line_of_the_list_is_read() {
        let line = r"mutate -ctrl mutsel 12 7 -mode inv -module heddle_array -cell $flatten\u_mesh.\g_row[0].u_row.\g_pe[1].u_pe.\u_add.$procdff$5 -port Q -portbit 17 -src a.v:1.2-3.4";
        let mutant = Mutant::read(line, &["first line"], part).expect("a mutant");
        assert_eq!(
            (mutant.number, mutant.part, &mutant.mode[..]),
            (7, "adder", "inv")
        );
        assert!(mutant.with_ctrl.contains("-ctrl mutsel 12 7 "));
        assert!(Mutant::read("script other.ys", &[], part).is_none());
    }
}
