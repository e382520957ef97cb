//! Engines to test with.

use heddle_engine::Sizes;
use heddle_format::Format;
use heddle_hdl::engine::EngineConfig;
use heddle_hdl::{ArrayConfig, Dataflow};

/// An engine with both dataflows.
pub fn sizes(rows: usize, cols: usize, format: Format, engine: EngineConfig) -> Sizes {
    Sizes::new(&ArrayConfig {
        dataflow: Dataflow::Both,
        engine: Some(engine),
        ..ArrayConfig::new(rows, cols, format)
    })
}

/// Buffers so small that nearly every product is cut.
pub fn tight(cols: usize) -> EngineConfig {
    EngineConfig {
        bus_bits: 64,
        a_words: 24,
        b_slots: 2 * cols,
        slot_words: 2,
        sum_words: 32,
        max_dim: 64,
        ring_bits: 3,
        ..EngineConfig::default()
    }
}
