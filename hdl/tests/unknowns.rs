//! In four-state simulation nothing unknown comes out of an array of any style, from power-up
//! on: not from registers without a reset, nor from what the array must not look at. The emitted
//! bench drives X there in half of its tests, and compares ready and valid, kept sums and their
//! keep bits, flags and counters.

mod common;

use common::{bench, in_parallel};
use heddle_format::Format;
use heddle_hdl::{generate, ArrayConfig, Dataflow, Gating, MultiplierCell, Reset, Skew};

/// Every format with every multiplier, and of the styles of reset, gating and dataflow either all
/// or a third, in which each two of them meet, and each meets every multiplier.
fn styles(all: bool) -> Vec<ArrayConfig> {
    use MultiplierCell::{Ecp5, Inferred, Staged};
    let mut styles = Vec::new();
    let mut index = 0;
    for format in [Format::Int8, Format::Int16, Format::Bf16] {
        for multiplier in [Inferred, Ecp5, Staged] {
            if multiplier == Staged && !format.is_integer() {
                continue;
            }
            index += 1;
            for (r, reset) in [Reset::None, Reset::Sync, Reset::Async]
                .into_iter()
                .enumerate()
            {
                for (g, gating) in [Gating::None, Gating::Enable, Gating::ClockGate]
                    .into_iter()
                    .enumerate()
                {
                    for (f, dataflow) in [Dataflow::Ws, Dataflow::Os, Dataflow::Both]
                        .into_iter()
                        .enumerate()
                    {
                        if !all && (index + r + g + f) % 3 != 0 {
                            continue;
                        }
                        // These take turns: depths of both pipelines, kinds of skew lines, sizes.
                        let turn = styles.len();
                        let fewest = match multiplier {
                            Inferred => 0,
                            Ecp5 => 1,
                            Staged => 2,
                        };
                        let (rows, cols) = [(2, 3), (3, 2), (1, 2), (2, 6)][turn % 4];
                        styles.push(ArrayConfig {
                            multiplier: Some(multiplier),
                            mul_stages: Some(fewest + turn % (4 - fewest)),
                            add_stages: Some(1 + turn % 5),
                            skew: Some([Skew::Ram, Skew::Registers][turn % 2]),
                            reset: Some(reset),
                            gating,
                            dataflow,
                            ..ArrayConfig::new(rows, cols, format)
                        });
                    }
                }
            }
        }
    }
    styles
}

#[test]
fn nothing_unknown_comes_out_of_an_array_of_any_style() {
    if !common::has("iverilog") {
        return;
    }
    let all = std::env::var_os("HEDDLE_FULL").is_some();
    in_parallel(&styles(all), |config| {
        let run = bench(config, &generate(config).unwrap());
        assert!(run.passed(), "{}:\n{}", config.slug(), run.text);
    });
}

/// A DSP block's twin in which zero times an unknown weight is unknown, held words that count
/// before there are any.
#[test]
fn what_is_unknown_is_found() {
    if !common::has("iverilog") {
        return;
    }
    let dsp = ArrayConfig {
        multiplier: Some(MultiplierCell::Ecp5),
        reset: Some(Reset::None),
        ..ArrayConfig::new(3, 2, Format::Int8)
    };
    let ungated = ArrayConfig {
        gating: Gating::None,
        ..dsp
    };
    let bf16 = ArrayConfig {
        reset: Some(Reset::None),
        dataflow: Dataflow::Both,
        ..ArrayConfig::new(2, 3, Format::Bf16)
    };
    let twin = "(a_q == 8'd0 || b_q == 8'd0) ? 16'sd0 : ";
    let faults = [
        (dsp, "dsp_s8", twin, ""),
        (ungated, "dsp_s8", twin, ""),
        (bf16, "accumulator", "? held_live_q", "? !held_live_q"),
    ];
    in_parallel(&faults, |(config, module, from, to)| {
        let mut design = generate(config).unwrap();
        let name = format!("heddle_{module}");
        let module = design.modules.iter_mut().find(|m| m.name == name).unwrap();
        assert!(module.text.contains(from), "{name} has no '{from}'");
        module.text = module.text.replacen(from, to, 1);
        let run = bench(config, &design);
        let unknown = run.text.contains("sum x") || run.text.contains(" is x");
        assert!(run.failed() && unknown, "{name}, {from}:\n{}", run.text);
    });
}
