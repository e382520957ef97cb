//! Jobs, and what their sums are.

use crate::draw::Draw;
use half::bf16;
use heddle_format::Format;
use heddle_gemm::{mac_bf16, Accumulator};
use heddle_hdl::ArrayConfig;

pub const NN: usize = 0;
pub const NT: usize = 1;
pub const TN: usize = 2;
pub const DENSE: usize = 0;
pub const GATED: usize = 1;
pub const PACKED: usize = 2;

/// A job, its operands, and where its sums start.
#[derive(Clone, Debug, Default)]
pub struct Job {
    pub layout: usize,
    pub policy: usize,
    pub c0: bool,
    pub bias: bool,
    pub resume: bool,
    pub stay: bool,
    pub keep_a: bool,
    pub code: u64,
    pub panel: usize,
    pub sums: usize,
    pub keep_m: Vec<bool>,
    pub keep_k: Vec<bool>,
    pub keep_n: Vec<bool>,
    /// Of the product: [m][k].
    pub a: Vec<Vec<u64>>,
    /// Of the product: [k][n].
    pub b: Vec<Vec<u64>>,
    /// [m][n], or one row.
    pub c: Vec<Vec<u64>>,
    /// Rows that an earlier job of the chain kept.
    pub live: Vec<bool>,
}

/// Indices that are sent, and whether each is kept.
pub type Sent = Vec<(usize, bool)>;

impl Job {
    pub fn dims(&self) -> (usize, usize, usize) {
        (self.keep_m.len(), self.keep_k.len(), self.keep_n.len())
    }

    /// Of a mask what is sent: nothing if it keeps nothing.
    pub fn sent(&self, keep: &[bool]) -> Sent {
        if !keep.contains(&true) {
            return Sent::new();
        }
        let all = keep.iter().copied().enumerate();
        all.filter(|(_, keep)| *keep || self.policy != PACKED)
            .collect()
    }

    pub fn m(&self) -> Sent {
        self.sent(&self.keep_m)
    }

    pub fn k(&self) -> Sent {
        self.sent(&self.keep_k)
    }

    pub fn n(&self) -> Sent {
        self.sent(&self.keep_n)
    }

    /// Whether no beat is made.
    pub fn empty(&self) -> bool {
        self.code != 0 || self.m().is_empty() || self.k().is_empty() || self.n().is_empty()
    }

    /// Whether C0 is loaded: its one row once for a chain.
    pub fn loads_c0(&self) -> bool {
        self.c0 && self.code == 0 && !(self.bias && self.resume)
    }

    /// What the array's rows are.
    pub fn r(&self) -> Sent {
        if self.layout == TN {
            self.m()
        } else {
            self.k()
        }
    }

    pub fn listed(&self) -> bool {
        self.resume || self.keep_m.contains(&false)
    }

    pub fn n_tiles(&self, config: &ArrayConfig) -> usize {
        self.n().len().div_ceil(config.cols)
    }

    /// Words that it uses, the row of C0 included.
    pub fn words(&self, config: &ArrayConfig) -> usize {
        let rows = self.keep_m.len() + usize::from(self.c0 && self.bias);
        rows * self.n_tiles(config)
    }

    /// Its beats, weight-stationary or not.
    pub fn beats(&self, config: &ArrayConfig) -> usize {
        if self.empty() {
            return 0;
        }
        let tiles = self.r().len().div_ceil(config.rows) * self.n_tiles(config);
        match self.layout {
            TN => tiles.next_multiple_of(config.phases()) * self.k().len(),
            _ => tiles * self.m().len(),
        }
    }

    /// Rows that are live behind it.
    pub fn live_after(&self) -> Vec<bool> {
        let own = |m: usize| {
            self.keep_m[m]
                && !self.empty()
                && self.keep_k.contains(&true)
                && self.keep_n.contains(&true)
        };
        (0..self.keep_m.len())
            .map(|m| self.live[m] || own(m))
            .collect()
    }
}

