//! The engine's reads and writes in Verilator, against a memory behind AXI4 that shares nothing with them:
//! what is asked for arrives, what is written lies there, bursts are legal, and how long it takes is exact.

mod dut;
mod memory;
mod reads;
mod writes;

use heddle_format::Format;
use heddle_hdl::engine::EngineConfig;
use heddle_hdl::ArrayConfig;
use rand_chacha::rand_core::Rng;
use rand_chacha::ChaCha8Rng;

/// An array with an engine of a bus of so many bits, and so many bursts under way.
fn config(bus_bits: usize, bursts: usize) -> ArrayConfig {
    ArrayConfig {
        engine: Some(EngineConfig {
            bus_bits,
            reads: bursts,
            writes: bursts,
            ..EngineConfig::default()
        }),
        ..ArrayConfig::new(2, 2, Format::Int8)
    }
}

/// How often the two sides of a bus are willing, of 256.
#[derive(Clone, Copy, Debug)]
struct Pace {
    /// Of requests and words that come.
    offer: u32,
    /// Of the block's words to be taken.
    take: u32,
    /// Of the memory, on each channel.
    memory: u32,
}

const PACES: [Pace; 4] = [
    Pace {
        offer: 256,
        take: 256,
        memory: 256,
    },
    Pace {
        offer: 200,
        take: 80,
        memory: 200,
    },
    Pace {
        offer: 60,
        take: 256,
        memory: 120,
    },
    Pace {
        offer: 256,
        take: 200,
        memory: 60,
    },
];

/// True so often, of 256.
fn chance(rng: &mut ChaCha8Rng, often: u32) -> bool {
    rng.next_u32() % 256 < often
}

/// A number up to `most`, small ones more often.
fn skewed(rng: &mut ChaCha8Rng, most: u64) -> u64 {
    let bits = u64::from(rng.next_u32()) % u64::from(most.ilog2() + 2);
    u64::from(rng.next_u32()) % (most.min((1 << bits) - 1) + 1)
}
