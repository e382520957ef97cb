//! A behavioural model of the array at its edge: the contract of `hdl/INTERFACE.md` in
//! two pages, with a sum computed the moment its beat is accepted and handed out L
//! cycles later. It tests the driver without a simulator, and says what a simulator
//! should have done.

mod in_place;

use heddle_array::port::{ArrayPort, Counters, CycleIn, CycleOut};
use heddle_array::{lanes, ArrayError};
use heddle_format::{Format, Overflow};
use heddle_hdl::{ArrayConfig, Dataflow};
use heddle_schedule::Edge;
use in_place::InPlace;
use std::collections::VecDeque;

/// Weights and masks of one tile, or one row of B that every row of PEs has; element (r, c)
/// at `r * cols + c`.
#[derive(Clone)]
struct Stored {
    weights: Vec<u64>,
    /// The row's k is kept; output-stationary tiles only.
    word_keep: bool,
    row_keep: Vec<bool>,
    col_keep: Vec<bool>,
}

/// Sums under way.
struct Due {
    cycle: u64,
    keep: Vec<u32>,
    sums: Vec<u32>,
}

/// The behavioural model.
pub struct Behavioural {
    config: ArrayConfig,
    /// The tile being loaded, and its weight beats so far.
    loading: Stored,
    loaded: usize,
    /// A complete tile that waits for its swap.
    shadow: Option<Stored>,
    active: Option<Stored>,
    in_place: InPlace,
    due: VecDeque<Due>,
    now: u64,
    /// Cycle of the first weight or exchange.
    first: Option<u64>,
    counters: Counters,
}

impl Behavioural {
    /// An idle array of `config`.
    pub fn new(config: ArrayConfig) -> Self {
        Self {
            loading: Stored {
                weights: vec![0; config.rows * config.cols],
                word_keep: false,
                row_keep: vec![false; config.rows],
                col_keep: vec![false; config.cols],
            },
            config,
            loaded: 0,
            shadow: None,
            active: None,
            in_place: InPlace::new(config),
            due: VecDeque::new(),
            now: 0,
            first: None,
            counters: Counters::default(),
        }
    }

    /// Whether a beat with this bit is one of an output-stationary tile.
    fn is_os(&self, bit: bool) -> bool {
        match self.config.dataflow {
            Dataflow::Ws => false,
            Dataflow::Os => true,
            Dataflow::Both => bit,
        }
    }

    fn accept_weights(&mut self, input: &CycleIn) {
        let (rows, cols) = (self.config.rows, self.config.cols);
        let bits = self.config.operand_bits();
        let beat = self.loaded;
        let os = self.is_os(input.w_os);
        match input.w_edge {
            _ if os => {
                for (place, word) in self.loading.weights.iter_mut().enumerate() {
                    *word = lanes::get(&input.w_top, bits, place % cols);
                }
            }
            Edge::Top if beat < rows => {
                for c in 0..cols {
                    self.loading.weights[beat * cols + c] = lanes::get(&input.w_top, bits, c);
                }
            }
            Edge::Left if beat < cols => {
                for r in 0..rows {
                    self.loading.weights[r * cols + beat] = lanes::get(&input.w_left, bits, r);
                }
            }
            _ => {}
        }
        self.loaded += 1;
        if input.w_last || os {
            self.loading.word_keep = input.w_keep;
            let bit = |bus: &[u32], lane| lanes::get(bus, 1, lane) == 1;
            self.loading.row_keep = (0..rows).map(|r| bit(&input.row_keep, r)).collect();
            self.loading.col_keep = (0..cols).map(|c| bit(&input.col_keep, c)).collect();
            self.shadow = Some(self.loading.clone());
            self.loaded = 0;
        }
        self.first.get_or_insert(self.now);
    }

    /// Sums that come out one latency from now: none kept yet.
    fn due(&self) -> Due {
        Due {
            cycle: self.now + self.config.latency() as u64,
            keep: vec![0; lanes::words(self.config.cols, 1)],
            sums: vec![0; lanes::words(self.config.cols, self.config.acc_bits())],
        }
    }

    fn accept_exchange(&mut self, input: &CycleIn) {
        let mut due = self.due();
        self.in_place.exchange(input, &mut due);
        self.due.push_back(due);
        self.first.get_or_insert(self.now);
    }

    fn accept_os_beat(&mut self, input: &CycleIn) {
        self.in_place.beat_or_flush(input);
        if input.a_flush {
            return;
        }
        let pes = (self.config.rows * self.config.cols) as u64;
        let (macs, overflow) = match &self.active {
            Some(tile) => self.in_place.compute(input, tile),
            None => (0, false),
        };
        self.counters.macs += macs;
        self.counters.gated += pes - macs;
        self.counters.dropped += u64::from(!input.a_keep);
        self.counters.overflow |= overflow;
    }