/// One step of a sum.
pub fn step(config: &ArrayConfig, sum: u64, a: u64, b: u64) -> u64 {
    let product = |bits: u32| {
        let wide = |x: u64| ((x << (64 - bits)) as i64) >> (64 - bits);
        wide(a) * wide(b)
    };
    let integer = |bits| {
        let of = Accumulator {
            bits: config.acc_bits(),
            ..Accumulator::of(config.format)
        };
        let wide = 64 - config.acc_bits() as u32;
        let (sum, _) = of.step(((sum << wide) as i64) >> wide, product(bits));
        sum as u64 & (u64::MAX >> wide)
    };
    match config.format {
        Format::Int8 => integer(8),
        Format::Int16 => integer(16),
        Format::Bf16 => {
            let of = |x: u64| bf16::from_bits(x as u16);
            mac_bf16(of(a), of(b), f32::from_bits(sum as u32))
                .to_bits()
                .into()
        }
    }
}

/// Words of the accumulators, as far as they are known.
pub type Words = Vec<Vec<Option<u64>>>;

impl Job {
    /// What it leaves in `words`.
    pub fn run(&self, config: &ArrayConfig, words: &mut Words) {
        let (cols, tiles) = (config.cols, self.n_tiles(config));
        let n = self.n();
        if self.code != 0 {
            return;
        }
        if self.c0 && self.bias {
            self.seed(config, words, self.keep_m.len(), &self.c[0]);
        }
        for m in 0..self.keep_m.len() {
            let fresh = !(self.resume && self.live[m]);
            if self.c0 && !self.bias && fresh && self.keep_m[m] && !self.empty() {
                self.seed(config, words, m, &self.c[m]);
            }
            if self.empty() || !self.keep_m[m] {
                continue;
            }
            for (at, (column, keep)) in n.iter().enumerate() {
                let word = &mut words[self.sums + m * tiles + at / cols][at % cols];
                if !keep {
                    *word = None;
                    continue;
                }
                let seed = match (fresh, self.c0, self.bias) {
                    (true, false, _) => Some(0),
                    (true, true, true) => Some(self.c[0][*column]),
                    _ => *word,
                };
                let kept = self.k().into_iter().filter(|(_, keep)| *keep);
                *word = seed.map(|seed| {
                    kept.fold(seed, |sum, (k, _)| {
                        step(config, sum, self.a[m][k], self.b[k][*column])
                    })
                });
            }
            for rest in n.len()..tiles * cols {
                words[self.sums + m * tiles + rest / cols][rest % cols] = None;
            }
        }
    }

    fn seed(&self, config: &ArrayConfig, words: &mut Words, row: usize, from: &[u64]) {
        let tiles = self.n_tiles(config);
        for tile in 0..tiles {
            words[self.sums + row * tiles + tile] = self.seed_word(config, tile, from);
        }
    }

    /// Word `tile` of a row of C0.
    pub fn seed_word(&self, config: &ArrayConfig, tile: usize, from: &[u64]) -> Vec<Option<u64>> {
        let n = self.n();
        let of = |at: usize| n.get(at).map(|(column, _)| from[*column]);
        (0..config.cols)
            .map(|c| of(tile * config.cols + c))
            .collect()
    }
}

fn operand(config: &ArrayConfig, draw: &mut Draw) -> u64 {
    match config.format {
        Format::Int8 => draw.below(256) as u64,
        Format::Int16 => draw.below(65536) as u64,
        Format::Bf16 => bf16::from_f32(draw.below(4001) as f32 / 7.0 - 285.0)
            .to_bits()
            .into(),
    }
}

fn seed(config: &ArrayConfig, draw: &mut Draw) -> u64 {
    match config.format {
        Format::Bf16 => (draw.below(100_001) as f32 / 3.0 - 1e4).to_bits().into(),
        _ => draw.below(1 << 20) as u64,
    }
}

impl Job {
    /// The operands of a job whose masks and kind are set.
    pub fn fill(mut self, config: &ArrayConfig, draw: &mut Draw) -> Self {
        let (m, k, n) = self.dims();
        let mut matrix =
            |rows: usize, cols: usize, one: &dyn Fn(&ArrayConfig, &mut Draw) -> u64| {
                let mut row = || (0..cols).map(|_| one(config, draw)).collect();
                (0..rows).map(|_| row()).collect::<Vec<Vec<u64>>>()
            };
        self.a = matrix(m, k, &operand);
        self.b = matrix(k, n, &operand);
        self.c = matrix(if self.bias { 1 } else { m }, n, &seed);
        if self.live.is_empty() {
            self.live = vec![false; m];
        }
        self
    }
}
