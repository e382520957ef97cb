//! The engine's stages one by one, against models that say the same in other words.

mod check;
mod ring;
mod space;

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

/// Numbers drawn one after the other.
struct Draw(u64);

impl Draw {
    /// A number below `end`.
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    /// A number below `end`, once in `times` below `rare`.
    fn mostly(&mut self, times: u64, rare: u64, end: u64) -> u64 {
        let end = if self.once_in(times) { rare } else { end };
        self.below(end)
    }

    /// Once in `times`.
    fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }
}
