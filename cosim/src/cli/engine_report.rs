//! What reports of the engine have in common.

use super::output;
use crate::CosimError;
use heddle_engine::EngineReport;
use heddle_hdl::ArrayConfig;
use heddle_report::{align_right, grouped, plain};
use serde_json::{json, Value};

/// What every report of the engine of `config`, whose memory is `latency` cycles away, begins with.
pub fn engine_json(config: &ArrayConfig, latency: u64) -> Value {
    json!({
        "target": "engine",
        "array": config.resolved(),
        "engine": config.engine,
        "latency": latency,
    })
}

/// `first` with the fields of `second`.
pub fn joined(mut first: Value, second: Value) -> Value {
    if let (Value::Object(first), Value::Object(second)) = (&mut first, second) {
        first.extend(second);
    }
    first
}

/// The totals by policy, and the verdict.
pub fn print(config: &ArrayConfig, report: &EngineReport) -> Result<(), CosimError> {
    let mut table = plain(&[
        "policy",
        "jobs",
        "MACs",
        "cycles",
        "bytes read",
        "bytes written",
        "wrong sums",
        "not as modelled",
        "interrupts",
        "errors",
    ]);
    for (policy, of) in &report.policies {
        let both = |seen: u64, expected: u64| format!("{} of {}", grouped(seen), grouped(expected));
        table.add_row(vec![
            policy.name().to_owned(),
            grouped(of.jobs),
            grouped(of.macs),
            grouped(of.cycles),
            grouped(of.bytes_read),
            grouped(of.bytes_written),
            grouped(of.mismatches),
            of.cycle_model_differences.map_or("-".to_owned(), grouped),
            both(of.interrupts_seen, of.interrupts_expected),
            both(of.errors_seen, of.errors_expected),
        ]);
    }
    for column in 1..10 {
        align_right(&mut table, column);
    }
    output::line(table)?;
    let verdict = match report.is_clean() {
        true => "every byte of memory is as it has to be, nothing was written outside C",
        false => "NOT ALL IS AS IT HAS TO BE",
    };
    output::line(format!("{}: {verdict}.", config.slug()))
}
