//! The bound of whole tiles: one number in all reports, which no array goes below.

use super::{fixture, heddle, json};
use serde_json::Value;

/// Jobs of few samples on an array with more rows: their tiles are ragged.
const ARRAY: &str = "--rows 7 --cols 3 --format bf16 --json";
const ROWS: u64 = 7;
const COLS: u64 = 3;

fn of_trace(command: &str) -> Value {
    json(heddle(&format!("{command} {ARRAY} --trace")).arg(fixture("pytorch.safetensors")))
}

/// What it would be if ragged tiles took as long as full ones.
fn of_full_tiles() -> u64 {
    let report = json(heddle("trace inspect --json").arg(fixture("pytorch.safetensors")));
    let jobs = report["job_list"].as_array().unwrap();
    let of = |job: &Value| {
        let size = |name: &str| job[name].as_u64().unwrap();
        size("k").div_ceil(ROWS) * size("n").div_ceil(COLS) * size("m").max(ROWS)
    };
    jobs.iter().map(of).sum()
}

#[test]
fn cosim_and_cycles_have_the_same_bound() {
    let (found, counted) = (of_trace("cosim"), of_trace("cycles"));
    let mut compared = 0;
    for policy in ["dense", "gated", "packed"] {
        for phase in [None, Some("fp"), Some("bp"), Some("wg")] {
            let of = |report: &Value| match phase {
                None => report["policies"][policy].clone(),
                Some(phase) => report["policies"][policy]["phases"][phase].clone(),
            };
            let (found, counted) = (of(&found), of(&counted));
            for name in ["bound", "of_bound", "limit", "cycles", "macs"] {
                assert_eq!(found[name], counted[name], "{policy} {phase:?} {name}");
            }
            let number = |name: &str| found[name].as_f64().unwrap();
            assert!(number("limit") <= number("bound") && number("bound") < number("cycles"));
            compared += 1;
        }
    }
    assert_eq!(compared, 12);
    // The control: these jobs tell ragged tiles from full ones.
    let bound = found["policies"]["dense"]["bound"].as_u64().unwrap();
    assert!(bound < of_full_tiles(), "{bound}");
}
