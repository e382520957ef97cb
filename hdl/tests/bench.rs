//! The emitted test bench passes on the emitted array and fails on a spoiled one.

mod common;

use common::{bench, bench_with, in_parallel, BenchRun};
use heddle_format::{Format, Overflow};
use heddle_hdl::emit::Design;
use heddle_hdl::package::bench_verilog;
use heddle_hdl::{generate, ArrayConfig, Dataflow, Gating, MultiplierCell, Reset};

fn with(dataflow: Dataflow, config: ArrayConfig) -> ArrayConfig {
    ArrayConfig { dataflow, ..config }
}

fn configs() -> Vec<ArrayConfig> {
    use Dataflow::{Both, Os};
    let int8 = ArrayConfig::new(3, 2, Format::Int8);
    let bf16 = ArrayConfig::new(2, 3, Format::Bf16);
    let one = |format| ArrayConfig::new(1, 1, format);
    vec![
        int8,
        bf16,
        with(Both, int8),
        with(Both, bf16),
        with(Os, bf16),
        saturating(),
        ArrayConfig {
            acc_bits: Some(64),
            add_stages: Some(2),
            mul_stages: Some(0),
            reset: Some(Reset::Async),
            ..with(Os, ArrayConfig::new(1, 5, Format::Int16))
        },
        ArrayConfig {
            multiplier: Some(MultiplierCell::Ecp5),
            reset: Some(Reset::None),
            gating: Gating::None,
            ..with(Both, ArrayConfig::new(4, 1, Format::Int16))
        },
        ArrayConfig {
            gating: Gating::ClockGate,
            reset: Some(Reset::None),
            ..one(Format::Bf16)
        },
        one(Format::Int8),
        with(Os, one(Format::Int16)),
        ArrayConfig {
            add_stages: Some(6),
            reset: Some(Reset::Async),
            ..with(Both, one(Format::Bf16))
        },
        // The sizes of examples, at once the longest runs.
        with(Both, ArrayConfig::new(4, 4, Format::Bf16)),
        with(Os, ArrayConfig::new(8, 8, Format::Int8)),
        ArrayConfig {
            overflow: Overflow::Saturate,
            acc_bits: Some(32),
            ..ArrayConfig::new(8, 8, Format::Int16)
        },
    ]
}

fn saturating() -> ArrayConfig {
    ArrayConfig {
        acc_bits: Some(16),
        overflow: Overflow::Saturate,
        gating: Gating::ClockGate,
        ..with(Dataflow::Both, ArrayConfig::new(5, 4, Format::Int8))
    }
}

#[test]
fn passes_on_what_is_generated() {
    if !common::has("iverilog") {
        return;
    }
    in_parallel(&configs(), |config| {
        let run = bench(config, &generate(config).unwrap());
        assert_eq!(run.warnings, "", "{}", config.slug());
        assert!(run.passed(), "{}:\n{}", config.slug(), run.text);
        // The same bytes give the same noise, and a bench that compares little is none.
        let sums: usize = run.text["PASS: ".len()..]
            .split(' ')
            .next()
            .and_then(|sums| sums.parse().ok())
            .unwrap();
        assert!(sums >= 64, "{}: only {sums} sums", config.slug());
    });
}

/// Its warnings are errors where it compiles a bench.
#[test]
fn verilator_takes_it_in_every_size() {
    in_parallel(&configs(), |config| {
        let design = generate(config).unwrap();
        let (_guard, dir) = common::folder();
        let mut files = common::write(&design, &dir);
        files.push("bench.v".into());
        std::fs::write(dir.join("bench.v"), bench_verilog(config, &design, false)).unwrap();
        for verilator in common::verilators() {
            for sizes in [&[][..], &["-GROWS=5", "-GCOLS=3"]] {
                let mut args = vec!["--lint-only", "--timing", "--top-module", "tb_heddle_array"];
                args.extend(sizes.iter().copied());
                args.extend(files.iter().map(String::as_str));
                let (output, said) = common::run(&dir, &verilator, &args);
                assert!(output.status.success(), "{}: {said}", config.slug());
            }
        }
    });
}

/// An array that faults.txt plants its faults in.
fn array(name: &str) -> ArrayConfig {
    let int8 = ArrayConfig::new(3, 2, Format::Int8);
    match name {
        "ws" => int8,
        "both" => ArrayConfig {
            add_stages: Some(2),
            ..with(Dataflow::Both, int8)
        },
        "os" => with(Dataflow::Os, ArrayConfig::new(2, 3, Format::Bf16)),
        "saturate" => saturating(),
        other => panic!("faults.txt names an array '{other}'"),
    }
}

/// A line of faults.txt.
struct Fault {
    array: &'static str,
    module: &'static str,
    edit: &'static str,
}

fn faults() -> Vec<Fault> {
    let lines = include_str!("faults.txt").lines();
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .flat_map(|line| {
            let mut parts = line.splitn(3, " | ");
            let mut part = || {
                parts
                    .next()
                    .unwrap_or_else(|| panic!("half a line: {line}"))
            };
            let (arrays, module, edit) = (part(), part(), part());
            arrays.split(' ').map(move |array| Fault {
                array,
                module,
                edit,
            })
        })
        .collect()
}

