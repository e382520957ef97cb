//! The verdict of an engine: of its counts by policy.

use super::{counted, incomplete, Level, Verdict};
use crate::label::FAULTS;
use crate::report::Report;
use serde_json::Value;

/// Pairs of counts that are equal where all is right.
const PAIRS: [(&str, &str); 2] = [
    ("interrupts_expected", "interrupts_seen"),
    ("errors_expected", "errors_seen"),
];

/// Right if every count that has to be 0 is, and what was due came.
pub fn of_engine(report: &Report) -> Verdict {
    let Some(policies) = report.get("policies").and_then(Value::as_object) else {
        return incomplete("policies");
    };
    let (mut wrong, mut jobs, mut compared) = (Vec::new(), 0, true);
    for (policy, of) in policies {
        let count = |name: &str| of.get(name).and_then(Value::as_u64);
        jobs += count("jobs").unwrap_or(0);
        for name in FAULTS {
            let is_null = of.get(name).is_some_and(Value::is_null);
            match (name, count(name)) {
                // the one is of all policies, the other of arrays
                ("first_problem" | "trace_mismatches", _) => {}
                ("cycle_model_differences", None) if is_null => compared = false,
                (_, None) => return incomplete(&format!("policies.{policy}.{name}")),
                (_, Some(0)) => {}
                (_, Some(count)) => wrong.push(format!("{policy}: {}", fault(name, count))),
            }
        }
        for (expected, seen) in PAIRS {
            match (count(expected), count(seen)) {
                (Some(due), Some(came)) if due == came => {}
                (Some(due), Some(came)) => {
                    let what = seen.trim_end_matches("_seen");
                    let text = format!("{policy}: {came} {what} where {due} were due");
                    wrong.push(text);
                }
                _ => return incomplete(&format!("policies.{policy}.{expected}")),
            }
        }
    }
    let all = counted(jobs, "descriptors");
    let problem = report.text("first_problem");
    if !wrong.is_empty() || problem.is_some() {
        let text = match problem {
            Some(problem) => format!("{all}; the first problem: {problem}."),
            None => format!("{all}; not all is as it has to be."),
        };
        let mut verdict = Verdict::new(Level::Wrong, "wrong", text);
        verdict.details = wrong;
        return verdict;
    }
    match (jobs, compared) {
        (0, _) => Verdict::new(Level::Open, "nothing was run", "The report has no descriptor."),
        (_, true) => Verdict::new(
            Level::Right,
            "right",
            format!("{all}: every byte of memory is as it has to be, nothing was written outside C, every cycle is the cycle model's."),
        ),
        (_, false) => Verdict::new(
            Level::Right,
            "right",
            format!("{all}: every byte of memory is as it has to be, nothing was written outside C; cycles were not compared."),
        ),
    }
}

/// A count that is to be 0, in words.
fn fault(name: &str, count: u64) -> String {
    let words = match name {
        "mismatches" => "wrong sums",
        "wrong_bytes" => "wrong bytes",
        "cycle_model_differences" => "programs off the cycle model",
        "guard_violations" => "bytes written where nothing may be",
        "stray_reads" => "beats read where nothing is to be read",
        "protocol_violations" => "violations of AXI",
        "hangs" => "programs that did not end",
        "errors_wrong" => "wrong error records",
        "counter_differences" => "programs whose counters do not hold",
        "overflow_differences" => "programs with a wrong overflow",
        other => other,
    };
    counted(count, words)
}
