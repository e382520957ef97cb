//! Whether a mutant can be told from the original at all: a proof, for all times from reset,
//! that no sequence of inputs that the interface allows makes a difference where it promises
//! something.

use super::aiger::Aiger;
use super::contract::assumptions;
use super::netlist::yosys;
use super::{Mutant, Netlist, MUTSEL_BITS};
use heddle_hdl::emit::{Direction, Port};
use heddle_hdl::{generate, ArrayConfig, TOP};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

/// What the solver says of a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No input that is allowed tells it from the original.
    Equal,
    /// Some input does.
    Different,
    /// No answer in the time given.
    Open,
}

/// Original and mutants side by side, ready for a solver.
pub struct Miter(Aiger);

impl Miter {
    /// Of the original of `netlist` and the given `mutants` of it; works in `dir`.
    ///
    /// # Errors
    /// What yosys said, as text.
    pub fn new(
        config: &ArrayConfig,
        netlist: &Netlist,
        mutants: &[&Mutant],
        dir: &Path,
    ) -> Result<Self, String> {
        let text = |error: std::io::Error| error.to_string();
        let design = generate(config).map_err(|error| error.to_string())?;
        let ports = &design.top().ok_or("a design without a top")?.ports;
        std::fs::write(dir.join("miter.sv"), miter(config, ports)).map_err(text)?;
        let commands: Vec<&str> = mutants.iter().map(|mutant| &mutant.with_ctrl[..]).collect();
        let original = netlist.original.display();
        yosys(
            dir,
            &format!(
                "read_rtlil {original}\nrename {TOP} original\nread_rtlil {original}\n\
                 {}\nopt_clean\nrename {TOP} mutant\nread_verilog -sv -formal miter.sv\n\
                 hierarchy -check -top miter\nproc\nflatten\nopt_clean\nasync2sync\n\
                 opt -full\nsetundef -undriven -init -zero\ntechmap\nopt\ndffunmap\n\
                 aigmap\nopt_clean\nwrite_aiger -zinit -symbols miter.aig\n",
                commands.join("\n")
            ),
        )?;
        Ok(Self(Aiger::read(
            &std::fs::read(dir.join("miter.aig")).map_err(text)?,
        )?))
    }

    /// Compares `mutant`, one of those given, with the original, within `seconds` or so; works
    /// in `dir`.
    ///
    /// # Errors
    /// What could not be run.
    pub fn verdict(&self, mutant: &Mutant, seconds: usize, dir: &Path) -> Result<Verdict, String> {
        let name = format!("miter-{}.aig", mutant.number);
        std::fs::write(dir.join(&name), self.0.with("mutsel", mutant.number))
            .map_err(|error| error.to_string())?;
        let abc = std::env::var_os("ABC").unwrap_or_else(|| "yosys-abc".into());
        // What is the same in both becomes one; the solver has what is left.
        let script = format!("read_aiger {name}; fold; strash; scorr; orpos; pdr -T {seconds}");
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
}

/// Both, with the same inputs, from reset on. Sums and their keep bits mean something only
/// where they are valid, sums only where they are kept.
fn miter(config: &ArrayConfig, ports: &[Port]) -> String {
    let mut text = String::from("module miter (\n");
    let of = |way: Direction| ports.iter().filter(move |port| port.direction == way);
    let inputs = of(Direction::Input).map(|port| (port.name.as_str(), port.bits));
    let inputs: Vec<_> = inputs.chain([(super::PRELOAD, 48)]).collect();
    let declared = inputs.iter().chain([&("mutsel", MUTSEL_BITS)]);
    let declared = declared.map(|(name, bits)| format!("  input wire [{}:0] {name}", bits - 1));
    let declared: Vec<_> = declared.collect();
    let mut put = |line: String| writeln!(text, "{line}").expect("writing to a string");
    put(declared.join(",\n"));
    put(");".into());
    for which in ["original", "mutant"] {
        let pins = inputs.iter().map(|(name, _)| format!(".{name}({name})"));
        let mut pins: Vec<_> = pins.collect();
        if which == "mutant" {
            pins.push(".mutsel(mutsel)".into());
        }
        for port in of(Direction::Output) {
            let (name, high) = (&port.name, port.bits - 1);
            put(format!("  wire [{high}:0] {which}_{name};"));
            pins.push(format!(".{name}({which}_{name})"));
        }
        put(format!("  {which} {which} ({});", pins.join(", ")));
    }
    put("  wire w_ready = original_w_ready_o, a_ready = original_a_ready_o;".into());
    if config.dataflow.has_os() {
        put("  wire x_ready = original_x_ready_o;".into());
    }
    put(assumptions(config));
    put("  reg reset = 0;\n  always @(posedge clk_i) reset <= 1;".into());
    put("  always @* if (!reset) assume (!rst_ni);".into());
    put("  always @* if (reset & rst_ni) begin".into());
    let acc = config.acc_bits();
    for port in of(Direction::Output) {
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
