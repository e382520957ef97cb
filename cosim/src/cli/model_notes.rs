//! What is told about the model of an array: what it takes to build it, and how fast it was.

use super::output;
use heddle_array::estimate::build_cost;
use heddle_hdl::ArrayConfig;
use heddle_report::{grouped, Report};
use heddle_toolbox::memory;
use std::time::Duration;

/// CPU seconds from which on a build is announced.
pub const LONG: f64 = 20.0;

/// Tells what it takes to build the model of an array, and if this machine lacks the memory.
pub fn tell_cost(config: &ArrayConfig) {
    let cost = build_cost(config);
    let name = format!("{} x {} {}", config.rows, config.cols, config.format);
    output::tell(format!(
        "building the model of a {name} array takes about {cost}, or more; it is kept for later runs"
    ));
    if let Some((free, limit)) = memory::available() {
        if (free as f64) < cost.bytes {
            let free = memory::size(free.into());
            output::warn(format!("{free} are left {limit}: the build may fail"));
        }
    }
}

/// Tells what was simulated, and how fast.
pub fn tell_speed(report: &Report, took: Duration) {
    let cycles: u64 = report.policies.values().map(|all| all.cycles).sum();
    let Some(simulated) = &report.simulated else {
        return;
    };
    let seconds = took.as_secs_f64().max(1e-3);
    let rate = grouped((cycles as f64 / seconds).round() as u64);
    output::tell(format!(
        "{simulated}: {} cycles in {seconds:.1} s, {rate} a second with the golden model and the \
         comparison",
        grouped(cycles)
    ));
}
