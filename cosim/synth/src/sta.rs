//! OpenSTA: its script, and its slowest path read back.

use crate::error::unreadable;
use crate::hierarchy::Hierarchy;
use crate::report::{CriticalPath, Endpoint};
use crate::yosys::{CELLS, MAPPED};
use crate::SynthError;

/// The script's file.
pub(crate) const SCRIPT: &str = "sta.tcl";
/// The clock period in nanoseconds against which slack is measured. Every path has the
/// whole period, so its value does not matter.
const PERIOD: f64 = 10.0;

/// Inputs arrive with the clock and outputs are due with it, as between registers.
pub(crate) fn script(top: &str) -> String {
    format!(
        "read_liberty {CELLS}\nread_verilog {MAPPED}\nlink_design {top}\n\
         create_clock -name clk -period {PERIOD} [get_ports clk_i]\n\
         set_input_delay 0 -clock clk [all_inputs]\nset_output_delay 0 -clock clk [all_outputs]\n\
         report_checks -path_delay max -format full -fields {{net}} -digits 4\nexit\n"
    )
}

/// The slowest path.
#[derive(Clone, Debug, PartialEq)]
pub struct Timing {
    /// The highest clock in MHz.
    pub fmax_mhz: f64,
    /// The path that limits it.
    pub critical_path: CriticalPath,
}

impl Timing {
    /// Reads what `report_checks -format full -fields {net}` printed.
    ///
    /// # Errors
    /// [`SynthError::Unreadable`] if OpenSTA reported an error or the report has no path,
    /// no slack or more than one of either.
    pub fn parse(what: &str, text: &str, hierarchy: &Hierarchy) -> Result<Self, SynthError> {
        let bad = |problem: &str| unreadable(what, problem);
        if let Some(error) = text.lines().find(|line| line.starts_with("Error")) {
            return Err(bad(error));
        }
        let mut slacks = text.lines().filter_map(|line| {
            let (before, verdict) = line.trim().split_once("slack (")?;
            matches!(verdict, "MET)" | "VIOLATED)").then(|| before.trim().parse::<f64>().ok())?
        });
        let slack = slacks.next().ok_or_else(|| bad("it has no slack"))?;
        if slacks.next().is_some() {
            return Err(bad("it has several paths"));
        }
        let delay_ns = PERIOD - slack;
        if delay_ns <= 0.0 {
            return Err(bad(&format!("a path of {delay_ns} ns is not possible")));
        }
        let end = |mark: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(mark));
            line.and_then(|line| line.split_whitespace().next())
                .ok_or_else(|| bad(&format!("it has no '{mark}'")))
        };
        let (from, to) = (end("Startpoint: ")?, end("Endpoint: ")?);
        // Lines of the path: delay, time, edge, instance/pin, (cell).
        let mut modules: Vec<String> = Vec::new();
        let mut hops = 0;
        let data = text
            .lines()
            .take_while(|line| !line.contains("data arrival time"));
        for line in data {
            let words: Vec<_> = line.split_whitespace().collect();
            if let [_, _, "^" | "v", pin, cell] = words[..] {
                if !cell.starts_with('(') {
                    continue;
                }
                hops += 1;
                let (instance, _) = pin.rsplit_once('/').unwrap_or((pin, ""));
                let module = endpoint(instance, hierarchy).module;
                // cells of logic have no names that say where they were
                if !instance.starts_with('_') && modules.last() != Some(&module) {
                    modules.push(module);
                }
            }
        }
        Ok(Self {
            fmax_mhz: 1000.0 / delay_ns,
            critical_path: CriticalPath {
                from: endpoint(from, hierarchy),
                to: endpoint(to, hierarchy),
                delay_ns,
                logic_ns: delay_ns,
                routing_ns: None,
                // clock pin, clock-to-output and the last register's pin are no levels
                levels: usize::saturating_sub(hops, 3),
                modules,
            },
        })
    }
}

/// A flat name as instance, module and signal. OpenSTA prints the escapes of names, and
/// `rename -wire` put the cell's type behind the net's name, after a backslash or, in older
/// versions, an underscore.
fn endpoint(flat: &str, hierarchy: &Hierarchy) -> Endpoint {
    let net = flat.split_once("\\\\").map_or(flat, |(net, _)| net);
    let plain = net.replace('\\', "");
    let (instance, module, signal) = hierarchy.locate(&plain);
    let cut = signal.find("_DFF");
    Endpoint {
        instance: instance.to_owned(),
        module: module.to_owned(),
        signal: signal[..cut.unwrap_or(signal.len())].to_owned(),
    }
}
