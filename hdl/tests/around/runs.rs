//! Random output-stationary runs, and their sums.

use crate::golden::{leaves, low, step};
use crate::rig::Noise;
use heddle_hdl::ArrayConfig;

/// The words and the seeds of a tile of a group.
#[derive(Clone, Debug)]
pub struct Tile {
    /// Of each k: A by row, B by column, whether it is kept, kept rows and columns.
    pub steps: Vec<Step>,
    /// Of each row: whether the seeds are kept, and the seeds, by column.
    pub seeds: Vec<(Vec<bool>, Vec<u64>)>,
}

#[derive(Clone, Debug)]
pub struct Step {
    pub keep: bool,
    pub rows: Vec<bool>,
    pub cols: Vec<bool>,
    pub a: Vec<u64>,
    pub b: Vec<u64>,
}

/// A run: groups of tiles.
#[derive(Clone, Debug)]
pub struct Run {
    pub rows: usize,
    pub tiles: usize,
    pub zero: bool,
    pub groups: Vec<Vec<Tile>>,
}

/// Masks with anything from nothing to all kept.
pub fn mask(noise: &mut Noise, count: usize) -> Vec<bool> {
    let percent = [0, 30, 60, 100][noise.below(4)];
    (0..count).map(|_| noise.chance(percent)).collect()
}

/// Random numbers of `bits` bits, small ones and zeros among them.
pub fn numbers(noise: &mut Noise, count: usize, bits: usize) -> Vec<u64> {
    let one = |noise: &mut Noise| match noise.below(8) {
        0 => 0,
        1 => low(noise.next() & 3, bits),
        _ => low(noise.next() >> 3, bits),
    };
    (0..count).map(|_| one(noise)).collect()
}

impl Run {
    /// A random one of `groups` groups, of up to `most` k each.
    pub fn random(noise: &mut Noise, config: &ArrayConfig, groups: usize, most: usize) -> Self {
        let rows = 1 + noise.below(config.rows);
        let tiles = 1 + noise.below(config.phases());
        let zero = noise.chance(30);
        let groups = (0..groups).map(|_| {
            let k = 1 + noise.below(most);
            let tile = |_| Tile::random(noise, config, k, rows);
            (0..tiles).map(tile).collect()
        });
        Self {
            groups: groups.collect(),
            rows,
            tiles,
            zero,
        }
    }

    /// Sums of `row` of a tile, and which are kept.
    pub fn sums(&self, config: &ArrayConfig, tile: &Tile, row: usize) -> (Vec<bool>, Vec<u64>) {
        let (keep, seeds) = &tile.seeds[row];
        let (keep, mut sums) = match self.zero {
            true => (vec![true; config.cols], vec![0; config.cols]),
            false => (keep.clone(), seeds.clone()),
        };
        for step_of in tile.steps.iter().filter(|of| of.keep && of.rows[row]) {
            for (col, sum) in sums.iter_mut().enumerate() {
                if step_of.cols[col] {
                    *sum = step(config, step_of.a[row], step_of.b[col], *sum);
                }
            }
        }
        let sums = sums.into_iter().map(|sum| leaves(config, sum));
        (keep, sums.collect())
    }
}

impl Tile {
    fn random(noise: &mut Noise, config: &ArrayConfig, k: usize, rows: usize) -> Self {
        let bits = config.operand_bits();
        let step = |noise: &mut Noise| Step {
            keep: noise.chance(70),
            rows: mask(noise, config.rows),
            cols: mask(noise, config.cols),
            a: numbers(noise, config.rows, bits),
            b: numbers(noise, config.cols, bits),
        };
        let steps = (0..k).map(|_| step(noise)).collect();
        let seeds = (0..rows).map(|_| {
            let keep = mask(noise, config.cols);
            (keep, numbers(noise, config.cols, config.acc_bits()))
        });
        let seeds = seeds.collect();
        Self { steps, seeds }
    }
}
