//! A sweep over engines, their memory and batches: where does a product stand between the limits of array and bus?
//!
//! What is counted at a point is either the products of one layer's input in each phase (one time step of FP and
//! BP, the chain of a window of WG), or the LSTM's own products of a whole training step, the places of a phase
//! added up; dense and packed.

mod work;

use crate::explore::{Sweep, MAX_POINTS};
use crate::NetworkError;
use heddle_files::InputError;
use heddle_format::Format;
use heddle_hdl::engine::EngineConfig;
use heddle_hdl::ArrayConfig;
pub use work::{EnginePoint, Work};

/// What is swept beside arrays and probabilities: every combination of the lists.
#[derive(Clone, Debug)]
pub struct EngineSweep {
    /// Arrays and probabilities.
    pub arrays: Sweep,
    /// Number formats.
    pub formats: Vec<Format>,
    /// Bits of the bus.
    pub bus_bits: Vec<usize>,
    /// Cycles of the memory.
    pub latencies: Vec<u64>,
    /// Samples side by side.
    pub batches: Vec<usize>,
    /// Words of the buffer of A; empty leaves them as they are, and so below.
    pub a_words: Vec<usize>,
    /// Slots of the buffer of B.
    pub b_slots: Vec<usize>,
    /// Words of a slot.
    pub slot_words: Vec<usize>,
    /// Words of the accumulators.
    pub sum_words: Vec<usize>,
}

/// One engine with its memory, a batch and a probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Combination {
    /// The engine.
    pub config: ArrayConfig,
    /// Cycles of the memory.
    pub latency: u64,
    /// Samples side by side.
    pub batch: usize,
    /// Probability of dropping a unit.
    pub p: f64,
}

impl EngineSweep {
    /// The combinations in the order of the lists: formats, arrays, probabilities, batches, buffers, latencies, buses.
    /// What is not swept is as in `base`; where that has no engine, the usual one around each array. Those that are the
    /// same come once.
    ///
    /// # Errors
    /// [`NetworkError::Input`] for an empty list or too many combinations, [`NetworkError::Schedule`] for an engine
    /// that cannot be.
    pub fn combinations(&self, base: &ArrayConfig) -> Result<Vec<Combination>, NetworkError> {
        let lists = [
            ("--format", self.formats.len()),
            ("--bus-bits", self.bus_bits.len()),
            ("--latency", self.latencies.len()),
            ("--batch", self.batches.len()),
        ];
        if let Some((name, _)) = lists.iter().find(|(_, len)| *len == 0) {
            let remedy = "give one value or more, separated by commas";
            return Err(InputError::new(name, "an empty list", remedy).into());
        }
        let buffers = [
            &self.a_words,
            &self.b_slots,
            &self.slot_words,
            &self.sum_words,
        ];
        let lengths = lists.iter().map(|(_, len)| *len);
        let lengths = lengths.chain(buffers.map(|list| list.len().max(1)));
        let each = lengths.fold(1usize, usize::saturating_mul);
        let mut all = Vec::new();
        for &format in &self.formats {
            let base = ArrayConfig { format, ..*base };
            let arrays = self.arrays.points(&base)?;
            let count = arrays.len().saturating_mul(each);
            if count > MAX_POINTS {
                let value = format!("{count} combinations");
                let remedy = format!("shorten the lists to at most {MAX_POINTS} combinations");
                return Err(InputError::new("sweep", value, remedy).into());
            }
            for (array, p) in arrays {
                self.around(&array, p, &mut all)?;
            }
        }
        Ok(all)
    }

