//! Whether a mutant can be told from the original at all: a proof, for all times from reset,
//! that no sequence of inputs makes a difference where the interface promises something.

use super::netlist::yosys;
use super::{Mutant, Netlist};
use heddle_hdl::emit::{Direction, Port};
use heddle_hdl::{generate, ArrayConfig, TOP};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

/// What the solver says of a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No input tells it from the original.
    Equal,
    /// Some input does, though perhaps none that the interface allows.
    Different,
    /// No answer in the time given.
    Open,
}

/// Compares the `mutant` of `netlist` with the original, within `seconds`; works in `dir`.
///
/// # Errors
/// What yosys said, as text.
pub fn equal(
    config: &ArrayConfig,
    netlist: &Netlist,
    mutant: &Mutant,
    seconds: usize,
    dir: &Path,
) -> Result<Verdict, String> {
    let design = generate(config).map_err(|error| error.to_string())?;
    let ports = &design.top().ok_or("a design without a top")?.ports;
    std::fs::write(dir.join("miter.sv"), miter(config, ports))
        .map_err(|error| error.to_string())?;
    let original = netlist.original.display();
    yosys(
        dir,
        &format!(
            "read_rtlil {original}\nrename {TOP} original\nread_rtlil {original}\n{}\n\
             rename {TOP} mutant\nread_verilog -sv -formal miter.sv\n\
             hierarchy -check -top miter\nproc\nflatten\nopt_clean\nasync2sync\n\
             memory_map\nopt\nsetundef -undriven -zero\ntechmap\nopt\ndffunmap\n\
             aigmap\nopt_clean\nwrite_aiger -zinit miter.aig\n",
            mutant.command
        ),
    )?;
    let abc = std::env::var_os("ABC").unwrap_or_else(|| "yosys-abc".into());
    let script = format!("read_aiger miter.aig; fold; strash; dc2; orpos; scorr; pdr -T {seconds}");
    let output = Command::new(&abc)
        .args(["-q", &script])
        .current_dir(dir)
        .output()
        .map_err(|error| format!("{}: {error}: install yosys", abc.display()))?;
    let said = String::from_utf8_lossy(&output.stdout);
    Ok(match () {
        _ if said.contains("Property proved") => Verdict::Equal,
        _ if said.contains("was asserted in frame") => Verdict::Different,
        _ => Verdict::Open,
    })
}

/// Both, with the same inputs, from reset on. Sums and their keep bits mean something only
/// where they are valid, sums only where they are kept.
fn miter(config: &ArrayConfig, ports: &[Port]) -> String {
    let mut text = String::from("module miter (\n");
    let inputs = || {
        ports
            .iter()
            .filter(|port| port.direction == Direction::Input)
    };
    let outputs = || {
        ports
            .iter()
            .filter(|port| port.direction == Direction::Output)
    };
    let declared: Vec<_> = inputs()
        .map(|port| format!("  input wire [{}:0] {}", port.bits - 1, port.name))
        .collect();
    let mut put = |line: String| writeln!(text, "{line}").expect("writing to a string");
    put(declared.join(",\n"));
    put(");".into());
    for which in ["original", "mutant"] {
        let mut pins: Vec<_> = inputs()
            .map(|port| format!(".{0}({0})", port.name))
            .collect();
        for port in outputs() {
            put(format!(
                "  wire [{}:0] {which}_{};",
                port.bits - 1,
                port.name
            ));
            pins.push(format!(".{0}({which}_{0})", port.name));
        }
        put(format!("  {which} {which} ({});", pins.join(", ")));
    }
    put("  always @* if (rst_ni) begin".into());
    let acc = config.acc_bits();
    for port in outputs() {
        let both = |bits: &str| format!("original_{0}{bits} == mutant_{0}{bits}", port.name);
        match port.name.as_str() {
            "s_keep_o" => put(format!(
                "    if (original_s_valid_o) assert ({});",
                both("")
            )),
            "s_o" => (0..config.cols).for_each(|lane| {
                let lanes = format!("[{}:{}]", acc * (lane + 1) - 1, acc * lane);
                put(format!(
                    "    if (original_s_valid_o & original_s_keep_o[{lane}]) assert ({});",
                    both(&lanes)
                ));
            }),
            _ => put(format!("    assert ({});", both(""))),
        }
    }
    put("  end\nendmodule".into());
    text
}
