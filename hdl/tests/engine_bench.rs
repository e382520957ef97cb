//! The emitted test bench of an engine passes on the emitted engine and fails on a spoiled one.

mod common;

use common::{bench, in_parallel};
use heddle_format::{Format, Overflow};
use heddle_hdl::emit::Design;
use heddle_hdl::engine::{engine_design, EngineConfig};
use heddle_hdl::manifest::{write_design, FileRole};
use heddle_hdl::package::bench_verilog;
use heddle_hdl::{ArrayConfig, Dataflow, Gating, Kind, Prefix, Reset};

fn with(bus_bits: usize, dataflow: Dataflow, config: ArrayConfig) -> ArrayConfig {
    let engine = EngineConfig {
        bus_bits,
        max_dim: 64,
        ..EngineConfig::default()
    };
    ArrayConfig {
        dataflow,
        engine: Some(engine),
        ..config
    }
}

fn generate(config: &ArrayConfig) -> Design {
    engine_design(config, &Prefix::default()).expect("an engine that can be emitted")
}

fn small() -> ArrayConfig {
    with(64, Dataflow::Both, ArrayConfig::new(3, 2, Format::Int8))
}

fn configs() -> Vec<ArrayConfig> {
    use Dataflow::{Both, Os, Ws};
    let narrow = |config: ArrayConfig| {
        let engine = EngineConfig {
            addr_bits: 32,
            reads: 1,
            writes: 1,
            a_words: 16,
            b_slots: 8,
            slot_words: 1,
            sum_words: 8,
            ring_bits: 1,
            ..*config.engine()
        };
        ArrayConfig {
            engine: Some(engine),
            ..config
        }
    };
    vec![
        small(),
        with(128, Both, ArrayConfig::new(2, 3, Format::Bf16)),
        with(
            256,
            Both,
            ArrayConfig {
                acc_bits: Some(16),
                overflow: Overflow::Saturate,
                gating: Gating::ClockGate,
                ..ArrayConfig::new(5, 4, Format::Int8)
            },
        ),
        with(
            32,
            Os,
            ArrayConfig {
                acc_bits: Some(64),
                reset: Some(Reset::Async),
                ..ArrayConfig::new(4, 1, Format::Int16)
            },
        ),
        with(512, Ws, ArrayConfig::new(2, 2, Format::Bf16)),
        narrow(with(32, Both, ArrayConfig::new(1, 1, Format::Bf16))),
    ]
}

#[test]
fn passes_on_what_is_generated() {
    if !common::has("iverilog") {
        return;
    }
    in_parallel(&configs(), |config| {
        let run = bench(config, &generate(config));
        assert_eq!(run.warnings, "", "{}", config.slug());
        assert!(run.passed(), "{}:\n{}", config.slug(), run.text);
        let words: Vec<_> = run.text.split(' ').collect();
        let [jobs, sums] = [1, 3].map(|word| words[word].parse::<usize>().expect("a number"));
        // Eight words of sums hold few rows.
        let least = if config.engine().sum_words > 8 {
            100
        } else {
            20
        };
        assert!(
            jobs >= 12 && sums >= least,
            "{}: {}",
            config.slug(),
            run.text
        );
    });
}

/// Compiled, in both Verilators: their warnings are errors.
#[test]
fn passes_in_verilator() {
    let config = small();
    let design = generate(&config);
    for verilator in common::verilators() {
        let (_guard, dir) = common::folder();
        let mut files = common::write(&design, &dir);
        files.push("bench.v".into());
        std::fs::write(dir.join("bench.v"), bench_verilog(&config, &design, false)).unwrap();
        let mut args = vec!["--binary", "-CFLAGS", "-O0 -fcoroutines", "-o", "bench"];
        args.extend(["--top-module", "tb_heddle_engine"]);
        // g++ must be told to include what it has compiled before.
        args.extend(["-MAKEFLAGS", "CFG_CXXFLAGS_PCH_I=-include"]);
        args.extend(files.iter().map(String::as_str));
        let (output, said) = common::run(&dir, &verilator, &args);
        assert!(output.status.success(), "{verilator}: {said}");
        let (output, said) = common::run(&dir, "obj_dir/bench", &[]);
        let passed = output.status.success() && said.contains("PASS: ");
        assert!(passed, "{verilator}: {said}");
    }
}