/// Spoils a module.
///
/// # Errors
/// The module or what is to be edited is not there.
fn plant(design: &mut Design, fault: &Fault) -> Result<(), String> {
    let nowhere = || format!("not in {} of {}: {}", fault.module, fault.array, fault.edit);
    let name = format!("heddle_{}", fault.module);
    let module = design.modules.iter_mut().find(|module| module.name == name);
    let text = &mut module.ok_or_else(nowhere)?.text;
    if let Some(line) = fault.edit.strip_prefix("unreset u_") {
        // Power-up is the one reset of the line.
        let start = text.find(&format!(" u_{line} (")).ok_or_else(nowhere)?;
        let pin = ".rst_ni(rst_ni)";
        let start = start + text[start..].find(pin).ok_or_else(nowhere)?;
        text.replace_range(start..start + pin.len(), ".rst_ni(powered_q)");
        let powered = "\n);\n  reg powered_q = 0;\n  always @(posedge clk_i) powered_q <= 1;\n";
        *text = text.replacen("\n);\n", powered, 1);
        return Ok(());
    }
    if let Some(register) = fault.edit.strip_prefix("unreset ") {
        // The first assignment is that of the reset.
        let start = text.find(&format!("      {register} <= "));
        let start = start.ok_or_else(nowhere)?;
        let end = start + text[start..].find('\n').ok_or_else(nowhere)?;
        text.replace_range(start..=end, "");
        *text = text.replacen(
            "endmodule",
            &format!("  initial {register} = 0;\nendmodule"),
            1,
        );
        return Ok(());
    }
    let (from, to) = fault.edit.split_once(" =>").ok_or_else(nowhere)?;
    if !text.contains(from) {
        return Err(nowhere());
    }
    *text = text.replacen(from, to.trim_start(), 1);
    Ok(())
}

#[test]
fn finds_each_planted_fault() {
    if !common::has("iverilog") {
        return;
    }
    let wrong = in_parallel(&faults(), |fault| {
        let config = array(fault.array);
        let mut design = generate(&config).unwrap();
        if let Err(nowhere) = plant(&mut design, fault) {
            return Some(nowhere);
        }
        let run = bench(&config, &design);
        let Fault {
            array,
            module,
            edit,
        } = fault;
        (!run.failed()).then(|| format!("unnoticed in {module} of {array}: {edit}\n{}", run.text))
    });
    let wrong: Vec<_> = wrong.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The bench of `config` on `design`, both as arrays of `rows` and `cols`.
fn resized(config: &ArrayConfig, design: &Design, (rows, cols): (usize, usize)) -> BenchRun {
    bench_with(config, design, &[("ROWS", rows), ("COLS", cols)])
}

#[test]
fn parameters_resize_bench_and_array() {
    if !common::has("iverilog") {
        return;
    }
    let int8 = ArrayConfig::new(16, 16, Format::Int8);
    let bf16 = ArrayConfig::new(2, 2, Format::Bf16);
    let cases = [
        (int8, (5, 3)),
        (with(Dataflow::Both, int8), (5, 3)),
        (with(Dataflow::Both, bf16), (1, 4)),
        (with(Dataflow::Os, bf16), (3, 1)),
        (saturating(), (1, 1)),
    ];
    in_parallel(&cases, |&(config, size)| {
        let run = resized(&config, &generate(&config).unwrap(), size);
        let what = format!("{} as {size:?}", config.slug());
        assert_eq!(run.warnings, "", "{what}");
        assert!(run.passed(), "{what}:\n{}", run.text);
        // It compares what the bench that is generated in this size does.
        let config = ArrayConfig {
            rows: size.0,
            cols: size.1,
            ..config
        };
        let generated = bench(&config, &generate(&config).unwrap());
        assert_eq!(run.text, generated.text, "{what}");
    });
}

#[test]
fn a_resized_bench_finds_faults() {
    if !common::has("iverilog") {
        return;
    }
    let mut faults = faults();
    faults.retain(|fault| (fault.array, fault.module) == ("both", "pe"));
    assert!(!faults.is_empty());
    in_parallel(&faults, |fault| {
        let config = array(fault.array);
        let mut design = generate(&config).unwrap();
        plant(&mut design, fault).unwrap();
        let run = resized(&config, &design, (5, 3));
        assert!(run.failed(), "unnoticed: {}\n{}", fault.edit, run.text);
    });
}

#[test]
fn faults_that_are_nowhere_are_told() {
    let mut design = generate(&array("ws")).unwrap();
    for edit in [
        "no such text => nothing",
        "unreset nothing_q",
        "unreset u_nothing",
        "no arrow",
    ] {
        let fault = Fault {
            array: "ws",
            module: "control",
            edit,
        };
        let told = plant(&mut design, &fault).unwrap_err();
        assert!(told.contains(edit), "{told}");
    }
}