    fn accept_beat(&mut self, input: &CycleIn) {
        let config = self.config;
        let (bits, acc_bits) = (config.operand_bits(), config.acc_bits());
        let mut due = self.due();
        let pes = (config.rows * config.cols) as u64;
        self.counters.gated += pes;
        self.counters.dropped += u64::from(!input.a_keep);
        if let Some(tile) = self.active.as_ref().filter(|_| input.a_keep) {
            let rows: Vec<usize> = (0..config.rows).filter(|&r| tile.row_keep[r]).collect();
            for c in (0..config.cols).filter(|&c| tile.col_keep[c]) {
                let mut sum = lanes::get(&input.c, acc_bits, c);
                for &r in &rows {
                    let a = lanes::get(&input.a, bits, r);
                    let (next, overflow) = step(&config, sum, a, tile.weights[r * config.cols + c]);
                    sum = next;
                    self.counters.overflow |= overflow;
                }
                lanes::put(&mut due.sums, acc_bits, c, sum);
                lanes::put(&mut due.keep, 1, c, 1);
                self.counters.macs += rows.len() as u64;
                self.counters.gated -= rows.len() as u64;
            }
        }
        self.due.push_back(due);
    }
}

impl ArrayPort for Behavioural {
    fn reset(&mut self) -> Result<(), ArrayError> {
        *self = Self::new(self.config);
        Ok(())
    }

    fn cycle(&mut self, input: &CycleIn, output: &mut CycleOut) -> Result<(), ArrayError> {
        let os = self.is_os(input.a_os);
        let loaded = self.shadow.is_some();
        output.x_ready = input.en
            && self.config.dataflow.has_os()
            && (os || !input.a_valid)
            && self.in_place.exchange_ready();
        let exchange = input.x_valid && output.x_ready;
        output.a_ready = input.en
            && if os {
                let turn = input.a_first || input.a_flush;
                self.in_place.beat_ready(turn, exchange && input.x_last)
                    && (loaded || input.a_flush)
            } else {
                !self.in_place.busy && (loaded || !input.a_first)
            };
        let beat = input.a_valid && output.a_ready;
        let swap = beat && if os { !input.a_flush } else { input.a_first };
        output.w_ready = input.en && (!loaded || swap);
        output.s_valid = self.due.front().is_some_and(|due| due.cycle == self.now);
        if output.s_valid {
            output.s_keep.copy_from_slice(&self.due[0].keep);
            output.s.copy_from_slice(&self.due[0].sums);
        }
        if !input.en {
            return Ok(());
        }
        if output.s_valid {
            self.due.pop_front();
            let first = self.first.unwrap_or(self.now);
            self.counters.cycles = self.now - first + 1;
        }
        if input.clear {
            self.counters = Counters::default();
            self.first = None;
        }
        if swap {
            self.active = self.shadow.take();
        }
        if exchange {
            self.accept_exchange(input);
        }
        if beat && os {
            self.accept_os_beat(input);
        } else if beat {
            self.accept_beat(input);
        }
        self.counters.waited |= input.a_valid && !output.a_ready;
        if input.w_valid && output.w_ready {
            self.accept_weights(input);
        }
        self.in_place.tick(input.clear);
        self.now += 1;
        Ok(())
    }

    fn counters(&mut self) -> Counters {
        self.counters
    }
}

/// One multiply-accumulate on the bits of sum, activation and weight; and whether an
/// integer sum overflowed.
fn step(config: &ArrayConfig, sum: u64, a: u64, w: u64) -> (u64, bool) {
    if config.format == Format::Bf16 {
        let operand = |bits: u64| f32::from_bits((bits as u32) << 16);
        let sum = operand(a).mul_add(operand(w), f32::from_bits(sum as u32));
        return (u64::from(sum.to_bits()), false);
    }
    let (bits, acc_bits) = (config.operand_bits(), config.acc_bits());
    let product = lanes::sign_extend(a, bits) * lanes::sign_extend(w, bits);
    let exact = i128::from(lanes::sign_extend(sum, acc_bits)) + i128::from(product);
    let most = (1i128 << (acc_bits - 1)) - 1;
    let clamped = exact.clamp(-most - 1, most);
    let stored = match config.overflow {
        Overflow::Wrap => exact,
        Overflow::Saturate => clamped,
    };
    (stored as u64, exact != clamped)
}
