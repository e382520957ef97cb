//! OpenSTA: its script, and its slowest path read back.

use crate::error::unreadable;
use crate::hierarchy::Hierarchy;
use crate::report::{CriticalPath, Endpoint};
use crate::yosys::{CELLS, MAPPED};
use crate::SynthError;

/// The script's file.
pub(crate) const SCRIPT: &str = "sta.tcl";
/// Marks the line that names the period.
const MARK: &str = "HEDDLE_PERIOD ";

/// Searches the period at which the worst path has no slack left. One step finds it where
/// every path has the whole period; paths of clock gates and latches have half of it. Inputs
/// arrive with the clock and outputs are due with it, as between registers.
pub(crate) fn script(top: &str) -> String {
    format!(
        "read_liberty {CELLS}\nread_verilog {MAPPED}\nlink_design {top}\n\
         set period 100.0\n\
         for {{set i 0}} {{$i < 60}} {{incr i}} {{\n  \
         create_clock -name clk -period $period [get_ports clk_i]\n  \
         set_input_delay 0 -clock clk [all_inputs]\n  \
         set_output_delay 0 -clock clk [all_outputs]\n  \
         set worst 1e9\n  \
         foreach path [find_timing_paths -path_delay max] {{\n    \
         set slack [get_property $path slack]\n    \
         if {{$slack < $worst}} {{ set worst $slack }}\n  }}\n  \
         if {{abs($worst) < 0.0005}} break\n  \
         set period [expr {{$period - $worst}}]\n}}\n\
         report_checks -path_delay max -format full -fields {{net}} -digits 4\n\
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
    /// for each group of paths, and the period.
    ///
    /// # Errors
    /// [`SynthError::Unreadable`] if OpenSTA reported an error, a path lacks its slack,
    /// the period is missing or the worst path does not need all of it.
    pub fn parse(what: &str, text: &str, hierarchy: &Hierarchy) -> Result<Self, SynthError> {
        let bad = |problem: &str| unreadable(what, problem);
        if let Some(error) = text.lines().find(|line| line.starts_with("Error")) {
            return Err(bad(error));
        }
        let period = text.lines().find_map(|line| line.strip_prefix(MARK));
        let delay_ns: f64 = period
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
        if slack.abs() > 0.001 {
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
        let mut modules: Vec<String> = Vec::new();
        let mut hops = 0;
        let data = path
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
