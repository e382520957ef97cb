//! Pieces of work and their seeds.

use crate::shard::first_bits;
use heddle_toolbox::Key;
use serde::{Deserialize, Serialize};

/// A piece of work. What it gives depends on its name, its seed and the run's configuration only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// Its number among all pieces of the run, from 0.
    pub at: u64,
    /// Its name, which no other piece of the run has.
    pub name: String,
    /// Its own seed.
    pub seed: u64,
}

/// The seed of the piece `name` of a run with `seed`: a hash of both, the same on all machines and
/// in all versions.
pub fn piece_seed(seed: u64, name: &str) -> u64 {
    let key = Key::new("heddle seed of a piece").text(&seed.to_string());
    first_bits(&key.text(name).finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_of_the_run_and_of_the_name() {
        let seed = piece_seed(7, "a");
        assert_eq!(seed, piece_seed(7, "a"));
        assert_ne!(seed, piece_seed(8, "a"));
        assert_ne!(seed, piece_seed(7, "b"));
    }
}
