//! A sweep over arrays and drop probabilities: what does a training step cost on each?

use super::network::{count_steps, Masking, Network, Tally};
use crate::NetworkError;
use heddle_files::InputError;
use heddle_hdl::{ArrayConfig, Dataflow};
use heddle_lstm::Site;
use heddle_schedule::mapper::{Mapper, Rules};

/// The columns of an array in a sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cols {
    /// As many as it has rows.
    Same,
    /// This many.
    Count(usize),
}

/// What is swept: every combination of the lists.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// Rows of the arrays.
    pub rows: Vec<usize>,
    /// Columns of the arrays.
    pub cols: Vec<Cols>,
    /// What stays in the PEs.
    pub dataflows: Vec<Dataflow>,
    /// Pipeline registers of the adder; empty leaves them as they are.
    pub add_stages: Vec<usize>,
    /// Probabilities of dropping a unit.
    pub p: Vec<f64>,
}

/// Most combinations of a sweep.
pub const MAX_POINTS: usize = 4096;

/// One array and one probability.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// The array, with every default filled in.
    pub array: ArrayConfig,
    /// Rows times columns.
    pub pes: u64,
    /// Probability of dropping a unit.
    pub p: f64,
    /// Cycles of the network's own products in a training step, dense.
    pub dense_cycles: u64,
    /// The same, packed.
    pub packed_cycles: u64,
    /// Limit by cycles, dense.
    pub dense_utilisation: f64,
    /// Limit of the kept by cycles, packed.
    pub packed_utilisation: f64,
    /// Dense cycles by packed cycles.
    pub speedup: f64,
    /// No array of this p with as few PEs takes fewer packed cycles, and none with fewer
    /// PEs as few.
    pub front: bool,
}

impl Sweep {
    /// The arrays with their probabilities, in the order of the lists; what is not swept
    /// is as in `base`. Combinations that are the same array come once.
    ///
    /// # Errors
    /// [`NetworkError::Input`] for an empty list or too many combinations,
    /// [`NetworkError::Schedule`] for an array that cannot be.
    pub fn points(&self, base: &ArrayConfig) -> Result<Vec<(ArrayConfig, f64)>, NetworkError> {
        let lists = [
            ("--rows", self.rows.len()),
            ("--cols", self.cols.len()),
            ("--dataflow", self.dataflows.len()),
            ("--p", self.p.len()),
        ];
        if let Some((name, _)) = lists.iter().find(|(_, len)| *len == 0) {
            return Err(NetworkError::Input(InputError {
                name,
                value: "an empty list".into(),
                remedy: "give one value or more, separated by commas".into(),
            }));
        }
        let stages: Vec<Option<usize>> = if self.add_stages.is_empty() {
            vec![base.add_stages]
        } else {
            self.add_stages.iter().copied().map(Some).collect()
        };
        let lengths = lists.iter().map(|(_, len)| *len).chain([stages.len()]);
        let combinations = lengths.fold(1usize, usize::saturating_mul);
        if combinations > MAX_POINTS {
            return Err(NetworkError::Input(InputError {
                name: "sweep",
                value: format!("{combinations} combinations"),
                remedy: format!("shorten the lists to at most {MAX_POINTS} combinations"),
            }));
        }
        let mut points: Vec<(ArrayConfig, f64)> = Vec::with_capacity(combinations);
        for &rows in &self.rows {
            for &cols in &self.cols {
                for &dataflow in &self.dataflows {
                    for &add_stages in &stages {
                        let config = ArrayConfig {
                            rows,
                            cols: match cols {
                                Cols::Same => rows,
                                Cols::Count(cols) => cols,
                            },
                            dataflow,
                            add_stages,
                            ..*base
                        };
                        config.check()?;
                        for &p in &self.p {
                            if !points.contains(&(config, p)) {
                                points.push((config, p));
                            }
                        }
                    }
                }
            }
        }
        Ok(points)
    }
}

/// Counts the own products, all but the softmax, of one training step of `network` on the array of `config`,
/// with exact masks of probability `p` at `sites`.
///
/// # Errors
/// As [`Mapper::new`] and [`count_steps`].
pub fn count_point(
    network: &Network,
    sites: &[Site],
    rules: Rules,
    (config, p): (ArrayConfig, f64),
) -> Result<Point, NetworkError> {
    let mut mapper = Mapper::new(config, rules)?;
    let masking = Masking {
        p: Some(p),
        ..network.masking_at(sites)
    };
    let own = count_own(&mut mapper, network, &masking)?;
    Ok(Point {
        array: config.resolved(),
        pes: (config.rows * config.cols) as u64,
        p,
        dense_cycles: own.dense.count.cycles,
        packed_cycles: own.packed.count.cycles,
        dense_utilisation: own.dense.count.utilisation(),
        packed_utilisation: own.packed.count.utilisation(),
        speedup: own.speedup(),
        front: false,
    })
}

