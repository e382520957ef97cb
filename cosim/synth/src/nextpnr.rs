//! nextpnr's report read back.

use crate::error::unreadable;
use crate::frame::{FRAME, INSTANCE};
use crate::hierarchy::Hierarchy;
use crate::report::{CriticalPath, Endpoint};
use crate::SynthError;
use serde_json::Value;

/// Clock and critical path after routing.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// The highest clock in MHz; of several clocks the lowest.
    pub fmax_mhz: f64,
    /// The path that limits it.
    pub critical_path: CriticalPath,
}

impl Placed {
    /// Reads the text that `nextpnr --report` wrote.
    ///
    /// # Errors
    /// [`SynthError::Unreadable`] if it is cut off or has no clock or path.
    pub fn parse(what: &str, text: &str, hierarchy: &Hierarchy) -> Result<Self, SynthError> {
        let bad = |problem: &str| unreadable(what, problem);
        let value: Value = serde_json::from_str(text).map_err(|error| unreadable(what, error))?;
        let clocks = value["fmax"].as_object().into_iter().flatten();
        let slowest = clocks
            .filter_map(|(name, clock)| Some((name, clock["achieved"].as_f64()?)))
            .min_by(|a, b| a.1.total_cmp(&b.1));
        let (clock, fmax_mhz) = slowest.ok_or_else(|| bad("it has no clock"))?;
        if !fmax_mhz.is_finite() || fmax_mhz <= 0.0 {
            return Err(bad(&format!("a clock of {fmax_mhz} MHz is not possible")));
        }
        // Paths to and from pins start or end at '<async>'.
        let edge = format!("posedge {clock}");
        let paths = value["critical_paths"].as_array().into_iter().flatten();
        let path = paths
            .filter(|path| path["from"] == edge.as_str() && path["to"] == edge.as_str())
            .find_map(|path| path["path"].as_array())
            .filter(|path| !path.is_empty())
            .ok_or_else(|| bad(&format!("clock {clock} has no critical path")))?;
        let critical_path = critical(path, hierarchy).ok_or_else(|| {
            bad(&format!(
                "the critical path of clock {clock} lacks cells or delays"
            ))
        })?;
        Ok(Self {
            fmax_mhz,
            critical_path,
        })
    }
}

fn critical(path: &[Value], hierarchy: &Hierarchy) -> Option<CriticalPath> {
    let (mut logic, mut routing, mut levels) = (0.0, 0.0, 0);
    let mut modules: Vec<String> = Vec::new();
    for hop in path {
        let delay = hop["delay"].as_f64()?;
        match hop["type"].as_str()? {
            "routing" => routing += delay,
            kind => {
                logic += delay;
                levels += usize::from(kind == "logic");
            }
        }
        let at = endpoint(hop["to"]["cell"].as_str()?, hierarchy);
        if modules.last() != Some(&at.module) {
            modules.push(at.module);
        }
    }
    // A register's cell is named after the net it drives, with a suffix; the first net of
    // the path has the exact name.
    let first_net = path.iter().find_map(|hop| hop["net"].as_str());
    let first = first_net.or(path.first()?["from"]["cell"].as_str())?;
    Some(CriticalPath {
        from: endpoint(first, hierarchy),
        to: endpoint(path.last()?["to"]["cell"].as_str()?, hierarchy),
        delay_ns: logic + routing,
        logic_ns: logic,
        routing_ns: Some(routing),
        levels,
        modules,
    })
}

/// A flat name of the frame's netlist as instance, module and signal.
fn endpoint(flat: &str, hierarchy: &Hierarchy) -> Endpoint {
    let inner = flat
        .strip_prefix(INSTANCE)
        .and_then(|flat| flat.strip_prefix('.'));
    let (instance, module, signal) = match inner {
        Some(inner) => hierarchy.locate(inner),
        None => ("", FRAME, flat),
    };
    // yosys appends the cell's type and port, nextpnr what it packed
    let kinds = ["_TRELLIS_FF", "_SB_", "_MULT18X18D", "_LUT4", "_CCU2C"];
    let cut = kinds.iter().filter_map(|kind| signal.find(kind)).min();
    Endpoint {
        instance: instance.to_owned(),
        module: module.to_owned(),
        signal: signal[..cut.unwrap_or(signal.len())].to_owned(),
    }
}
