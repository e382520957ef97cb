//! OpenSTA: its script, and its slowest path read back.

use crate::error::unreadable;
use crate::hierarchy::Hierarchy;
use crate::report::{CriticalPath, Endpoint};
use crate::yosys::{CELLS, MAPPED};
use crate::SynthError;
use heddle_liberty::Units;

/// The script's file.
pub(crate) const SCRIPT: &str = "sta.tcl";
/// How much of the period the worst path's slack may be where the search ends.
const NEAR: f64 = 2e-4;
/// Marks the line that names the period.
const MARK: &str = "HEDDLE_PERIOD ";

/// Searches the period at which the worst path has no slack left. One step finds it where
/// every path has the whole period; paths of clock gates and latches have half of it. Inputs
/// arrive with the clock and outputs are due with it, as between registers. OpenSTA speaks the
/// unit of time of the library, whose tables keep their digits in it.
pub(crate) fn script(top: &str, units: &Units) -> String {
    let start = 100.0 / units.ns();
    format!(
        "read_liberty {CELLS}\nread_verilog {MAPPED}\nlink_design {top}\n\
         set period {start:?}\n\
         for {{set i 0}} {{$i < 60}} {{incr i}} {{\n  \
         create_clock -name clk -period $period [get_ports clk_i]\n  \
         set_input_delay 0 -clock clk [all_inputs]\n  \
         set_output_delay 0 -clock clk [all_outputs]\n  \
         set worst 1e30\n  \
         foreach path [find_timing_paths -path_delay max] {{\n    \
         set slack [get_property $path slack]\n    \
         if {{$slack < $worst}} {{ set worst $slack }}\n  }}\n  \
         if {{abs($worst) < {NEAR} * $period}} break\n  \
         set period [expr {{$period - $worst}}]\n}}\n\
         report_checks -path_delay max -format full -fields {{net}} -digits 7\n\
         puts \"{MARK}$period\"\nexit\n"
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
    /// Reads what the script printed: `report_checks -format full -fields {net}`, a path
    /// for each group of paths, and the period. Times are in units of `unit_ns` nanoseconds.
    ///
    /// # Errors
    /// [`SynthError::Unreadable`] if OpenSTA reported an error, a path lacks its slack,
    /// the period is missing or the worst path does not need all of it.
    pub fn parse(
        what: &str,
        text: &str,
        hierarchy: &Hierarchy,
        unit_ns: f64,
    ) -> Result<Self, SynthError> {
        let bad = |problem: &str| unreadable(what, problem);
        if let Some(error) = text.lines().find(|line| line.starts_with("Error")) {
            return Err(bad(error));
        }
        let period = text.lines().find_map(|line| line.strip_prefix(MARK));
        let period: f64 = period
            .and_then(|period| period.trim().parse().ok())
            .filter(|period| *period > 0.0)
            .ok_or_else(|| bad("it has no period"))?;
        let mut worst: Option<(f64, &str)> = None;
        for path in text.split("Startpoint: ").skip(1) {
            let slack = path.lines().find_map(|line| {
                let (before, verdict) = line.trim().split_once("slack (")?;
                let verdict = matches!(verdict, "MET)" | "VIOLATED)");
                verdict.then(|| before.trim().parse::<f64>().ok())?
            });
            let slack = slack.ok_or_else(|| bad("a path has no slack"))?;
            if worst.is_none_or(|(least, _)| slack < least) {
                worst = Some((slack, path));
            }
        }
        let (slack, path) = worst.ok_or_else(|| bad("it has no path"))?;
        let (delay_ns, slack) = (period * unit_ns, slack * unit_ns);
        // printed with some digits, of which the last may be half a one off
        if slack.abs() > 2.0 * NEAR * delay_ns {
            return Err(bad(&format!(
                "at its period of {delay_ns} ns the worst path has a slack of {slack} ns"
            )));
        }
        let from = path.split_whitespace().next();
        let to = path.split("Endpoint: ").nth(1);
        let (Some(from), Some(to)) = (from, to.and_then(|to| to.split_whitespace().next())) else {
            return Err(bad("a path has no ends"));
        };
        // Lines of the path: delay, time, edge, instance/pin, (cell).
        let data = path
            .lines()
            .take_while(|line| !line.contains("data arrival time"));
        let hops: Vec<(&str, &str)> = data
            .filter_map(|line| {
                let words: Vec<_> = line.split_whitespace().collect();
                let [_, _, "^" | "v", pin, cell] = words[..] else {
                    return None;
                };
                let cell = cell.strip_prefix('(')?.strip_suffix(')')?;
                let (instance, _) = pin.rsplit_once('/').unwrap_or((pin, ""));
                Some((instance, cell))
            })
            .collect();
        let end = |flat: &str| {
            let of = |&&(instance, _): &&(&str, &str)| instance == flat;
            let cell = hops.iter().find(of).map_or("", |(_, cell)| cell);
            endpoint(flat, cell, hierarchy)
        };
        let mut modules: Vec<String> = Vec::new();
        for (instance, cell) in &hops {
            let module = endpoint(instance, cell, hierarchy).module;
            // cells of logic have no names that say where they were
            if !instance.starts_with('_') && modules.last() != Some(&module) {
                modules.push(module);
            }
        }
        Ok(Self {
            fmax_mhz: 1000.0 / delay_ns,
            critical_path: CriticalPath {
                from: end(from),
                to: end(to),
                delay_ns,
                logic_ns: delay_ns,
                routing_ns: None,
                // clock pin, clock-to-output and the last register's pin are no levels
                levels: hops.len().saturating_sub(3),
                modules,
            },
        })
    }
}

/// The flat name of a cell as instance, module and signal. OpenSTA prints the escapes of names, and
/// `rename -wire` put the cell's type behind the net's name: after a backslash or, in older
/// versions, an underscore, or, of registers that were named before they were mapped, after a
/// dollar sign.
fn endpoint(flat: &str, cell: &str, hierarchy: &Hierarchy) -> Endpoint {
    let net = flat.split_once("\\\\").map_or(flat, |(net, _)| net);
    let plain = net.replace('\\', "");
    let (instance, module, signal) = hierarchy.locate(&plain);
    let named = signal.split_once("$_").map(|(net, _)| net);
    let behind = signal.strip_suffix(cell).filter(|_| !cell.is_empty());
    let named = named.or_else(|| behind?.strip_suffix('_'));
    Endpoint {
        instance: instance.to_owned(),
        module: module.to_owned(),
        signal: named.unwrap_or(signal).to_owned(),
    }
}
