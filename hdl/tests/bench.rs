//! The emitted test bench passes on the emitted array and fails on a spoiled one.

mod common;

use heddle_format::{Format, Overflow};
use heddle_hdl::emit::Design;
use heddle_hdl::package::bench;
use heddle_hdl::{generate, ArrayConfig, Dataflow, Gating, MultiplierCell, Reset};

/// Runs the bench of `config` on `design` in Icarus: its exit status, what it said, and what
/// the compiler did.
fn simulate(config: &ArrayConfig, design: &Design) -> (bool, String, String) {
    let (_guard, dir) = common::folder();
    let mut files = common::write(design, &dir);
    let module = design.prefix.bench();
    let name = format!("{module}.v");
    // The bench of the right design, whatever became of this one.
    std::fs::write(dir.join(&name), bench::text(config, design, false)).unwrap();
    files.push(name);
    let mut args = vec!["-g2001", "-Wall", "-o", "bench.vvp", "-s", &module];
    args.extend(files.iter().map(String::as_str));
    let (output, warnings) = common::run(&dir, "iverilog", &args);
    assert!(output.status.success(), "{warnings}");
    let (output, text) = common::run(&dir, "vvp", &["-n", "bench.vvp"]);
    (output.status.success(), text, warnings)
}

fn configs() -> Vec<ArrayConfig> {
    let both = |config| ArrayConfig {
        dataflow: Dataflow::Both,
        ..config
    };
    let os = |config| ArrayConfig {
        dataflow: Dataflow::Os,
        ..config
    };
    let int8 = ArrayConfig::new(3, 2, Format::Int8);
    let bf16 = ArrayConfig::new(2, 3, Format::Bf16);
    vec![
        int8,
        bf16,
        both(int8),
        both(bf16),
        os(bf16),
        ArrayConfig {
            acc_bits: Some(16),
            overflow: Overflow::Saturate,
            gating: Gating::ClockGate,
            ..both(ArrayConfig::new(5, 4, Format::Int8))
        },
        ArrayConfig {
            acc_bits: Some(64),
            add_stages: Some(2),
            mul_stages: Some(0),
            reset: Some(Reset::Async),
            ..os(ArrayConfig::new(1, 5, Format::Int16))
        },
        ArrayConfig {
            multiplier: Some(MultiplierCell::Ecp5),
            reset: Some(Reset::None),
            gating: Gating::None,
            ..both(ArrayConfig::new(4, 1, Format::Int16))
        },
        ArrayConfig {
            gating: Gating::ClockGate,
            reset: Some(Reset::None),
            ..ArrayConfig::new(1, 1, Format::Bf16)
        },
    ]
}

#[test]
fn passes_on_what_is_generated() {
    if !common::has("iverilog") {
        return;
    }
    for config in configs() {
        let (success, text, warnings) = simulate(&config, &generate(&config).unwrap());
        assert_eq!(warnings, "", "{}", config.slug());
        let passed = success && text.starts_with("PASS: ");
        assert!(passed, "{}:\n{text}", config.slug());
        // The same bytes give the same noise, and a bench that compares nothing is none.
        let sums: usize = text["PASS: ".len()..]
            .split(' ')
            .next()
            .and_then(|sums| sums.parse().ok())
            .unwrap();
        assert!(sums >= 64, "{}: only {sums} sums", config.slug());
    }
}

/// In the top module, another net at a port of an instance.
fn rewire(design: &mut Design, instance: &str, port: &str, net: &str) {
    let top = design.modules.last_mut().unwrap();
    let start = top.text.find(&format!(" {instance} (\n")).unwrap();
    let text = top.text[start..].to_owned();
    let line = text
        .lines()
        .find(|line| line.trim_start().starts_with(&format!(".{port} ")))
        .unwrap_or_else(|| panic!("{instance} has no port {port}"));
    let comma = if line.ends_with(',') { "," } else { "" };
    let spoiled = text.replacen(line, &format!("    .{port} ({net}){comma}"), 1);
    assert_ne!(spoiled, text);
    top.text.replace_range(start.., &spoiled);
}

/// Faults of any array, which the bench must find: instance, port, what is there instead.
const FAULTS: [(&str, &str, &str); 12] = [
    ("control", "row_keep_i", "~0"),
    ("control", "clear_i", "1'b0"),
    ("west", "en_i", "1'b1"),
    ("north", "en_i", "1'b1"),
    ("mesh", "en_i", "1'b1"),
    ("south", "en_i", "1'b1"),
    ("counters", "en_i", "1'b1"),
    ("counters", "a_keep_i", "1'b1"),
    ("counters", "clear_i", "1'b0"),
    ("counters", "sum_valid_i", "1'b0"),
    ("west", "act_i", "a_i ^ 1"),
    ("north", "sum_i", "~c_i"),
];
/// Faults of those with weight-stationary tiles, besides.
const WS_FAULTS: [(&str, &str, &str); 5] = [
    ("control", "col_keep_i", "~0"),
    ("south", "keep_i", "1'b1"),
    ("control", "w_edge_i", "1'b0"),
    ("west", "word_i", "w_left_i ^ 1"),
    ("north", "word_i", "w_top_i ^ 1"),
];
/// Faults of those with output-stationary tiles.
const OS_FAULTS: [(&str, &str, &str); 4] = [
    ("turns_0", "x_last_i", "1'b1"),
    ("west", "exch_i", "0"),
    ("control", "x_keep_i", "~0"),
    ("control", "exchange_i", "0"),
];

/// Faults that only show where both meet.
const BOTH_FAULTS: [(&str, &str, &str); 2] = [
    ("control", "a_keep_i", "1'b1"),
    ("turns_0", "flush_i", "1'b0"),
];

#[test]
fn fails_on_planted_faults() {
    if !common::has("iverilog") {
        return;
    }
    for config in [configs()[1], configs()[2], configs()[4]] {
        let mut faults = FAULTS.to_vec();
        if config.dataflow.has_ws() {
            faults.extend(WS_FAULTS);
        }
        if config.dataflow.has_os() {
            faults.extend(OS_FAULTS);
        }
        if config.dataflow == Dataflow::Both {
            faults.extend(BOTH_FAULTS);
        }
        if config.format.is_integer() {
            faults.extend([("south", "ovf_i", "0"), ("south", "clear_i", "1'b0")]);
        }
        for (instance, port, net) in faults {
            let mut design = generate(&config).unwrap();
            rewire(&mut design, instance, port, net);
            let (success, text, _) = simulate(&config, &design);
            let found = !success && text.lines().any(|line| line.starts_with("FAIL: "));
            assert!(
                found,
                "{}: {instance}.{port} = {net} goes unnoticed:\n{text}",
                config.slug()
            );
        }
    }
}