    /// The buffers that are swept: around `array`, with its engine's sizes where nothing else is wanted.
    fn engines(&self, array: &ArrayConfig) -> Vec<EngineConfig> {
        let usual = || EngineConfig::around(array.rows, array.cols);
        let usual = array.engine.unwrap_or_else(usual);
        let or = |list: &[usize], usual: usize| match list {
            [] => vec![usual],
            list => list.to_vec(),
        };
        let mut engines = Vec::new();
        for a_words in or(&self.a_words, usual.a_words) {
            for b_slots in or(&self.b_slots, usual.b_slots) {
                for slot_words in or(&self.slot_words, usual.slot_words) {
                    let sums = or(&self.sum_words, usual.sum_words).into_iter();
                    engines.extend(sums.map(|sum_words| EngineConfig {
                        a_words,
                        b_slots,
                        slot_words,
                        sum_words,
                        ..usual
                    }));
                }
            }
        }
        engines
    }

    /// The combinations of one array and probability.
    fn around(
        &self,
        array: &ArrayConfig,
        p: f64,
        all: &mut Vec<Combination>,
    ) -> Result<(), NetworkError> {
        let engines = self.engines(array);
        for &batch in &self.batches {
            for engine in &engines {
                for &latency in &self.latencies {
                    for &bus_bits in &self.bus_bits {
                        let engine = EngineConfig {
                            bus_bits,
                            ..*engine
                        };
                        let config = ArrayConfig {
                            engine: Some(engine),
                            ..*array
                        };
                        config.check()?;
                        let found = Combination {
                            config,
                            latency,
                            batch,
                            p,
                        };
                        if !all.contains(&found) {
                            all.push(found);
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::explore::Cols;
    use heddle_hdl::Dataflow;

    pub(crate) fn base() -> ArrayConfig {
        ArrayConfig {
            dataflow: Dataflow::Both,
            engine: Some(EngineConfig::default()),
            ..ArrayConfig::new(8, 8, Format::Int8)
        }
    }

    pub(crate) fn sweep() -> EngineSweep {
        EngineSweep {
            arrays: Sweep {
                rows: vec![8],
                cols: vec![Cols::Same],
                dataflows: vec![Dataflow::Both],
                add_stages: Vec::new(),
                p: vec![0.5],
            },
            formats: vec![Format::Int8, Format::Bf16],
            bus_bits: vec![64, 128],
            latencies: vec![20],
            batches: vec![4, 8],
            a_words: Vec::new(),
            b_slots: Vec::new(),
            slot_words: Vec::new(),
            sum_words: vec![64, 64, 128],
        }
    }

    #[test]
    fn buffers_grow_with_the_array_unless_a_configuration_says_them() {
        let mut sweep = sweep();
        sweep.arrays.rows = vec![8, 128];
        let base = ArrayConfig {
            engine: None,
            ..base()
        };
        let slots = |all: Vec<Combination>| {
            let of = |rows| all.iter().find(move |point| point.config.rows == rows);
            [8, 128].map(|rows| of(rows).unwrap().config.engine().b_slots)
        };
        assert_eq!(slots(sweep.combinations(&base).unwrap()), [64, 320]);
        let said = EngineConfig::default();
        let base = ArrayConfig {
            engine: Some(said),
            ..base
        };
        let error = sweep.combinations(&base).unwrap_err().to_string();
        assert!(error.contains("engine.b_slots"), "{error}");
    }

    #[test]
    fn combinations_come_once_and_too_many_or_impossible_ones_are_bad_input() {
        let all = sweep().combinations(&base()).unwrap();
        assert_eq!(all.len(), 2 * 2 * 2 * 2);
        let engine = all[0].config.engine();
        assert_eq!((engine.bus_bits, engine.sum_words), (64, 64));
        assert_eq!(engine.a_words, 2048, "as it was");
        let of = |change: &dyn Fn(&mut EngineSweep)| {
            let mut sweep = sweep();
            change(&mut sweep);
            sweep.combinations(&base()).unwrap_err()
        };
        for error in [
            of(&|sweep| sweep.batches.clear()),
            of(&|sweep| sweep.bus_bits.push(48)),
            of(&|sweep| sweep.sum_words.push(3)),
            of(&|sweep| sweep.latencies = vec![64; 5000]),
            of(&|sweep| sweep.a_words = vec![64; 1000]),
        ] {
            assert!(error.is_bad_input(), "{error}");
        }
    }
}