fn count_own(
    mapper: &mut Mapper,
    network: &Network,
    masking: &Masking,
) -> Result<Tally, NetworkError> {
    // The counts of exact masks do not depend on the seed.
    let network = network.without_softmax();
    Ok(count_steps(mapper, &network, masking, 1, 0..1)?.total)
}

/// Sorts points by p, PEs and packed cycles, and marks the Pareto front of each p.
pub fn rank(points: &mut [Point]) {
    points.sort_by(|one, other| {
        (one.p.total_cmp(&other.p))
            .then(one.pes.cmp(&other.pes))
            .then(one.packed_cycles.cmp(&other.packed_cycles))
    });
    for points in points.chunk_by_mut(|one, other| one.p == other.p) {
        // The fewest cycles so far, and with how many PEs.
        let mut best: Option<(u64, u64)> = None;
        for point in points {
            let equal = best == Some((point.packed_cycles, point.pes));
            let better = best.is_none_or(|(cycles, _)| point.packed_cycles < cycles);
            point.front = equal || better;
            if better {
                best = Some((point.packed_cycles, point.pes));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heddle_format::Format;

    fn sweep() -> Sweep {
        Sweep {
            rows: vec![8, 16],
            cols: vec![Cols::Same, Cols::Count(16)],
            dataflows: vec![Dataflow::Ws, Dataflow::Both],
            add_stages: Vec::new(),
            p: vec![0.5],
        }
    }

    #[test]
    fn combinations_come_once() {
        let base = ArrayConfig::new(4, 4, Format::Int8);
        let points = sweep().points(&base).unwrap();
        // 8 x 8, 8 x 16 and 16 x 16, each with two dataflows.
        assert_eq!(points.len(), 6);
        assert!(points
            .iter()
            .all(|(config, _)| config.format == Format::Int8));
    }

    #[test]
    fn sweeps_that_cannot_be_are_bad_input() {
        let base = ArrayConfig::new(4, 4, Format::Int8);
        let mut empty = sweep();
        empty.p.clear();
        let mut long = sweep();
        long.p = vec![0.5; 1000];
        let mut large = sweep();
        large.rows.push(1000);
        for sweep in [empty, long, large] {
            assert!(sweep.points(&base).unwrap_err().is_bad_input());
        }
    }

    #[test]
    fn fronts_are_of_one_p() {
        let point = |p, pes, packed_cycles| Point {
            array: ArrayConfig::new(1, 1, Format::Int8),
            pes,
            p,
            dense_cycles: 1,
            packed_cycles,
            dense_utilisation: 1.0,
            packed_utilisation: 1.0,
            speedup: 1.0,
            front: false,
        };
        let mut points = vec![
            point(0.5, 16, 90),
            point(0.3, 16, 120),
            point(0.5, 4, 100),
            point(0.5, 4, 100),
            point(0.5, 4, 101),
            point(0.5, 64, 90),
        ];
        rank(&mut points);
        let fronts: Vec<_> = points
            .iter()
            .map(|point| (point.pes, point.packed_cycles, point.front))
            .collect();
        assert_eq!(
            fronts,
            [
                (16, 120, true),
                (4, 100, true),
                (4, 100, true),
                (4, 101, false),
                (16, 90, true),
                (64, 90, false),
            ]
        );
    }

    #[test]
    fn larger_arrays_are_faster_and_both_dataflows_never_slower() {
        let network = Network::named("ner-conll").unwrap();
        let base = ArrayConfig::new(4, 4, Format::Int8);
        let cycles = |rows, dataflow| {
            let config = ArrayConfig {
                rows,
                cols: rows,
                dataflow,
                ..base
            };
            let sites = [Site::Nr, Site::Rh];
            count_point(&network, &sites, Rules::default(), (config, 0.5)).unwrap()
        };
        let mut last = u64::MAX;
        for rows in [8, 16, 32] {
            let both = cycles(rows, Dataflow::Both);
            assert!(both.packed_cycles < last);
            last = both.packed_cycles;
            for one in [Dataflow::Ws, Dataflow::Os] {
                // A transposition may be left out at the price of 1 %.
                let one = cycles(rows, one);
                assert!(100 * both.packed_cycles <= 101 * one.packed_cycles);
            }
        }
    }
}
