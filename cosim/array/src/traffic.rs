//! How many words cross each port.

use heddle_hdl::ArrayConfig;
use serde::Serialize;

/// Words over one port. Padding and dropped words do not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PortTraffic {
    /// Bits of one word.
    pub word_bits: usize,
    /// Words in all.
    pub words: u64,
    /// Most words in one cycle.
    pub peak_words: usize,
}

impl PortTraffic {
    /// A port of words of `word_bits` bits that nothing has crossed yet.
    pub fn new(word_bits: usize) -> Self {
        Self {
            word_bits,
            words: 0,
            peak_words: 0,
        }
    }

    /// Counts a beat of `words` words.
    #[inline]
    pub(super) fn moved(&mut self, words: usize) {
        self.words += words as u64;
        self.peak_words = self.peak_words.max(words);
    }

    /// Adds what crossed a port of the same width elsewhere.
    pub fn add(&mut self, other: &Self) {
        self.word_bits = self.word_bits.max(other.word_bits);
        self.words += other.words;
        self.peak_words = self.peak_words.max(other.peak_words);
    }

    /// Most bytes in one cycle.
    pub fn peak_bytes(&self) -> f64 {
        self.peak_words as f64 * self.word_bits as f64 / 8.0
    }

    /// Bytes per cycle, averaged over `cycles`; 0 if there were none.
    pub fn mean_bytes(&self, cycles: u64) -> f64 {
        if cycles == 0 {
            0.0
        } else {
            self.words as f64 * self.word_bits as f64 / 8.0 / cycles as f64
        }
    }
}

/// Words over every port of the array. Of a transposed job, A enters as the weights and B
/// as the activations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Traffic {
    /// Words of B.
    pub weights: PortTraffic,
    /// Words of A.
    pub activations: PortTraffic,
    /// Seeds in.
    pub seeds: PortTraffic,
    /// Sums out.
    pub sums: PortTraffic,
}

impl Traffic {
    /// No words yet over the ports of an array.
    pub fn new(config: &ArrayConfig) -> Self {
        let (operands, sums) = (
            PortTraffic::new(config.operand_bits()),
            PortTraffic::new(config.acc_bits()),
        );
        Self {
            weights: operands,
            activations: operands,
            seeds: sums,
            sums,
        }
    }

    /// Adds what other jobs moved.
    pub fn add(&mut self, other: &Self) {
        self.weights.add(&other.weights);
        self.activations.add(&other.activations);
        self.seeds.add(&other.seeds);
        self.sums.add(&other.sums);
    }
}
