//! Counter-based random streams.
//!
//! Every use of chance has its own ChaCha8 stream whose key spells out what it is
//! for, so that neither the order of the draws nor the number of threads can change
//! a draw. The key is `seed (u64) | step (u64) | layer (u32) | site (u32) | domain
//! (8 bytes)`, little endian, and the stream number is the time step. The draws are
//! written here rather than taken from a library, whose algorithms may change.

use rand_chacha::rand_core::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A stream for one purpose.
pub(crate) struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream of a dropout mask.
    pub(crate) fn mask(seed: u64, step: u64, layer: u32, site: u32, time: u64) -> Self {
        Self::keyed(seed, step, layer, site, time, b"drop-out")
    }

    /// The stream of the initial values of parameter number `index`.
    pub(crate) fn init(seed: u64, index: u32) -> Self {
        Self::keyed(seed, 0, index, 0, 0, b"initials")
    }

    /// The stream that resamples a test set.
    pub(crate) fn resample(seed: u64) -> Self {
        Self::keyed(seed, 0, 0, 0, 0, b"resample")
    }

    /// The stream of the order in which epoch `epoch` reads its data.
    pub(crate) fn shuffle(seed: u64, epoch: u64) -> Self {
        Self::keyed(seed, epoch, 0, 0, 0, b"shuffles")
    }

    /// The stream that replaces rare words by `<unk>` in training step `step`.
    pub(crate) fn replace(seed: u64, step: u64) -> Self {
        Self::keyed(seed, step, 0, 0, 0, b"replaced")
    }

    fn keyed(seed: u64, step: u64, layer: u32, site: u32, time: u64, domain: &[u8; 8]) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&step.to_le_bytes());
        key[16..20].copy_from_slice(&layer.to_le_bytes());
        key[20..24].copy_from_slice(&site.to_le_bytes());
        key[24..].copy_from_slice(domain);
        let mut rng = ChaCha8Rng::from_seed(key);
        rng.set_stream(time);
        Self(rng)
    }

    /// True with the given probability, to within 2^-64.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        let bound = (probability * 2f64.powi(64)) as u128;
        u128::from(self.0.next_u64()) < bound
    }

    /// A number below `bound`, its bias below `bound` / 2^64.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.0.next_u64()) * bound as u128) >> 64) as usize
    }

    /// A number in [-limit, limit) of 53 random bits.
    pub(crate) fn symmetric(&mut self, limit: f64) -> f64 {
        let unit = (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
        (2.0 * unit - 1.0) * limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_the_key_matters() {
        let mut first: Vec<usize> = [
            Stream::mask(1, 2, 3, 0, 5),
            Stream::mask(2, 2, 3, 0, 5),
            Stream::mask(1, 3, 3, 0, 5),
            Stream::mask(1, 2, 4, 0, 5),
            Stream::mask(1, 2, 3, 1, 5),
            Stream::mask(1, 2, 3, 0, 6),
            Stream::init(1, 3),
        ]
        .into_iter()
        .map(|mut stream| stream.below(usize::MAX))
        .collect();
        first.sort_unstable();
        first.dedup();
        assert_eq!(first.len(), 7);
    }

    #[test]
    fn the_stream_is_the_published_generator() {
        // ChaCha8 with an all-zero key and stream 0, from the eSTREAM test vectors:
        // the first bytes of its key stream are 3e 00 ef 2f 89 5f 40 d6.
        let mut rng = ChaCha8Rng::from_seed([0; 32]);
        assert_eq!(
            rng.next_u64().to_le_bytes(),
            [0x3e, 0x00, 0xef, 0x2f, 0x89, 0x5f, 0x40, 0xd6]
        );
    }

    #[test]
    fn draws_have_their_means() {
        let mut stream = Stream::mask(7, 0, 0, 0, 0);
        let n = 20_000;
        let hits = (0..n).filter(|_| stream.chance(0.3)).count() as f64 / n as f64;
        assert!((hits - 0.3).abs() < 0.015, "{hits}");
        let mean = (0..n).map(|_| stream.below(10)).sum::<usize>() as f64 / n as f64;
        assert!((mean - 4.5).abs() < 0.1, "{mean}");
        let mean = (0..n).map(|_| stream.symmetric(2.0)).sum::<f64>() / n as f64;
        assert!(mean.abs() < 0.05, "{mean}");
        assert!((0..n).all(|_| stream.chance(1.0)));
        assert!((0..n).all(|_| !stream.chance(0.0)));
    }
}
