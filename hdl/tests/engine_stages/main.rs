//! The engine's stages one by one, against models that say the same in other words.

mod check;
#[path = "../common/draw.rs"]
mod draw;
mod ended;
mod ring;
mod space;

use draw::Draw;
use heddle_format::Format;
use heddle_hdl::engine::EngineConfig;
use heddle_hdl::{ArrayConfig, Dataflow};

/// An array of `rows` x `cols` with both dataflows, and a small engine.
fn config(rows: usize, cols: usize, format: Format, bus_bits: usize) -> ArrayConfig {
    ArrayConfig {
        dataflow: Dataflow::Both,
        engine: Some(EngineConfig {
            bus_bits,
            max_dim: 64,
            a_words: 100,
            b_slots: 40,
            slot_words: 4,
            sum_words: 300,
            ring_bits: 3,
            ..EngineConfig::default()
        }),
        ..ArrayConfig::new(rows, cols, format)
    }
}