/// Modules of the small engine, a text of each, and what stands there instead.
const FAULTS: &[[&str; 3]] = &[
    // Rows of C lie elsewhere, bytes beside them are written, columns are not told apart.
    [
        "engine_store",
        "(addr_q + {8'd0, job_c_stride_q})",
        "(addr_q + {8'd0, job_c_stride_q} + 40'd1)",
    ],
    [
        "expand",
        "of_row & ({8{!words_pop_data[1]}} | mask[7:0])",
        "{8{1'b1}}",
    ],
    // K = 0 is no error, nor is a write that failed; an access that was refused does not interrupt.
    ["engine_check", "!(|desc_i[79:64])", "1'b0"],
    ["axi_write", "bvalid_i & bresp_i[1]", "1'b0"],
    [
        "engine_registers",
        "{overflow_i, refused, takes, done_irq_i}",
        "{overflow_i, 1'b0, takes, done_irq_i}",
    ],
    // Bits beyond a mask's dimension count, rows of earlier jobs of a chain are forgotten.
    ["mask_walker", "| words[31:0]) & in_dim", "| words[31:0])"],
    ["mask_walker", "| (old & in_dim)", ""],
    // Rows of A lie elsewhere; bursts cross 4 KiB; another count.
    [
        "engine_load",
        "in_a ? job_a_stride_q : job_c0_stride_q",
        "job_c0_stride_q",
    ],
    [
        "axi_read_cut",
        "crosses_q ? room : left_q[7:0]",
        "left_q[7:0]",
    ],
    ["engine", "core_macs[16:0] - macs_q", "17'd1"],
];

#[test]
fn finds_each_planted_fault() {
    if !common::has("iverilog") {
        return;
    }
    let config = small();
    let missed = in_parallel(FAULTS, |[module, right, wrong]| {
        let mut design = generate(&config);
        let name = format!("heddle_{module}");
        let found = design.modules.iter_mut().find(|module| module.name == name);
        let found = found.unwrap_or_else(|| panic!("no {name}"));
        assert!(found.text.contains(right), "not in {name}: {right}");
        found.text = found.text.replace(right, wrong);
        let run = bench(&config, &design);
        (!run.failed()).then(|| format!("unnoticed in {name}: {wrong}\n{}", run.text))
    });
    let missed: Vec<_> = missed.into_iter().flatten().collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// What is copied to connect an engine names every port, and compiles.
#[test]
fn the_instance_has_every_port() {
    let (_guard, dir) = common::folder();
    for config in configs() {
        let folder = dir.join(config.slug());
        let design = generate(&config);
        let manifest = write_design(&design, &config, &folder).unwrap();
        assert_eq!(manifest.kind, Kind::Engine);
        let text = std::fs::read_to_string(folder.join("heddle_engine_inst.vh")).unwrap();
        for port in &manifest.ports {
            let lines = text.lines();
            let named = lines.filter(|line| line.contains(&format!(".{}", port.name)));
            assert_eq!(named.count(), 1, "{}", port.name);
        }
        let around = "`default_nettype none\nmodule around;\n`include \"heddle_engine_inst.vh\"\nendmodule\n";
        std::fs::write(folder.join("around.v"), around).unwrap();
        let files = manifest.files.iter();
        let rtl = files.filter(|file| file.role == FileRole::Rtl);
        let mut files: Vec<_> = rtl.map(|file| file.name.as_str()).collect();
        files.push("around.v");
        if common::has("iverilog") {
            let args = ["-g2001", "-Wall", "-t", "null", "-s", "around"];
            let (_, said) = common::run(&folder, "iverilog", &[&args[..], &files].concat());
            assert_eq!(said, "", "{}", config.slug());
        }
        for verilator in common::verilators() {
            let mut args = vec!["--lint-only", "-Wall", "-Wno-UNDRIVEN", "-Wno-UNUSEDSIGNAL"];
            args.extend(["--top-module", "around"]);
            args.extend(&files);
            let (output, said) = common::run(&folder, &verilator, &args);
            assert!(output.status.success(), "{}: {said}", config.slug());
        }
    }
}
