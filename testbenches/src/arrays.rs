//! The arrays that the regressions run on. Few and small, since each costs a build, and
//! shared between regressions, since a built model is kept.

use heddle_array::build::build;
use heddle_array::{BuildOptions, Text, VerilatedArray};
use heddle_format::{Format, Overflow};
use heddle_hdl::{ArrayConfig, Dataflow, Gating, MultiplierCell, Reset, Skew, Tune};
use heddle_verilator::Optimize;

/// Every gating style with every reset style; on the way every format, every pipeline
/// depth and both kinds of overflow.
pub fn styles() -> Vec<ArrayConfig> {
    use Format::{Bf16, Int16, Int8};
    use Overflow::{Saturate, Wrap};
    let styles = [
        (Gating::None, Reset::None),
        (Gating::None, Reset::Sync),
        (Gating::None, Reset::Async),
        (Gating::Enable, Reset::None),
        (Gating::Enable, Reset::Sync),
        (Gating::Enable, Reset::Async),
        (Gating::ClockGate, Reset::None),
        (Gating::ClockGate, Reset::Sync),
        (Gating::ClockGate, Reset::Async),
    ];
    // (format, accumulator, overflow, multiply stages, add stages, rows, columns)
    let rest = [
        (Int8, 16, Wrap, 0, 1, 2, 2),
        (Int16, 32, Saturate, 1, 2, 2, 3),
        (Bf16, 32, Wrap, 2, 3, 3, 2),
        (Bf16, 32, Wrap, 0, 5, 2, 2),
        (Int8, 20, Saturate, 3, 1, 3, 2),
        (Int16, 48, Wrap, 1, 4, 2, 2),
        (Int16, 64, Saturate, 2, 1, 1, 2),
        (Bf16, 32, Wrap, 1, 1, 2, 3),
        (Int8, 32, Wrap, 0, 2, 2, 1),
    ];
    styles
        .into_iter()
        .zip(rest)
        .map(
            |((gating, reset), (format, acc_bits, overflow, mul, add, rows, cols))| ArrayConfig {
                acc_bits: Some(acc_bits),
                overflow,
                mul_stages: Some(mul),
                add_stages: Some(add),
                reset: Some(reset),
                gating,
                ..ArrayConfig::new(rows, cols, format)
            },
        )
        .collect()
}

/// Arrays with output-stationary tiles, one phase and more, and with every gating and
/// reset style, format and overflow among them.
pub fn flows() -> Vec<ArrayConfig> {
    use Dataflow::{Both, Os};
    use Format::{Bf16, Int16, Int8};
    [
        (Both, Int8, Gating::Enable, Reset::Sync, 1, 1, 3, 2),
        (Both, Bf16, Gating::Enable, Reset::None, 0, 3, 2, 2),
        (Both, Int16, Gating::ClockGate, Reset::Async, 1, 2, 2, 3),
        (Both, Bf16, Gating::None, Reset::Sync, 2, 5, 1, 2),
        (Os, Int8, Gating::ClockGate, Reset::Sync, 1, 1, 2, 2),
        (Os, Bf16, Gating::Enable, Reset::Async, 1, 4, 2, 2),
    ]
    .into_iter()
    .map(
        |(dataflow, format, gating, reset, mul, add, rows, cols)| ArrayConfig {
            dataflow,
            gating,
            reset: Some(reset),
            mul_stages: Some(mul),
            add_stages: Some(add),
            overflow: match format {
                Int16 => Overflow::Saturate,
                Int8 | Bf16 => Overflow::Wrap,
            },
            ..ArrayConfig::new(rows, cols, format)
        },
    )
    .collect()
}

/// A larger array with both dataflows and the default pipeline.
pub fn large() -> ArrayConfig {
    ArrayConfig {
        dataflow: Dataflow::Both,
        ..ArrayConfig::new(16, 16, Format::Int8)
    }
}

/// Larger arrays with the default pipelines.
pub fn shapes() -> Vec<ArrayConfig> {
    vec![
        one_pe(),
        ArrayConfig::new(3, 5, Format::Bf16),
        ArrayConfig::new(8, 4, Format::Int8),
        ArrayConfig::new(16, 16, Format::Int8),
    ]
}

/// Arrays whose products come from a DSP block's registers, one to three of them.
pub fn dsps() -> Vec<ArrayConfig> {
    [
        (Format::Int8, 1, Dataflow::Both, Gating::Enable),
        (Format::Bf16, 2, Dataflow::Ws, Gating::ClockGate),
        (Format::Int16, 3, Dataflow::Os, Gating::None),
        (Format::Bf16, 3, Dataflow::Both, Gating::Enable),
    ]
    .map(|(format, stages, dataflow, gating)| ArrayConfig {
        multiplier: Some(MultiplierCell::Ecp5),
        mul_stages: Some(stages),
        dataflow,
        gating,
        ..ArrayConfig::new(3, 2, format)
    })
    .to_vec()
}

/// Arrays with registers inside the multiplier, and adders cut into segments.
pub fn staged() -> Vec<ArrayConfig> {
    let (staged, inferred) = (MultiplierCell::Staged, MultiplierCell::Inferred);
    [
        (staged, Format::Int8, 2, 2, Dataflow::Both, Gating::Enable),
        (staged, Format::Int16, 3, 5, Dataflow::Ws, Gating::ClockGate),
        (inferred, Format::Int8, 2, 3, Dataflow::Os, Gating::None),
        (
            inferred,
            Format::Int16,
            3,
            2,
            Dataflow::Both,
            Gating::Enable,
        ),
    ]
    .map(
        |(multiplier, format, mul, add, dataflow, gating)| ArrayConfig {
            multiplier: Some(multiplier),
            mul_stages: Some(mul),
            add_stages: Some(add),
            dataflow,
            gating,
            ..ArrayConfig::new(3, 2, format)
        },
    )
    .to_vec()
}

/// Arrays whose edges keep skewed data in distributed RAM, lines of one ring and of more.
pub fn ram_lines() -> Vec<ArrayConfig> {
    let ram = |rows, cols, format, add_stages, dataflow, reset| ArrayConfig {
        skew: Some(Skew::Ram),
        add_stages: Some(add_stages),
        dataflow,
        reset: Some(reset),
        ..ArrayConfig::new(rows, cols, format)
    };
    use Dataflow::{Both, Os, Ws};
    vec![
        ram(6, 7, Format::Int8, 1, Both, Reset::Sync),
        ram(5, 3, Format::Bf16, 5, Ws, Reset::None),
        ram(3, 5, Format::Int16, 2, Os, Reset::Async),
        ArrayConfig {
            tune: Some(Tune::Ecp5),
            dataflow: Both,
            ..ArrayConfig::new(4, 4, Format::Bf16)
        },
    ]
}

/// The smallest array, with the default pipeline of bf16.
pub fn one_pe() -> ArrayConfig {
    ArrayConfig::new(1, 1, Format::Bf16)
}

/// How the regressions build their models: quickly.
pub fn build_options() -> BuildOptions {
    BuildOptions {
        // What is synthesized, not what is faster.
        text: Text::Emitted,
        optimize: Optimize::Build,
        ..BuildOptions::default()
    }
}

/// The Verilated array of `config`.
///
/// # Panics
/// If it cannot be built.
pub fn verilated(config: &ArrayConfig) -> VerilatedArray {
    let array = build(config, &build_options())
        .and_then(|library| VerilatedArray::new(config, &library, None));
    array.unwrap_or_else(|error| panic!("{}: {error}", config.slug()))
}
