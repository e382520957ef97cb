//! What a field is called in a table's head, and its unit.

/// How a column is named and its numbers are shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// In words.
    pub text: String,
    /// The unit, or nothing.
    pub unit: &'static str,
    /// What a value is multiplied by: 100 where it is shown in percent.
    pub factor: f64,
    /// Whether the unit takes a prefix: W, J.
    pub prefixed: bool,
    /// Whether a value other than 0 says that something is wrong.
    pub is_fault: bool,
}

/// Fields whose names need words.
const WORDS: &[(&str, &str)] = &[
    ("macs", "MACs"),
    ("cycle_model_differences", "off the cycle model"),
    ("trace_mismatches", "of the trace alone"),
    ("speedup", "speed-up"),
    ("of_bound", "of the bound"),
    ("of_limit", "of the limit"),
    ("scalesim", "SCALE-Sim"),
    ("p", "p"),
    ("pes", "PEs"),
    ("fp", "FP"),
    ("bp", "BP"),
    ("wg", "WG"),
    ("lut4", "LUT4"),
    ("ff", "flip-flops"),
    ("mult18", "MULT18"),
    ("block_ram", "block RAMs"),
    ("area_um2", "area"),
    ("fmax_mhz", "clock, highest"),
    ("clock_mhz", "clock"),
    ("lstm", "LSTM"),
    ("bleu", "BLEU"),
    ("f1", "F1"),
    ("a", "A"),
    ("b", "B"),
    ("c0", "C0"),
    ("sd", "standard deviation"),
    ("df", "degrees of freedom"),
    ("ws", "weight-stationary"),
    ("os", "output-stationary"),
    ("of", "of"),
    ("joule_per_mac", "energy per MAC"),
    ("joule_per_mac_with_clock", "energy per MAC with clock"),
    ("joule", "energy"),
    ("watt", "power"),
    ("macs_per_byte", "MACs per byte"),
    ("macs_per_cycle", "MACs per cycle"),
    ("mean_bytes_per_cycle", "mean"),
    ("peak_bytes_per_cycle", "peak"),
    ("bytes_read_of", "read of"),
    ("wait_a", "waits for A"),
    ("wait_b", "waits for B"),
    ("wait_c0", "waits for C0"),
    ("wait_store", "waits for the store"),
    ("wait_sum", "waits for sums"),
    ("wait_job", "waits for a job"),
    ("tokens_per_s", "tokens"),
    ("dense_tokens_per_s", "tokens, dense"),
    ("packed_tokens_per_s", "tokens, packed"),
    ("pytorch_tokens_per_s", "tokens, PyTorch"),
    ("seconds", "time"),
    ("col", "column"),
    ("from_case_i", "from case I"),
];

/// Counts that are 0 where all is right.
pub const FAULTS: [&str; 12] = [
    "mismatches",
    "trace_mismatches",
    "wrong_bytes",
    "cycle_model_differences",
    "guard_violations",
    "stray_reads",
    "protocol_violations",
    "hangs",
    "errors_wrong",
    "counter_differences",
    "overflow_differences",
    "first_problem",
];

/// Shares of one, shown in percent.
const SHARES: [&str; 4] = ["utilisation", "of_bound", "of_limit", "confidence"];

/// Ratios.
const RATIOS: [&str; 5] = [
    "speedup",
    "speedup_limit",
    "speedup_bound",
    "speedup_without_masks",
    "against_dense",
];

/// Counts of cycles.
const CYCLES: &[&str] = &[
    "limit",
    "bound",
    "ragged",
    "beats",
    "weight_load",
    "round_trip",
    "exchange",
    "drain",
    "compute",
    "array_limit",
    "bus_limit",
    "busy",
    "latency",
    "model_cycles",
    "dense_cycles",
    "wait_a",
    "wait_b",
    "wait_c0",
    "wait_store",
    "wait_sum",
    "wait_job",
];

/// Objects whose fields need no word of where they are.
const SILENT: [&str; 4] = ["policies", "causes", "ports", "groups"];

/// The label of the field at a path, such as `ports.weights.words`.
pub fn of(path: &str) -> Label {
    let name = path.rsplit('.').next().unwrap_or(path);
    let said = path.split('.').filter(|part| !SILENT.contains(part));
    let mut text: Vec<String> = said.map(words).collect();
    if text.is_empty() {
        text.push(words(name));
    }
    let share = SHARES.contains(&name);
    let under = |parent: &str| {
        path.split('.')
            .any(|of| of == parent || of.ends_with(&format!("_{parent}")))
    };
    let (unit, prefixed) = match name {
        _ if share => ("%", false),
        _ if RATIOS.contains(&name) => ("\u{d7}", false),
        _ if under("watt") => ("W", true),
        _ if under("joule") || name.starts_with("joule_per") => ("J", true),
        _ if CYCLES.contains(&name) => ("cycles", false),
        _ if name.ends_with("_ms") => ("ms", false),
        _ if name.ends_with("_ns") => ("ns", false),
        _ if name.ends_with("_mhz") => ("MHz", false),
        _ if name.ends_with("_um2") => ("\u{b5}m\u{b2}", false),
        _ if name.ends_with("_per_cycle") && name.contains("bytes") => ("B/cycle", false),
        _ if name.ends_with("_per_s") => ("/s", false),
        "seconds" => ("s", false),
        "bus_bits" | "word_bits" | "acc_bits" | "addr_bits" => ("bits", false),
        _ => ("", false),
    };
    Label {
        text: text.join(" \u{203a} "),
        unit,
        factor: if share { 100.0 } else { 1.0 },
        prefixed,
        is_fault: FAULTS.contains(&name),
    }
}

/// A field's name in words; its unit stands beside it.
fn words(name: &str) -> String {
    if let Some((_, words)) = WORDS.iter().find(|(known, _)| *known == name) {
        return (*words).to_owned();
    }
    let name = ["_ms", "_ns", "_um2", "_mhz"]
        .iter()
        .find_map(|unit| name.strip_suffix(unit))
        .unwrap_or(name);
    name.replace('_', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_words_with_units() {
        for (path, text, unit) in [
            ("utilisation", "utilisation", "%"),
            (
                "policies.packed.speedup",
                "packed \u{203a} speed-up",
                "\u{d7}",
            ),
            (
                "critical_path.delay_ns",
                "critical path \u{203a} delay",
                "ns",
            ),
            (
                "watt.groups.adder.internal",
                "power \u{203a} adder \u{203a} internal",
                "W",
            ),
            ("jobs", "jobs", ""),
        ] {
            let label = of(path);
            assert_eq!((&*label.text, label.unit), (text, unit));
        }
        assert!(of("policies.dense.mismatches").is_fault);
        assert!(!of("cycles").is_fault);
    }
}
